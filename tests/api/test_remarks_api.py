"""What is odd about a request is remarked on, and refuses nothing unless that is asked for."""

import uuid
from datetime import date
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import ledger_service_pb2 as pb

from ledger_service.domain.values.commands import Item
from ledger_service.domain.values.entries import (
    About,
    ActKind,
    Antecedent,
    EventCode,
    Instalment,
    Mandate,
    Nature,
    PartyCode,
    PartyKind,
    PartyName,
    PloverCode,
    Quantity,
    RelationKind,
    Succession,
    Words,
)
from tests.support.examples import (
    a_commitment,
    a_party,
    a_relation,
    a_report,
    a_representation,
    a_representative,
    an_act,
    an_addition,
    an_amendment,
    an_annulment,
    an_evidence,
    entry,
    on,
)
from tests.support.wire import Api, record_request, refused

STATE = "items[0].entry.state"
ACT = f"{STATE}.act"
COMMITMENT = f"{STATE}.commitment"


def a_deed(**changes: Any) -> Any:
    """An act of which nothing is odd."""
    return an_act(**{"occurred": on("2018-07-01"), "place": None} | changes)


def aims(kind: RelationKind, target: str, **changes: Any) -> Any:
    """The one relation of an act."""
    return (a_relation(kind=kind, target=target, **changes),)


@pytest.fixture
async def api(api: Api) -> Api:
    """A ledger of which nothing is odd: two parties and a representative, a report, and a
    promise.
    """
    answer = await api.record(
        entry("us", a_party(name="United States", aliases=("USA",), codes=(USA,))),
        entry("dprk", a_party()),
        entry("pompeo", a_representative()),
        entry("A1", a_report()),
        entry("C1", a_commitment(quantity=Quantity("200", "sets of remains"))),
    )
    assert not answer.remarks
    return api


USA = PartyCode("iso3", "USA")


def words(remarks: Any) -> dict[str, str]:
    """The reason of each remark by its path."""
    return {
        each.path: pb.RemarkReason.Name(each.reason).removeprefix("REMARK_REASON_").lower()
        for each in remarks
    }


async def remarked(api: Api, *items: Item) -> dict[str, str]:
    """The reasons of the remarks on some items by their paths: the same when they are checked,
    when they are refused for them and when they are recorded.
    """
    request = record_request(*items, request_id=str(uuid.uuid4()))
    request.validate_only = True
    checked = await api.ledgers.Record(request)
    request.if_remarked = pb.IF_REMARKED_REFUSE
    if checked.remarks:
        for request.validate_only in (True, False):
            refusal = await refused(api.ledgers.Record(request))
            assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
            assert refusal.reason == "REMARKED"
            told = {each.path: each.text for each in checked.remarks}
            unlisted = refusal.fields.pop("", "")  # there is no room for very many
            assert refusal.fields.items() <= told.items()
            assert bool(unlisted) == (len(refusal.fields) < len(told))
    request.if_remarked, request.validate_only = pb.IF_REMARKED_TELL, False
    recorded = await api.ledgers.Record(request)
    assert recorded.remarks == checked.remarks
    request.if_remarked = pb.IF_REMARKED_REFUSE
    again = await api.ledgers.Record(request)
    assert again.already_recorded
    assert not again.remarks
    return words(recorded.remarks)


async def test_nothing_is_remarked_on_where_nothing_is_odd(api: Api) -> None:
    fulfils = aims(RelationKind.FULFILS, "C1")
    assert await remarked(api, entry("F1", a_deed(relations=fulfils))) == {}


@pytest.mark.rule("13.18", "15.1")
async def test_a_code_that_no_vocabulary_has(api: Api) -> None:
    found = await remarked(api, entry("F1", a_deed(code=EventCode("99"))))
    assert found == {f"{ACT}.code.cameo": "unknown_code"}


@pytest.mark.rule("15.1")
async def test_a_code_of_a_promised_deed_that_no_vocabulary_has(api: Api) -> None:
    code = EventCode(plover=PloverCode("FORGIVE"))
    found = await remarked(api, entry("C2", a_commitment(consequent_code=code)))
    assert found == {f"{COMMITMENT}.consequent_code.plover.type": "unknown_code"}


