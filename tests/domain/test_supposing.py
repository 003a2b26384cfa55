"""What if? Something supposed behind the end of a history, as if it were recorded."""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger_service.domain.balance.balance import balance, balances
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.difference import diff
from ledger_service.domain.instruments.standing import instrument_standing
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.party_view import party_view
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.supposing import suppose
from ledger_service.domain.values.answers import Diff, Difference
from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Commitment,
    Evidence,
    Identity,
    Instrument,
    InstrumentKind,
    Party,
    PartyKind,
    Relation,
    RelationKind,
    Report,
    Succession,
)
from ledger_service.domain.values.scales import built_in
from tests.support.histories import FIRST_MOMENT, MemoryHistory
from tests.support.scenario import days

UNIT = Measure(built_in()["unit"])
TODAY = date(2018, 12, 31)


def an_act(act: str, actor: str, toward: str, *relations: Relation, on: str) -> NewEntry:
    state = Act(
        kind=ActKind.CONCESSION,
        actor=actor,
        title="a deed",
        counterparties=(toward,),
        occurred=days(on),
        relations=relations,
        evidence=(Evidence("press"),),
    )
    return NewEntry(act, state)


def a_promise(promise: str, by: str, to: str, *, on: str, instrument: str = "") -> NewEntry:
    state = Commitment(
        debtors=(by,),
        creditors=(to,),
        consequent="a deed",
        occurred=days(on),
        instrument=instrument,
        evidence=(Evidence("press"),),
    )
    return NewEntry(promise, state)


RECORDED: tuple[Item, ...] = (
    *(NewEntry(name, Party(name, PartyKind.STATE)) for name in ("us", "dprk", "rok")),
    NewEntry("press", Report("a report", "a paper", published=days("2018-06-01"))),
    an_act("tests-stopped", "dprk", "us", on="2018-04-21"),
    a_promise("visit", "us", "dprk", on="2018-06-01"),
)

SUPPOSED: tuple[tuple[Item, ...], ...] = (
    (an_act("exercise-off", "us", "dprk", on="2018-06-15"),),
    (
        an_act(
            "visited",
            "us",
            "dprk",
            Relation(RelationKind.FULFILS, "visit", "1"),
            on="2018-07-01",
        ),
    ),
    (a_promise("more", "dprk", "us", on="2018-07-01"),),
    (Annulment("tests-stopped", "never happened"),),
    (
        NewEntry("late", Report("a report", "a paper", published=days("2018-08-01"))),
        Amendment(
            "visit", "told anew", replace(RECORDED[-1].state, creditors=("rok",)), "late"
        ),
    ),
    (
        NewEntry(
            "pact",
            Instrument("a pact", InstrumentKind.OTHER, ("us",), evidence=(Evidence("press"),)),
        ),
        a_promise("under", "us", "dprk", on="2018-07-01", instrument="pact"),
    ),
    (
        Amendment(
            "rok", "they were one", Party("rok", PartyKind.STATE, same_as=(Identity("us"),))
        ),
    ),
    (
        Amendment(
            "rok",
            "it succeeds",
            Party("rok", PartyKind.STATE, succeeds=(Succession("us", date(2018, 7, 1)),)),
        ),
    ),
)


def recorded(*items: Item, memo: Memo | None = None) -> tuple[MemoryHistory, Picture]:
    history = MemoryHistory()
    history.record(RecordCommand((*RECORDED, *items)))
    return history, Picture(history.at(history.head, memo), TODAY)


def everything(picture: Picture) -> object:
    """The answers to every kind of question, but for the positions at which versions stand."""
    history = picture.history
    return (
        {c: standing(picture, c) for c in history.commitments() if picture.commitment(c)},
        list(balances(picture, UNIT)),
        [balance(picture, a, b, UNIT) for a in ("us", "dprk") for b in ("dprk", "rok")],
        [
            found and found.counts
            for i in history.instruments()
            if (found := instrument_standing(picture, i))
        ],
        [
            found and found.became
            for p in ("us", "dprk", "rok")
            if (found := party_view(picture, p))
        ],
        sorted(history.acts(("us", "dprk"))),
        sorted(set(history.by_day(Act, TODAY))),
    )


