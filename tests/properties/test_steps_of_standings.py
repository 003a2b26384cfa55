"""The steps in which standings change: they follow from the log alone, wherever one begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.application.finding import commitments
from ledger_service.application.positions import End
from ledger_service.application.watching import Moment, StandingsStep, WatchedChange, Watching
from ledger_service.domain.lifecycle.changing import essence
from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.values.answers import CommitmentStanding, EvidenceStatus, Lifecycle
from ledger_service.domain.values.filters import CommitmentFilter, DayRange
from ledger_service.domain.values.flags import StandingFlag
from tests.support.histories import MemoryHistory
from tests.support.random_ledgers import REPORTS, SPAN, Dice, accepted_ledger, day_of
from tests.support.runs import few


class Log:
    """A random ledger whose requests are recorded over some weeks, so that days begin between
    them.
    """

    def __init__(self, seed: int) -> None:
        dice = Dice(seed)
        made = accepted_ledger(dice)
        self.history = MemoryHistory(made.opens_on)
        self.ends: list[End] = []
        day = dice.randint(-5, SPAN)
        for n, (command, _) in enumerate(made.requests):
            moment = datetime.combine(day_of(day), datetime.min.time(), UTC)
            self.history.record(command, recorded_at=moment + timedelta(seconds=n))
            self.ends.append(End(self.history.head, b"", moment))
            day += dice.choice((0, 0, 1, 2, 40))
        self.begin = Moment(dice.choice((0, 1, self.ends[0].position)), day_of(-8))
        self.end = Moment(self.history.head, day_of(day + dice.randint(0, 90)))
        memo = Memo()
        at_once = dice.choice((1, 3, 64))
        self.watching = Watching(self._ends, lambda p: self.history.at(p, memo), at_once)

    def _ends(self, after: int, upto: int) -> Iterator[End]:
        return (end for end in self.ends if after < end.position <= upto)

    def steps(self, begin: Moment, end: Moment) -> list[StandingsStep]:
        found: list[StandingsStep] = []
        while begin != end:
            steps, reached = self.watching.run(begin, end)
            found += steps
            assert reached > begin, "it gets on"
            begin = reached
        return found

    def listed(self, moment: Moment, wanted: CommitmentFilter) -> set[str]:
        return {each.id for each in commitments(self.watching.picture(moment), wanted)}

    def shown(self, moment: Moment) -> dict[str, CommitmentStanding]:
        picture = self.watching.picture(moment)
        found = (commitment_standing(picture, c) for c in picture.history.commitments())
        return {each.entry_id: each for each in found if each}


@few
@given(st.integers(0, 2**48))
def test_wherever_one_goes_on_the_steps_are_those_of_the_whole(seed):
    log = Log(seed)
    whole = log.steps(log.begin, log.end)
    for n, step in enumerate(whole):
        assert log.steps(step.after, log.end) == whole[n + 1 :]
        again = log.watching.step(step.before, step.after, step.recorded_at)
        assert again == step, "a message in the middle of a step goes on within it"


@few
@given(st.integers(0, 2**48))
def test_it_makes_no_difference_how_far_one_saw_at_a_time(seed):
    log = Log(seed)
    live = [step for before, after in log_moments(log) for step in log.steps(before, after)]
    assert live == log.steps(log.begin, log.end)


def log_moments(log: Log) -> Iterator[tuple[Moment, Moment]]:
    """What somebody asks for who is there at the first second of each day, and behind each
    request.
    """
    moment = log.begin
    for end in (*log.ends, None):
        last = end.recorded_at.date() if end and end.recorded_at else log.end.day
        while moment.day < last:
            yield moment, moment._replace(day=moment.day + timedelta(days=1))
            moment = moment._replace(day=moment.day + timedelta(days=1))
        if end and end.position > moment.position:
            yield moment, moment._replace(position=end.position)
            moment = moment._replace(position=end.position)


@few
@given(st.integers(0, 2**48))
def test_the_steps_tell_all_that_changed_and_lead_to_what_is(seed):
    log = Log(seed)
    table, moment = log.shown(log.begin), log.begin
    for step in log.steps(log.begin, log.end):
        assert step.before >= moment
        assert (step.recorded_at is None) == (step.before.position == step.after.position)
        for change in step.changes:
            before = table.pop(change.entry_id, None)
            assert essence(before and before.standing) == essence(change.before)
            if change.after:
                table[change.entry_id] = change.after
        shown = log.shown(step.after)
        assert table.keys() == shown.keys()
        assert all(same(table[i], shown[i]) for i in shown)
        moment = step.after
    shown = log.shown(log.end)
    assert table.keys() == shown.keys()
    assert all(same(table[i], shown[i]) for i in shown)


@few
@given(st.integers(0, 2**48))
def test_what_was_recorded_in_a_step_is_behind_its_changes_and_else_time_alone(seed):
    log = Log(seed)
    for step in log.steps(log.begin, log.end):
        for change in step.changes:
            if step.recorded_at is None:
                continue
            new = [
                version
                for version in log.watching.versions(step, change)
                if version.position > step.before.position
            ]
            assert new, (step.before, step.after, change.entry_id)


def filters(dice: Dice, log: Log) -> CommitmentFilter:
    """One of one to three fields."""
    history = log.watching.picture(log.end).history
    parties = frozenset(dice.some(sorted(history.parties()), 1, 2))
    fields = {
        "parties": parties,
        "debtors": parties,
        "creditors": parties,
        "makers": parties,
        "instrument": dice.choice(("", *sorted(history.instruments()))),
        "lifecycles": frozenset(dice.sample(list(Lifecycle), dice.choice((1, 3)))),
        "flags": frozenset(dice.sample(list(StandingFlag), 4)),
        "evidence_statuses": frozenset(dice.sample(list(EvidenceStatus), 1)),
        "due": DayRange(from_day=dice.day()),
        "occurred": DayRange(to_day=dice.day()),
        "reports": frozenset(dice.sample(REPORTS, 1)),
        "asserted_by": parties,
    }
    chosen = dice.sample(sorted(fields), dice.choice((1, 1, 2, 3)))
    return CommitmentFilter(**{name: fields[name] for name in chosen})


@few
@given(st.integers(0, 2**48))
def test_who_begins_with_a_list_and_heeds_each_change_has_at_each_step_what_the_list_has(seed):
    """Also by parties that come to stand on a side of what ended long ago."""
    log, dice = Log(seed), Dice(seed)
    wanted = filters(dice, log)
    table = log.listed(log.begin, wanted)
    for step in log.steps(log.begin, log.end):
        for change, how in log.watching.wanted(step, wanted):
            assert (change.entry_id in table) == (how is not WatchedChange.ENTERED)
            if how is WatchedChange.ENTERED:
                table.add(change.entry_id)
            elif how is WatchedChange.LEFT:
                table.remove(change.entry_id)
        assert table == log.listed(step.after, wanted)
    assert table == log.listed(log.end, wanted)


def same(one: CommitmentStanding | None, other: CommitmentStanding | None) -> bool:
    """Whether two are the same but for their grounds."""
    if one is None or other is None:
        return one is other
    return one.version == other.version and essence(one.standing) == essence(other.standing)
