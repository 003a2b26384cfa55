"""History read through views is history: the same answers at every position as from
looking at every version.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from ledger_service.api.at_once import AtOnce
from ledger_service.application.ledger import Ledger
from ledger_service.domain.picture.history import BODIES, History
from ledger_service.domain.picture.memo import END
from ledger_service.domain.picture.plain_commitments import PlainCommitment
from ledger_service.domain.values.entries import (
    ActKind,
    ActOccurred,
    AllOf,
    Antecedent,
    AnyOf,
    AtLeast,
    CommitmentFulfilled,
    DueAfter,
    Evidence,
    Identity,
    Instrument,
    IntervalDate,
    Membership,
    Nature,
    Relation,
    RelationKind,
    Representation,
    Succession,
    Version,
    Words,
)
from ledger_service.domain.values.refusals import LedgerError
from ledger_service.domain.values.stopping import Stop, heeding
from ledger_service.projections import (
    acts,
    aimed,
    commitments,
    dealings,
    deliveries,
    mentions,
    named_days,
    searching,
    ties,
    versions,
)
from ledger_service.projections.history import LoggedHistory
from ledger_service.projections.memory import Memory
from ledger_service.projections.places import places
from ledger_service.projections.projector import Projector
from ledger_service.projections.searching import EntrySearch
from ledger_service.projections.weighted_lru import WeightedLru
from tests.support.dense_ledgers import dense_ledger
from tests.support.examples import (
    a_command,
    a_commitment,
    a_party,
    an_act,
    an_addition,
    an_amendment,
    an_annulment,
    an_antecedent,
    an_instrument,
    entry,
)
from tests.support.following import (
    answers,
    essence,
    follow_all,
    history_of,
    open_ledgers,
    record_parties,
    rows,
)
from tests.support.histories import MemoryHistory, MemoryPrefix
from tests.support.random_ledgers import INSTRUMENTS, Dice
from tests.support.random_ledgers import PARTIES as MORE_PARTIES
from tests.support.runs import few, looks_at
from tests.support.strategies import (
    ACTS,
    COMMITMENTS,
    PARTIES,
    REPORTS,
    SCALE,
    Book,
    any_books,
)

EVERYBODY = tuple(dict.fromkeys((*PARTIES, *MORE_PARTIES)))
IDS = (*EVERYBODY, *REPORTS, *INSTRUMENTS, *COMMITMENTS, *ACTS, SCALE, "nobody")


@given(book=any_books())
@settings(looks_at(8), suppress_health_check=list(HealthCheck))
async def test_every_question_has_the_same_answer_at_every_position(book: Book) -> None:
    with TemporaryDirectory() as folder:
        await _check_at_every_position(Path(folder), book)


async def _check_at_every_position(folder: Path, book: Book) -> None:
    ledgers = open_ledgers(folder)
    ledger = await ledgers.create("talks", "Talks", opens_on=book.opens_on)
    memory = MemoryHistory(book.opens_on)
    step_by_step = Projector(ledger, _new(folder / "steps"), batch=5)
    for request in book.requests:
        try:
            await ledger.record(request.command)
        except LedgerError:
            continue
        memory.record(request.command)
        follow_all(step_by_step)
    assert ledger.head.position == step_by_step.position == memory.head
    for position in range(memory.head + 1):
        logged: History = history_of(ledger, step_by_step, position)
        expected = answers(memory.at(position), IDS, EVERYBODY)
        assert answers(logged, IDS, EVERYBODY) == expected
        # What only adds evidence does not say whether the last day is open.
        told = set(logged.told_by(REPORTS, open_only=True))
        assert told >= set(memory.at(position).told_by(REPORTS, open_only=True))
    _check_what_holds([history_of(ledger, step_by_step, p) for p in range(memory.head + 1)])
    at_once = Projector(ledger, _new(folder / "once"))
    follow_all(at_once)
    assert rows(at_once.path) == rows(step_by_step.path)
    step_by_step.close()
    at_once.close()
    await ledgers.close()


@given(seed=st.integers(0, 2**48))
@settings(few, suppress_health_check=list(HealthCheck))
async def test_what_is_kept_while_a_log_grows_tells_of_acts_what_is_so_at_each_position(
    seed: int,
) -> None:
    """Plain acts and commitments are kept with the positions at which they are plain; who dealt
    with whom may name too many, and with the pairs that are left each has its balance.
    """
    dice = Dice(seed)
    book = dense_ledger(dice)
    with TemporaryDirectory() as folder:
        ledgers = open_ledgers(Path(folder))
        ledger = await ledgers.create("talks", "Talks", opens_on=book.opens_on)
        memory, kept = MemoryHistory(book.opens_on), Memory(100)
        projector = Projector(ledger, _new(Path(folder) / "views"))
        for command, _ in book.requests:
            await ledger.record(command)
            memory.record(command)
            follow_all(projector)
            head = ledger.head.position
            for position in {head, dice.randint(1, head)}:
                logged = LoggedHistory(ledger, projector.open(), position, kept, head)
                _check_acts(logged, memory.at(position), dice, EVERYBODY)
        projector.close()
        await ledgers.close()


def _check_acts(
    logged: LoggedHistory, memory: MemoryPrefix, dice: Dice, parties: Sequence[str]
) -> None:
    some, others = dice.sample(parties, 3), dice.sample(parties, 3)
    for deliveries_only in (False, True):
        found, expected = (
            history.acts_between(frozenset(some), frozenset(others), deliveries=deliveries_only)
            for history in (logged, memory)
        )
        alike = [structs.replace(act, end=END) for act in found.plain]
        assert alike == expected.plain
        assert sorted(found.others) == sorted(expected.others)
        assert all(act.first <= logged.position < act.end for act in found.plain)
    promised, expected_ones = (
        history.commitments_between(frozenset(some), frozenset(others))
        for history in (logged, memory)
    )
    assert all(each.first <= logged.position < each.end for each in promised.plain)
    at = logged.position
    assert [_upto(each, at) for each in promised.plain] == [
        _upto(each, at) for each in expected_ones.plain
    ]
    assert sorted(promised.others) == sorted(expected_ones.others)
    may_be, must = (
        list(history.dealings().pairs(history.position, lambda _: True))
        for history in (logged, memory)
    )
    assert may_be == sorted(set(may_be))
    assert set(must) <= set(may_be)
    for party in parties:
        assert memory.dealings().members(party) <= logged.dealings().members(party)


def _upto(told: PlainCommitment, position: int) -> PlainCommitment:
    """A plain commitment without the deeds that were recorded behind a position, and without
    what is worked out of its due interval when it is recorded.
    """
    deeds = tuple(deed for deed in told.deeds if deed.first <= position)
    due = told.due and IntervalDate(told.due.from_day, told.due.to_day)
    return structs.replace(told, end=END, deeds=deeds, due=due)


def _check_what_holds(told: list[LoggedHistory]) -> None:
    """An entry is the same wherever a history says so."""
    for history, entry_id in product(told, IDS):
        held = history.versions_hold(entry_id)
        assert held.first <= history.position < held.end
        for at in (held.first, min(held.end, len(told)) - 1):
            assert len(told[at].versions(entry_id)) == len(history.versions(entry_id))
        held = history.sources_hold(entry_id)
        assert held.first <= history.position < held.end
        for at in (held.first, min(held.end, len(told)) - 1):
            assert sorted(told[at].sources(entry_id)) == sorted(history.sources(entry_id))


async def test_what_some_version_said_is_found_from_that_version_on(
    ledger: Ledger, folder: Path
) -> None:
    await ledger.record(a_command())
    met = an_antecedent(
        condition=AllOf(
            (AnyOf((ActOccurred("F001"), Words("or so"))), CommitmentFulfilled("C2"))
        )
    )
    await ledger.record(
        a_command(entry("C2", a_commitment(debtors=("us",), creditors=("dprk",))))
    )
    await ledger.record(a_command(an_amendment("C1", a_commitment(antecedent=met))))
    follower = Projector(ledger, folder)
    follow_all(follower)

    before, after = (history_of(ledger, follower, position) for position in (9, 10))
    assert list(before.sources("F001")) == list(before.sources("C2")) == []
    assert list(after.sources("F001")) == list(after.sources("C2")) == ["C1"]
    assert list(after.sources("C1")) == ["F001"]
    follower.close()


async def test_an_annulled_entry_is_still_found(ledger: Ledger, folder: Path) -> None:
    await ledger.record(a_command())
    await ledger.record(a_command(an_annulment("F001")))
    follower = Projector(ledger, folder)
    follow_all(follower)
    history = history_of(ledger, follower, ledger.head.position)

    assert [v.state is None for v in history.versions("F001")] == [False, True]
    assert list(history.acts()) == ["F001"]
    follower.close()


async def test_who_asks_twice_for_an_entry_is_told_of_each_version_once(
    ledger: Ledger, folder: Path
) -> None:
    await ledger.record(a_command())
    follower = Projector(ledger, folder)
    follow_all(follower)
    history = history_of(ledger, follower, ledger.head.position)

    with history.database.reading() as connection:
        once, twice = (
            places(connection, asked, history.position)
            for asked in (["A1", "F001"], ["A1", "F001", "A1"])
        )
    assert once == twice
    assert [len(each.versions) for each in once.values()] == [1, 1]
    follower.close()


async def test_a_joint_act_is_found_whoever_is_named_first(
    ledger: Ledger, folder: Path
) -> None:
    meeting = an_act(kind=ActKind.MEETING, joint=True, co_actors=("pompeo",))
    await ledger.record(a_command())
    await ledger.record(a_command(entry("F002", meeting)))
    follower = Projector(ledger, folder)
    follow_all(follower)
    history = history_of(ledger, follower, ledger.head.position)

    assert list(history.acts(["us", "pompeo"], [ActKind.MEETING])) == ["F002"]
    assert list(history.acts(["dprk", "pompeo"])) == []
    assert list(history.acts_together(["pompeo"])) == ["F002"]
    assert list(history.acts_together(["iaea"])) == []
    assert list(history_of(ledger, follower, 0).acts_together(["pompeo"])) == []
    follower.close()


async def test_what_a_commitment_hangs_on_is_found_from_there(
    ledger: Ledger, folder: Path
) -> None:
    await ledger.record(a_command())
    ties: dict[str, dict[str, object]] = {
        "by-instrument": {"instrument": "I1"},
        "by-act": {"due_after": DueAfter(act="F001", days=30)},
        "by-commitment": {"due_after": DueAfter(commitment="C1", months=6)},
        "until": {
            "nature": Nature.MAINTENANCE,
            "until_condition": Antecedent(AtLeast(1, (ActOccurred("F001"), Words("or so")))),
        },
    }
    follows = Relation(RelationKind.FOLLOWS, "F001")
    await ledger.record(
        a_command(
            entry("I1", an_instrument(relations=(follows,))),
            *(entry(name, a_commitment(**change)) for name, change in ties.items()),
        )
    )
    follower = Projector(ledger, folder)
    follow_all(follower)
    history = history_of(ledger, follower, ledger.head.position)

    assert sorted(history.sources("I1")) == ["by-instrument"]
    assert sorted(history.sources("F001")) == ["I1", "by-act", "until"]
    assert sorted(history.sources("C1")) == ["F001", "by-commitment"]
    assert list(history.instruments()) == ["I1"]
    assert list(history.by_day(Instrument, date(2018, 6, 12))) == [(date(2018, 6, 12), "I1")]
    assert list(history.by_day(Instrument, date(2018, 6, 11))) == []
    assert list(history_of(ledger, follower, 8).instruments()) == []
    follower.close()


async def test_a_party_is_found_by_each_of_its_ties(ledger: Ledger, folder: Path) -> None:
    await ledger.record(a_command())
    tied = {
        "stands-for": a_party(represents=(Representation("dprk"),)),
        "follows": a_party(succeeds=(Succession("dprk", date(2020, 1, 1)),)),
        "body": a_party(composed_of=(Membership("dprk"), Membership("us"))),
        "same": a_party(same_as=(Identity("dprk"),)),
    }
    await ledger.record(a_command(*(entry(name, party) for name, party in tied.items())))
    follower = Projector(ledger, folder)
    follow_all(follower)
    history = history_of(ledger, follower, ledger.head.position)

    assert sorted(history.tied_parties("dprk")) == sorted(tied)
    assert sorted(history.tied_parties("us")) == ["body", "pompeo"]
    assert list(history_of(ledger, follower, 8).tied_parties("dprk")) == []
    # Those who represent it are not among its sources: they may be a great many.
    assert sorted(history.sources("dprk")) == ["follows", "same"]
    assert list(history.sources(BODIES)) == ["body"]
    assert history.sources_hold("dprk").first == history.position
    assert {"dprk", BODIES} <= history.touched(8)
    follower.close()


async def test_an_act_of_nobody_ties_nobody_and_is_listed(ledger: Ledger, folder: Path) -> None:
    await ledger.record(a_command())
    shells = an_act(kind=ActKind.FORCE, actor="", relations=())
    aid = an_act(kind=ActKind.AID, actor="pompeo", counterparties=("dprk", "us"))
    await ledger.record(a_command(entry("F002", shells), entry("F003", aid)))
    follower = Projector(ledger, folder)
    follow_all(follower)
    history = history_of(ledger, follower, ledger.head.position)

    assert sorted(history.acts()) == ["F001", "F002", "F003"]
    assert list(history.acts(kinds=[ActKind.FORCE])) == ["F002"]
    assert list(history.acts({"us", "dprk"})) == ["F001"]
    assert sorted(history.acts({"us", "dprk", "pompeo"})) == ["F001", "F003"]
    assert list(history.acts_together({"us"})) == ["F003"]
    pairs = list(history.dealings().pairs(history.position, lambda _: True))
    assert {("dprk", "pompeo"), ("pompeo", "us")} <= set(pairs)
    follower.close()


class RestsWithin(Stop):
    """The flag of work that its owner has rest as soon as it holds a lock."""

    def __init__(self, lock: threading.Lock) -> None:
        super().__init__()
        self.calls = True
        self._lock = lock
        self.rests, self.may_go_on = threading.Event(), threading.Event()

    def wait(self) -> None:
        if self._lock.locked():
            self.rests.set()
            self.may_go_on.wait(60)


async def test_nobody_who_must_not_wait_waits_for_a_question_that_rests(
    ledger: Ledger, folder: Path
) -> None:
    await ledger.record(a_command())
    follower = Projector(ledger, folder)
    follow_all(follower)
    history = history_of(ledger, follower, ledger.head.position)
    heavy = RestsWithin(history._memory.dealings.lock)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(heeding, heavy, history.dealings)
        try:
            assert await asyncio.to_thread(heavy.rests.wait, 30)
            # As on the event loop, which is who would have the other one go on.
            at_once = threads.submit(AtOnce(0.003).compute, "a kind", history.dealings)
            assert await asyncio.to_thread(at_once.result, 30) is None
        finally:
            heavy.may_go_on.set()
    assert first.result() is history.dealings()
    follower.close()


async def test_a_version_that_only_adds_evidence_has_all_of_it(
    ledger: Ledger, folder: Path
) -> None:
    await ledger.record(a_command())
    more = [Evidence("A1", locator=f"page {n}") for n in range(1, 7)]
    await ledger.record(a_command(an_addition("F001", *more[:2])))
    await ledger.record(
        a_command(an_addition("F001", more[2]), an_addition("F001", *more[3:5]))
    )
    await ledger.record(a_command(an_amendment("F001", an_act(title="Renamed"))))
    await ledger.record(a_command(an_addition("F001", more[5])))
    follower = Projector(ledger, folder)
    follow_all(follower)
    history = history_of(ledger, follower, ledger.head.position)
    versions = history.versions("F001")

    assert [v.version for v in versions] == [v.version for v in versions[0:]] == [*range(1, 7)]
    assert [v.evidence_added for v in versions] == [0, 2, 1, 2, 0, 1]
    told = [[e.locator for e in v.state.evidence[1:]] for v in versions]
    assert told == [
        [],
        ["page 1", "page 2"],
        ["page 1", "page 2", "page 3"],
        ["page 1", "page 2", "page 3", "page 4", "page 5"],
        [],
        ["page 6"],
    ]
    assert versions[3] == versions[-3] == [*versions][3]
    assert [v.version for v in versions[3:]] == [4, 5, 6]
    assert [v.version for v in versions[::-2]] == [6, 4, 2]
    assert versions[-1].state.title == "Renamed"
    assert list(versions[1:3])[1].state == versions[2].state
    before = history_of(ledger, follower, 10).versions("F001")
    assert before[-1] == versions[2]
    assert await ledger_versions(ledger) == list(versions)
    follower.close()


async def ledger_versions(ledger: Ledger) -> list[Version]:
    return list(await asyncio.to_thread(ledger.reader.versions, "F001"))


async def test_entries_that_changed_behind_a_position(ledger: Ledger, folder: Path) -> None:
    await record_parties(ledger, 1, 5)
    await ledger.record(a_command(an_amendment("party-2", a_party(name="Renamed"))))
    follower = Projector(ledger, folder)
    follow_all(follower)

    assert sorted(history_of(ledger, follower, 7).changed(4)) == [
        "party-2",
        "party-4",
        "party-5",
    ]
    assert list(history_of(ledger, follower, 6).changed(6)) == []
    follower.close()


async def test_a_long_list_is_whole(ledger: Ledger, folder: Path) -> None:
    await record_parties(ledger, 1, 900)
    await record_parties(ledger, 901, 1_300)
    follower = Projector(ledger, folder)
    follow_all(follower)

    assert list(history_of(ledger, follower, 1_301).parties()) == [
        f"party-{n}" for n in range(1, 1_301)
    ]
    assert len(list(history_of(ledger, follower, 700).parties())) == 699
    follower.close()


async def test_many_threads_may_ask_one_history_while_the_log_grows(
    ledger: Ledger, folder: Path
) -> None:
    await record_parties(ledger, 1, 50)
    follower = Projector(ledger, folder)
    follow_all(follower)
    history = LoggedHistory(ledger, follower.open(), 51, Memory(10))

    def ask(turn: int) -> list[str]:
        return [history.versions(f"party-{n}")[0].entry_id for n in range(1, 51)][turn:]

    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(ask, turn) for turn in range(40)]
        await record_parties(ledger, 51, 80)
        follow_all(follower)
        answered = [future.result(timeout=10) for future in asked]
    assert answered == [[f"party-{n}" for n in range(1 + turn, 51)] for turn in range(40)]
    follower.close()


def test_only_so_many_values_are_remembered() -> None:
    remembered = WeightedLru[int, str](2)
    remembered.put(1, "one")
    remembered.put(2, "two")
    assert remembered.get(1) == "one"
    remembered.put(3, "three")

    assert (remembered.get(1), remembered.get(2), remembered.get(3)) == ("one", None, "three")
    assert len(remembered) == 2


async def test_a_small_memory_changes_no_answer(ledger: Ledger, folder: Path) -> None:
    memory = MemoryHistory()
    await ledger.record(a_command())
    memory.record(a_command())
    follower = Projector(ledger, folder)
    follow_all(follower)
    history = LoggedHistory(ledger, follower.open(), 8, Memory(1))

    for entry_id in ("us", "C1", "us", "F001", "C1"):
        expected = [essence(v) for v in memory.at(8).versions(entry_id)]
        assert [essence(v) for v in history.versions(entry_id)] == expected
    follower.close()


@pytest.mark.parametrize(
    ("view", "question"),
    [
        (view, name)
        for view in (
            versions,
            ties,
            mentions,
            commitments,
            acts,
            deliveries,
            dealings,
            named_days,
            aimed,
        )
        for name, text in vars(view).items()
        if isinstance(text, str) and "SELECT" in text and "INSERT" not in text
    ],
)
async def test_no_question_looks_at_a_whole_table(
    ledger: Ledger, folder: Path, view: object, question: str
) -> None:
    follower = Projector(ledger, folder)
    statement = getattr(view, question)
    asked = {"parties": "[]", "others": "[]", "kinds": "[]", "upto": 1}
    asked |= {"first": 1, "own_first": 2}
    asked |= {"type": "act", "day": 1, "entry": "", "last": 9, "limit": 1}
    asked |= {"most": 1, "since": 3}
    with follower.open().reading() as connection:
        plan = connection.execute(
            f"EXPLAIN QUERY PLAN {statement}",
            asked if ":upto" in statement else ["[]"] * statement.count("?"),
        ).fetchall()
    follower.close()

    steps = [step for *_, step in plan]
    assert any(step.startswith("SEARCH") for step in steps)
    assert not [step for step in steps if step.startswith("SCAN") and "json_each" not in step]


TABLES = {"versions", "mentions", "ties"}


@pytest.mark.parametrize(
    "search",
    [
        EntrySearch(entry_ids=frozenset({"a"})),
        EntrySearch(id_prefixes=("a",)),
        EntrySearch(parties=frozenset({"a"})),
        EntrySearch(related_to="a"),
        EntrySearch(types=frozenset({"scale"})),
        EntrySearch(frozenset({"a"}), ("a",), frozenset({"a"}), "a"),
    ],
)
async def test_no_search_looks_through_the_log(
    ledger: Ledger, folder: Path, search: EntrySearch
) -> None:
    follower = Projector(ledger, folder)
    asked = {"entry_ids": "[]", "id_prefixes": "[]", "parties": "[]", "related_to": ""}
    asked["naming"] = '"a"'

    asked["types"] = "[]"
    with follower.open().reading() as connection:
        plan = connection.execute(
            f"EXPLAIN QUERY PLAN {searching.statement(search)}",
            {**asked, "after": 1, "upto": 2},
        ).fetchall()
    follower.close()

    steps = [step for *_, step in plan]
    scanned = [step.split()[1] for step in steps if step.startswith("SCAN")]
    assert not set(scanned) & TABLES, steps
    assert any("versions_by_entry" in step for step in steps)


def test_a_relation_counts_from_the_version_that_has_it() -> None:
    """Of the memory that the views are held against."""
    memory = MemoryHistory()
    told = Relation(RelationKind.REFERS_TO, "C1")
    memory.record(a_command(entry("F001", an_act())))
    memory.record(a_command(an_amendment("F001", an_act(relations=(told,)))))

    assert list(memory.at(2).sources("C1")) == []
    assert list(memory.at(3).sources("C1")) == ["F001"]


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder
