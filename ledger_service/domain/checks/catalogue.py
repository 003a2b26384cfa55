"""Rules of reports and scales."""

from __future__ import annotations

import re
from datetime import date

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import CAMEO, DIGEST, Violations, is_ahead
from ledger_service.domain.values import exact, scales
from ledger_service.domain.values.entries import (
    Attribute,
    Coding,
    IntervalDate,
    Report,
    Scale,
    SealableText,
    SourceGrade,
    Weight,
)
from ledger_service.domain.values.limits import (
    LICENCE,
    NAME,
    REMARK,
    SCALE_VERSION,
    SOURCE,
    TITLE,
    URL,
    WEIGHTS,
)

_PLOVER_ROW = re.compile(r"[A-Z]{1,40}(?:/[a-z]{1,40}(?:[-_][a-z]{1,40}){0,5})?")


@every_field(Report)
def check_report(
    found: Violations,
    path: str,
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
) -> None:
    """`today` is None where a report may have been read on a later day."""
    found.required(f"{path}.title", title, TITLE)
    found.required(f"{path}.publisher", publisher, NAME)
    found.text(f"{path}.url", url, URL)
    found.text(f"{path}.archived_url", archived_url, URL)
    found.spelling(
        f"{path}.digest",
        digest,
        DIGEST,
        "a digest: sha256: and 64 hexadecimal digits in small letters",
    )
    found.language(f"{path}.language", language)
    found.interval(f"{path}.published", published)
    if retrieved is not None and today is not None and is_ahead(retrieved, today):
        found.add(
            f"{path}.retrieved",
            f"{retrieved} is more than one day after today, {today}. Give the day on which the "
            "report was read.",
        )
    found.topics(f"{path}.topics", topics)
    found.attributes(f"{path}.attributes", attributes)
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
        field = path.removesuffix(".state.scale") + ".entry_id"
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
            found.add(f"{at}.code", f"{row.code!r} stands at weights[{first}] already.")
        _check_weight(found, at, *astuple(row))


@every_field(Weight)
def _check_weight(found: Violations, at: str, /, _code: str, weight: str) -> None:
    found.exact(f"{at}.weight", weight, exact.decimal)