@pytest.mark.rule("15.4")
async def test_what_an_amendment_leaves_as_it_was_is_not_remarked_on_again(api: Api) -> None:
    odd = a_deed(code=EventCode("99"), evidence=(an_evidence(),))
    await api.record(entry("F1", odd))
    renamed = a_deed(code=EventCode("99"), title="Remains come home")
    assert await remarked(api, an_amendment("F1", renamed)) == {}
    other = a_deed(code=EventCode("98"))
    path = "items[0].amendment.state.act.code.cameo"
    request = record_request(an_amendment("F1", other))
    assert words((await api.ledgers.Record(request)).remarks) == {path: "unknown_code"}


@pytest.mark.rule("15.1")
async def test_new_information_whose_report_the_evidence_does_not_name(api: Api) -> None:
    await api.record(
        entry("memoir", a_report(title="Memoir")),
        entry("F1", a_deed(evidence=(an_evidence(),))),
    )
    said = a_deed(title="Remains come home", evidence=(an_evidence(),))
    path = "items[0].amendment.new_information.report"
    found = await remarked(api, an_amendment("F1", said, report="memoir"))
    assert found == {path: "source_not_named"}
    named = a_deed(title="All remains", evidence=(an_evidence(), an_evidence(report="memoir")))
    assert await remarked(api, an_amendment("F1", named, report="memoir")) == {}
    assert await remarked(api, an_amendment("F1", a_deed(title="Some"))) == {}


class TestYears:
    @pytest.fixture
    async def api(self, api: Api) -> Api:
        for number in range(10):
            await api.record(entry(f"Y{number}", a_deed(occurred=on(f"{2008 + number}-05-01"))))
        return api

    @pytest.mark.rule("15.1")
    async def test_a_year_far_from_all_others(self, api: Api) -> None:
        act, promise = (
            a_deed(occurred=on("1018-06-12")),
            a_commitment(due=on("2018-07-01", "2108-07-01")),
        )
        found = await remarked(api, entry("F1", act), entry("C2", promise))
        assert found == {
            f"{ACT}.occurred.from_day": "far_year",
            "items[1].entry.state.commitment.due.to_day": "far_year",
        }

    @pytest.mark.rule("15.1")
    async def test_a_slip_that_was_copied_is_found_each_time(self, api: Api) -> None:
        act = a_deed(occurred=on("1018-06-12"))
        found = await remarked(api, entry("F1", act), entry("F2", act))
        assert [*found.values()] == ["far_year"] * 2

    @pytest.mark.rule("15.1")
    async def test_what_parties_remember_is_not_far(self, api: Api) -> None:
        armistice = a_commitment(occurred=on("1953-07-27"))
        assert await remarked(api, entry("C2", armistice)) == {}

    @pytest.mark.rule("15.1")
    async def test_a_body_of_historical_background_is_not_far(self, api: Api) -> None:
        old = [entry(f"O{n}", a_deed(occurred=on(f"188{n}-05-22"))) for n in range(4)]
        assert await remarked(api, *old) == {}
        treaty = a_commitment(occurred=on("1882-05-22"))
        assert await remarked(api, entry("C2", treaty)) == {}

    async def test_a_report_of_a_year_far_from_all_others(self, api: Api) -> None:
        found = await remarked(api, entry("A2", a_report(published=on("1018-07-09"))))
        assert found == {f"{STATE}.report.published.from_day": "far_year"}


@pytest.mark.rule("15.1")
async def test_in_a_small_ledger_no_year_is_far(api: Api) -> None:
    old = a_deed(occurred=on("1018-06-12"))
    assert await remarked(api, entry("F1", old)) == {}


@pytest.mark.rule("15.1")
async def test_a_report_that_lies_ahead(api: Api) -> None:
    """A day ahead it may be by the clock of another place."""
    found = await remarked(
        api,
        entry("A2", a_report(published=on("2018-08-19"))),
        entry("A3", a_report(published=on("2018-08-20"))),
    )
    assert found == {
        "items[1].entry.state.report.published.from_day": "future_report",
    }


