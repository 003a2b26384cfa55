"""How much of an answer is told: long lists are counted, and left out of the basic view."""

from __future__ import annotations

from typing import Any

from diplomatic_ledger.v1 import (
    balances_pb2,
    cuts_pb2,
    instruments_pb2,
    scales_pb2,
    series_pb2,
    standings_pb2,
)
from google.protobuf.message import Message

from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.domain.values.stopping import looking

#: The lists of each message that may be long, with the fields that tell their lengths.
_LONG: dict[type[Message], dict[str, str]] = {
    standings_pb2.Standing: {
        "conduct": "conduct_act_count",
        "steps": "step_count",
        "why": "why_entry_count",
        "supersessions": "supersession_count",
    },
    instruments_pb2.InstrumentStanding: {
        "conduct": "conduct_act_count",
        "commitments": "commitment_count",
        "why": "why_entry_count",
    },
    balances_pb2.Given: {"deliveries": "count", "unweighted": "unweighted_entry_count"},
    balances_pb2.OutstandingBucket: {
        "commitments": "count",
        "unweighted": "unweighted_entry_count",
    },
    balances_pb2.StepOrder: {"lags": "lag_count"},
    balances_pb2.Balance: {"why": "why_entry_count"},
    scales_pb2.ScaleView: {"weights": "weight_count"},
    series_pb2.SeriesFlow: {"entry_ids": "entry_count"},
}
_BY_NAME = {kind.DESCRIPTOR.full_name: lists for kind, lists in _LONG.items()}


def is_full(number: int, problems: ReadingProblems, *, default: bool) -> bool:
    """Whether the view of a request is the full one. A problem is noted for one that is none."""
    if number == cuts_pb2.VIEW_UNSPECIFIED:
        return default
    if number not in (cuts_pb2.VIEW_BASIC, cuts_pb2.VIEW_FULL):
        problems.add(
            "view", f"There is no number {number} here. Choose one of VIEW_BASIC, VIEW_FULL."
        )
    return number == cuts_pb2.VIEW_FULL


def seen(message: Message, *, full: bool) -> None:
    """Fills in the lengths of all long lists of an answer, and empties the lists unless the
    view is full.
    """
    _count(message, full)
    for name, is_repeated in _within(message.DESCRIPTOR):
        if is_repeated:
            for each in looking(getattr(message, name)):
                seen(each, full=full)
        elif message.HasField(name):
            seen(getattr(message, name), full=full)


def _count(message: Any, full: bool) -> None:
    for name, count in _BY_NAME.get(message.DESCRIPTOR.full_name, {}).items():
        values = getattr(message, name)
        if not values:
            continue
        if not getattr(message, count):
            setattr(message, count, len(values))
        if not full:
            message.ClearField(name)


_WITHIN: dict[str, list[tuple[str, bool]]] = {}


def _within(kind: Any) -> list[tuple[str, bool]]:
    """The fields of a message of this kind in which there may be long lists, and whether each
    is repeated.
    """
    known = _WITHIN.get(kind.full_name)
    if known is None:
        known = _WITHIN[kind.full_name] = [
            (field.name, field.is_repeated)
            for field in kind.fields
            if field.message_type is not None and _has_long(field.message_type)
        ]
    return known


_HAS_LONG: dict[str, bool] = {}


def _has_long(kind: Any) -> bool:
    """Whether a message of this kind has, itself or within, lists that may be long."""
    known = _HAS_LONG.get(kind.full_name)
    if known is None:
        _HAS_LONG[kind.full_name] = False  # of what holds itself, such as conditions
        inner = [f.message_type for f in kind.fields if f.message_type is not None]
        known = kind.full_name in _BY_NAME or any(map(_has_long, inner))
        _HAS_LONG[kind.full_name] = known
    return known
