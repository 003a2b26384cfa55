"""What was taken back of deeds, as the courses of the commitments that they fulfil tell: who
succeeds a debtor that had left takes back nothing of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ledger_service.domain.lifecycle import reversals
from ledger_service.domain.lifecycle.reversals import Undone, fulfilled_under_heirs
from ledger_service.domain.lifecycle.running import run
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry


def undone(picture: Picture, act: VisibleEntry) -> Undone:
    """From which days on the event of which a visible act tells is undone."""
    under = [each.id for each in fulfilled_under_heirs(picture, act)]
    left = {each: left_it for each in under if (left_it := run(picture, each).cases[each].left)}
    return reversals.undone(picture, act, left)


def left_of(
    picture: Picture, acts: Sequence[VisibleEntry], commitment: VisibleEntry
) -> Fraction | None:
    """The share of a commitment that acts make up which tell of one event, less what was taken
    back of it; None when it is not known.
    """
    under = {each.id for act in acts for each in fulfilled_under_heirs(picture, act)}
    if commitment.id not in under:
        return reversals.left_of(picture, acts, commitment)
    left = run(picture, commitment.id).cases[commitment.id].left
    return reversals.left_of(picture, acts, commitment, left)