@pytest.mark.rule("15.1")
async def test_a_report_that_is_older_than_what_it_tells(api: Api) -> None:
    """The report is of 9 July. In the same request, or recorded before."""
    later, next_day = (an_act(occurred=on(f"2018-07-{day}"), place=None) for day in (11, 10))
    paper = a_report(published=on("2018-06-01"))
    told = (an_evidence(report="A2"),)
    found = await remarked(
        api,
        entry("F1", later),
        entry("F2", next_day),
        entry("A2", paper),
        entry("C2", a_commitment(evidence=told)),
    )
    assert found == {
        f"{ACT}.evidence[0].report": "report_before_event",
        "items[3].entry.state.commitment.evidence[0].report": "report_before_event",
    }


@pytest.mark.rule("15.1")
async def test_a_day_of_difference_may_be_one_by_the_clock_of_another_place(api: Api) -> None:
    """The report is of 9 July."""
    next_day, later = (a_commitment(occurred=on(f"2018-07-{day}")) for day in (10, 11))
    found = await remarked(api, entry("C2", next_day), entry("C3", later))
    path = "items[1].entry.state.commitment.evidence[0].report"
    assert found == {path: "report_before_event"}


async def test_evidence_that_is_added_and_older_than_what_it_tells(api: Api) -> None:
    """One that is older than the others may have announced it."""
    may, june = (a_report(published=on(f"2018-{month}-01")) for month in ("05", "06"))
    told = (an_evidence(report="may"),)
    await api.record(
        entry("may", may),
        entry("june", june),
        entry("F1", a_deed(evidence=told)),
        entry("F2", a_deed()),
    )
    added = an_evidence(report="june")
    assert await remarked(api, an_addition("F2", added)) == {}
    found = await remarked(api, an_addition("F1", added))
    assert found == {"items[0].amendment.evidence_added[0].report": "report_before_event"}


@pytest.mark.rule("15.1")
@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"due": on("2017-06-01", "2017-06-20")}, "due.to_day"),
        ({"nature": Nature.MAINTENANCE, "until": date(2017, 6, 30)}, "until"),
        (
            {
                "instalments": (
                    Instalment(on("2017-07-01"), "1/2"),
                    Instalment(on("2018-07-01"), "1/2"),
                )
            },
            "instalments[0].due.to_day",
        ),
        (
            {"antecedent": Antecedent(Words("they are released"), date(2017, 7, 1))},
            "antecedent.deadline",
        ),
    ],
)
async def test_an_end_before_the_promise(api: Api, terms: Any, field: str) -> None:
    found = await remarked(api, entry("C2", a_commitment(**terms)))
    assert found == {f"{COMMITMENT}.{field}": "ends_before_promise"}


