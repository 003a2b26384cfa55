"""Reads commands and cuts from messages, and writes the basis of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from diplomatic_ledger.v1 import cuts_pb2, items_pb2
from diplomatic_ledger.v1.ledger_service_pb2 import IfExists, IfRemarked
from google.protobuf.timestamp_pb2 import Timestamp

from ledger_service.api.messages import completeness, names, reading
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.api.messages.reading_parts import evidence
from ledger_service.api.messages.writing import day, moment
from ledger_service.api.record_bodies import Request
from ledger_service.application import supposing
from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.cuts import Basis, Cuts, Policy, Supposition
from ledger_service.domain.values.entries import State
from ledger_service.domain.values.limits import SEALS
from ledger_service.domain.values.refusals import Violation
from ledger_service.domain.values.stopping import looking

#: An enum makes a list of them with each look.
_IF_EXISTS, _IF_REMARKED = frozenset(IfExists.values()), frozenset(IfRemarked.values())


def command(message: Request, problems: ReadingProblems) -> RecordCommand:
    items = tuple(_item(each, f"items[{i}]", problems) for i, each in enumerate(message.items))
    _check_if_remarked(message.if_remarked, problems)
    return RecordCommand(items, message.request_id, _accepts(message.if_exists, problems))


def _accepts(if_exists: int, problems: ReadingProblems) -> bool:
    """Whether entries that are there already are accepted where they are identical."""
    if if_exists not in _IF_EXISTS:
        known = ", ".join(IfExists.keys()[1:])
        problems.add(
            "if_exists", f"There is no number {if_exists} here. Choose one of {known}."
        )
    return if_exists == IfExists.IF_EXISTS_ACCEPT_IDENTICAL


def _check_if_remarked(if_remarked: int, problems: ReadingProblems) -> None:
    """Notes a number that says nothing."""
    if if_remarked not in _IF_REMARKED:
        known = ", ".join(IfRemarked.keys()[1:])
        problems.add(
            "if_remarked", f"There is no number {if_remarked} here. Choose one of {known}."
        )


def _item(message: items_pb2.RecordItem, field: str, problems: ReadingProblems) -> Item:
    match message.WhichOneof("item"):
        case "entry":
            entry = message.entry
            state = reading.state(entry.state, f"{field}.entry.state", problems)
            if not (paths := entry.seal):
                return NewEntry(entry.entry_id, state)
            return NewEntry(
                entry.entry_id, state, problems.texts(paths, SEALS, field, ".entry.seal")
            )
        case "amendment":
            return _amendment(message.amendment, f"{field}.amendment", problems)
        case "annulment":
            annulment = message.annulment
            path = f"{field}.annulment.expected_version"
            expected = _expected(annulment.expected_version, path, problems)
            sealed = tuple(problems.members(annulment.seal, SEALS, field, ".annulment.seal"))
            return Annulment(annulment.entry_id, annulment.reason, expected, sealed)
        case _:
            problems.add(
                field, "This is required. Set exactly one of entry, amendment, annulment."
            )
            return Annulment("-", "-")


def _amendment(
    message: items_pb2.Amendment, field: str, problems: ReadingProblems
) -> Amendment:
    cause = message.WhichOneof("cause")
    if cause is None:
        problems.add(
            f"{field}.cause",
            "This is required. Set exactly one of correction, new_information.",
        )
    told = cause == "new_information"
    if told and not message.new_information.report:
        problems.add(f"{field}.new_information.report", "This is required. Name the report.")
    return Amendment(
        entry_id=message.entry_id,
        reason=message.reason,
        state=_new_state(message, f"{field}.state", problems),
        report=(message.new_information.report or None) if told else None,
        expected_version=_expected(
            message.expected_version, f"{field}.expected_version", problems
        ),
        seal=problems.texts(message.seal, SEALS, field, ".seal"),
        keep_sealed=problems.texts(message.keep_sealed, SEALS, field, ".keep_sealed"),
        evidence_added=evidence(message.evidence_added, field, ".evidence_added", problems),
    )


def _new_state(
    message: items_pb2.Amendment, field: str, problems: ReadingProblems
) -> State | None:
    """None where evidence is added instead."""
    if message.evidence_added and not message.HasField("state"):
        return None
    return reading.state(message.state, field, problems)


def _expected(
    message: items_pb2.ExpectedVersion, field: str, problems: ReadingProblems
) -> int | None:
    match message.WhichOneof("expected"):
        case "exactly":
            if message.exactly == 0:
                problems.add(f"{field}.exactly", "Versions count from 1.")
            return message.exactly
        case "any":
            if not message.any:
                problems.add(
                    f"{field}.any", "This must be true when it is set. Or give exactly."
                )
    return None


def _read(message: items_pb2.RecordItem) -> tuple[Item, list[Violation]]:
    """An item, and what is wrong with its form."""
    problems = ReadingProblems()
    return _item(message, "items[0]", problems), problems.found


completeness.hold(_read)


def cuts(
    message: cuts_pb2.Cuts, field: str, problems: ReadingProblems, *, supposes: bool = True
) -> Cuts:
    """The cuts in a message; what is supposed is read where the question `supposes`."""
    supposed = message.suppose if supposes else ()
    chosen = message.WhichOneof("recorded_by")
    dates = names.POLICY.optional(message.dates, f"{field}.dates", problems)
    return Cuts(
        as_of=problems.day(message.as_of, f"{field}.as_of"),
        reported_by=problems.day(message.reported_by, f"{field}.reported_by"),
        position=message.position if chosen == "position" else None,
        token=_token(message, field, problems) if chosen == "token" else "",
        recorded_at=_time(message.recorded_at, f"{field}.recorded_at", problems)
        if chosen == "recorded_at"
        else None,
        dates=dates or Policy.CERTAIN,
        at_least=message.at_least,
        suppose=_supposition(supposed, f"{field}.suppose", problems) if supposed else None,
    )


def _supposition(
    messages: Iterable[items_pb2.RecordItem], field: str, problems: ReadingProblems
) -> Supposition:
    items = [_item(each, f"{field}[{i}]", problems) for i, each in enumerate(looking(messages))]
    looked = supposing.look_at(items, field)
    for violation in problems.shown(looked.violations):
        problems.note(violation)
    problems.more += looked.more
    return looked.supposition


def _token(message: cuts_pb2.Cuts, field: str, problems: ReadingProblems) -> str:
    if not message.token:
        problems.add(f"{field}.token", "This is empty. Leave it out to see everything.")
    return message.token


def _time(message: Timestamp, field: str, problems: ReadingProblems) -> datetime | None:
    try:
        return message.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        problems.add(field, "This is not a time between the years 1 and 9999.")
        return None


def basis(value: Basis) -> cuts_pb2.Basis:
    return cuts_pb2.Basis(
        ledger=value.ledger,
        as_of=day(value.as_of),
        reported_by=day(value.reported_by),
        position=value.position,
        root_hash=value.root_hash,
        recorded_at=moment(value.recorded_at),
        provisional=value.provisional,
        dates=names.POLICY.number(value.dates),
        evidence=names.EVIDENCE_FILTER.number(value.evidence),
        scale=value.scale,
        scale_version=value.scale_version,
        view_version=value.view_version,
        token=value.token,
        supposed=value.supposed.digest if value.supposed else b"",
        distrusted=value.distrusted,
    )
