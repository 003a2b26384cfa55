"""The one pipeline for what may be recorded.

A request that is only checked and one that is recorded are judged by the same rules and
decided by the same `decide`. Only recording holds the head lock, so only there a taken id
or version is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime
from functools import cache, partial
from typing import NamedTuple, Protocol, TypeVar

from msgspec.structs import replace

from ledger_service.access.recording import FirstAuthors, Recorder
from ledger_service.domain.checks import (
    HeadLookup,
    NormalRequest,
    check_command,
    decide,
    normal_request,
)
from ledger_service.domain.values.commands import RecordAnswer, RecordCommand
from ledger_service.domain.values.refusals import Invalid, LedgerError, Violation, invalid
from ledger_service.persistence.recording.requests import Request, prepare
from ledger_service.persistence.records import LOCAL, microseconds_of
from ledger_service.persistence.sealing.seals import marked

Answer = TypeVar("Answer")


class Misread(Protocol):
    """The fields of a request that could not be read into values: the violations, how many
    `more` there are, and which violations of rules would only be about a stand-in.
    """

    @property
    def found(self) -> Sequence[Violation]: ...

    @property
    def more(self) -> int: ...

    def shown(self, others: Iterable[Violation], /) -> Sequence[Violation]:
        """The violations among `others` that are not about a stand-in."""
        ...


class _NothingMisread:
    """A request of which every field could be read."""

    found: Sequence[Violation] = ()
    more = 0

    def shown(self, others: Iterable[Violation], /) -> Sequence[Violation]:
        return list(others)


NOTHING_MISREAD = _NothingMisread()


class Run(Protocol):
    """Runs work somewhere and returns its result."""

    def __call__(self, work: Callable[[], Answer], /) -> Awaitable[Answer]: ...


async def at_once(work: Callable[[], Answer], /) -> Answer:
    return work()


class Look(Protocol):
    """Looks at a request that breaks no rule in itself, in its normal form and with marks in
    place of texts to seal, before it is decided. `refusal` returns why that request would be
    refused even if no id or version were taken, and may block. Raises refusals of its own.
    """

    async def __call__(
        self, command: RecordCommand, refusal: Callable[[], LedgerError | None], /
    ) -> None: ...


async def _look_at_nothing(
    _command: RecordCommand, _refusal: Callable[[], LedgerError | None], /
) -> None:
    pass


class Runners(NamedTuple):
    """Where the work of a call runs: `computing` for work that takes long, `blocking` for work
    that queries a database, and `brief` for such work that is over soon, as a rule.
    """

    computing: Run = at_once
    blocking: Run = asyncio.to_thread
    brief: Run = asyncio.to_thread


class _Judged(NamedTuple):
    """A request in its normal form, and what is wrong with it in any ledger."""

    normal: NormalRequest
    misread: Misread
    broken: Invalid | None

    def refusal(self, lookup: HeadLookup) -> LedgerError | None:
        """Why it would be refused even if no id or version were taken; None if it would not.
        The refusal of a request that breaks a rule also lists what is wrong with the entries
        that it changes or mentions, unless there are very many violations.
        """
        if self.broken is not None and self.broken.more:
            return self.broken
        command = self.normal.command
        if self.broken is None:
            # A later item may keep what an earlier one seals, so it must look sealed by then.
            return decide(marked(command), cache(lookup), hold_taken=False).refusal()
        # What an entry of the id says is of no concern where the request is wrong by itself.
        command = replace(command, accept_identical=False)
        _, changes, targets, _ = decide(command, cache(lookup), hold_taken=False)
        told = {each.field for each in self.broken.violations}  # a wrong id is also unknown
        changed = [v for v in (*changes.unknown, *changes.broken) if v.field not in told]
        others = self.misread.shown((*changed, *targets.unknown, *targets.broken))
        return invalid((*self.broken.violations, *others), changes.more + targets.more)


def _judge(command: RecordCommand, misread: Misread, today: date) -> _Judged:
    normal = normal_request(command)
    found = check_command(normal.command, today=today)
    violations = (*misread.found, *misread.shown(found))
    more = misread.more + found.more
    return _Judged(normal, misread, Invalid(violations, more) if violations else None)


async def check(
    read: Callable[[], RecordCommand],
    misread: Misread,
    lookup: HeadLookup,
    runners: Runners,
    *,
    today: date,
    recorder: Recorder | None = None,
    first_authors: FirstAuthors = lambda _: {},
    look: Look = _look_at_nothing,
) -> None:
    """Raises what recording the request that `read` returns would raise for its items, except
    for ids and versions that are taken: Invalid, UnknownReference, or NotPermitted for what
    `recorder` may not record. `lookup` and `first_authors` return the entries as they are now.
    What would not be refused is shown to `look`.
    """

    def judged_now() -> tuple[_Judged, frozenset[str]]:
        command = read()
        own = recorder.must_be_own(command) if recorder is not None else frozenset[str]()
        return _judge(command, misread, today), own

    judged, own = await runners.computing(judged_now)
    if own and recorder is not None:
        recorder.check_own(await runners.blocking(partial(first_authors, own)))
    if refusal := await runners.blocking(lambda: judged.refusal(lookup)):
        raise refusal
    await look(marked(judged.normal.command), lambda: None)


class Recording:
    """Records in one ledger. `submit` has a request decided under the head lock and recorded;
    `lookup` returns the last committed head of an entry, `first_authors` who recorded the first
    version of entries; both may block, on any thread. `refuse_to_write` raises when the ledger cannot be written now.
    """

    def __init__(
        self,
        submit: Callable[[Request], Awaitable[RecordAnswer]],
        lookup: HeadLookup,
        first_authors: FirstAuthors,
        clock: Callable[[], datetime],
        refuse_to_write: Callable[[], None],
    ) -> None:
        self._submit = submit
        self._lookup = lookup
        self._first_authors = first_authors
        self._clock = clock
        self._refuse_to_write = refuse_to_write

    async def record(
        self,
        read: Callable[[], RecordCommand],
        misread: Misread = NOTHING_MISREAD,
        runners: Runners = Runners(),  # noqa: B008 - it never changes
        recorder: Recorder | None = None,
        origin: str = "",
        look: Look = _look_at_nothing,
    ) -> RecordAnswer:
        """Records all items of the request that `read` returns, or none, and returns once they
        are durable. Cancelling has no effect once the request was taken from the queue. Raises
        refusals; NotPermitted for what `recorder` may not record. Without one everything may
        be recorded. Requests of each `origin` have their turn among those of others. A request
        that breaks no rule in itself is shown to `look` before it is submitted.
        """
        prepared, own, judged = await runners.computing(
            lambda: self._prepared(read(), misread, recorder)
        )
        if isinstance(prepared, _Judged):
            refusal = await runners.blocking(partial(prepared.refusal, self._lookup))
            assert refusal is not None
            raise refusal
        if own and recorder is not None:
            await runners.blocking(partial(self._check_own, recorder, own, prepared))
        await look(marked(judged.normal.command), partial(judged.refusal, self._lookup))
        return await self._submit(prepared._replace(origin=origin))

    def _check_own(self, recorder: Recorder, own: frozenset[str], prepared: Request) -> None:
        """Raises NotPermitted for an entry that somebody else recorded first. One that is not
        there is refused here: until it is decided, somebody else may record it.
        """
        found = self._first_authors(own)
        recorder.check_own(found)
        if len(found) < len(own):
            decision = decide(prepared.command, cache(self._lookup), hold_taken=False)
            if refusal := decision.refusal():
                raise refusal
            recorder.check_own(self._first_authors(own))

    def _prepared(
        self, command: RecordCommand, misread: Misread, recorder: Recorder | None
    ) -> tuple[Request | _Judged, frozenset[str], _Judged]:
        """The request as it is submitted to the sequencer; what was judged if it breaks a
        rule. With it the entries that the recorder must have recorded first, and what was
        judged in any case.
        """
        own = recorder.must_be_own(command) if recorder is not None else frozenset[str]()
        if not misread.found:
            self._refuse_to_write()
        now = self._clock()
        judged = _judge(command, misread, now.date())
        if judged.broken is not None:
            return judged, own, judged
        author = recorder.author if recorder is not None else LOCAL
        request = prepare(judged.normal, now=microseconds_of(now), recorded_by=author)
        return request, own, judged
