"""Watching standings: which commitments change, as it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from diplomatic_ledger.arguments import Position, Saying, Seconds
from diplomatic_ledger.connection import Connection
from diplomatic_ledger.following import followed
from diplomatic_ledger.streaming import Stream
from diplomatic_ledger.v1.filters_pb2 import CommitmentFilter
from diplomatic_ledger.v1.standing_service_pb2 import WatchStandingsRequest
from diplomatic_ledger.v1.watching_pb2 import Moment, StandingChanges

_ALL = CommitmentFilter()
_After: TypeAlias = Annotated[
    tuple[Position, str],
    Saying("a position and a day, those of the basis of a list, such as (156, '2018-08-18')"),
]


@dataclass(frozen=True)
class StandingsChanged:
    """What changed in one step, or in a part of it where `step.more_follow`."""

    step: StandingChanges
    resume_token: str


@dataclass(frozen=True)
class WatchReached:
    """Everything up to this moment was told, or does not pass the filter. `is_caught_up`: it is
    the present, and what follows is new; else it is a heartbeat.
    """

    position: int
    day: str
    head: int
    is_caught_up: bool
    resume_token: str


class Watching(Connection):
    def watch_standings(
        self,
        ledger: str,
        *,
        wanted: CommitmentFilter = _ALL,
        resume_token: str = "",
        after: _After | None = None,
        on_connection: Callable[[bool], object] = bool,
        give_up_after: Seconds | None = None,
    ) -> Stream[StandingsChanged | WatchReached]:
        """Each change of lifecycle or flags of the commitments that are wanted, as it comes
        with what is recorded or with the first moment of a day. It does not end by itself.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            wanted: Which commitments, as in a list of them. Default: all.
            resume_token: That of the last item that you dealt with, of a watch with the same
                `wanted`. Default: none.
            after: A position and a day: those of the basis of a list, whose changes are to be
                told from then on. Default: the present moment.
            on_connection: Called with False when the service is gone or says nothing more, and
                with True when it is back. Default: nothing is called.
            give_up_after: Seconds for which the service may be gone. Default: for ever.

        Returns:
            A Stream of StandingsChanged and WatchReached. Each has a `resume_token`: keep it
            with what you make of the item, and pass it after a restart. When the service is
            gone the stream waits for it, and goes on without a gap or a repetition.

        Raises:
            LedgerNotFound: there is no ledger of this name.
            EntryNotFound: a party or an instrument that is wanted is not recorded.
            InvalidToken: the resume token is of another ledger or of another filter.
            CutOutOfRange: the log ends before the place to begin: it was restored from an
                older copy. Begin anew.
            Unavailable: the service did not come back within `give_up_after` seconds.

        Example:
            >>> token = ""
            >>> async with aclosing(client.watch_standings("my-talks")) as told:
            ...     async for each in told:
            ...         if isinstance(each, StandingsChanged):
            ...             for change in each.step.changes:
            ...                 print(change.entry_id, change.after.standing.lifecycle)
            ...         token = each.resume_token
        """
        request = WatchStandingsRequest(ledger=ledger, filter=wanted)
        if resume_token:
            request.resume_token = resume_token
        elif after is not None:
            position, day = after
            request.after.CopyFrom(Moment(position=position, day=day))

        def keep(last: StandingsChanged | WatchReached) -> None:
            request.resume_token = last.resume_token

        patience = self._patience(request, give_up_after)
        return Stream(followed(lambda: self._watched(request), keep, patience, on_connection))

    async def _watched(
        self, request: WatchStandingsRequest
    ) -> AsyncGenerator[Sequence[StandingsChanged | WatchReached]]:
        stream = self._frames(self._standing_service.WatchStandings, request)
        async with aclosing(stream):
            async for frame in stream:
                match frame.WhichOneof("event"):
                    case "changes":
                        yield (StandingsChanged(frame.changes, frame.resume_token),)
                    case "caught_up" | "heartbeat" as kind:
                        told = getattr(frame, kind)
                        yield (
                            WatchReached(
                                told.reached.position,
                                told.reached.day,
                                told.head,
                                kind == "caught_up",
                                frame.resume_token,
                            ),
                        )