class TestParties:
    @pytest.mark.rule("15.1")
    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("United States", "same_name"),
            ("UNITED  STATES", "same_name"),
            ("United-States", "look_alike_name"),
            ("Unitеd Stаtes", "look_alike_name"),  # with letters of Cyrillic
            ("Unıted States", "same_name"),
            ("USA", "same_name"),
        ],
    )
    async def test_a_second_party_of_the_same_name(
        self, api: Api, name: str, reason: str
    ) -> None:
        other = a_party(name=name, aliases=(), codes=())
        found = await remarked(api, entry("us-2", other))
        assert found == {f"{STATE}.party.name": reason}

    async def test_what_nobody_sees_in_a_name_is_named(self, api: Api) -> None:
        one, two = (
            a_party(name=n, aliases=(), codes=()) for n in ("Land of\xa0A", "Land of A")
        )
        request = record_request(entry("a1", one), entry("a2", two))
        request.validate_only = True
        (remark,) = (await api.ledgers.Record(request)).remarks
        assert "called 'Land of A' (with a no-break space, U+00A0) too" in remark.text

    async def test_two_in_one_request(self, api: Api) -> None:
        one, two = (a_party(name="China", aliases=(), codes=()) for _ in range(2))
        found = await remarked(api, entry("", one), entry("cn", two))
        assert found == {"items[1].entry.state.party.name": "same_name"}

    @pytest.mark.rule("15.3")
    async def test_an_alias_that_is_the_name_of_another(self, api: Api) -> None:
        body = a_party(name="A body", kind=PartyKind.BODY, aliases=("United States",), codes=())
        assert await remarked(api, entry("b", body)) == {
            f"{STATE}.party.aliases[0]": "same_name"
        }

    @pytest.mark.rule("15.3")
    async def test_an_alias_of_both_is_no_slip(self, api: Api) -> None:
        body = a_party(name="A body", kind=PartyKind.BODY, aliases=("USA",), codes=())
        assert await remarked(api, entry("b", body)) == {}

    @pytest.mark.rule("15.1")
    async def test_names_of_different_days_are_no_slip(self, api: Api) -> None:
        since, until = (
            PartyName("Korea", date(1948, 9, 9)),
            PartyName("Korea", to_day=date(1948, 9, 8)),
        )
        await api.record(entry("x", a_party(name="X", names=(since,), aliases=(), codes=())))
        old = a_party(name="Y", names=(until,), aliases=(), codes=())
        assert await remarked(api, entry("y", old)) == {}

    @pytest.mark.rule("15.1")
    async def test_a_code_of_another_party(self, api: Api) -> None:
        other = a_party(name="Amerika", aliases=(), codes=(USA,))
        found = await remarked(api, entry("us-2", other))
        assert found == {f"{STATE}.party.codes[0].value": "same_code"}

    @pytest.mark.rule("15.1")
    async def test_a_code_on_other_days_is_no_slip(self, api: Api) -> None:
        was = PartyCode("iso3", "CSK", to_day=date(1992, 12, 31))
        now = PartyCode("iso3", "CSK", from_day=date(1993, 1, 1))
        await api.record(entry("cs", a_party(name="Czechoslovakia", aliases=(), codes=(was,))))
        other = a_party(name="Somebody", aliases=(), codes=(now,))
        assert await remarked(api, entry("cz", other)) == {}

    @pytest.mark.rule("15.3")
    async def test_parties_that_are_tied_are_known_to_be_two(self, api: Api) -> None:
        follows = Succession("us", date(2018, 1, 1))
        other = a_party(name="United States", aliases=(), codes=(USA,), succeeds=(follows,))
        assert await remarked(api, entry("us-2", other)) == {}

    async def test_an_annulled_party_is_nobodys_namesake(self, api: Api) -> None:
        await api.record(entry("us-2", a_party(name="America", aliases=(), codes=())))
        await api.record(an_annulment("us-2"))
        other = a_party(name="America", aliases=(), codes=())
        assert await remarked(api, entry("us-3", other)) == {}

    async def test_a_renamed_party_has_the_name_of_another(self, api: Api) -> None:
        await api.record(entry("us-2", a_party(name="America", aliases=(), codes=())))
        renamed = a_party(name="United States", aliases=(), codes=())
        found = await remarked(api, an_amendment("us-2", renamed))
        assert found == {"items[0].amendment.state.party.name": "same_name"}


class TestAnnulledParties:
    @pytest.mark.rule("13.15", "15.1")
    async def test_one_that_is_named(self, api: Api) -> None:
        await api.record(entry("kim", a_party(name="Kim", aliases=(), codes=())))
        await api.record(an_annulment("kim"))
        found = await remarked(api, entry("F1", a_deed(actor="kim")))
        assert found == {f"{ACT}.actor": "annulled_party"}

    async def test_one_that_the_request_annuls_itself(self, api: Api) -> None:
        await api.record(entry("kim", a_party(name="Kim", aliases=(), codes=())))
        found = await remarked(
            api, an_annulment("kim"), entry("F1", a_deed(counterparties=("kim",)))
        )
        path = "items[1].entry.state.act.counterparties[0]"
        assert found == {path: "annulled_party"}

    @pytest.mark.rule("15.1")
    async def test_one_that_is_annulled_and_in_use(self, api: Api) -> None:
        await api.record(
            entry("kim", a_party(name="Kim", aliases=(), codes=())),
            entry("F1", a_deed(actor="kim")),
        )
        found = await remarked(api, an_annulment("kim"))
        assert found == {"items[0].annulment.entry_id": "annulled_party"}

    async def test_one_that_nobody_names_any_more(self, api: Api) -> None:
        await api.record(
            entry("kim", a_party(name="Kim", aliases=(), codes=())),
            entry("F1", a_deed(actor="kim")),
        )
        freed = an_amendment("F1", a_deed())
        assert await remarked(api, freed, an_annulment("kim")) == {}


