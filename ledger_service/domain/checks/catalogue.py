"""Rules of parties, reports and scales."""

from __future__ import annotations

import re
from datetime import date

from ledger_service.domain.checks.fields import CAMEO, Violations
from ledger_service.domain.values import exact, scales
from ledger_service.domain.values.entries import Coding, Party, PartyCodes, Report, Scale
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


def check_party(found: Violations, path: str, entry_id: str, party: Party) -> None:
    found.required(f"{path}.name", party.name, NAME)
    found.size(f"{path}.aliases", party.aliases, ALIASES)
    found.distinct(f"{path}.aliases", party.aliases)
    for number, alias in enumerate(party.aliases):
        found.required(f"{path}.aliases[{number}]", alias, NAME)
    if party.codes is not None:
        _check_codes(found, f"{path}.codes", party.codes)
    found.size(f"{path}.represents", party.represents, PARTIES)
    for number, representation in enumerate(party.represents):
        at = f"{path}.represents[{number}]"
        found.present(f"{at}.principal", representation.principal)
        if entry_id and representation.principal == entry_id:
            found.add(f"{at}.principal", "Nobody represents himself.")
        found.days(at, representation.from_day, representation.to_day)
        found.size(f"{at}.mandate", representation.mandate, MANDATES)
        found.distinct(f"{at}.mandate", representation.mandate)
        found.text(f"{at}.note", representation.note, REMARK)
    _check_one_at_a_time(found, f"{path}.represents", party)
    found.text(f"{path}.note", party.note, REMARK)


def _check_codes(found: Violations, path: str, codes: PartyCodes) -> None:
    found.spelling(f"{path}.iso3", codes.iso3, _ISO3, "an ISO 3166-1 alpha-3 code such as PRK")
    found.spelling(f"{path}.cow", codes.cow, _COW, "a Correlates of War number such as 731")
    found.spelling(
        f"{path}.cameo", codes.cameo, _CAMEO_ACTOR, "a CAMEO actor code such as PRKGOV"
    )


def _check_one_at_a_time(found: Violations, field: str, party: Party) -> None:
    """On any day a party represents one other at most."""
    spans = sorted(
        (one.from_day or date.min, one.to_day or date.max, number)
        for number, one in enumerate(party.represents)
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


def check_report(found: Violations, path: str, report: Report) -> None:
    found.required(f"{path}.title", report.title, TITLE)
    found.required(f"{path}.publisher", report.publisher, NAME)
    found.text(f"{path}.url", report.url, URL)
    found.interval(f"{path}.published", report.published)
    found.text(f"{path}.summary", report.summary, REMARK)
    found.text(f"{path}.note", report.note, REMARK)


def check_scale(found: Violations, path: str, entry_id: str, scale: Scale) -> None:
    if entry_id in scales.RESERVED:
        field = path.removesuffix(".state.scale") + ".id"
        found.add(field, f"{entry_id!r} is a built-in scale. Choose another id.")
    found.required(f"{path}.title", scale.title, TITLE)
    found.required(f"{path}.version", scale.version, SCALE_VERSION)
    found.required(f"{path}.source", scale.source, SOURCE)
    found.required(f"{path}.licence", scale.licence, LICENCE)
    _check_weights(found, f"{path}.weights", scale)
    found.text(f"{path}.note", scale.note, REMARK)


def _check_weights(found: Violations, field: str, scale: Scale) -> None:
    found.size(field, scale.weights, WEIGHTS, at_least=1)
    shape, meant = (
        (CAMEO, "a CAMEO event code of 2 to 4 digits")
        if scale.coding is Coding.CAMEO
        else (_PLOVER_ROW, "a PLOVER code such as RETREAT or RETREAT/disarm")
    )
    seen: dict[str, int] = {}
    for number, row in enumerate(scale.weights):
        at = f"{field}[{number}]"
        if not row.code:
            found.add(f"{at}.code", "This is required.")
        found.spelling(f"{at}.code", row.code, shape, meant)
        first = seen.setdefault(row.code, number)
        if row.code and first != number:
            found.add(f"{at}.code", f"{row.code!r} stands at [{first}] already.")
        found.exact(f"{at}.weight", row.weight, exact.decimal)
