"""Converts changes of standings to messages."""

from __future__ import annotations

from collections.abc import Iterable

from diplomatic_ledger.v1 import watching_pb2 as pb

from ledger_service.api.messages import names, standings, views
from ledger_service.api.messages.seals import Seals
from ledger_service.api.messages.writing import moment as time
from ledger_service.application.watching import Moment, StandingsStep
from ledger_service.domain.balance.standing_changes import StandingChange
from ledger_service.domain.values.entries import Version


def moment(value: Moment) -> pb.Moment:
    return pb.Moment(position=value.position, day=value.day.isoformat())


def step(value: StandingsStep) -> pb.StandingChanges:
    """A step without what changed in it."""
    recorded_at = value.recorded_at
    return pb.StandingChanges(
        kind=pb.STEP_KIND_RECORDED if recorded_at else pb.STEP_KIND_DAY_BEGAN,
        before=moment(value.before),
        after=moment(value.after),
        recorded_at=time(recorded_at) if recorded_at else None,
    )


def change(
    value: StandingChange, because: Iterable[Version], seals: Seals
) -> pb.StandingChange:
    """A change, but for how a filter sees it."""
    told = pb.StandingChange(
        entry_id=value.entry_id,
        before=standings.standing(value.before) if value.before else None,
        after=standings.commitment(value.after, seals) if value.after else None,
        because=[
            pb.ChangeCause(
                entry_id=each.entry_id,
                version=each.version,
                position=each.position,
                change=names.CHANGE.number(each.change),
            )
            for each in because
        ],
    )
    views.seen(told, full=False)
    return told