class TestEffects:
    async def found(self, api: Api, **changes: Any) -> dict[str, str]:
        """The reasons of the remarks on the relations of an act."""
        return await remarked(api, entry("F1", a_deed(**changes)))

    TARGET = f"{ACT}.relations[0].target"

    @pytest.mark.rule("5.3.5", "15.1")
    async def test_a_stranger_cancels(self, api: Api) -> None:
        cancels = aims(RelationKind.CANCELS, "C1")
        found = await self.found(api, actor="us", counterparties=("dprk",), relations=cancels)
        assert found == {self.TARGET: "not_entitled"}

    @pytest.mark.rule("15.1")
    async def test_a_representative_without_mandate(self, api: Api) -> None:
        releases = aims(RelationKind.RELEASES, "C1")
        found = await self.found(
            api, actor="pompeo", counterparties=("dprk",), relations=releases
        )
        assert found == {self.TARGET: "no_mandate"}

    @pytest.mark.rule("15.2")
    async def test_with_the_mandate_in_the_same_request(self, api: Api) -> None:
        releases = aims(RelationKind.RELEASES, "C1")
        mandated = a_representative(represents=(a_representation(mandate=(Mandate.RELEASE,)),))
        act = a_deed(actor="pompeo", counterparties=("dprk",), relations=releases)
        assert await remarked(api, entry("F1", act), an_amendment("pompeo", mandated)) == {}

    @pytest.mark.rule("15.1")
    async def test_a_delivery_that_is_only_claimed(self, api: Api) -> None:
        fulfils = aims(RelationKind.FULFILS, "C1")
        told = (an_evidence(asserted_by="us"),)
        assert await self.found(api, relations=fulfils, evidence=told) == {
            self.TARGET: "claimed_only"
        }

    @pytest.mark.rule("15.1")
    async def test_an_accusation_is_told_what_it_is_and_not_that_it_is_a_fault(
        self, api: Api
    ) -> None:
        breach = a_deed(
            kind=ActKind.VIOLATION,
            relations=aims(RelationKind.BREACHES, "C1"),
            evidence=(an_evidence(asserted_by="us"),),
        )
        request = record_request(entry("F1", breach), request_id=str(uuid.uuid4()))
        request.validate_only = True
        (remark,) = (await api.ledgers.Record(request)).remarks
        assert remark.reason == pb.REMARK_REASON_CLAIMED_ONLY
        assert remark.text.startswith(
            "This stays an accusation: 'C1' is shown as breach claimed and is not broken by it."
        )

    @pytest.mark.rule("15.2")
    async def test_a_claim_says_itself_that_it_is_one(self, api: Api) -> None:
        breaches = aims(RelationKind.BREACHES, "C1")
        found = await self.found(
            api, kind=ActKind.CLAIM, actor="us", counterparties=("dprk",), relations=breaches
        )
        assert found == {}

    @pytest.mark.rule("15.1")
    async def test_after_the_end(self, api: Api) -> None:
        cancels = aims(RelationKind.CANCELS, "C1")
        await api.record(
            entry(
                "X",
                a_deed(kind=ActKind.CANCELLATION, occurred=on("2018-06-20"), relations=cancels),
            )
        )
        releases = aims(RelationKind.RELEASES, "C1")
        found = await self.found(api, actor="us", counterparties=("dprk",), relations=releases)
        assert found == {self.TARGET: "after_end"}

    @pytest.mark.rule("15.1")
    async def test_a_breach_of_what_bound_nobody_yet(self, api: Api) -> None:
        waits = a_commitment(antecedent=Antecedent(Words("they are released")))
        await api.record(entry("C2", waits))
        breaches = aims(RelationKind.BREACHES, "C2")
        found = await self.found(api, kind=ActKind.VIOLATION, relations=breaches)
        assert found == {self.TARGET: "not_open"}

    @pytest.mark.rule("15.1")
    async def test_another_unit(self, api: Api) -> None:
        fulfils = aims(RelationKind.FULFILS, "C1")
        found = await self.found(api, relations=fulfils, quantity=Quantity("55", "t"))
        assert found == {self.TARGET: "unit_differs"}

    @pytest.mark.rule("15.1")
    async def test_it_was_so_already(self, api: Api) -> None:
        resumes = aims(RelationKind.RESUMES, "C1")
        found = await self.found(api, actor="us", counterparties=("dprk",), relations=resumes)
        assert found == {self.TARGET: "no_change"}

    @pytest.mark.rule("15.2")
    async def test_what_waits_for_its_day_is_as_it_should_be(self, api: Api) -> None:
        cancels = aims(RelationKind.CANCELS, "C1", takes_effect=date(2018, 12, 1))
        assert await self.found(api, kind=ActKind.NOTICE, relations=cancels) == {}

    @pytest.mark.rule("15.2")
    @pytest.mark.parametrize(
        "kind",
        [
            *(RelationKind.ASSERTS, RelationKind.DENIES),
            *(RelationKind.VERIFIES, RelationKind.REFUTES),
        ],
    )
    async def test_what_says_that_something_is_so_or_is_not_moves_nothing_by_intention(
        self, api: Api, kind: RelationKind
    ) -> None:
        says = aims(kind, "C1", about=About.EXISTENCE)
        assert await self.found(api, actor="us", counterparties=(), relations=says) == {}

    @pytest.mark.rule("15.2")
    async def test_what_was_refuted_or_withdrawn_has_no_effect_by_intention(
        self, api: Api
    ) -> None:
        cancels = aims(RelationKind.CANCELS, "C1")
        strange = a_deed(actor="us", counterparties=("dprk",), relations=cancels)
        never = a_deed(actor="iaea", relations=aims(RelationKind.REFUTES, "F1"))
        notice = aims(RelationKind.CANCELS, "C1", takes_effect=date(2018, 8, 1))
        back = aims(RelationKind.WITHDRAWS, "N1")
        assert await remarked(api, entry("F0", strange)) == {self.TARGET: "not_entitled"}
        assert (
            await remarked(
                api,
                entry("iaea", a_party(name="IAEA", kind=PartyKind.BODY, aliases=(), codes=())),
                entry("F1", strange),
                entry("F2", never),
                entry("N1", a_deed(kind=ActKind.NOTICE, relations=notice)),
                entry("N2", a_deed(occurred=on("2018-07-09"), relations=back)),
            )
            == {}
        )

    async def test_the_relations_of_an_amendment(self, api: Api) -> None:
        await api.record(entry("F1", a_deed()))
        releases = a_deed(relations=aims(RelationKind.RELEASES, "C1"))
        found = await remarked(api, an_amendment("F1", releases))
        path = "items[0].amendment.state.act.relations[0].target"
        assert found == {path: "not_entitled"}

    @pytest.mark.rule("15.5")
    async def test_so_many_targets_are_looked_at(self, api: Api) -> None:
        promises = [entry(f"P{n}", a_commitment()) for n in range(60)]
        await api.record(*promises)
        acts = [
            entry(f"R{n}", a_deed(relations=aims(RelationKind.RELEASES, f"P{n}")))
            for n in range(60)
        ]
        found = await remarked(api, *acts)
        assert [*found.values()] == ["not_entitled"] * 50


