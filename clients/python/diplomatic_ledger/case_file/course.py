"""The versions of one entry, and which of them the items of a file are.

A file tells of an entry what was recorded of it, in this order: the entry, then amendments and
annulments of it. Each item is the first version, behind the one that the item before it is, that
says the same. Evidence that was added is found in any order, up to where the state was replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from diplomatic_ledger.case_file.forms import Form, State, form_of, inner_of, recorded
from diplomatic_ledger.json_form.seals import REASON
from diplomatic_ledger.v1.entries_pb2 import EntryState, Evidence, SealedField
from diplomatic_ledger.v1.history_service_pb2 import (
    CHANGE_ANNULMENT,
    CHANGE_CORRECTION,
    CHANGE_NEW_INFORMATION,
    EntryVersion,
)
from diplomatic_ledger.v1.items_pb2 import Amendment, Annulment, RecordItem

_ADDED = "evidence_added["


class Why(NamedTuple):
    """What an amendment or annulment says beside the state. The reason is empty where it is
    sealed: nobody can be sure to be able to compare it.
    """

    change: int
    reason: str
    report: str


class Version(NamedTuple):
    """A version with the state that the entry has by it, None where it is annulled; and what it
    `added`, if it only adds evidence.
    """

    told: EntryVersion
    state: State | None
    added: Form | None

    @property
    def number(self) -> int:
        return self.told.version

    @property
    def why(self) -> Why:
        told = self.told
        sealed = any(each.path == REASON for each in told.sealed_beside)
        return Why(told.change, "" if sealed else told.reason, told.report)


class Course:
    """All versions of an entry, and how far the items of a file came in them."""

    def __init__(self, versions: Iterable[EntryVersion]) -> None:
        self.versions: Sequence[Version] = tuple(_with_states(versions))
        self._reached = 0
        #: The last version found that says the whole state, or annuls.
        self._settled = 0
        #: The versions found that only add evidence.
        self._added: set[int] = set()
        self._planned = 0
        self._plans_state = False

    @property
    def last(self) -> Version:
        return self.versions[-1]

    @property
    def last_state(self) -> State:
        """The last state; of an entry that is annulled, the one that was withdrawn."""
        return next(each.state for each in reversed(self.versions) if each.state is not None)

    def find_entry(self, form: Form) -> Version | None:
        """The version by which the entry said this first."""
        found = next((each for each in self.versions if _says(each, form)), None)
        if found is not None:
            self._reached = self._settled = found.number
        return found

    def find_change(self, item: RecordItem) -> Version | None:
        """The version that an amendment or annulment made when it was recorded before."""
        change = _change_of(item)
        adds = _only_adds(change)
        expected = _expected(change)
        wanted, form = _why(change), _form(change)
        for version in self.versions[self._settled if adds else self._reached :]:
            if expected is not None and version.number != expected + 1:
                continue
            if version.number == 1 or version.number in self._added:
                continue
            if version.why == wanted and _made(version, change, form):
                self._reach(version, adds=adds)
                return version
        return None

    def is_overtaken(self, item: RecordItem) -> bool:
        """Whether a change that was found has to be recorded anew, since what is planned stands
        before it in the file and would have the last word. Evidence is added in any order.
        """
        adds = _only_adds(_change_of(item))
        return self._plans_state if adds else self._planned > 0

    def plan_change(self, item: RecordItem) -> int:
        """The version that one more change of this entry will find, which is then taken to be
        recorded.
        """
        self._planned += 1
        self._plans_state = self._plans_state or not _only_adds(_change_of(item))
        return self.last.number + self._planned - 1

    @property
    def is_told(self) -> bool:
        """Whether the file has the entry as it is now, or goes on from there."""
        if self._planned or not self._reached:
            return True
        now, then = self.last.state, self.versions[self._reached - 1].state
        if now is None or then is None:
            return now is then
        return now.form.says_the_same(then.form)

    def keeps(self, state: State) -> frozenset[str]:
        """The paths at which the last version has the very seals that a state of this entry
        has.
        """
        return frozenset(
            path
            for path in state.sealed
            if state.hashes.get(path) and state.hashes[path] == self.last_state.hashes.get(path)
        )

    def _reach(self, version: Version, *, adds: bool) -> None:
        self._reached = max(self._reached, version.number)
        if adds:
            self._added.add(version.number)
        else:
            self._settled = version.number


def _change_of(item: RecordItem) -> Amendment | Annulment:
    return item.amendment if item.WhichOneof("item") == "amendment" else item.annulment


def _only_adds(change: Amendment | Annulment) -> bool:
    """Whether it adds evidence, and leaves what the entry says else."""
    return isinstance(change, Amendment) and bool(change.evidence_added)


def _says(version: Version, form: Form) -> bool:
    return version.state is not None and version.state.form.says_the_same(form)


def _made(version: Version, change: Amendment | Annulment, form: Form | None) -> bool:
    if isinstance(change, Annulment) or form is None:
        return version.told.change == CHANGE_ANNULMENT
    if change.evidence_added:
        return version.added is not None and version.added.says_the_same(form)
    return _says(version, form)


def _expected(change: Amendment | Annulment) -> int | None:
    expected = change.expected_version
    return expected.exactly if expected.WhichOneof("expected") == "exactly" else None


def _why(change: Amendment | Annulment) -> Why:
    reason = "" if REASON in change.seal else change.reason
    if isinstance(change, Annulment):
        return Why(CHANGE_ANNULMENT, reason, "")
    if change.WhichOneof("cause") == "new_information":
        return Why(CHANGE_NEW_INFORMATION, reason, change.new_information.report)
    return Why(CHANGE_CORRECTION, reason, "")


def _form(change: Amendment | Annulment) -> Form | None:
    """What an amendment says; None for an annulment."""
    if isinstance(change, Annulment):
        return None
    paths = [path for path in change.seal if path != REASON]
    if change.evidence_added:
        return form_of(_holding(change.evidence_added), map(_in_state, paths))
    return form_of(change.state, paths, change.keep_sealed)


def _with_states(versions: Iterable[EntryVersion]) -> Iterator[Version]:
    before = State(EntryState(), {})
    for told in versions:
        if told.change == CHANGE_ANNULMENT:
            yield Version(told, None, None)
            continue
        added = _added(told) if told.evidence_added else None
        if told.HasField("state"):
            before = recorded(told.state, told.sealed)
        elif added is not None:
            before = _together(before, added)
        yield Version(told, before, added.form if added is not None else None)


def _added(told: EntryVersion) -> State:
    """The evidence that a version adds, as if it were that of an act."""
    sealed = [
        SealedField(path=_in_state(each.path), hash=each.hash, state=each.state)
        for each in told.sealed_beside
        if each.path.startswith(_ADDED)
    ]
    return recorded(_holding(told.evidence_added), sealed)


def _holding(evidence: Iterable[Evidence]) -> EntryState:
    state = EntryState()
    state.act.evidence.extend(evidence)
    return state


def _in_state(path: str) -> str:
    return path.replace(_ADDED, "evidence[", 1)


def _together(before: State, added: State) -> State:
    """A state with more evidence behind its own."""
    state = EntryState()
    state.CopyFrom(before.state)
    inner = inner_of(state)
    count = len(inner.evidence)
    inner.evidence.extend(added.state.act.evidence)
    moved = {
        path: f"evidence[{count + int(number)}]{rest}"
        for path in added.sealed
        for number, _, rest in [path.removeprefix("evidence[").partition("]")]
    }
    return State(
        state,
        {**before.sealed, **{moved[path]: text for path, text in added.sealed.items()}},
        {**before.hashes, **{moved[path]: seal for path, seal in added.hashes.items()}},
    )