@pytest.mark.rule("12.2")
@pytest.mark.parametrize("items", SUPPOSED)
def test_what_is_supposed_answers_as_if_it_were_recorded(items):
    history, _ = recorded()
    supposing = suppose(history.at(history.head), items, FIRST_MOMENT)
    _, as_recorded = recorded(*items)
    assert everything(Picture(supposing, TODAY)) == everything(as_recorded)


@pytest.mark.rule("12.2")
@pytest.mark.parametrize("items", SUPPOSED)
def test_nothing_of_it_reaches_the_history_or_what_is_remembered_of_it(items):
    memo = Memo()
    history, picture = recorded(memo=memo)
    before = everything(picture)
    base = history.at(history.head, memo)
    supposing = suppose(base, items, FIRST_MOMENT)
    everything(Picture(supposing, TODAY))
    assert supposing.memo is not memo
    assert everything(Picture(base, TODAY)) == before


@pytest.mark.rule("12.1")
def test_it_stands_behind_the_position_of_the_cut():
    history, _ = recorded(an_act("later", "us", "dprk", on="2018-06-20"))
    base = history.at(history.head - 1)
    supposing = suppose(base, SUPPOSED[0], FIRST_MOMENT)
    picture = Picture(supposing, TODAY)
    assert supposing.position == base.position + 1
    assert picture.act("exercise-off") is not None
    assert picture.act("later") is None


@pytest.mark.rule("12.1")
def test_a_report_of_open_date_came_out_on_the_day_of_the_cut_at_the_latest():
    history, _ = recorded()
    report = NewEntry("undated", Report("a report", "a paper"))
    told = an_act("gift", "us", "dprk", on="2018-06-15")
    told = replace(told, state=replace(told.state, evidence=(Evidence("undated"),)))
    supposing = suppose(history.at(history.head), (report, told), FIRST_MOMENT)
    day = FIRST_MOMENT.date()
    assert Picture(supposing, day, day).act("gift") is not None
    assert Picture(supposing, day, date.fromordinal(day.toordinal() - 1)).act("gift") is None


def test_versions_are_numbered_on():
    history, _ = recorded()
    items = (Annulment("visit", "off"), Amendment("visit", "on", RECORDED[-1].state))
    supposing = suppose(history.at(history.head), items, FIRST_MOMENT)
    assert [v.version for v in supposing.versions("visit")] == [1, 2, 3]


@pytest.mark.rule("12.1")
def test_it_may_lie_ahead():
    history, _ = recorded()
    supposing = suppose(
        history.at(history.head),
        (an_act("ahead", "us", "dprk", on="2030-01-01"),),
        FIRST_MOMENT,
    )
    assert Picture(supposing, date(2029, 12, 31)).act("ahead") is None
    assert Picture(supposing, date(2030, 1, 1)).act("ahead") is not None


def between(one: Item, other: Item) -> Diff:
    """What differs between one supposition and another one."""
    history, _ = recorded()
    base = history.at(history.head)
    then, now = (Picture(suppose(base, (each,), FIRST_MOMENT), TODAY) for each in (one, other))
    return diff(then, now, UNIT, UNIT)


def test_two_versions_that_are_supposed_of_one_entry_differ():
    told = a_promise("visit", "us", "dprk", on="2018-06-01").state
    one, other = (
        Amendment("visit", "otherwise", replace(told, consequent=words))
        for words in ("by air", "by sea")
    )
    (entry,) = between(one, other).entries
    assert (entry.entry_id, entry.difference) == ("visit", Difference.AMENDED)
    assert not between(one, one).entries


def test_an_act_and_a_commitment_that_are_supposed_with_one_id_differ():
    act = an_act("new", "us", "dprk", on="2018-06-02")
    promise = a_promise("new", "us", "dprk", on="2018-06-02")
    for found in (between(act, promise), between(promise, act)):
        assert [each.entry_id for each in found.entries] == ["new"]
        assert [each.entry_id for each in found.commitments] == ["new"]
