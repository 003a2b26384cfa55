"""Entries that are right at a glance: most of them, told in a tenth of the time.

What is said to be right here breaks no rule of the other modules; anything unusual is
left to them, and they name what is wrong. So a rule that is forgotten here would be a
rule that is not kept: each one stands in both places, and each look takes all fields of a
value as its parameters, which `every_field` holds against the value.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from msgspec.structs import astuple

from ledger_service.domain.checks.acts import (
    COUNTRY,
    EASTERNMOST,
    GEONAMES,
    NEEDS_ACTOR,
    NORTHERNMOST,
)
from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import (
    CAMEO,
    DIGEST,
    ID,
    LANGUAGE,
    PLOVER_TYPE,
    PLOVER_WORD,
    TOPIC,
    WORD,
    is_ahead,
)
from ledger_service.domain.checks.ties import CARRIES, SAYS, WITH_EXTENT
from ledger_service.domain.values import exact, text
from ledger_service.domain.values.commands import Item, NewEntry
from ledger_service.domain.values.dates import precision as precision_of
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActKind,
    Antecedent,
    Attribute,
    Commitment,
    DateBasis,
    DueAfter,
    EventCode,
    Evidence,
    Instalment,
    IntervalDate,
    Nature,
    Place,
    PloverCode,
    Precision,
    Quantity,
    Relation,
    RelationKind,
    Report,
    SealableText,
    SourceGrade,
    State,
    Withdrawal,
)
from ledger_service.domain.values.limits import (
    ATTRIBUTION,
    CONSEQUENT,
    LOCATOR,
    NAME,
    PLACE,
    PROVISION,
    REMARK,
    TIE_NOTE,
    TITLE,
    UNIT,
    URL,
)

#: So few parts, each with its own limit, that the limit of the whole is never reached.
MANY = 6
#: For the same reason quotes and attributes have shorter limits here.
_QUOTE, _ATTRIBUTE = 500, 100

_id = ID.fullmatch


def is_plain(item: Item, today: date | None) -> bool:
    """Whether an item of a normalised request certainly keeps all rules that need no ledger,
    except for those about the other items of its request. False means that it must be checked
    in full.
    """
    return type(item) is NewEntry and _entry(today, *astuple(item))


@every_field(NewEntry)
def _entry(today: date | None, /, entry_id: str, state: State, seal: tuple[str, ...]) -> bool:
    if seal or not (entry_id == "" or _id(entry_id)):
        return False
    kind = type(state)
    if kind is Act:
        return _act(entry_id, today, *astuple(state))
    if kind is Commitment:
        return _commitment(entry_id, *astuple(state))
    return kind is Report and _report(today, *astuple(state))


@every_field(Act)
def _act(
    entry_id: str,
    today: date | None,
    /,
    _kind: ActKind,
    actor: str,
    title: SealableText,
    co_actors: tuple[str, ...],
    counterparties: tuple[str, ...],
    joint: bool,
    occurred: IntervalDate,
    place: Place | None,
    quantity: Quantity | None,
    code: EventCode | None,
    topics: tuple[str, ...],
    attributes: tuple[Attribute, ...],
    relations: tuple[Relation, ...],
    evidence: tuple[Evidence, ...],
    summary: SealableText,
    note: SealableText,
) -> bool:
    return (
        (
            _id(actor) is not None and (not co_actors or _co_acting(actor, co_actors))
            if actor
            else not co_actors and not joint and _needs_nobody(relations)
        )
        and (
            _toward(counterparties, actor, co_actors)
            if counterparties
            else not joint or bool(co_actors)
        )
        and _said(title, TITLE)
        and (place is None or _place(*astuple(place)))
        and (quantity is None or _amount(False, *astuple(quantity)))
        and (not summary or _fits(summary, REMARK))
        and (not note or _fits(note, REMARK))
        and _interval(today, *astuple(occurred))
        and (code is None or _code(*astuple(code)))
        and (not topics or _topics(topics))
        and (not attributes or _attributes(attributes))
        and _told(evidence)
        and (not relations or _ties(entry_id, Act, relations))
    )


def _co_acting(actor: str, co_actors: tuple[str, ...]) -> bool:
    return _ids(co_actors) and actor not in co_actors


def _needs_nobody(relations: tuple[Relation, ...]) -> bool:
    return not any(each.kind in NEEDS_ACTOR for each in relations)


def _toward(counterparties: tuple[str, ...], actor: str, co_actors: tuple[str, ...]) -> bool:
    if len(counterparties) == 1:
        only = counterparties[0]
        return _id(only) is not None and only != actor and only not in co_actors
    return (
        _ids(counterparties)
        and actor not in counterparties
        and not (co_actors and any(each in co_actors for each in counterparties))
    )


def _past(last: date | None, today: date) -> bool:
    """The last known day of an interval whose ends are in order."""
    return last is None or last <= today or not is_ahead(last, today)


@every_field(Commitment)
def _commitment(
    entry_id: str,
    /,
    debtors: tuple[str, ...],
    creditors: tuple[str, ...],
    consequent: SealableText,
    mutual: bool,
    made_by: tuple[str, ...],
    consequent_code: EventCode | None,
    quantity: Quantity | None,
    instrument: str,
    provision: str,
    occurred: IntervalDate,
    nature: Nature,
    due: IntervalDate | None,
    due_after: DueAfter | None,
    instalments: tuple[Instalment, ...],
    until: date | None,
    until_condition: Antecedent | None,
    _offer: bool,
    antecedent: Antecedent | None,
    withdrawal: Withdrawal | None,
    topics: tuple[str, ...],
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
        and not (due or due_after or until_condition or antecedent or withdrawal)
        and not instalments
        and (until is None or nature is Nature.MAINTENANCE)
        and (quantity is None or _amount(True, *astuple(quantity)))
        and (not instrument or _id(instrument) is not None)
        and (not provision or (bool(instrument) and _fits(provision, PROVISION)))
        and _said(consequent, CONSEQUENT)
        and (not summary or _fits(summary, REMARK))
        and (not note or _fits(note, REMARK))
        and _interval(None, *astuple(occurred))
        and (consequent_code is None or _code(*astuple(consequent_code)))
        and (not topics or _topics(topics))
        and _told(evidence)
        and (not relations or _ties(entry_id, Commitment, relations))
    )


@every_field(Report)
def _report(
    today: date | None,
    /,
    title: SealableText,
    publisher: SealableText,
    url: SealableText,
    archived_url: SealableText,
    digest: str,
    language: str,
    published: IntervalDate,
    retrieved: date | None,
    _source_grade: SourceGrade | None,
    topics: tuple[str, ...],
    attributes: tuple[Attribute, ...],
    summary: SealableText,
    note: SealableText,
) -> bool:
    return (
        _said(title, TITLE)
        and _said(publisher, NAME)
        and (not url or _fits(url, URL))
        and (not archived_url or _fits(archived_url, URL))
        and (not digest or DIGEST.fullmatch(digest) is not None)
        and (not language or LANGUAGE.fullmatch(language) is not None)
        and (retrieved is None or today is None or _past(retrieved, today))
        and (not topics or _topics(topics))
        and (not attributes or _attributes(attributes))
        and (not summary or _fits(summary, REMARK))
        and (not note or _fits(note, REMARK))
        and _interval(None, *astuple(published))
    )


@every_field(Place)
def _place(
    name: SealableText,
    country: SealableText,
    latitude: SealableText,
    longitude: SealableText,
    geonames: SealableText,
) -> bool:
    return (
        (not name or _fits(name, PLACE))
        and (not country or (type(country) is str and COUNTRY.fullmatch(country) is not None))
        and (
            not geonames or (type(geonames) is str and GEONAMES.fullmatch(geonames) is not None)
        )
        and (
            (_degrees(latitude, NORTHERNMOST) and _degrees(longitude, EASTERNMOST))
            if latitude or longitude
            else bool(name or country or geonames)
        )
    )


def _degrees(written: SealableText, at_most: int) -> bool:
    if type(written) is not str or len(written) > _SHORT:
        return False
    value = _short_decimal(written)
    return value is not None and -at_most <= value <= at_most


@every_field(Quantity)
def _amount(promised: bool, /, value: str, unit: str) -> bool:
    if len(value) > _SHORT or not _said(unit, UNIT):
        return False
    amount = _short_decimal(value)
    return amount is not None and (amount > 0 if promised else amount >= 0)


def _topics(topics: tuple[str, ...]) -> bool:
    return len(set(topics)) == len(topics) <= MANY and all(map(TOPIC.fullmatch, topics))


def _attributes(pairs: tuple[Attribute, ...]) -> bool:
    if len(pairs) > MANY:
        return False
    for each in pairs:
        if not _attribute(*astuple(each)):
            return False
    return len(pairs) == 1 or len(set(pairs)) == len(pairs)


@every_field(Attribute)
def _attribute(name: str, value: str) -> bool:
    return WORD.fullmatch(name) is not None and _said(value, _ATTRIBUTE)


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
    today: date | None,
    /,
    from_day: date | None,
    to_day: date | None,
    precision: Precision,
    _basis: DateBasis | None,
    words: str,
) -> bool:
    """Where `today` is given, what happened lies in the past."""
    ordered = from_day is None or to_day is None or from_day <= to_day
    return (
        ordered
        and not words
        and precision is precision_of(from_day, to_day)
        and (today is None or _past(to_day or from_day, today))
    )


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
    report: str,
    quote: SealableText,
    locator: SealableText,
    attribution: SealableText,
    asserted_by: str,
    credibility: int,
    _hedged: bool,
) -> bool:
    return (
        _id(report) is not None
        and (not quote or _fits(quote, _QUOTE))
        and (not locator or _fits(locator, LOCATOR))
        and (not attribution or _fits(attribution, ATTRIBUTION))
        and (not asserted_by or _id(asserted_by) is not None)
        and 0 <= credibility <= 6
    )


def _ties(entry_id: str, of: type[Act | Commitment], relations: tuple[Relation, ...]) -> bool:
    if len(relations) > MANY:
        return False
    carried = CARRIES[of]
    for each in relations:
        if not _tie(entry_id, carried, *astuple(each)):
            return False
    return len(relations) == 1 or len({(r.kind, r.target, r.about) for r in relations}) == len(
        relations
    )


@every_field(Relation)
def _tie(
    entry_id: str,
    carried: frozenset[RelationKind],
    /,
    kind: RelationKind,
    target: str,
    extent: str,
    about: About | None,
    condition: str,
    takes_effect: date | None,
    until: date | None,
    due: IntervalDate | None,
    note: SealableText,
) -> bool:
    return (
        kind in carried
        and kind is not RelationKind.RESCHEDULES
        and _id(target) is not None
        and target != entry_id
        and (not extent or (kind in WITH_EXTENT and _is_share(extent)))
        and (about is None or kind in SAYS)
        and not condition
        and not (takes_effect or until or due)
        and (not note or _fits(note, TIE_NOTE))
    )


_SHORT = 20


def _is_share(extent: str) -> bool:
    return len(extent) < _SHORT and _short_share(extent)


@lru_cache(1000)
def _short_share(extent: str) -> bool:
    try:
        return 0 < exact.number(extent) <= 1
    except ValueError:
        return False


@lru_cache(10_000)
def _short_decimal(written: str) -> float | None:
    """The nearest float, which is enough to hold it against a whole number."""
    try:
        return float(exact.decimal(written))
    except ValueError:
        return None
