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
from ledger_service.persistence.records import microseconds_of

Answer = TypeVar("Answer")


class Misread(Protocol):
    """What of a request could not be read into values: the violations, how many `more`
    there are, and which others would only speak of a value that stands in.
    """

    @property
    def found(self) -> Sequence[Violation]: ...

    @property
    def more(self) -> int: ...

    def shown(self, others: Iterable[Violation], /) -> Sequence[Violation]:
        """Those of `others` that do not speak of a value that stands in."""
        ...


class _NothingMisread:
    """Every field could be read."""

    found: Sequence[Violation] = ()
    more = 0

    def shown(self, others: Iterable[Violation], /) -> Sequence[Violation]:
        return list(others)


NOTHING_MISREAD = _NothingMisread()


class Run(Protocol):
    """Runs work somewhere and gives what it gives."""

    def __call__(self, work: Callable[[], Answer], /) -> Awaitable[Answer]: ...


async def at_once(work: Callable[[], Answer], /) -> Answer:
    return work()


class Runners(NamedTuple):
    """Where the work of a call runs: what only `computing` takes long, and what is
    `blocking` since it asks a database.
    """

    computing: Run = at_once
    blocking: Run = asyncio.to_thread


class _Judged(NamedTuple):
    """A request in its normal form, and what is wrong with it whatever a ledger holds."""

    normal: NormalRequest
    misread: Misread
    broken: Invalid | None

    def refusal(self, lookup: HeadLookup) -> LedgerError | None:
        """Why it would be refused whatever ids and versions are taken. A request that
        breaks a rule is told also what is wrong with the entries that it mentions, unless
        there are very many violations.
        """
        if self.broken is not None and self.broken.more:
            return self.broken
        decision = decide(self.normal.command, cache(lookup), hold_taken=False)
        if self.broken is None:
            return decision.refusal()
        targets = decision.targets
        others = self.misread.shown((*targets.unknown, *targets.broken))
        return invalid((*self.broken.violations, *others), targets.more)


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
) -> None:
    """Raises what recording the request that `read` gives would raise of its items, but for
    ids and versions that are taken: Invalid or UnknownReference. `lookup` gives the entries
    as they are now.
    """
    judged = await runners.computing(lambda: _judge(read(), misread, today))
    if refusal := await runners.blocking(lambda: judged.refusal(lookup)):
        raise refusal


class Recording:
    """Of one ledger. `submit` has a request decided under the head lock and recorded;
    `lookup` gives the last head of an entry that is committed, and may block, from any
    thread; `refuse_to_write` raises what keeps the ledger from being written.
    """

    def __init__(
        self,
        submit: Callable[[Request], Awaitable[RecordAnswer]],
        lookup: HeadLookup,
        clock: Callable[[], datetime],
        refuse_to_write: Callable[[], None],
    ) -> None:
        self._submit = submit
        self._lookup = lookup
        self._clock = clock
        self._refuse_to_write = refuse_to_write

    async def record(
        self,
        read: Callable[[], RecordCommand],
        misread: Misread = NOTHING_MISREAD,
        runners: Runners = Runners(),  # noqa: B008 - it never changes
    ) -> RecordAnswer:
        """Records all items of the request that `read` gives, or none, and answers once
        they are durable. A caller that gives up after its request was taken does not undo
        it. Raises refusals.
        """
        prepared = await runners.computing(lambda: self._prepared(read(), misread))
        if isinstance(prepared, _Judged):
            refusal = await runners.blocking(partial(prepared.refusal, self._lookup))
            assert refusal is not None
            raise refusal
        return await self._submit(prepared)

    def _prepared(self, command: RecordCommand, misread: Misread) -> Request | _Judged:
        """The request as it is submitted; as it was judged if it breaks a rule."""
        if not misread.found:
            self._refuse_to_write()
        now = self._clock()
        judged = _judge(command, misread, now.date())
        if judged.broken is not None:
            return judged
        return prepare(judged.normal, now=microseconds_of(now))
