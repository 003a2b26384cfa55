"""What a request says, entry by entry, and what is known beside it: the ledger as it is before,
and as it would be after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from typing import NamedTuple

from msgspec.structs import replace

from ledger_service.domain.checks import decide, head_of, mentioned
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.supposing import suppose
from ledger_service.domain.remarks.codes import is_known
from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import TYPE_NAMES, Act, Report, State

#: So many entries that a request names beside its own are looked at.
MOST_NAMED = 200
_DAY = timedelta(days=1)


class Said(NamedTuple):
    """The state that an item gives its entry, the path of that state, and the state before, if
    the item amends it. `entry_id` stands for the entry also while it has none. Of an amendment
    that only adds evidence `kept` is how many pieces were there before, else it is None.
    """

    number: int
    path: str
    entry_id: str
    state: State
    before: State | None = None
    kept: int | None = None

    def evidence_path(self, number: int) -> str:
        """The path of a piece of evidence."""
        if self.kept is None:
            return f"{self.path}.evidence[{number}]"
        return f"items[{self.number}].amendment.evidence_added[{number - self.kept}]"

    def as_before(self) -> Said | None:
        """The same of the state before, None without one."""
        return None if self.before is None else self._replace(state=self.before, before=None)


class RemarkedRequest:
    """A request that breaks no rule, in its normal form and with its texts sealed, beside the
    `history` of the ledger before it. `said` is what is looked at closely: nothing is odd about
    `plain` acts but, perhaps, their years, and nothing is said by what is there already.
    """

    def __init__(
        self,
        command: RecordCommand,
        history: History,
        now: datetime,
        states: dict[str, State] | None = None,
    ) -> None:
        """`states` are known to be what some entries say in `history`; more are added."""
        self._states = {} if states is None else states
        self.history = history
        self.now = now
        self._looked_up = 0
        self.items: list[Item] = []
        self.annulled = set[str]()
        self._heads: dict[str, State | None] = {}
        self.plain = self._plain(self._read_plainly(command.items))
        closely = [n for n in range(len(self.items)) if n not in self.plain]
        if closely:
            history.expect([self.items[n].entry_id for n in closely])
        #: The numbers of the items that are looked at closely.
        self.numbers = [n for n in closely if not self._is_there(self.items[n])]
        self.said = tuple(self._read())

    @property
    def today(self) -> date:
        return self.now.date()

    def command_of(self, numbers: Iterable[int]) -> RecordCommand:
        """A request with some of the items."""
        return RecordCommand(tuple(self.items[n] for n in numbers))

    def _read_plainly(self, items: Iterable[Item]) -> dict[int, Act]:
        """Reads the items, and returns the acts that may be plain: they name no more than who
        did it toward whom, and reports. A thousand of them are read often.
        """
        acts: dict[int, Act] = {}
        known: dict[int, bool] = {}  # by identity: most acts share their codes
        for number, item in enumerate(items):
            self.items.append(item)
            if type(item) is not NewEntry:
                if isinstance(item, Annulment):
                    self.annulled.add(item.entry_id)
                    self._heads[item.entry_id] = None
                continue
            state = item.state
            if item.entry_id:
                self._heads[item.entry_id] = state
            else:
                self.items[number] = replace(item, entry_id=f"*{number}")
                self._heads[f"*{number}"] = state
            if (act := brief_act(item)) is None:
                continue
            code = act.code
            if code is not None:
                if (is_fine := known.get(id(code))) is None:
                    is_fine = known[id(code)] = is_known(code)
                if not is_fine:
                    continue
            acts[number] = act
        return acts

    def _plain(self, acts: dict[int, Act]) -> dict[int, Act]:
        """Those of some acts about which nothing is odd, but for their years."""
        if not acts:
            return acts
        parties, reports, others = set[str](), set[str](), set[int]()
        for number, act in acts.items():
            parties.add(act.actor)
            parties.update(act.counterparties)
            for told in act.evidence:
                reports.add(told.report)
                if told.asserted_by:
                    others.add(number)
        self._look_up(parties | reports)
        if any(self.is_annulled(each) for each in parties if each):
            return {}
        self.history.expect(sorted(reports - self._heads.keys()))
        latest = {each: self._latest(each) for each in reports}
        for number, act in acts.items():
            first = act.occurred.from_day
            if first is not None and first > max([latest[e.report] for e in act.evidence]):
                others.add(number)
        return {n: act for n, act in acts.items() if n not in others} if others else acts

    def _latest(self, report_id: str) -> date:
        """The last day of which a report can have told."""
        return last_told(self.state_of(report_id))

    def _is_there(self, item: Item) -> bool:
        return isinstance(item, NewEntry) and bool(self.history.versions(item.entry_id))

    def _read(self) -> Iterator[Said]:
        states: Sequence[State] = ()
        if not all(isinstance(self.items[n], NewEntry) for n in self.numbers):
            find = cache(lambda entry: head_of(self.history.versions(entry)))
            decision = decide(self.command_of(range(len(self.items))), find, hold_taken=False)
            if decision.refusal() is not None:
                self.numbers = []
                return  # it is refused, as soon as that is found out under the head lock
            states = [head.state for head in decision.heads]
        before: dict[str, State | None] = {}
        for number in self.numbers:
            item = self.items[number]
            if isinstance(item, Annulment):
                before[item.entry_id] = None
                continue
            known, kept = None, None
            if isinstance(item, NewEntry):
                state = item.state
            else:
                known, state = self._before(item.entry_id, before), states[number]
                kept = len(getattr(known, "evidence", ())) if item.evidence_added else None
            before[item.entry_id] = self._heads[item.entry_id] = state
            kind = "amendment" if isinstance(item, Amendment) else "entry"
            path = f"items[{number}].{kind}.state.{TYPE_NAMES[type(state)]}"
            yield Said(number, path, item.entry_id, state, known, kept)

    def _before(self, entry_id: str, earlier: dict[str, State | None]) -> State | None:
        """What an entry said before an item: by an earlier one of the request, or recorded."""
        if entry_id in earlier:
            return earlier[entry_id]
        versions = self.history.versions(entry_id)
        return versions[-1].state if versions else self._heads.get(entry_id)

    @cached_property
    def named(self) -> frozenset[str]:
        """The entries that the items which are looked at closely name: their own, and of the
        others the first by id.
        """
        found = mentioned(self.command_of(self.numbers))
        for each in self.said:
            if each.kept is not None:  # what was there before is not in the request
                found.update([told.report for told in getattr(each.state, "evidence", ())])
        self._look_up(found)
        return frozenset(found & self._heads.keys())

    def _look_up(self, entries: set[str]) -> None:
        """Fetches what some entries say after the request, as long as there is room."""
        others = sorted(entries - self._heads.keys() - {""})
        others = others[: max(0, MOST_NAMED - self._looked_up)]
        self._looked_up += len(others)
        if unknown := [each for each in others if each not in self._states]:
            self.history.expect(unknown)
        for each in others:
            self._heads[each] = self._recorded(each)

    def state_of(self, entry_id: str) -> State | None:
        """What an entry says after the request; None where it is annulled, or not there."""
        if entry_id not in self._heads:
            self._heads[entry_id] = self._recorded(entry_id)
        return self._heads[entry_id]

    def _recorded(self, entry_id: str) -> State | None:
        """What an entry says before the request; None where it is annulled, or not there."""
        state = self._states.get(entry_id)
        if state is None and (versions := self.history.versions(entry_id)):
            state = versions[-1].state
            if state is not None:
                self._states[entry_id] = state
        return state

    @property
    def lacks_some(self) -> bool:
        """Whether an entry that it names is not there."""
        return any(
            state is None and not self.is_annulled(each) for each, state in self._heads.items()
        )

    def is_annulled(self, entry_id: str) -> bool:
        """Whether an entry is there and annulled after the request."""
        if self._heads.get(entry_id, self) is not None:
            return False
        return entry_id in self.annulled or bool(self.history.versions(entry_id))

    @cached_property
    def picture(self) -> Picture:
        """What would be answered today about what is looked at closely if the request were
        recorded. A plain act is left out that no such item names: nothing hangs on it.
        """
        states = {each.number: each.state for each in self.said}
        named = mentioned(self.command_of(self.numbers))
        final = [
            item
            if isinstance(item, NewEntry | Annulment)
            else replace(item, state=states[number], evidence_added=(), keep_sealed=())
            for number, item in enumerate(self.items)
            if number not in self.plain or item.entry_id in named
        ]
        history = suppose(self.history, final, self.now)
        return Picture(history, self.today, None, Policy.CERTAIN)


def brief_act(item: Item) -> Act | None:
    """The act that an item brings, if it names no more than who did it toward whom, a code, and
    reports.
    """
    if type(item) is not NewEntry or type(act := item.state) is not Act:
        return None
    return None if act.relations or act.co_actors or item.seal else act


def last_told(report: State | None) -> date:
    """The last day of which a report can have told."""
    published = report.published.to_day if isinstance(report, Report) else None
    return min(published, date.max - _DAY) + _DAY if published else date.max
