"""Decides what becomes of a request, from the entries that it changes and mentions.

Pure: the same request and the same entries give the same decision, whether it is only checked
or recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from ledger_service.domain.checks.identical import differing
from ledger_service.domain.checks.targets import NOTHING_FOUND, TargetFindings, check_targets
from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.entries import (
    TYPE_NAMES,
    Act,
    Commitment,
    Evidence,
    Instrument,
    Sealed,
    State,
    Version,
)
from ledger_service.domain.values.limits import ALL_EVIDENCE
from ledger_service.domain.values.refusals import (
    EntryDiffers,
    EntryExists,
    Invalid,
    VersionConflict,
    Violation,
)
from ledger_service.domain.values.sealing import text_at, with_texts

#: The member of an item's oneof in the API.
ITEM_FIELDS: dict[type[Item], str] = {
    NewEntry: "entry",
    Amendment: "amendment",
    Annulment: "annulment",
}


class EntryHead(NamedTuple):
    """The last version of an entry and its last full state; of an entry that is `annulled`,
    the state that was withdrawn.
    """

    version: int
    state: State
    annulled: bool = False


def head_of(versions: Iterable[Version]) -> EntryHead | None:
    """The head of an entry from all of its versions, oldest first; None without any."""
    head: EntryHead | None = None
    for each in versions:
        if each.state is not None:
            head = EntryHead(each.version, each.state)
        elif head is not None:
            head = EntryHead(each.version, head.state, annulled=True)
    return head


#: Finds the head of an entry, if there is such an entry.
HeadLookup: TypeAlias = Callable[[str], EntryHead | None]


class Decision(NamedTuple):
    """The new head of the entry of each item, complete if nothing is wrong; what is wrong
    with the entries that the request changes (`changes`), and with those that it mentions
    (`targets`); and the numbers of the items that are `there` already, of which nothing is to
    be recorded.
    """

    heads: list[EntryHead]
    changes: TargetFindings
    targets: TargetFindings
    there: list[int]

    def refusal(self) -> Invalid | None:
        """The refusal with all findings, or None."""
        changes, targets = self.changes, self.targets
        if changes is targets is NOTHING_FOUND:
            return None
        return TargetFindings(
            changes.unknown + targets.unknown, changes.broken + targets.broken, targets.more
        ).refusal()


def decide(command: RecordCommand, lookup: HeadLookup, *, hold_taken: bool) -> Decision:
    """Decides a normalised request; `lookup` gives the entries as they are before it. With
    `hold_taken` it raises EntryExists for an id that is taken and VersionConflict for a
    version that is not the last; without, a taken id counts as free and any version fits. A
    command that accepts identical entries is refused with EntryDiffers in any case.
    """
    changes = _Changes(command, lookup, hold_taken=hold_taken)
    targets = check_targets(command, _states(lookup), _amended(lookup))
    found = NOTHING_FOUND
    if changes.unknown or changes.broken:
        found = TargetFindings(tuple(changes.unknown), tuple(changes.broken))
    return Decision(changes.heads, found, targets, changes.there)


class _Changes:
    """Applies the items of a request to the entries that they change, one after the other."""

    def __init__(self, command: RecordCommand, find: HeadLookup, *, hold_taken: bool) -> None:
        self.heads: list[EntryHead] = []
        self.there: list[int] = []
        self.unknown: list[Violation] = []
        self.broken: list[Violation] = []
        made: dict[str, EntryHead] = {}
        for number, item in enumerate(command.items):
            if isinstance(item, NewEntry):
                entry_id = item.entry_id
                before = made.get(entry_id) or find(entry_id)
                if before is not None and command.accept_identical:
                    _hold_identical(item, before)
                    self.there.append(number)
                    head = before
                elif before is not None and hold_taken:
                    raise EntryExists(entry_id, before.version)
                else:
                    head = EntryHead(1, item.state)
            else:
                entry_id = item.entry_id
                before = made.get(entry_id) or find(entry_id)
                if before is None:
                    self.unknown.append(_unknown(number, item))
                    continue
                if hold_taken:
                    _hold_version(item, before)
                head = self._after(number, item, before)
            made[entry_id] = head
            self.heads.append(head)

    def _after(self, number: int, item: Amendment | Annulment, before: EntryHead) -> EntryHead:
        version = before.version + 1
        if isinstance(item, Annulment):
            return EntryHead(version, before.state, annulled=True)
        if item.state is None:
            return EntryHead(version, self._with_evidence(number, item, before))
        return EntryHead(version, self._with_kept_seals(number, item, item.state, before))

    def _with_evidence(self, number: int, item: Amendment, before: EntryHead) -> State:
        """The state before with the evidence that is added behind its own."""
        field = f"items[{number}].amendment.evidence_added"
        state = before.state
        if before.annulled:
            self.broken.append(_withdrawn(field, item.entry_id))
            return state
        if not isinstance(state, Act | Commitment | Instrument):
            self.broken.append(_without_evidence(field, item.entry_id, state))
            return state
        reports = {
            told.report for told in item.evidence_added
        }  # few of them: to hash all is slow
        there = {
            told: place for place, told in enumerate(state.evidence) if told.report in reports
        }
        for index, told in enumerate(item.evidence_added):
            place = there.get(told)
            if place is not None and not _has_seal(told):
                self.broken.append(_told_already(f"{field}[{index}]", place))
        evidence = state.evidence + item.evidence_added
        if len(evidence) > ALL_EVIDENCE:
            self.broken.append(_too_much(field, len(state.evidence), len(evidence)))
            return state
        return replace(state, evidence=evidence)

    def _with_kept_seals(
        self, number: int, item: Amendment, state: State, before: EntryHead
    ) -> State:
        kept = {path: text_at(before.state, path) for path in item.keep_sealed}
        for index, (path, seal) in enumerate(kept.items()):
            if not isinstance(seal, Sealed):
                field = f"items[{number}].amendment.keep_sealed[{index}]"
                self.broken.append(_not_sealed_before(field, path, before.version))
        # A request that breaks a rule is decided too, so that all its faults are told at once;
        # it may keep what its state has no field for.
        seals = {
            path: seal
            for path, seal in kept.items()
            if isinstance(seal, Sealed) and text_at(state, path) is not None
        }
        return with_texts(state, seals) if seals else state


def _states(find: HeadLookup) -> Callable[[str], State | None]:
    def state(entry_id: str) -> State | None:
        head = find(entry_id)
        return head.state if head is not None else None

    return state


def _amended(find: HeadLookup) -> Callable[[str], bool]:
    def was_amended(entry_id: str) -> bool:
        head = find(entry_id)
        return head is not None and head.version > 1

    return was_amended


def _hold_identical(item: NewEntry, before: EntryHead) -> None:
    fields = differing(item.state, before.state)
    if fields or before.annulled:
        raise EntryDiffers(item.entry_id, before.version, () if before.annulled else fields)


def _hold_version(item: Amendment | Annulment, before: EntryHead) -> None:
    expected = item.expected_version
    if expected is not None and expected != before.version:
        raise VersionConflict(item.entry_id, expected, before.version)


def _not_sealed_before(field: str, path: str, version: int) -> Violation:
    return Violation(
        field,
        f"{path!r} is not sealed in version {version}. Give its text, and seal it if it shall "
        "be sealed.",
    )


def _has_seal(told: Evidence) -> bool:
    """Nobody can tell whether two texts that are sealed are the same."""
    return Sealed in map(type, (told.quote, told.locator, told.attribution))


def _withdrawn(field: str, entry_id: str) -> Violation:
    return Violation(
        field,
        f"{entry_id!r} is annulled, so there is nothing to add to. Amend it with its full state "
        "to bring it back.",
    )


def _without_evidence(field: str, entry_id: str, state: State) -> Violation:
    return Violation(
        field,
        f"{entry_id!r} is a {TYPE_NAMES[type(state)]}, which has no evidence. Add it to the act, "
        "commitment or instrument that it tells of.",
    )


def _told_already(field: str, place: int) -> Violation:
    return Violation(
        field, f"The entry has just this at evidence[{place}] already. Leave it out."
    )


def _too_much(field: str, before: int, after: int) -> Violation:
    return Violation(
        field,
        f"With these the entry would have {after:,} pieces of evidence, and at most "
        f"{ALL_EVIDENCE:,} are allowed. It has {before:,}.",
    )


def _unknown(number: int, item: Amendment | Annulment) -> Violation:
    return Violation(
        f"items[{number}].{ITEM_FIELDS[type(item)]}.entry_id",
        f"There is no entry {item.entry_id!r} in this ledger or earlier in this request. "
        "Record it first, or correct the id.",
    )
