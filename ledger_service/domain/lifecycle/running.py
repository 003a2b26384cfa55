"""Which courses are run together, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Collection, Container, Hashable, Sequence

from ledger_service.domain.lifecycle.case import open_case
from ledger_service.domain.lifecycle.conditions import Conditions
from ledger_service.domain.lifecycle.course import Course
from ledger_service.domain.lifecycle.grounds import shared
from ledger_service.domain.lifecycle.happening import events
from ledger_service.domain.lifecycle.succession import (
    dependencies,
    dependents,
    depends_on,
    failed_successors,
)
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.stopping import looking

#: What depends on more commitments than these shares their course.
_FEW = 8


def run(picture: Picture, commitment_id: str) -> Course:
    """The course of a commitment, with those of all on which it depends. Where these are many,
    the course of those that are asked for next comes from the same run.
    """
    asked = picture.commitment(commitment_id)
    if not asked or not depends_on(picture, asked):
        return run_together(picture, [asked] if asked else [])
    if not picture.remembers("course", commitment_id):
        known = dependencies(picture, commitment_id)
        if len(known) <= _FEW:
            return run_together(picture, known)

    def find() -> dict[Hashable, Course]:
        # What is remembered may be forgotten before it is taken.
        known = dependencies(picture, commitment_id)
        course = run_together(picture, _with_dependents(picture, known))
        course.grounds = shared(picture, course.cases)
        return dict.fromkeys(course.cases, course)

    return picture.memoised_together("course", commitment_id, find).seen_in(picture)


def run_together(picture: Picture, known: Collection[VisibleEntry]) -> Course:
    """The course of some commitments. They must include all on which any of them depends.

    A successor that ended otherwise than by fulfilment supersedes nothing; then everything is
    computed again without it.
    """
    opened = [open_case(picture, each) for each in looking(known)]
    happening = [event for case in opened for event in events(picture, case)]
    conditions = Conditions(picture)
    failed: frozenset[str] = frozenset()
    while True:
        course = Course(picture, opened, happening, conditions, failed)
        course.play()
        failing = failed_successors(course.cases)
        if failing <= failed:
            return course
        failed |= failing | course.failed_for_good(failing)
        opened = [open_case(picture, each) for each in looking(known)]


def _with_dependents(picture: Picture, known: Sequence[VisibleEntry]) -> list[VisibleEntry]:
    """Some commitments with up to as many of those that depend on them: otherwise asking for
    each link of a chain in turn would run it from its beginning each time.
    """
    found = {each.id: each for each in known}
    most = 2 * len(found)
    waiting = [each.id for each in known]
    tried = set(found)
    while waiting and len(found) < most:
        for dependent in dependents(picture, found[waiting.pop()]):
            if dependent in tried:
                continue
            tried.add(dependent)
            more = _closure(picture, dependent, found, most - len(found))
            if more is None:
                return list(found.values())
            found |= more
            tried |= more.keys()
            waiting += more
    return list(found.values())


def _closure(
    picture: Picture, commitment_id: str, beside: Container[str], most: int
) -> dict[str, VisibleEntry] | None:
    """All on which a commitment depends beyond those in `beside`, itself included; None for
    more than `most`.
    """
    found: dict[str, VisibleEntry] = {}
    waiting = [commitment_id]
    while waiting:
        asked = waiting.pop()
        if asked in found or asked in beside or not (known := picture.commitment(asked)):
            continue
        if len(found) == most:
            return None
        found[asked] = known
        waiting += depends_on(picture, known)
    return found


def lifecycle(picture: Picture, commitment_id: str) -> Lifecycle | None:
    """Where a visible commitment stands. None where it is only known that it may have begun,
    as in the picture of everything that may have happened.
    """

    def find() -> Lifecycle | None:
        return run(picture, commitment_id).cases[commitment_id].lifecycle

    return picture.memoised("lifecycle", commitment_id, find)
