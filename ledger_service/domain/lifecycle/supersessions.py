"""Which commitments take the place of others, or would, and why they do not."""

from __future__ import annotations

from collections.abc import Iterator

from ledger_service.domain.lifecycle.case import AFTER_END, WAITING, Case
from ledger_service.domain.lifecycle.course import Course
from ledger_service.domain.lifecycle.moves import superseded
from ledger_service.domain.lifecycle.running import run
from ledger_service.domain.lifecycle.succession import (
    has_failed,
    lacking_agreement,
    successors,
)
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Supersession

NOT_BINDING = "not_binding"
FAILED = "failed"
IN_A_CIRCLE = "in_a_circle"


def supersessions(picture: Picture, course: Course, case: Case) -> Iterator[Supersession]:
    """The supersessions by which the place of a commitment is taken, by id of the successor;
    then those by which it takes the place of others.
    """
    for successor_id in successors(case):
        yield _supersession(picture, course, successor_id, case.id)
    for old in superseded(picture, case.known):
        if old.id != case.id:
            yield _supersession(picture, run(picture, old.id), case.id, old.id)


def _supersession(
    picture: Picture, course: Course, successor_id: str, old_id: str
) -> Supersession:
    successor, old = course.cases[successor_id], course.cases[old_id]
    if old.superseded_by == successor_id:
        return Supersession(successor_id, old_id, effective=True)
    lacking = lacking_agreement(picture, successor, old)
    why_not = _why_not(course, successor, old, agreed=not lacking)
    needed = old.by_now(lacking) if why_not == WAITING else ()
    return Supersession(
        successor_id, old_id, effective=False, why_not=why_not, needed_from=(*sorted(needed),)
    )


def _why_not(course: Course, successor: Case, old: Case, *, agreed: bool) -> str:
    if not successor.bound:
        return NOT_BINDING
    if has_failed(successor):
        return FAILED
    if _leads_to(course, successor, old.id):
        return IN_A_CIRCLE
    return AFTER_END if agreed else WAITING


def _leads_to(course: Course, case: Case, old_id: str) -> bool:
    """Whether a commitment was replaced, in turn, by another one."""
    passed = set[str]()
    while case.superseded_by and case.id not in passed:
        passed.add(case.id)
        if case.superseded_by == old_id:
            return True
        case = course.cases[case.superseded_by]
    return False
