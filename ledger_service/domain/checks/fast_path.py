"""Entries that are right at a glance: most of them, told in a tenth of the time.

What is said to be right here breaks no rule of the other modules; anything unusual is
left to them, and they name what is wrong. So a rule that is forgotten here would be a
rule that is not kept: each one stands in both places, and each look takes all fields of a
value as its parameters, which `every_field` holds against the value.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import CAMEO, ID, PLOVER_TYPE, PLOVER_WORD
from ledger_service.domain.checks.ties import DESCRIPTIVE, SAYS
from ledger_service.domain.values import exact, text
from ledger_service.domain.values.commands import Item, NewEntry
from ledger_service.domain.values.dates import precision as precision_of
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActKind,
    Antecedent,
    Commitment,
    DateBasis,
    EventCode,
    Evidence,
    IntervalDate,
    Nature,
    PloverCode,
    Precision,
    Quantity,
    Relation,
    RelationKind,
    Report,
    SealableText,
    SourceGrade,
    State,
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
    """Whether an item of a normalised request certainly keeps all rules that need no ledger,
    except for those about the other items of its request. False means that it must be checked
    in full.
    """
    return type(item) is NewEntry and _entry(today, *astuple(item))


@every_field(NewEntry)
def _entry(today: date, /, id_: str, state: State, seal: tuple[str, ...]) -> bool:
    if seal or not (id_ == "" or _id(id_)):
        return False
    kind = type(state)
    if kind is Act:
        return _act(id_, today, *astuple(state))
    if kind is Commitment:
        return _commitment(id_, *astuple(state))
    return kind is Report and _report(*astuple(state))


@every_field(Act)
def _act(
    entry_id: str,
    today: date,
    /,
    _kind: ActKind,
    actor: str,
    title: SealableText,
    co_actors: tuple[str, ...],
    counterparty: str,
    joint: bool,
    occurred: IntervalDate,
    place: str,
    quantity: Quantity | None,
    code: EventCode | None,
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    summary: SealableText,
    note: SealableText,
) -> bool:
    first = occurred.from_day
    return (
        _id(actor) is not None
        and (not co_actors or (_ids(co_actors) and actor not in co_actors))
        and (
            _toward(counterparty, actor, co_actors)
            if counterparty
            else not joint or bool(co_actors)
        )
        and quantity is None
        and _said(title, TITLE)
        and (not place or _fits(place, PLACE))
        and (not summary or _fits(summary, REMARK))
        and (not note or _fits(note, REMARK))
        and _interval(*astuple(occurred))
        and (first is None or first <= today or first <= today + timedelta(days=1))
        and (code is None or _code(*astuple(code)))
        and _told(evidence)
        and (not relations or _ties(entry_id, True, relations))
    )


def _toward(counterparty: str, actor: str, co_actors: tuple[str, ...]) -> bool:
    return (
        _id(counterparty) is not None
        and counterparty != actor
        and counterparty not in co_actors
    )


@every_field(Commitment)
def _commitment(
    entry_id: str,
    /,
    debtors: tuple[str, ...],
    creditors: tuple[str, ...],
    consequent: str,
    mutual: bool,
    made_by: tuple[str, ...],
    consequent_code: EventCode | None,
    occurred: IntervalDate,
    nature: Nature,
    due: IntervalDate | None,
    until: date | None,
    _offer: bool,
    antecedent: Antecedent | None,
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    summary: SealableText,
    note: SealableText,
) -> bool:
    return (
        len(debtors) > 0
        and len(creditors) > 0
        and _ids(debtors)
        and _ids(creditors)
        and not mutual
        and not any(each in debtors for each in creditors)  # a few of each
        and _ids(made_by)
        and antecedent is None
        and due is None
        and (until is None or nature is Nature.MAINTENANCE)
        and _said(consequent, CONSEQUENT)
        and (not summary or _fits(summary, REMARK))
        and (not note or _fits(note, REMARK))
        and _interval(*astuple(occurred))
        and (consequent_code is None or _code(*astuple(consequent_code)))
        and _told(evidence)
        and (not relations or _ties(entry_id, False, relations))
    )


@every_field(Report)
def _report(
    title: SealableText,
    publisher: str,
    url: SealableText,
    published: IntervalDate,
    _source_grade: SourceGrade | None,
    summary: SealableText,
    note: SealableText,
) -> bool:
    return (
        _said(title, TITLE)
        and _said(publisher, NAME)
        and (not url or _fits(url, URL))
        and (not summary or _fits(summary, REMARK))
        and (not note or _fits(note, REMARK))
        and _interval(*astuple(published))
    )


def _ids(ids: tuple[str, ...]) -> bool:
    """Whether these are a few well-formed ids without repetition."""
    if len(ids) == 1:
        return _id(ids[0]) is not None
    return len(set(ids)) == len(ids) <= MANY and all(map(_id, ids))


def _said(value: SealableText, limit: int) -> bool:
    return type(value) is str and bool(value) and not value.isspace() and _fits(value, limit)


def _fits(value: SealableText, limit: int) -> bool:
    """What cannot be printed, or may be too long in bytes, is looked at more closely."""
    if type(value) is not str or not value.isprintable():
        return False
    if value.isascii():
        return len(value) <= limit
    return len(value) * 4 <= limit and not text.crowded(value)


@every_field(IntervalDate)
def _interval(
    from_day: date | None, to_day: date | None, precision: Precision, _basis: DateBasis | None
) -> bool:
    ordered = from_day is None or to_day is None or from_day <= to_day
    return ordered and precision is precision_of(from_day, to_day)


@every_field(EventCode)
def _code(cameo: str, plover: PloverCode | None) -> bool:
    return (not cameo or CAMEO.fullmatch(cameo) is not None) and (
        plover is None or _plover(*astuple(plover))
    )


@every_field(PloverCode)
def _plover(type_: str, mode: str, contexts: tuple[str, ...]) -> bool:
    return (
        PLOVER_TYPE.fullmatch(type_) is not None
        and (not mode or PLOVER_WORD.fullmatch(mode) is not None)
        and not contexts
    )


def _told(evidence: tuple[Evidence, ...]) -> bool:
    if not 0 < len(evidence) <= MANY:
        return False
    for each in evidence:  # noqa: SIM110 - costs less than a generator
        if not _evidence(*astuple(each)):
            return False
    return True


@every_field(Evidence)
def _evidence(
    report: str, attribution: SealableText, asserted_by: str, credibility: int, _hedged: bool
) -> bool:
    return (
        _id(report) is not None
        and (not attribution or _fits(attribution, ATTRIBUTION))
        and (not asserted_by or _id(asserted_by) is not None)
        and 0 <= credibility <= 6
    )


def _ties(entry_id: str, of_act: bool, relations: tuple[Relation, ...]) -> bool:
    if len(relations) > MANY:
        return False
    for each in relations:
        if not _tie(entry_id, of_act, *astuple(each)):
            return False
    return len(relations) == 1 or len({(r.kind, r.target, r.about) for r in relations}) == len(
        relations
    )


@every_field(Relation)
def _tie(
    entry_id: str,
    of_act: bool,
    /,
    kind: RelationKind,
    target: str,
    extent: str,
    about: About | None,
    condition: str,
    note: SealableText,
) -> bool:
    return (
        (kind is not RelationKind.SUPERSEDES if of_act else kind in DESCRIPTIVE)
        and _id(target) is not None
        and target != entry_id
        and (not extent or (kind is RelationKind.FULFILS and _is_share(extent)))
        and (about is None or kind in SAYS)
        and not condition
        and (not note or _fits(note, TIE_NOTE))
    )


def _is_share(extent: str) -> bool:
    return len(extent) < 20 and _short_share(extent)


@lru_cache(1000)
def _short_share(extent: str) -> bool:
    try:
        return 0 < exact.number(extent) <= 1
    except ValueError:
        return False
