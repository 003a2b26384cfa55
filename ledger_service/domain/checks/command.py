"""All rules of a request that need no ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import assert_never

import msgspec
from msgspec.structs import astuple

from ledger_service.domain.checks.acts import check_act
from ledger_service.domain.checks.catalogue import check_report, check_scale
from ledger_service.domain.checks.commitments import check_commitment
from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fast_path import is_plain
from ledger_service.domain.checks.fields import Enough, Violations
from ledger_service.domain.checks.instruments import check_instrument
from ledger_service.domain.checks.parties import check_party
from ledger_service.domain.checks.paths import placed_states
from ledger_service.domain.checks.references import references
from ledger_service.domain.checks.seals import check_seals, stored
from ledger_service.domain.checks.ties import check_evidence
from ledger_service.domain.values.commands import Amendment, Annulment, NewEntry, RecordCommand
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Evidence,
    Instrument,
    Party,
    Report,
    Scale,
    SealableText,
    State,
)
from ledger_service.domain.values.limits import DATA_BYTES, ENTRIES, REASON
from ledger_service.domain.values.sealing import KEPT
from ledger_service.domain.values.sealing import REASON as REASON_PATH

#: What the data of an amendment holds beside its reason, report and new state.
_AMENDMENT_FRAME = " " * 150

_json = msgspec.json.Encoder()


def check_command(command: RecordCommand, *, today: date | None) -> Violations:
    """The violations of a normalised request, and how many more there are. `today` is the day
    of recording in UTC; None where something is only supposed, so that acts may lie ahead.
    """
    found = Violations()
    try:
        _check(found, command, today)
    except Enough:  # told as far as it was counted
        return found
    else:
        return found


def _check(found: Violations, command: RecordCommand, today: date | None) -> None:
    found.id("request_id", command.request_id)
    found.size("items", command.items, ENTRIES, at_least=1)
    closely = [n for n, item in enumerate(command.items) if not is_plain(item, today)]
    if closely:
        _check_items(found, command, closely)
    if len(command.items) > 1:
        _check_new_ids(found, command)
    if not closely:
        return
    for path, entry_id, state in placed_states(command, closely):
        _check_state(found, path, entry_id, state, today)
    for reference in references(command, closely):
        found.id(reference.field, reference.id)


def _check_items(found: Violations, command: RecordCommand, numbers: Iterable[int]) -> None:
    for number in numbers:
        item, path = command.items[number], f"items[{number}]"
        match item:
            case NewEntry():
                _check_entry(found, f"{path}.entry", item, *astuple(item))
            case Amendment():
                _check_amendment(found, f"{path}.amendment", item, *astuple(item))
            case Annulment():
                _check_annulment(found, f"{path}.annulment", item, *astuple(item))
            case _:
                assert_never(item)


@every_field(NewEntry)
def _check_entry(
    found: Violations,
    path: str,
    item: NewEntry,
    /,
    entry_id: str,
    _state: State,  # looked at by itself
    _seal: tuple[str, ...],
) -> None:
    found.id(f"{path}.entry_id", entry_id)
    check_seals(found, path, item)
    _check_size(found, f"{path}.state", "This entry has", stored(item))


@every_field(Amendment)
def _check_amendment(
    found: Violations,
    path: str,
    item: Amendment,
    /,
    entry_id: str,
    reason: SealableText,
    state: State | None,  # looked at by itself
    report: str | None,
    expected_version: int | None,
    _seal: tuple[str, ...],
    _keep_sealed: tuple[str, ...],
    evidence_added: tuple[Evidence, ...],
) -> None:
    _check_change(found, path, entry_id, reason, expected_version)
    if report is not None:
        found.present(f"{path}.new_information.report", report)
    if state is None or evidence_added:
        _check_added(found, path, state, evidence_added)
    check_seals(found, path, item)
    field, what = (
        (f"{path}.evidence_added", "This evidence has")
        if state is None
        else (f"{path}.state", "This entry has")
    )
    kept = KEPT if REASON_PATH in item.seal else reason
    _check_size(found, field, what, stored(item), kept, report or "", _AMENDMENT_FRAME)


def _check_added(
    found: Violations, path: str, state: State | None, added: tuple[Evidence, ...]
) -> None:
    if state is not None:
        found.add(
            f"{path}.evidence_added",
            "There is a full new state too. Put the evidence into it, or leave it out.",
        )
    check_evidence(found, f"{path}.evidence_added", added)
    found.unlike(f"{path}.evidence_added", added, "This evidence")


@every_field(Annulment)
def _check_annulment(
    found: Violations,
    path: str,
    item: Annulment,
    /,
    entry_id: str,
    reason: SealableText,
    expected_version: int | None,
    _seal: tuple[str, ...],
) -> None:
    _check_change(found, path, entry_id, reason, expected_version)
    check_seals(found, path, item)


def _check_change(
    found: Violations,
    path: str,
    entry_id: str,
    reason: SealableText,
    expected_version: int | None,
) -> None:
    found.present(f"{path}.entry_id", entry_id)
    found.id(f"{path}.entry_id", entry_id)
    found.required(f"{path}.reason", reason, REASON)
    if expected_version is not None and expected_version < 1:
        found.add(f"{path}.expected_version.exactly", "Versions count from 1.")


def _check_size(
    found: Violations,
    field: str,
    what: str,
    said: State | tuple[Evidence, ...],
    *beside: SealableText,
) -> None:
    """Checks the size of the stored form, so that the sequencer never has to."""
    try:
        size = len(_json.encode(said)) + sum(len(_json.encode(text)) for text in beside)
    except UnicodeEncodeError:
        return  # half of a surrogate pair, named where it stands
    if size > DATA_BYTES:
        found.add(
            field,
            f"{what} {size} bytes in its stored form. At most {DATA_BYTES} are allowed.",
        )


def _check_new_ids(found: Violations, command: RecordCommand) -> None:
    """A new id must stand once in a request, and before any item that changes its entry."""
    new: dict[str, int] = {}
    changed: set[str] = set()
    for number, item in enumerate(command.items):
        if not isinstance(item, NewEntry):
            changed.add(item.entry_id)
        elif item.entry_id:
            first = new.setdefault(item.entry_id, number)
            if first != number:
                found.add(
                    f"items[{number}].entry.entry_id",
                    f"{item.entry_id!r} is the id of an earlier item already. Choose another.",
                )
            elif item.entry_id in changed:
                found.add(
                    f"items[{number}].entry.entry_id",
                    f"{item.entry_id!r} is changed by an earlier item, before it is recorded. "
                    "Put that one after this one.",
                )


def _check_state(
    found: Violations, path: str, entry_id: str, state: State, today: date | None
) -> None:
    match state:
        case Party():
            check_party(found, path, entry_id, *astuple(state))
        case Report():
            check_report(found, path, today, *astuple(state))
        case Instrument():
            check_instrument(found, path, entry_id, *astuple(state))
        case Commitment():
            check_commitment(found, path, entry_id, *astuple(state))
        case Act():
            check_act(found, path, entry_id, today, *astuple(state))
        case Scale():
            check_scale(found, path, entry_id, *astuple(state))
        case _:
            assert_never(state)
