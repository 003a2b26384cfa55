"""Entries that are right at a glance: most of them, told in a tenth of the time.

What is said to be right here breaks no rule of the other modules; anything unusual is
left to them, and they name what is wrong. So a rule that is forgotten here would be a
rule that is not kept: each one stands in both places.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from ledger_service.domain.checks.fields import CAMEO, ID, PLOVER_TYPE, PLOVER_WORD
from ledger_service.domain.checks.ties import DESCRIPTIVE, SAYS
from ledger_service.domain.values import exact, text
from ledger_service.domain.values.commands import Item, NewEntry
from ledger_service.domain.values.dates import precision
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    EventCode,
    Evidence,
    IntervalDate,
    Nature,
    Relation,
    RelationKind,
    Report,
    SealableText,
)
from ledger_service.domain.values.limits import (
    ATTRIBUTION,
    CONSEQUENT,
    NAME,
    PLACE,
    REMARK,
    TIE_NOTE,
    TITLE,
    URL,
)

#: So few parts, each with its own limit, that the limit of the whole is never reached.
MANY = 6

_id = ID.fullmatch


def is_plain(item: Item, today: date) -> bool:
    """Whether an item of a normalised request surely keeps all rules that need no
    ledger, but those about the other items.
    """
    if type(item) is not NewEntry or item.seal or not (item.id == "" or _id(item.id)):
        return False
    state = item.state
    if type(state) is Act:
        return _plain_act(item.id, state, today)
    if type(state) is Commitment:
        return _plain_commitment(item.id, state)
    return type(state) is Report and _plain_report(state)


def _plain_act(entry_id: str, act: Act, today: date) -> bool:
    first, others, toward = act.occurred.from_day, act.co_actors, act.counterparty
    return (
        _id(act.actor) is not None
        and (not others or (_ids(others) and act.actor not in others))
        and (not toward or _toward(toward, act))
        and (not act.joint or bool(toward or others))
        and act.quantity is None
        and _said(act.title, TITLE)
        and _texts(act.place, PLACE, act.summary, act.note)
        and _interval(act.occurred)
        and (first is None or first <= today or first <= today + timedelta(days=1))
        and _code(act.code)
        and _told(act.evidence)
        and (not act.relations or _ties(entry_id, act.relations, of_act=True))
    )


def _toward(toward: str, act: Act) -> bool:
    return bool(_id(toward)) and toward != act.actor and toward not in act.co_actors


def _plain_commitment(entry_id: str, commitment: Commitment) -> bool:
    debtors, creditors = commitment.debtors, commitment.creditors
    return (
        len(debtors) > 0
        and len(creditors) > 0
        and _ids(debtors)
        and _ids(creditors)
        and not commitment.mutual
        and not any(each in debtors for each in creditors)  # a few of each
        and _ids(commitment.made_by)
        and commitment.antecedent is None
        and commitment.due is None
        and (commitment.until is None or commitment.nature is Nature.MAINTENANCE)
        and _said(commitment.consequent, CONSEQUENT)
        and _texts("", 0, commitment.summary, commitment.note)
        and _interval(commitment.occurred)
        and _code(commitment.consequent_code)
        and _told(commitment.evidence)
        and (not commitment.relations or _ties(entry_id, commitment.relations, of_act=False))
    )


def _plain_report(report: Report) -> bool:
    return (
        _said(report.title, TITLE)
        and _said(report.publisher, NAME)
        and _texts(report.url, URL, report.summary, report.note)
        and _interval(report.published)
    )


def _ids(ids: tuple[str, ...]) -> bool:
    """A few well-spelt ids, none of them twice."""
    if len(ids) == 1:
        return _id(ids[0]) is not None
    return len(set(ids)) == len(ids) <= MANY and all(map(_id, ids))


def _said(value: SealableText, limit: int) -> bool:
    return type(value) is str and bool(value) and not value.isspace() and _fits(value, limit)


def _texts(value: SealableText, limit: int, summary: SealableText, note: SealableText) -> bool:
    return (
        (not value or _fits(value, limit))
        and (not summary or _fits(summary, REMARK))
        and (not note or _fits(note, REMARK))
    )


def _fits(value: SealableText, limit: int) -> bool:
    """What cannot be printed, or may be too long in bytes, is looked at more closely."""
    if type(value) is not str or not value.isprintable():
        return False
    if value.isascii():
        return len(value) <= limit
    return len(value) * 4 <= limit and not text.crowded(value)


def _interval(interval: IntervalDate) -> bool:
    first, last = interval.from_day, interval.to_day
    ordered = first is None or last is None or first <= last
    return ordered and interval.precision is precision(first, last)


def _code(code: EventCode | None) -> bool:
    if code is None:
        return True
    plover = code.plover
    return (not code.cameo or CAMEO.fullmatch(code.cameo) is not None) and (
        plover is None
        or (
            PLOVER_TYPE.fullmatch(plover.type) is not None
            and (not plover.mode or PLOVER_WORD.fullmatch(plover.mode) is not None)
            and not plover.contexts
        )
    )


def _told(evidence: tuple[Evidence, ...]) -> bool:
    return 0 < len(evidence) <= MANY and all(map(_evidence, evidence))


def _evidence(told: Evidence) -> bool:
    return (
        _id(told.report) is not None
        and (not told.attribution or _fits(told.attribution, ATTRIBUTION))
        and (not told.asserted_by or _id(told.asserted_by) is not None)
        and 0 <= told.credibility <= 6
    )


def _ties(entry_id: str, relations: tuple[Relation, ...], *, of_act: bool) -> bool:
    if len(relations) > MANY:
        return False
    seen = {(each.kind, each.target, each.about) for each in relations}
    return len(seen) == len(relations) and all(
        _tie(entry_id, each, of_act=of_act) for each in relations
    )


def _tie(entry_id: str, relation: Relation, *, of_act: bool) -> bool:
    kind, target = relation.kind, relation.target
    return (
        (kind is not RelationKind.SUPERSEDES if of_act else kind in DESCRIPTIVE)
        and _id(target) is not None
        and target != entry_id
        and (
            not relation.extent or (kind is RelationKind.FULFILS and _is_share(relation.extent))
        )
        and (relation.about is None or kind in SAYS)
        and not relation.condition
        and (not relation.note or _fits(relation.note, TIE_NOTE))
    )


def _is_share(extent: str) -> bool:
    return len(extent) < 20 and _short_share(extent)


@lru_cache(1000)
def _short_share(extent: str) -> bool:
    try:
        return 0 < exact.number(extent) <= 1
    except ValueError:
        return False
