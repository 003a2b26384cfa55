"""What a commitment shows at a glance of where it cannot stand, by its own terms and by what is
aimed at it: so the first list of the few that are late does not take the standings of all.
Whatever stands so by all rules is let through, and more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TypeAlias

from ledger_service.domain.lifecycle.binding import proposed_because
from ledger_service.domain.lifecycle.brief import Wanted
from ledger_service.domain.lifecycle.case import open_case
from ledger_service.domain.lifecycle.falling_due import last_window, window
from ledger_service.domain.lifecycle.time_flags import urgency
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.entries import Nature, RelationKind
from ledger_service.domain.values.flags import StandingFlag

#: Whether a visible commitment may stand so.
_Test: TypeAlias = Callable[[Picture, VisibleEntry], bool]


def may_stand(picture: Picture, known: VisibleEntry, wanted: Wanted) -> bool:
    """Whether a visible commitment may stand as wanted."""
    return _may_be(picture, known, wanted.lifecycles) and _may_be(picture, known, wanted.flags)


def _may_be(
    picture: Picture, known: VisibleEntry, some: Collection[Lifecycle | StandingFlag]
) -> bool:
    return not some or any(
        (test := _TESTS.get(each)) is None or test(picture, known) for each in some
    )


def _aimed(picture: Picture, known: VisibleEntry, kind: RelationKind) -> list[VisibleEntry]:
    """The visible entries with a relation of a kind to a commitment."""
    if not picture.sources(known.id):  # as of most; nothing is kept of these
        return []
    return [
        source for source, relation in picture.relations_to(known.id) if relation.kind is kind
    ]


def _starts_proposed(picture: Picture, known: VisibleEntry) -> bool:
    # Nothing makes a proposal of what has been binding.
    return bool(proposed_because(open_case(picture, known)))


def _waits(_: Picture, known: VisibleEntry) -> bool:
    return known.commitment.antecedent is not None


def _is_maintained(_: Picture, known: VisibleEntry) -> bool:
    return known.commitment.nature is Nature.MAINTENANCE


def _is_delivered(picture: Picture, known: VisibleEntry) -> bool:
    """Whether somebody says that it, or a part of it, was delivered."""
    return bool(_aimed(picture, known, RelationKind.FULFILS))


def _is_kept_or_delivered(picture: Picture, known: VisibleEntry) -> bool:
    return _is_maintained(picture, known) or _is_delivered(picture, known)


def _is_dated_after(_: Picture, known: VisibleEntry) -> bool:
    return known.commitment.due_after is not None


def _may_be_dated_anew(picture: Picture, known: VisibleEntry) -> bool:
    """Whether it may be due otherwise than its own terms say."""
    return _is_dated_after(picture, known) or bool(
        _aimed(picture, known, RelationKind.RESCHEDULES)
    )


def _may_be_late(picture: Picture, known: VisibleEntry) -> bool:
    """Whether some delivery may have come too late."""
    terms = known.commitment
    deeds = _aimed(picture, known, RelationKind.FULFILS)
    if not deeds or _may_be_dated_anew(picture, known):
        return bool(deeds)
    when = last_window(terms) if terms.instalments else window(terms.due)
    # The first and the last day of an event of which several tell is one of theirs.
    return when is not None and any(when.is_missed(picture.policy, deed.span) for deed in deeds)


def _may_be_so_urgent(flag: StandingFlag, picture: Picture, known: VisibleEntry) -> bool:
    terms = known.commitment
    if terms.nature is Nature.MAINTENANCE:
        return False
    if terms.instalments or _may_be_dated_anew(picture, known):
        return True
    when = window(terms.due)
    return flag == (StandingFlag.UNDATED if when is None else urgency(picture, when))


_TESTS: Mapping[Lifecycle | StandingFlag, _Test] = {
    Lifecycle.PROPOSED: _starts_proposed,
    Lifecycle.CONDITIONAL: _waits,
    Lifecycle.EXPIRED: _waits,
    Lifecycle.FULFILLED: _is_kept_or_delivered,
    StandingFlag.LATE: _may_be_late,
    StandingFlag.NOT_YET_DATED: _is_dated_after,
    StandingFlag.MAINTENANCE: _is_maintained,
    StandingFlag.PARTIALLY_FULFILLED: _is_delivered,
    StandingFlag.AT_MOST: _is_delivered,
    StandingFlag.WAS_FULFILLED: _is_delivered,
    StandingFlag.ANTECEDENT_IN_DOUBT: _waits,
    StandingFlag.ANTECEDENT_CLAIMED: _waits,
    **{
        flag: partial(_may_be_so_urgent, flag)
        for flag in (
            StandingFlag.SCHEDULED,
            StandingFlag.DUE,
            StandingFlag.OVERDUE,
            StandingFlag.UNDATED,
        )
    },
}
