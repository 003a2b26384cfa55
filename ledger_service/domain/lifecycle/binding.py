"""Whether a commitment binds yet, why not, and whose word or acceptance it still needs."""

from __future__ import annotations

from datetime import date

from ledger_service.domain.lifecycle.case import Case
from ledger_service.domain.lifecycle.joined import Joined
from ledger_service.domain.values.answers import EvidenceStatus, Lifecycle

_NOBODY = frozenset[str]()


def proposed_because(case: Case) -> str:
    """Why the commitment does not bind anybody yet; empty when it does."""
    if case.existence.status is EvidenceStatus.REFUTED:
        return "its existence is refuted"
    if not is_attested(case):
        return "known only from others than the debtor"
    if without_authority(case):
        return "made without authority"
    if case.terms.offer and _acceptors(case):
        return "waits for acceptance"
    return ""


def is_attested(case: Case) -> bool:
    """Whether a publisher tells of it in its own voice, or its debtor does; of a mutual
    commitment, whether every party does.
    """
    if case.told:
        return True
    if case.sides.mutual:
        return not _lacking_debtors(case, _said(case))
    return bool(case.words)


def without_authority(case: Case) -> frozenset[str]:
    """The debtors for whose part nobody with a mandate spoke, then or later."""
    if not case.sides.later and case.sides.debtors <= case.mandated:
        return _NOBODY  # as nearly always
    return _lacking_debtors(case, _said(case).and_(Joined.on(case.day, case.mandated)))


def needs_word_of(case: Case, debtors: frozenset[str], day: date) -> bool:
    """Whether the word of these debtors on a day, beside what was said already, helps the
    commitment to bind.
    """
    new = case.sides.newly(_said(case), debtors, day)
    if case.lifecycle is not Lifecycle.PROPOSED or not new:
        return False
    if not is_attested(case):
        silent = case.by_now(_lacking_debtors(case, _said(case)))
        if not case.sides.mutual or new & silent:
            return True
    return bool(new & case.by_now(without_authority(case)))


def needs_acceptance_of(case: Case, parties: frozenset[str], day: date) -> bool:
    """Whether the acceptance by these parties on a day helps the commitment to bind."""
    if case.lifecycle is not Lifecycle.PROPOSED:
        return False
    if case.terms.offer and parties & case.by_now(_acceptors(case)):
        return True
    return case.sides.mutual and needs_word_of(case, parties, day)


def still_needed_of(case: Case) -> frozenset[str]:
    """Whose word or acceptance a commitment that binds nobody yet still needs."""
    if case.lifecycle is not Lifecycle.PROPOSED:
        return _NOBODY
    if not is_attested(case):
        return case.by_now(_lacking_debtors(case, _said(case)))
    if lacking := without_authority(case):
        return case.by_now(lacking)
    return case.by_now(_acceptors(case)) if case.terms.offer else _NOBODY


def _said(case: Case) -> Joined:
    """The debtors who gave their own word. Accepting a mutual commitment gives it."""
    return case.accepted.and_(case.words) if case.sides.mutual else case.words


def _acceptors(case: Case) -> frozenset[str]:
    """The parties of the beginning for whose part acceptance is still needed."""
    if not case.sides.mutual:
        return case.lacking_creditors(case.accepted)
    asked = case.sides.all - case.mandated or case.sides.all
    return case.sides.lacking(asked, case.accepted, case.now, case.left)


def _lacking_debtors(case: Case, joined: Joined) -> frozenset[str]:
    return case.sides.lacking(case.sides.debtors, joined, case.now, case.left)