class TestSupersessions:
    """Of a promise that would take the place of another one."""

    TARGET = f"{COMMITMENT}.relations[0].target"

    def instead(self, target: str = "C1", **changes: Any) -> Any:
        """A promise of both sides in place of another one."""
        relation = aims(RelationKind.SUPERSEDES, target)
        agreed = {"made_by": ("dprk", "us"), "occurred": on("2018-07-01")}
        return a_commitment(**{"relations": relation, **agreed, **changes})

    async def test_one_that_takes_its_place(self, api: Api) -> None:
        assert await remarked(api, entry("C2", self.instead())) == {}

    @pytest.mark.rule("15.1")
    async def test_one_that_binds_nobody(self, api: Api) -> None:
        told = (an_evidence(asserted_by="us"),)
        found = await remarked(api, entry("C2", self.instead(made_by=(), evidence=told)))
        assert found == {self.TARGET: "not_binding"}

    @pytest.mark.rule("15.2")
    async def test_what_waits_for_others_is_as_it_should_be(self, api: Api) -> None:
        waits = entry("C2", self.instead(made_by=()))
        offered = entry("C3", self.instead(made_by=(), offer=True))
        assert await remarked(api, waits, offered) == {}

    @pytest.mark.rule("15.1")
    async def test_one_that_came_after_the_end(self, api: Api) -> None:
        cancels = aims(RelationKind.CANCELS, "C1")
        over = a_deed(kind=ActKind.CANCELLATION, occurred=on("2018-06-20"), relations=cancels)
        await api.record(entry("X", over))
        found = await remarked(api, entry("C2", self.instead()))
        assert found == {self.TARGET: "after_end"}

    @pytest.mark.rule("15.1")
    async def test_one_that_has_failed(self, api: Api) -> None:
        cancels = aims(RelationKind.CANCELS, "C2")
        over = a_deed(kind=ActKind.CANCELLATION, relations=cancels)
        found = await remarked(api, entry("C2", self.instead()), entry("X", over))
        assert found == {self.TARGET: "failed"}

    @pytest.mark.rule("15.1")
    async def test_two_that_would_take_the_place_of_one_another(self, api: Api) -> None:
        await api.record(entry("C2", self.instead()))
        turned = a_commitment(relations=aims(RelationKind.SUPERSEDES, "C2"))
        found = await remarked(api, an_amendment("C1", turned))
        path = "items[0].amendment.state.commitment.relations[0].target"
        assert found == {path: "in_a_circle"}

    @pytest.mark.rule("15.4")
    async def test_what_an_amendment_leaves_as_it_was(self, api: Api) -> None:
        told = (an_evidence(asserted_by="us"),)
        await api.record(entry("C2", self.instead(made_by=(), evidence=told)))
        again = self.instead(made_by=(), evidence=told, topics=("remains",))
        assert await remarked(api, an_amendment("C2", again)) == {}


