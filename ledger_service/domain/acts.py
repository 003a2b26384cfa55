"""An act as a reader wants to see it: with its evidence and its principals."""

from __future__ import annotations

from ledger_service.domain.answers import ActView
from ledger_service.domain.clusters import direction
from ledger_service.domain.evidence import act_finding
from ledger_service.domain.known import Known
from ledger_service.domain.picture import Picture


def act_view(picture: Picture, act: Known) -> ActView:
    """A visible act at a picture's cuts."""
    givers, receiver = direction(picture, act)
    return ActView(
        id=act.id,
        version=act.version.version,
        act=act.act,
        day=act.day,
        evidence=act_finding(picture, act),
        actors=tuple(sorted(givers)),
        counterparty=receiver,
    )
