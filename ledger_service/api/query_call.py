"""Answers one question: reads its cuts, resolves its basis, and waits for the answer within
the deadline of the call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, TypeVar, cast

import google.protobuf.message
from diplomatic_ledger.v1 import balances_pb2, cuts_pb2

from ledger_service.api import callers, pages, required, response_cache, wire
from ledger_service.api.deadlines import Call
from ledger_service.api.errors import DeadlinePassed
from ledger_service.api.gathering import AskedTogether
from ledger_service.api.messages import balances, names, requests, views
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.api.messages.seals import Seals
from ledger_service.api.server_state import ServerState
from ledger_service.api.written_items import comes_again
from ledger_service.application.questions import Questions
from ledger_service.domain.values import exact
from ledger_service.domain.values.answers import BalanceVariant
from ledger_service.domain.values.cuts import Basis, Cuts, EvidenceFilter
from ledger_service.domain.values.refusals import AnswerTooLarge

_NO_SUPPOSING = (
    "This tells what was recorded, and supposes nothing. Leave it out, or ask a question of "
    "StandingService."
)

Answer = TypeVar("Answer")
#: Bytes of an answer beside its items: the basis, and the token of the next page.
_BESIDE = 16 * 1024
#: Larger cuts are read and checked beside the event loop, which others wait for.
_BYTES_IN_PASSING = 16 * 1024
#: After so long others have a turn of the event loop.
_IN_ONE_GO_SECONDS = 0.003
_NO_CUTS = Cuts()
Said = TypeVar("Said", bound=google.protobuf.message.Message)


class QueryCall:
    """One call of a question. The problems of its form are collected and refused together,
    when the basis is resolved.
    """

    def __init__(self, state: ServerState, ledger: str, call: Call) -> None:
        self._state = state
        opened = state.ledgers.get(ledger)
        self._questions = opened.questions
        self._ledger = opened.ledger
        self.seals = state.seals(opened.ledger)
        self._call = call
        self.problems = ReadingProblems()
        self.full = True

    def needs(self, request: Any, *, full: bool = True) -> None:
        """Notes a problem for each required text that is missing, and for two parties that
        must differ and do not. Without a view of its own the request gets the full one, or
        not.
        """
        for violation in (*required.missing(request), *required.same(request)):
            self.problems.note(violation)
        self.sees_all(request, default=full)

    def sees_all(self, request: Any, *, default: bool) -> bool:
        """Whether the view of the request is the full one; `default` where it says nothing. A
        problem is noted for a view that is none.
        """
        view = getattr(request, "view", cuts_pb2.VIEW_UNSPECIFIED)
        self.full = views.is_full(view, self.problems, default=default)
        return self.full

    def seen(self, message: Said) -> Said:
        """The message as it is seen in the view of the request, however large."""
        views.seen(message, full=self.full)
        return message

    def whole(self, message: Said) -> Said:
        """The answer as it is seen in the view of the request. Raises AnswerTooLarge."""
        self._bound(self.seen(message).ByteSize())
        return message

    def _bound(self, size: int) -> None:
        most = self._state.sizes.max_answer_bytes
        if size > most - _BESIDE:
            raise AnswerTooLarge(most, self.full)

    async def cuts(
        self, message: cuts_pb2.Cuts, field: str = "cuts", *, supposes: bool = True
    ) -> Cuts:
        """The cuts in a message. A problem is noted where something is supposed and this
        question does not take that. Much that is supposed is read on a thread.
        """
        if message.suppose and not supposes:
            self.problems.add(f"{field}.suppose", _NO_SUPPOSING)
        if not message.ByteSize():  # as of most questions
            return _NO_CUTS
        read = partial(requests.cuts, message, field, self.problems, supposes=supposes)
        if message.ByteSize() <= _BYTES_IN_PASSING:
            return read()
        return await self._state.deadlines.aside(self._call, read, bounded=True)

    def evidence(self, number: int) -> EvidenceFilter:
        asked = names.EVIDENCE_FILTER.optional(number, "evidence", self.problems)
        return asked or EvidenceFilter.ANY

    def half_life(self, days: str) -> Fraction | None:
        """The half-life in days; None for no decay. A problem is noted when it cannot be read."""
        if not days:
            return None
        try:
            value = exact.decimal(days)
        except ValueError as error:
            self.problems.add("half_life_days", str(error))
            return None
        if value <= 0:
            self.problems.add(
                "half_life_days", "This must be above 0. Leave it out for no decay."
            )
            return None
        return value

    def variants(
        self, messages: Sequence[balances_pb2.BalanceVariant]
    ) -> tuple[BalanceVariant, ...]:
        return tuple(
            balances.variant(each, f"sensitivity[{i}]", self.problems)
            for i, each in enumerate(messages)
        )

    async def basis(
        self, cuts: Cuts, scale: str = "", evidence: EvidenceFilter | None = None
    ) -> Basis:
        """Resolves the cuts. Raises Invalid with all problems that were noted before, and
        ReplicaBehind.
        """
        self.problems.refuse()
        basis = self._questions.resolve_at_once(cuts, scale, evidence)
        if basis is None:
            basis = await self._resolved(cuts, scale, evidence)
        if basis.supposed is not None:
            self.seals.suppose(basis.supposed.texts)
        kept = basis.to_keep
        callers.current().rests_on = lambda: {
            "position": kept.position,
            "as_of": str(kept.as_of),
            "reported_by": str(kept.reported_by or ""),
        }
        return basis

    async def _resolved(self, cuts: Cuts, scale: str, evidence: EvidenceFilter | None) -> Basis:
        resolving = self._questions.resolve(
            cuts, scale=scale, evidence=evidence, beside=self._state.lanes.compute
        )
        try:
            return await self._state.deadlines.within(self._call, resolving)
        except DeadlinePassed:
            self._ledger.positions.refuse_when_behind(cuts)
            raise

    async def answer(
        self, ask: Callable[[Questions], Answer], *, brief: bool = False
    ) -> Answer:
        """The result of `ask`, which may block: it runs on a thread. What is large is
        serialized there too. Where it is `brief`, as a rule, and the database is near, it is
        tried without one first.
        """
        return await self._state.deadlines.aside(
            self._call,
            lambda: ask(self._questions),
            brief=brief and self._ledger.reader.is_local,
        )

    async def answer_once(
        self,
        kind: type[Said],
        request: Any,
        basis: Basis,
        ask: Callable[[Questions], Said | wire.EncodedMessage[Said]],
        *,
        brief: bool = False,
        about: str = "",
    ) -> wire.EncodedMessage[Said]:
        """The message that `ask` returns, with its basis, taken from the response cache where
        it is there. `ask` may block and runs on a thread. Where it is `brief`, as a rule, and
        the database is near, it is tried without one first, and where it is `about` an entry,
        together with what others ask just now.
        """

        def written() -> bytes:
            found = ask(self._questions)
            if isinstance(found, wire.EncodedMessage):
                return found.body
            return self.whole(found).SerializeToString()

        question = response_cache.question(request, basis)
        responses = self._state.responses

        def once() -> bytes:
            # Others may have asked the same meanwhile.
            if question in responses and (body := responses.get(question)) is not None:
                return body
            body = written()
            if not self.seals.met:
                responses.put(question, body)
            return body

        body = responses.get(question)
        if body is None:
            near = brief and self._ledger.reader.is_local
            body = await self._computed(once, basis, about if near else "", brief=near)
        return wire.EncodedMessage(kind, _beginning(cast("Any", kind), basis.to_keep) + body)

    async def _computed(
        self, once: Callable[[], bytes], basis: Basis, about: str, *, brief: bool
    ) -> bytes:
        """The result of `once`. Where it is `about` an entry, it is computed with what others
        ask just now, unless something heavy is at work, which could have its turn whenever the
        event loop has one.
        """
        if about and not self._state.lanes.has_heavy:
            asked = AskedTogether(about, basis.position, once)
            await self._state.gathering.answer(self._ledger.name, asked, self._answer_all)
            if asked.error is not None:
                raise asked.error
            if asked.answer is not None:
                return asked.answer
            brief = brief and not asked.was_tried
        return await self._state.deadlines.aside(self._call, once, brief=brief)

    async def _answer_all(self, group: Sequence[AskedTogether]) -> None:
        """Answers those that can be answered at once. What takes longer is left to those who
        ask for it. Everybody else has a turn in between.
        """
        lanes = self._state.lanes
        upto = max((each.upto for each in group), default=0)
        entries = {each.entry for each in group}

        def fetched() -> bool:
            self._questions.expect(upto, entries)
            return True

        if len(entries) > 1:
            with suppress(Exception):  # each finds out by itself
                lanes.at_once(fetched, callers=len(entries))
            await asyncio.sleep(0)
        since = time.perf_counter()
        for each in group:
            if not each.is_awaited:
                continue
            each.was_tried = True
            try:
                each.answer = each.context.run(lanes.at_once, each.compute)
            except Exception as error:  # noqa: BLE001 - its call raises it
                each.error = error
            each.done()
            if time.perf_counter() - since > _IN_ONE_GO_SECONDS:
                await asyncio.sleep(0)
                since = time.perf_counter()

    async def page(
        self,
        kind: type[Said],
        field: str,
        request: Any,
        ask: Callable[[Questions, Basis], Iterable[Answer]],
        show: Callable[[Answer, Seals], google.protobuf.message.Message],
        *,
        scale: str = "",
        evidence: EvidenceFilter | None = None,
        beside: Hashable = (),
        brief: bool = False,
        told_first: Callable[[Questions, Basis], Mapping[str, object]] = lambda *_: {},
    ) -> wire.EncodedMessage[Said]:
        """A message with the items of this page in `field`, the basis that all pages share,
        and the token of the next page. A page has fewer items than asked where more would be
        too large. Raises AnswerTooLarge for one item that is. `beside` is all that the message
        of an item depends on beside the item, its seals and the view; `brief` as of
        `answer`; `told_first` are fields that only the first page has.
        """
        cuts = await self.cuts(request.cuts)
        self.sees_all(request, default=False)
        self.problems.refuse()
        page, size = (
            pages.page(request),
            pages.size(request.page_size, self._state.sizes.max_page_size),
        )
        basis = page.marked(await self.basis(page.pinned(cuts), scale, evidence))
        question = response_cache.page_question(request, page, size, basis)
        if (body := self._state.responses.get(question)) is not None:
            return wire.EncodedMessage(kind, body)
        item_of = partial(self._item, show, (kind, self.full, beside))

        def written(questions: Questions) -> wire.EncodedMessage[Said]:
            shown, following = page.take_fitting(
                ask(questions, basis),
                size,
                basis,
                item_of,
                self._state.sizes.page_bytes,
                len,
            )
            told: Any = kind
            first = told_first(questions, basis) if page.is_first else {}
            rest = told(basis=requests.basis(basis), next_page_token=following, **first)
            return wire.page(rest, field, shown)

        found = await self.answer(written, brief=brief)
        if not self.seals.met and len(found.body) <= response_cache.MOST_BYTES_OF_PAGE:
            self._state.responses.put(question, found.body)
        return found

    def _item(
        self,
        show: Callable[[Answer, Seals], google.protobuf.message.Message],
        how: Hashable,
        value: Answer,
    ) -> bytes:
        """The serialized message of an item as it is seen in the view of the request, taken from
        what was written before where it is there. Raises AnswerTooLarge.
        """
        again = comes_again(value)
        body = self._state.items.get(value, how) if again else None
        if body is None:
            message, has_seals = self.seals.observe(lambda: show(value, self.seals))
            body = self.whole(message).SerializeToString()
            if again and not has_seals:
                self._state.items.put(value, how, body)
        return body


@lru_cache(maxsize=256)
def _beginning(kind: Callable[..., google.protobuf.message.Message], basis: Basis) -> bytes:
    """The field `basis` of an answer: many are given on the same one."""
    return kind(basis=requests.basis(basis)).SerializeToString()
