"""Scales of weights, and the weight that a scale gives to an event code.

Three scales are built in; others are registered in a ledger. A weight is looked up
when a question is asked, never stored in an act.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TypeVar

from ledger_service.domain.values import exact
from ledger_service.domain.values.entries import Coding, EventCode, Scale

T = TypeVar("T")

UNIT = "unit"
GOLDSTEIN = "goldstein-cameo-gdelt"
PLOVER = "plover-2.0"

_WHOLE = Fraction(1)
#: A CAMEO code of a category as a whole.
_ROOT_DIGITS = 2

#: What the scales are called that every ledger has.
TITLES = {
    UNIT: "Every deed weighs 1",
    GOLDSTEIN: "Goldstein's scale of CAMEO event codes, as GDELT has it",
    PLOVER: "Scale of PLOVER event types and modes",
}
#: Ids that no registered scale may take.
RESERVED = tuple(TITLES)


@dataclass(frozen=True)
class ScaleTable:
    """A versioned table of weights. Without a coding it weighs every deed 1."""

    id: str
    version: str
    source: str
    licence: str
    coding: Coding | None
    weights: Mapping[str, Fraction]


def weigh(scale: ScaleTable, code: EventCode | None) -> Fraction | None:
    """The weight of a deed with this code, or None when the scale knows none for it."""
    if scale.coding is None:
        return _WHOLE
    if code is None:
        return None
    if scale.coding is Coding.CAMEO:
        return _nearest(scale.weights, code.cameo)
    plover = _plover(code)
    if plover in scale.weights:
        return scale.weights[plover]
    return scale.weights.get(plover.partition("/")[0])


def _nearest(rows: Mapping[str, T], cameo: str) -> T | None:
    """The row of a CAMEO code, else of the nearest code above it in the tree."""
    while cameo:
        if cameo in rows:
            return rows[cameo]
        cameo = cameo[:-1]
    return None


def _plover(code: EventCode) -> str:
    """`TYPE` or `TYPE/mode`, from the crosswalk if only CAMEO is given, or empty."""
    if code.plover is None:
        return _nearest(_crosswalk(), code.cameo) or ""
    return f"{code.plover.type}/{code.plover.mode}" if code.plover.mode else code.plover.type


def unknown(code: EventCode) -> tuple[tuple[str, str], ...]:
    """Sentences about codes that no vocabulary of ours has, each with its field. They may be
    slips, or newer than our tables.
    """
    found = []
    if code.cameo and code.cameo not in _known_cameo():
        found.append(("cameo", _unknown_cameo(code.cameo)))
    plover = code.plover
    if plover is None:
        return tuple(found)
    if plover.type not in _known_plover():
        sentence = f"PLOVER 2.0 has no type {plover.type!r}. No weight is known for it."
        found.append(("plover.type", sentence))
    elif plover.mode and f"{plover.type}/{plover.mode}" not in _known_plover():
        sentence = f"PLOVER 2.0 has no mode {plover.mode!r} of {plover.type}."
        found.append(("plover.mode", f"{sentence} It is weighed as {plover.type}."))
    return tuple(found)


def _unknown_cameo(code: str) -> str:
    above = next(
        (code[:end] for end in range(len(code) - 1, 1, -1) if code[:end] in _known_cameo()), ""
    )
    weighed = f"It is weighed as {above}." if above else "No weight is known for it."
    return f"CAMEO has no code {code!r}. {weighed}"


@cache
def _known_cameo() -> frozenset[str]:
    return frozenset((*built_in()[GOLDSTEIN].weights, *_crosswalk()))


@cache
def _known_plover() -> frozenset[str]:
    return frozenset((*built_in()[PLOVER].weights, *_crosswalk().values()))


def from_entry(entry_id: str, scale: Scale) -> ScaleTable:
    """The table of a registered scale."""
    return ScaleTable(
        id=entry_id,
        version=scale.version,
        source=scale.source,
        licence=scale.licence,
        coding=scale.coding,
        weights={row.code: exact.decimal(row.weight) for row in scale.weights},
    )


@cache
def built_in() -> Mapping[str, ScaleTable]:
    """The scales that every ledger has, by id; read once."""
    unit = ScaleTable(
        id=UNIT,
        version="1",
        source="none: a plain count",
        licence="none needed",
        coding=None,
        weights=MappingProxyType({}),
    )
    goldstein = ScaleTable(
        id=GOLDSTEIN,
        version="1",
        source="GDELT lookup table, after Goldstein 1992, "
        "Journal of Conflict Resolution 36(2), 369-385",
        licence="free for any use with citation of GDELT",
        coding=Coding.CAMEO,
        weights=_weights("goldstein_cameo_gdelt.csv"),
    )
    plover = ScaleTable(
        id=PLOVER,
        version="2.0",
        source="PLOVER manual, draft 2.0, Open Event Data Alliance",
        licence="CC-BY-SA-4.0",
        coding=Coding.PLOVER,
        weights=_weights("plover_2_0.csv"),
    )
    return MappingProxyType({table.id: table for table in (unit, goldstein, plover)})


def _weights(name: str) -> Mapping[str, Fraction]:
    return MappingProxyType({code: exact.decimal(text) for code, text in _rows(name)})


@cache
def _crosswalk() -> Mapping[str, str]:
    """The PLOVER type, or type and mode, of CAMEO codes. A root code says no more than the
    code of "not specified below" in its category: 08 is read as 080.
    """
    rows = dict(_rows("cameo_to_plover.csv"))
    roots = {
        code[:_ROOT_DIGITS]: plover
        for code, plover in rows.items()
        if len(code) == _ROOT_DIGITS + 1 and code.endswith("0")
    }
    return MappingProxyType(rows | roots)


def _rows(name: str) -> list[tuple[str, str]]:
    """The two columns of a table of ours, below its head."""
    table = resources.files(__package__) / "scale_data" / name
    rows = list(csv.reader(table.read_text(encoding="utf-8").splitlines()))
    return [(first, second) for first, second in rows[1:]]
