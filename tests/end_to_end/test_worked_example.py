"""What the talks of 2018 must answer, asked of a running service through the client."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from diplomatic_ledger import Cuts, EntryNotFound, SyncLedgerClient, entry_file, words
from diplomatic_ledger.json_form import read_item
from diplomatic_ledger.v1 import acts_pb2, balances_pb2, standings_pb2
from diplomatic_ledger.v1.items_pb2 import RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import REMARK_REASON_CLAIMED_ONLY

from clients.examples.example import ARTICLES, LEDGER, PUBLIC_RECORD, record
from tests.support.processes import serving

DPRK_GAVE = {"F010", "F011", "F012", "F013", "F014", "F015", "F016", "F018"}
US_GAVE = {"F020"}
COURT_NEWS = {f"F{number}" for number in range(110, 128)}


@dataclass(frozen=True)
class Example:
    """The recorded example; the articles end at one position, the amendments at another."""

    client: SyncLedgerClient
    articles: int
    amended: int

    def commitment(self, entry_id: str, cuts: Cuts) -> standings_pb2.Standing:
        return self.client.commitment(LEDGER, entry_id, cuts).commitment.standing

    def act(self, entry_id: str, cuts: Cuts) -> acts_pb2.ActView:
        (view,) = self.client.acts(LEDGER, cuts, entry_ids=[entry_id])
        return view

    def balance(
        self, cuts: Cuts, *, scale: str = "unit", evidence: str = "any", ledger: str = LEDGER
    ) -> balances_pb2.Balance:
        return self.client.balance(
            ledger, "dprk", "us", cuts, scale=scale, evidence=evidence
        ).balance

    def copy(self, name: str, extra: Sequence[RecordItem]) -> str:
        """Another ledger with the same entries and some more."""
        record(self.client, ARTICLES, name)
        record(self.client, PUBLIC_RECORD, name)
        self.client.record(name, extra)
        return name


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    folder = tmp_path_factory.mktemp("service")
    with (
        serving(folder) as address,
        SyncLedgerClient(address) as client,
    ):
        articles = record(client, ARTICLES)
        amended = record(client, PUBLIC_RECORD)
        yield Example(client, articles, amended)


def test_of_the_example_an_alleged_breach_alone_is_remarked_on(example: Example):
    example.client.create_ledger("remarked", "What is odd about it")
    told = [
        each.reason
        for path in (ARTICLES, PUBLIC_RECORD)
        for answer in example.client.record_all(
            "remarked", entry_file.parse(path.read_text(encoding="utf-8")).items
        )
        for each in answer.remarks
    ]
    assert told == [REMARK_REASON_CLAIMED_ONLY]


def as_of(day: str) -> Cuts:
    """What had happened by a day, whenever it was reported."""
    return Cuts(as_of=day)


def replay(day: str) -> Cuts:
    """What a reader of that day knew."""
    return Cuts(as_of=day, reported_by=day)


def lifecycle(found: standings_pb2.Standing) -> str:
    return words.word(standings_pb2.Lifecycle.DESCRIPTOR, found.lifecycle)


def status(finding: standings_pb2.EvidenceFinding) -> str:
    return words.word(standings_pb2.EvidenceStatus.DESCRIPTOR, finding.status)


def conduct(found: standings_pb2.Standing, act: str) -> standings_pb2.Conduct:
    (told,) = [each for each in found.conduct if each.act == act]
    return told


def numbers(balance: balances_pb2.Balance) -> tuple[int, int, str, str]:
    given, taken = balance.given_ab, balance.given_ba
    return given.count, taken.count, given.weight, taken.weight


def entries(given: balances_pb2.Given) -> set[str]:
    return {entry_id for delivery in given.deliveries for entry_id in delivery.entry_ids}


# P1: a claim of delivery that comes too early


def test_p1_on_20_june_a_delivery_is_claimed_and_nothing_is_delivered(example: Example):
    found = example.commitment("F051", replay("2018-06-21"))
    claim = conduct(found, "F061")
    told = example.act("F061", replay("2018-06-21")).act
    assert lifecycle(found) == "active"
    assert "fulfilment_claimed" in words.flags(found)
    assert (found.share, found.share_at_least) == ("0", "0")
    assert not claim.effective
    assert (told.actor, told.quantity.value) == ("trump", "200")


def test_p1_a_reader_of_21_june_has_none_of_the_articles_of_july_and_august(example: Example):
    acts = {view.entry_id for view in example.client.acts(LEDGER, replay("2018-06-21"))}
    promises = {
        each.entry_id for each in example.client.commitments(LEDGER, replay("2018-06-21"))
    }
    announced = {"F010", "F011", "F012", "F016", "F020"}
    assert acts == announced | {"F030", "F031", "F061"}
    assert promises == {"F050", "F051"}


def test_p1_in_july_the_claim_is_disputed_and_the_meeting_cancelled(example: Example):
    remains = example.commitment("F051", replay("2018-07-23"))
    claim = conduct(remains, "F061").evidence
    meeting = example.commitment("F082", replay("2018-07-23"))
    assert lifecycle(remains) == "active"
    assert (status(claim), list(claim.because)) == ("disputed", ["F071"])
    assert lifecycle(meeting) == "cancelled"
    assert "counts_as_breach" in words.flags(meeting)
    assert list(meeting.against) == ["dprk"]


def test_p1_in_august_a_share_is_delivered_and_nobody_knows_which(example: Example):
    found = example.commitment("F051", replay("2018-08-18"))
    handed_over = conduct(found, "F015")
    assert lifecycle(found) == "active"
    assert "partially_fulfilled" in words.flags(found)
    assert (found.share, found.share_at_least) == ("", "0")
    assert handed_over.effective
    assert status(handed_over.evidence) == "claimed"
    assert handed_over.evidence.hedged


def test_p1_the_remains_are_never_returned_in_full(example: Example):
    days = ("2018-06-20", "2018-06-21", "2018-07-12", "2018-07-27", "2018-08-18", "2026-01-01")
    found = {lifecycle(example.commitment("F051", as_of(day))) for day in days}
    assert found == {"active"}


def test_p1_by_what_is_known_today_the_claim_was_disputed_on_the_day_after(example: Example):
    assert status(example.act("F061", as_of("2018-06-21")).evidence) == "disputed"
    assert status(example.act("F061", replay("2018-06-21")).evidence) == "claimed"


# P2: a denial that others contradict


def test_p2_both_sides_of_a_contradiction_stay_and_both_are_disputed(example: Example):
    views = {v.entry_id: v for v in example.client.acts(LEDGER, entry_ids=["F074", "F075"])}
    assert {entry_id: status(v.evidence) for entry_id, v in views.items()} == {
        "F074": "disputed",
        "F075": "disputed",
    }


# P3: a step under a condition


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2018-05-08", "conditional"),
        ("2018-05-09", "active"),
        ("2018-06-11", "active"),
        ("2018-06-12", "fulfilled"),
        ("2018-06-13", "fulfilled"),
    ],
)
def test_p3_the_release_binds_and_the_summit_delivers(
    example: Example, day: str, expected: str
):
    assert lifecycle(example.commitment("F017", as_of(day))) == expected


def test_p3_by_the_articles_alone_all_of_it_falls_on_the_day_of_the_summit(example: Example):
    eve = Cuts(as_of="2018-06-11", recorded_by=example.articles)
    day = Cuts(as_of="2018-06-12", recorded_by=example.articles)
    with pytest.raises(EntryNotFound):
        example.commitment("F017", eve)
    assert lifecycle(example.commitment("F017", day)) == "fulfilled"


# P4: a vague promise


@pytest.mark.parametrize("cuts", [as_of, replay])
@pytest.mark.parametrize(
    "day", ["2018-06-12", "2018-07-10", "2018-07-22", "2018-07-23", "2018-08-18", "2026-01-01"]
)
def test_p4_a_promise_without_a_date_stays_active(example: Example, day: str, cuts):
    found = example.commitment("F050", cuts(day))
    assert lifecycle(found) == "active"
    assert "undated" in words.flags(found)
    assert "overdue" not in words.flags(found)
    assert ("breach_claimed" in words.flags(found)) == (day >= "2018-07-23")


def test_p4_it_is_not_there_before_the_summit(example: Example):
    with pytest.raises(EntryNotFound):
        example.commitment("F050", as_of("2018-06-11"))


# P5: a negotiator without mandate


def test_p5_without_mandate_nothing_is_cancelled_and_nothing_promised(example: Example):
    ledger = example.copy("negotiator", [read_item(CANCELLATION), read_item(PROMISE)])
    day = as_of("2018-08-18")
    cancelled = example.client.commitment(ledger, "F051", day).commitment.standing
    promised = example.client.commitment(ledger, "promise", day).commitment.standing
    assert lifecycle(cancelled) == "active"
    assert "authority_doubtful" in words.flags(cancelled)
    assert "authority_doubtful" in words.flags(conduct(cancelled, "cancellation"))
    assert not conduct(cancelled, "cancellation").effective
    assert lifecycle(promised) == "proposed"
    assert "authority_doubtful" in words.flags(promised)


CANCELLATION = {
    "id": "cancellation",
    "act": {
        "kind": "cancellation",
        "actor": "kim-yong-chol",
        "counterparty": "us",
        "title": "Calls off the return of the remains",
        "occurred": "2018-07-20",
        "relations": [{"kind": "cancels", "target": "F051"}],
        "evidence": [{"report": "A3"}],
    },
}
PROMISE = {
    "id": "promise",
    "commitment": {
        "debtors": ["dprk"],
        "creditors": ["us"],
        "made_by": ["kim-yong-chol"],
        "consequent": "Open a reliable channel",
        "occurred": "2018-07-20",
        "evidence": [{"report": "A3"}],
    },
}


# P6: the balance


@pytest.mark.parametrize("cuts", [as_of, replay])
@pytest.mark.parametrize(
    ("scale", "evidence", "expected"),
    [
        ("unit", "any", (8, 1, "8", "1")),
        ("goldstein-cameo-gdelt", "any", (8, 1, "64", "7")),
        ("plover-2.0", "any", (8, 1, "67.5", "4.5")),
        ("unit", "attested", (6, 1, "6", "1")),
        ("goldstein-cameo-gdelt", "attested", (6, 1, "48", "7")),
    ],
)
def test_p6_eight_deliveries_to_one(example: Example, cuts, scale, evidence, expected):
    balance = example.balance(cuts("2018-08-18"), scale=scale, evidence=evidence)
    assert numbers(balance) == expected


def test_p6_each_number_opens_into_its_entries(example: Example):
    balance = example.balance(replay("2018-08-18"))
    attested = example.balance(replay("2018-08-18"), evidence="attested")
    assert entries(balance.given_ab) == DPRK_GAVE
    assert entries(balance.given_ba) == US_GAVE
    assert entries(attested.given_ab) == DPRK_GAVE - {"F014", "F015"}
    assert set(balance.why) >= DPRK_GAVE | US_GAVE


def test_p6_each_weight_is_the_sum_over_its_entries(example: Example):
    given = example.balance(as_of("2018-08-18"), scale="plover-2.0").given_ab
    assert sum(float(each.weight) for each in given.deliveries) == float(given.weight)


def test_p6_coded_as_a_retreat_the_cancelled_exercise_weighs_ten(example: Example):
    recoded = example.client.entry(LEDGER, "F020").versions[-1].state
    recoded.act.code.plover.type, recoded.act.code.plover.mode = "RETREAT", "disarm"
    change = read_item({"amend": "F020", "reason": "coded anew", "correction": True, "act": {}})
    change.amendment.state.CopyFrom(recoded)
    ledger = example.copy("retreat", [change])
    balance = example.balance(as_of("2018-08-18"), scale="plover-2.0", ledger=ledger)
    assert numbers(balance) == (8, 1, "67.5", "10")


def test_p6_the_day_before_the_articles_alone_are_sure_of_one_delivery(example: Example):
    cuts = Cuts(as_of="2018-08-17", recorded_by=example.articles)
    balance = example.balance(cuts)
    weighed = example.balance(cuts, scale="goldstein-cameo-gdelt")
    assert numbers(balance) == (1, 0, "1", "0")
    assert entries(balance.given_ab) == {"F016"}
    assert (weighed.given_ab.weight, weighed.given_ba.weight) == ("7", "0")
    assert balance.in_doubt == 8


def test_p6_the_public_record_settles_all_but_three_of_the_doubts(example: Example):
    balance = example.balance(as_of("2018-08-17"))
    assert (balance.given_ab.count, balance.given_ba.count, balance.in_doubt) == (5, 1, 3)


# P7: promises known from the other side


@pytest.mark.parametrize("entry_id", ["F052", "F089"])
@pytest.mark.parametrize("day", ["2018-07-23", "2018-08-18"])
def test_p7_what_only_the_creditor_tells_is_proposed(example: Example, entry_id: str, day: str):
    found = example.commitment(entry_id, replay(day))
    assert lifecycle(found) == "proposed"
    assert status(found.existence) == "claimed"


def test_p7_a_share_is_delivered_and_it_stays_proposed(example: Example):
    found = example.commitment("F052", replay("2018-08-18"))
    assert conduct(found, "F013").effective
    assert "partially_fulfilled" in words.flags(found)
    assert (found.share, found.share_at_least) == ("", "0")


# P8: two reports of two days


def test_p8_the_site_is_whole_in_july_and_being_taken_apart_in_august(example: Example):
    def told(day: str) -> set[str]:
        views = example.client.acts(LEDGER, replay(day), related_to="F052")
        return {view.entry_id for view in views}

    assert told("2018-07-23") == {"F063"}
    assert told("2018-08-18") == {"F063", "F013"}


def test_p8_the_difference_names_what_made_it(example: Example):
    diff = example.client.diff(LEDGER, replay("2018-07-23"), replay("2018-08-18"))
    appeared = {each.entry_id for each in diff.entries}
    (changed,) = [each for each in diff.commitments if each.entry_id == "F052"]
    assert "F013" in appeared
    assert "F063" not in appeared
    assert list(changed.because) == ["F013"]


# P9: an offer for an offer


def test_p9_the_offer_has_no_authority_and_no_taker(example: Example):
    found = example.commitment("F119", as_of("2026-01-01"))
    assert lifecycle(found) == "proposed"
    assert "authority_doubtful" in words.flags(found)


# P10 and P11: reports and events


def test_p10_one_communique_gives_two_entries_of_opposite_sign(example: Example):
    views = list(example.client.acts(LEDGER, entry_ids=["F077", "F078"]))
    reports = {evidence.report for view in views for evidence in view.act.evidence}
    assert len(views) == 2
    assert reports == {"A4"}


def test_p11_one_event_told_twice_counts_once(example: Example):
    answer = example.client.series(LEDGER, "dprk", "us", bin="day")
    counts = {point.label: point.ab.count for point in answer.points}
    alike = {
        v.entry_id
        for v in example.client.acts(LEDGER, entry_ids=["F073", "F076", "F077", "F078"])
    }
    assert len(alike) == 4
    assert counts["2018-07-08"] == 3
    assert counts["2018-07-10"] == 0


# Instruments, and what lies ahead


def test_the_statement_of_singapore_holds_what_was_promised_in_it(example: Example):
    found = example.client.instrument(LEDGER, "singapore-statement", replay("2018-08-18"))
    statement = found.instrument
    assert status(statement.evidence) == "attested"
    assert [(each.provision, each.entry_id) for each in statement.commitments] == [
        ("point 3", "F050"),
        ("point 4", "F051"),
    ]
    assert [(lifecycle(each), each.count) for each in statement.counts] == [("active", 2)]


def test_the_public_record_says_where_the_team_for_the_games_was_promised(example: Example):
    ours = replay("2018-08-18")
    (team,) = example.client.instrument(
        LEDGER, "panmunjom-declaration", ours
    ).instrument.commitments
    assert (team.entry_id, team.provision, team.debtors) == ("F028", "1 (4)", ["dprk", "rok"])
    before = Cuts(as_of="2018-08-18", recorded_by=example.articles)
    assert {each.entry_id for each in example.client.instruments(LEDGER, before)} == {
        "singapore-statement"
    }


def test_a_summit_of_the_next_month_is_scheduled(example: Example):
    found = example.commitment("F025", as_of("2018-08-18"))
    assert lifecycle(found) == "active"
    assert "scheduled" in words.flags(found)
    assert "due" not in words.flags(found)
    assert "due" in words.flags(example.commitment("F025", as_of("2018-09-01")))


# What lies outside, and the series


def test_scope_the_court_news_is_on_the_ledger_and_outside_of_the_talks(example: Example):
    balance = example.balance(as_of("2026-01-01"))
    between = {view.entry_id for view in example.client.acts(LEDGER, parties=["dprk", "us"])}
    acts = {view.entry_id for view in example.client.acts(LEDGER)}
    promises = {each.entry_id for each in example.client.commitments(LEDGER)}
    assert acts | promises >= COURT_NEWS
    assert between.isdisjoint(COURT_NEWS)
    assert COURT_NEWS.isdisjoint(balance.why)


@pytest.mark.parametrize(("a", "b"), [("rok", "dprk"), ("dprk", "us")])
def test_series_has_every_week_with_both_directions(example: Example, a: str, b: str):
    scale = "goldstein-cameo-gdelt"
    points = example.client.series(LEDGER, a, b, scale=scale, bin="week").points
    assert [p.label for p in points] == sorted(p.label for p in points)
    assert sum(p.ab.count for p in points) > 0
    assert sum(p.ba.count for p in points) > 0


# The third clock


def test_what_is_recorded_later_does_not_change_an_answer_that_was_given(example: Example):
    before = Cuts(as_of="2018-08-18", recorded_by=example.articles)
    ledger = "later"
    end = record(example.client, ARTICLES, ledger)
    first = example.balance(Cuts(as_of="2018-08-18"), ledger=ledger)
    record(example.client, PUBLIC_RECORD, ledger)
    again = example.balance(Cuts(as_of="2018-08-18", recorded_by=end), ledger=ledger)
    assert end == example.articles
    assert first == again == example.balance(before)


def test_a_representative_is_found_by_its_own_deeds_and_a_state_by_all_of_them(
    example: Example,
) -> None:
    by_trump = {v.entry_id for v in example.client.acts(LEDGER, parties=["trump"])}
    by_us = {v.entry_id for v in example.client.acts(LEDGER, parties=["us"])}
    assert {"F061", "F086", "F118"} <= by_trump < by_us
    assert "F020" in by_us - by_trump


def test_an_entry_that_cannot_be_seen_says_why(example: Example) -> None:
    with pytest.raises(EntryNotFound, match="takes effect on 2018-06-12, after the day"):
        example.client.commitment(LEDGER, "F050", Cuts(as_of="2018-06-11"))
    with pytest.raises(EntryNotFound, match="annulled or were not out yet"):
        example.client.commitment(LEDGER, "F052", replay("2018-06-21"))
