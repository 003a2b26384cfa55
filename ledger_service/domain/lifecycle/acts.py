"""An act as it is shown to a reader: with its evidence and its principals."""

from __future__ import annotations

from ledger_service.domain.lifecycle.clusters import direction
from ledger_service.domain.lifecycle.evidence import act_finding
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import ActView


def act_view(picture: Picture, act: VisibleEntry) -> ActView:
    """A visible act at the cuts of a picture: one value at all cuts at which it is the same."""
    return picture.memoised_of("act_view", act, _act_view)


def _act_view(picture: Picture, act: VisibleEntry) -> ActView:
    givers, receivers = direction(picture, act)
    return ActView(
        entry_id=act.id,
        version=act.version.version,
        act=act.act,
        day=act.day,
        evidence=act_finding(picture, act),
        actors=tuple(sorted(givers)),
        counterparties=tuple(sorted(receivers)),
    )
