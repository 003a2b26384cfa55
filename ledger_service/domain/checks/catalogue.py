"""Rules of parties, reports and scales."""

from __future__ import annotations

import re
from datetime import date

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import CAMEO, Violations
from ledger_service.domain.values import exact, scales
from ledger_service.domain.values.entries import (
    Coding,
    IntervalDate,
    Mandate,
    Party,
    PartyCodes,
    PartyKind,
    Report,
    Representation,
    Scale,
    SealableText,
    SourceGrade,
    Weight,
)
from ledger_service.domain.values.limits import (
    ALIASES,
    LICENCE,
    MANDATES,
    NAME,
    PARTIES,
    REMARK,
    SCALE_VERSION,
    SOURCE,
    TITLE,
    URL,
    WEIGHTS,
)

_ISO3 = re.compile(r"[A-Z]{3}")
_COW = re.compile(r"[0-9]{1,3}")
_CAMEO_ACTOR = re.compile(r"[A-Z]{3,30}")
_PLOVER_ROW = re.compile(r"[A-Z]{1,40}(?:/[a-z]{1,40}(?:[-_][a-z]{1,40}){0,5})?")


@every_field(Party)
def check_party(
    found: Violations,
    path: str,
    entry_id: str,
    /,
    name: str,
    _kind: PartyKind,
    aliases: tuple[str, ...],
    codes: PartyCodes | None,
    represents: tuple[Representation, ...],
    note: SealableText,
) -> None:
    found.required(f"{path}.name", name, NAME)
    found.size(f"{path}.aliases", aliases, ALIASES)
    found.distinct(f"{path}.aliases", aliases)
    for number, alias in enumerate(aliases):
        found.required(f"{path}.aliases[{number}]", alias, NAME)
    if codes is not None:
        _check_codes(found, f"{path}.codes", *astuple(codes))
    found.size(f"{path}.represents", represents, PARTIES)
    for number, representation in enumerate(represents):
        at = f"{path}.represents[{number}]"
        _check_representation(found, at, entry_id, *astuple(representation))
    _check_one_at_a_time(found, f"{path}.represents", represents)
    found.text(f"{path}.note", note, REMARK)


@every_field(PartyCodes)
def _check_codes(found: Violations, path: str, /, iso3: str, cow: str, cameo: str) -> None:
    found.spelling(f"{path}.iso3", iso3, _ISO3, "an ISO 3166-1 alpha-3 code such as PRK")
    found.spelling(f"{path}.cow", cow, _COW, "a Correlates of War number such as 731")
    found.spelling(f"{path}.cameo", cameo, _CAMEO_ACTOR, "a CAMEO actor code such as PRKGOV")


@every_field(Representation)
def _check_representation(
    found: Violations,
    at: str,
    entry_id: str,
    /,
    principal: str,
    from_day: date | None,
    to_day: date | None,
    mandate: tuple[Mandate, ...],
    note: SealableText,
) -> None:
    found.present(f"{at}.principal", principal)
    if entry_id and principal == entry_id:
        found.add(f"{at}.principal", "Nobody represents himself.")
    found.days(at, from_day, to_day)
    found.size(f"{at}.mandate", mandate, MANDATES)
    found.distinct(f"{at}.mandate", mandate)
    found.text(f"{at}.note", note, REMARK)


def _check_one_at_a_time(
    found: Violations, field: str, represents: tuple[Representation, ...]
) -> None:
    """A party must represent one other party at most on any day."""
    spans = sorted(
        (one.from_day or date.min, one.to_day or date.max, number)
        for number, one in enumerate(represents)
    )
    last, holder = None, 0
    for first, end, number in spans:
        if last is not None and first <= last:
            found.add(
                f"{field}[{number}]",
                f"These days overlap with those of {field}[{holder}]. On any day a party "
                "represents one other at most.",
            )
        if last is None or end > last:
            last, holder = end, number


@every_field(Report)
def check_report(
    found: Violations,
    path: str,
    /,
    title: SealableText,
    publisher: str,
    url: SealableText,
    published: IntervalDate,
    _source_grade: SourceGrade | None,
    summary: SealableText,
    note: SealableText,
) -> None:
    found.required(f"{path}.title", title, TITLE)
    found.required(f"{path}.publisher", publisher, NAME)
    found.text(f"{path}.url", url, URL)
    found.interval(f"{path}.published", published)
    found.text(f"{path}.summary", summary, REMARK)
    found.text(f"{path}.note", note, REMARK)


@every_field(Scale)
def check_scale(
    found: Violations,
    path: str,
    entry_id: str,
    /,
    title: SealableText,
    version: str,
    source: str,
    licence: str,
    coding: Coding,
    weights: tuple[Weight, ...],
    note: SealableText,
) -> None:
    if entry_id in scales.RESERVED:
        field = path.removesuffix(".state.scale") + ".id"
        found.add(field, f"{entry_id!r} is a built-in scale. Choose another id.")
    found.required(f"{path}.title", title, TITLE)
    found.required(f"{path}.version", version, SCALE_VERSION)
    found.required(f"{path}.source", source, SOURCE)
    found.required(f"{path}.licence", licence, LICENCE)
    _check_weights(found, f"{path}.weights", coding, weights)
    found.text(f"{path}.note", note, REMARK)


def _check_weights(
    found: Violations, field: str, coding: Coding, weights: tuple[Weight, ...]
) -> None:
    found.size(field, weights, WEIGHTS, at_least=1)
    shape, meant = (
        (CAMEO, "a CAMEO event code of 2 to 4 digits")
        if coding is Coding.CAMEO
        else (_PLOVER_ROW, "a PLOVER code such as RETREAT or RETREAT/disarm")
    )
    rows: dict[str, int] = {}
    for number, row in enumerate(weights):
        at, first = f"{field}[{number}]", rows.setdefault(row.code, number)
        if not row.code:
            found.add(f"{at}.code", "This is required.")
        found.spelling(f"{at}.code", row.code, shape, meant)
        if row.code and first != number:
            found.add(f"{at}.code", f"{row.code!r} stands at [{first}] already.")
        _check_weight(found, at, *astuple(row))


@every_field(Weight)
def _check_weight(found: Violations, at: str, /, _code: str, weight: str) -> None:
    found.exact(f"{at}.weight", weight, exact.decimal)