async def _sealing(api: Api) -> dict[str, str]:
    request = record_request(entry("F1", a_deed()))
    request.items[0].entry.seal.append("evidence[0].attribution")
    return words((await api.ledgers.Record(request)).remarks)


@pytest.mark.rule("15.1")
async def test_a_sealed_text_that_its_author_cannot_read_again(api: Api) -> None:
    assert await _sealing(api) == {"items[0].entry.seal": "sealed_from_author"}


@pytest.mark.parametrize("changes", [{"disclose_sealed": True}])
async def test_a_sealed_text_that_is_shown(api: Api) -> None:
    assert await _sealing(api) == {}


@pytest.mark.rule("15.4")
@pytest.mark.parametrize("validate_only", [True, False])
async def test_what_is_there_already_is_not_remarked_on(api: Api, validate_only: bool) -> None:
    odd = entry("F1", a_deed(code=EventCode("99")))
    await api.record(odd)
    request = record_request(odd, entry("F2", a_deed(code=EventCode("98"))))
    request.if_exists = pb.IF_EXISTS_ACCEPT_IDENTICAL
    request.validate_only = validate_only
    found = words((await api.ledgers.Record(request)).remarks)
    assert found == {"items[1].entry.state.act.code.cameo": "unknown_code"}


async def test_for_a_ledger_that_is_still_to_be_made(api: Api) -> None:
    request = record_request(
        entry("us", a_party(name="United States", codes=(USA,))),
        entry("us-2", a_party(name="United States", aliases=(), codes=())),
        entry("A1", a_report()),
        entry("C1", a_commitment(debtors=("us-2",))),
        entry(
            "F1",
            a_deed(
                actor="us-2",
                counterparties=("us",),
                relations=aims(RelationKind.RELEASES, "C1"),
            ),
        ),
        ledger="another",
    )
    request.validate_only = True
    assert words((await api.ledgers.Record(request)).remarks) == {
        "items[1].entry.state.party.name": "same_name",
        "items[4].entry.state.act.relations[0].target": "not_entitled",
    }


async def test_a_broken_rule_is_told_before_remarks(api: Api) -> None:
    request = record_request(entry("F1", a_deed(actor="nobody", code=EventCode("99"))))
    request.if_remarked = pb.IF_REMARKED_REFUSE
    assert (await refused(api.ledgers.Record(request))).reason == "UNKNOWN_REFERENCE"


async def test_a_number_that_says_nothing_is_refused(api: Api) -> None:
    request = record_request(entry("F1", a_deed()))
    request.if_remarked = 7
    refusal = await refused(api.ledgers.Record(request))
    assert "IF_REMARKED_REFUSE" in refusal.fields["if_remarked"]


@pytest.mark.rule("15.5")
async def test_up_to_a_hundred_remarks_are_made(api: Api) -> None:
    items = [entry("", a_deed(code=EventCode("99"))) for _ in range(150)]
    answer = await api.ledgers.Record(record_request(*items))
    assert (len(answer.recorded), len(answer.remarks)) == (150, 100)
