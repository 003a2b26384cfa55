"""Cases in which two rules meet, recorded into a running service and asked about by a client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from diplomatic_ledger import Cuts, InvalidRequest, SyncLedgerClient, json_form, words
from diplomatic_ledger.v1 import balances_pb2, standings_pb2

from tests.support.processes import serving

PARTIES = ("alba", "boren", "corin", "drava")
LATER = Cuts(as_of="2018-11-28")
PAPER = [{"report": "paper"}]


def by(party: str, **more: Any) -> list[dict[str, Any]]:
    return [{"report": "paper", "asserted_by": party, **more}]


def tie(kind: str, target: str, **more: str) -> dict[str, str]:
    return {"kind": kind, "target": target, **more}


def report(entry: str, published: str = "2018-11-17") -> dict[str, Any]:
    return {
        "id": entry,
        "report": {"title": "Telegram", "publisher": "Courier", "published": published},
    }


def party(entry: str, *represents: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": entry,
        "party": {"name": entry, "kind": "body", "represents": list(represents)},
    }


def promise(entry: str = "p", on: str = "2018-06-01", **terms: Any) -> dict[str, Any]:
    """Alba promises Boren to open the pass."""
    given = {
        "debtors": ["alba"],
        "creditors": ["boren"],
        "consequent": "open the pass",
        "occurred": on,
        "evidence": PAPER,
    }
    return {"id": entry, "commitment": given | terms}


def act(entry: str, actor: str, on: str, *ties: dict[str, str], **more: Any) -> dict[str, Any]:
    given = {
        "kind": "statement",
        "actor": actor,
        "title": entry,
        "occurred": on,
        "relations": list(ties),
        "evidence": PAPER,
    }
    return {"id": entry, "act": given | more}


def gift(entry: str, actor: str, to: str, on: str, *ties: Any, **more: Any) -> dict[str, Any]:
    given = {"kind": "concession", "counterparty": to}
    return act(entry, actor, on, *ties, **(given | more))


class Case:
    """A ledger of its own, with four parties and a report."""

    def __init__(self, client: SyncLedgerClient, name: str) -> None:
        self.client = client
        self.name = name
        client.create_ledger(name, title="a narrow case")
        self.record(*map(party, PARTIES), report("paper"))

    def record(self, *entries: dict[str, Any]) -> int:
        """The position that was reached."""
        items = [json_form.read_item(entry) for entry in entries]
        return self.client.record(self.name, items).recorded[-1].position

    def standing(self, entry: str = "p", cuts: Cuts = LATER) -> standings_pb2.Standing:
        return self.client.commitment(self.name, entry, cuts).commitment.standing

    def stands(self, entry: str = "p", cuts: Cuts = LATER) -> tuple[str, set[str]]:
        found = self.standing(entry, cuts)
        return words.word(standings_pb2.Lifecycle.DESCRIPTOR, found.lifecycle), set(
            words.flags(found)
        )

    def did(self, which: str, entry: str = "p") -> tuple[bool, set[str]]:
        (found,) = [each for each in self.standing(entry).conduct if each.act == which]
        return found.effective, set(words.flags(found))

    def evidence(self, entry: str) -> str:
        (found,) = self.client.acts(self.name, LATER, entry_ids=[entry]).all()
        return words.word(standings_pb2.EvidenceStatus.DESCRIPTOR, found.evidence.status)

    def acts(self, *parties: str, kinds: Sequence[str] = ()) -> list[str]:
        found = self.client.acts(self.name, LATER, parties=parties, kinds=kinds)
        return [each.entry_id for each in found.all()]

    def balance(self, **how: Any) -> balances_pb2.Balance:
        return self.client.balance(self.name, "alba", "boren", LATER, **how).balance

    def because(self, before: Cuts, after: Cuts = LATER) -> dict[str, list[str]]:
        found = self.client.diff(self.name, before, after)
        return {each.entry_id: list(each.because) for each in found.commitments}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncLedgerClient]:
    folder = tmp_path_factory.mktemp("service")
    with (
        serving(folder) as address,
        SyncLedgerClient(address) as client,
    ):
        yield client


@pytest.fixture
def case(client: SyncLedgerClient, request: pytest.FixtureRequest) -> Case:
    name = request.node.name.removeprefix("test_").replace("_", "-")
    return Case(client, name[:40].strip("-"))


def test_late_needs_a_first_day(case: Case) -> None:
    case.record(
        promise(due="2018-06-05"),
        act("d", "alba", "../2018-06-17", tie("fulfils", "p", extent="1")),
    )
    assert case.stands() == ("fulfilled", set())


def test_a_lag_without_a_first_day(case: Case) -> None:
    case.record(
        gift("g", "alba", "boren", "../2018-06-03"),
        gift("a", "boren", "alba", "2018-06-06", tie("responds_to", "g")),
    )
    answered, waiting = case.balance().steps.lags
    assert (answered.days_at_least, answered.HasField("days_at_most")) == (3, False)
    assert waiting.days_at_least == waiting.days_at_most == 175
    assert not case.balance().steps.median_lag_days


def test_a_contradiction_of_a_deed(case: Case) -> None:
    case.record(
        gift("x", "alba", "boren", "2018-06-02", evidence=by("alba")),
        act("y", "alba", "2018-06-03", tie("contradicts", "x"), kind="violation"),
    )
    assert (case.evidence("x"), case.evidence("y")) == ("disputed", "disputed")


def test_a_resumption_by_who_may_not(case: Case) -> None:
    case.record(
        promise(),
        act("hold", "boren", "2018-06-05", tie("suspends", "p")),
        act("go-on", "alba", "2018-06-08", tie("resumes", "p")),
    )
    assert case.stands() == ("suspended", {"not_entitled", "undated"})
    assert case.did("hold") == (True, set())
    assert case.did("go-on") == (False, {"not_entitled"})


def test_a_resumption_by_another_debtor(case: Case) -> None:
    case.record(
        promise(debtors=["alba", "drava"]),
        act("hold", "alba", "2018-06-05", tie("suspends", "p")),
        act("yes", "boren", "2018-06-06", tie("accepts", "hold")),
        act("go-on", "drava", "2018-06-08", tie("resumes", "p")),
    )
    assert case.stands() == ("active", {"undated"})


def test_a_mutual_antecedent_on_one_word(case: Case) -> None:
    both = {"debtors": ["alba", "boren"], "creditors": ["alba", "boren"], "mutual": True}
    case.record(
        gift("visit", "alba", "boren", "2018-06-05", evidence=by("boren")),
        promise(**both, antecedent={"condition": {"act": "visit"}}),
    )
    assert case.stands() == ("conditional", {"antecedent_claimed", "undated"})


def test_one_event_in_two_reports(case: Case) -> None:
    hedged = [{"report": "paper", "hedged": True}]
    case.record(
        gift("g1", "alba", "boren", "2018-06-05", evidence=hedged),
        gift("g2", "alba", "boren", "2018-06-05", tie("same_as", "g1")),
    )
    (delivery,) = case.balance(evidence="attested").given_ab.deliveries
    assert (list(delivery.entry_ids), words.flags(delivery)) == (["g1", "g2"], [])


def test_acts_of_two_parties_together(case: Case) -> None:
    envoy = party("envoy", {"principal": "alba", "mandate": ["all"]})
    meeting = {"kind": "meeting", "co_actors": ["corin"], "joint": True}
    case.record(
        envoy,
        act("talk", "alba", "2018-06-05", **meeting),
        gift("aid", "alba", "boren", "2018-06-06", co_actors=["corin"]),
        gift("alone", "envoy", "boren", "2018-06-07"),
    )
    assert case.acts("alba", "corin") == ["talk", "aid"]
    assert case.acts("alba", "corin", kinds=["meeting"]) == ["talk"]
    assert case.acts("corin", "boren") == ["aid"]
    assert case.acts("alba", "boren") == ["aid", "alone"]
    assert case.acts("alba", "envoy") == ["alone"]
    assert case.acts("alba", "corin", "boren") == ["aid"]
    assert case.acts("corin", "envoy") == []


def test_words_met_before_the_promise(case: Case) -> None:
    case.record(
        promise(antecedent={"condition": {"words": "the guns are silent"}}),
        act("quiet", "boren", "2018-05-20", tie("meets", "p")),
    )
    assert case.stands() == ("active", {"prior_conduct", "undated"})


def test_until_before_its_own_day(case: Case) -> None:
    kept = {"nature": "maintenance", "until": "2018-06-10", "occurred": "../2018-06-14"}
    case.record(
        act("x", "boren", "2018-06-05"),
        promise("other", "2018-05-28", nature="maintenance", until="2018-05-30"),
        promise("p", antecedent={"condition": {"act": "x"}}, **kept),
        promise("q", antecedent={"condition": {"commitment": "other"}}, **kept),
    )
    assert case.stands("p") == case.stands("q") == ("fulfilled", {"maintenance"})


def test_other_deliveries_of_equal_weight(case: Case) -> None:
    case.record(
        promise(creditors=["corin"], nature="maintenance"),
        gift("g", "alba", "boren", "2018-06-05", tie("fulfils", "p"), kind="fulfilment"),
        act("shut", "alba", "2018-06-12", tie("breaches", "p"), kind="violation"),
        gift("h", "alba", "boren", "2018-06-15"),
    )
    found = case.client.diff(case.name, Cuts(as_of="2018-06-10"), Cuts(as_of="2018-06-20"))
    pairs = {(each.party_a, each.party_b): each.because for each in found.balances}
    assert pairs["alba", "boren"] == ["shut", "h"]
    assert set(pairs) == {("alba", "boren"), ("alba", "corin")}


def test_what_was_amended_refuses_nothing(case: Case) -> None:
    case.record(promise(antecedent={"condition": {"words": "the guns are silent"}}))
    no_more = {"amend": "p", "reason": "a slip", "correction": True}
    case.record(no_more | {"commitment": promise()["commitment"]})
    case.record(act("quiet", "boren", "2018-06-05", tie("meets", "p")))
    assert case.stands() == ("active", {"undated"})
    case.record(promise("plain"))
    with pytest.raises(InvalidRequest):
        case.record(act("other", "boren", "2018-06-05", tie("meets", "plain")))


def test_a_former_envoy_as_a_witness(case: Case) -> None:
    office = {"principal": "alba", "to_day": "2018-06-10", "mandate": ["all"]}
    case.record(
        party("envoy", office),
        promise(),
        gift("d", "envoy", "boren", "2018-06-05", tie("fulfils", "p", extent="1/2")),
        act("memoir", "envoy", "2018-06-15", tie("verifies", "d")),
    )
    assert case.evidence("d") == "attested"
    assert case.balance(evidence="verified").given_ab.count == 0


def test_a_debtor_that_comes_to_represent(case: Case) -> None:
    later = {"principal": "boren", "from_day": "2018-06-10", "mandate": ["all"]}
    case.record(
        party("vassal", later),
        promise(debtors=["vassal"]),
        act(
            "d",
            "vassal",
            "2018-06-15",
            tie("fulfils", "p", extent="1"),
            evidence=by("vassal"),
        ),
    )
    assert case.stands() == ("fulfilled", {"undated"})


def test_a_deed_in_the_month_of_its_promise(case: Case) -> None:
    case.record(
        promise(on="2018-06"),
        act("d", "alba", "2018-06-20", tie("fulfils", "p", extent="1/2")),
    )
    assert case.stands() == ("active", {"partially_fulfilled", "undated"})


def test_what_made_a_difference(case: Case) -> None:
    two = [*by("boren"), {"report": "gazette"}]
    case.record(
        report("gazette", "2018-11-20"),
        party("envoy", {"principal": "alba"}),
        promise(evidence=two),
        promise("made", made_by=["envoy"]),
    )
    told = Cuts(as_of="2018-11-28", reported_by="2018-11-25")
    untold = Cuts(as_of="2018-11-28", reported_by="2018-11-18")
    assert case.because(untold, told) == {"p": ["gazette"]}
    mandated = party("envoy", {"principal": "alba", "mandate": ["promise"]})
    before = case.record({"annul": "gazette", "reason": "a forgery"}) - 1
    change = {"amend": "envoy", "reason": "told anew", "correction": True}
    case.record(change | {"party": mandated["party"]})
    known = Cuts(as_of="2018-11-28", recorded_by=before)
    assert case.because(known) == {"made": ["envoy"], "p": ["gazette"]}


def test_a_scale_that_made_a_difference(case: Case) -> None:
    def scale(weight: str) -> dict[str, Any]:
        row = {"code": "07", "weight": weight}
        return {
            "title": "Ours",
            "version": weight,
            "source": "we",
            "licence": "CC0-1.0",
            "coding": "cameo",
            "weights": [row],
        }

    gave = gift("g", "alba", "boren", "2018-06-05", code={"cameo": "07"})
    before = case.record({"id": "ours", "scale": scale("5")}, gave)
    change = {"amend": "ours", "reason": "weighed anew", "correction": True}
    case.record(change | {"scale": scale("6")})
    known = Cuts(as_of="2018-11-28", recorded_by=before)
    (found,) = case.client.diff(case.name, known, LATER, scale="ours").balances
    assert found.because == ["ours"]


def test_an_assertion_that_was_refuted(case: Case) -> None:
    case.record(
        promise(evidence=by("corin")),
        act("word", "alba", "2018-06-08", tie("asserts", "p", about="existence")),
        act("check", "drava", "2018-06-13", tie("refutes", "word")),
    )
    assert case.stands()[0] == "proposed"
    existence = case.standing().existence.status
    assert words.word(standings_pb2.EvidenceStatus.DESCRIPTOR, existence) == "claimed"
    assert case.did("word") == (False, {"refuted"})
