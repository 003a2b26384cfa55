"""Parties that were found out to be one."""

import pytest

from ledger_service.domain.values.entries import Mandate, RelationKind
from tests.support.scenario import (
    Story,
    cancels,
    denies,
    for_,
    fulfils,
    is_,
    same_as,
    succeeds,
    verifies,
)


@pytest.mark.rule("3.4", "3.4.1")
def test_parties_that_are_the_same_go_by_the_smallest_id():
    story = Story(parties="un a")
    story.party("b", same_as=(is_("a"),))
    story.gives("freed", "b", "2009-02-01", to="un")
    seen = story.seen("2010-01-01")
    assert seen.act("freed").actors == ("a",)
    assert seen.party("b").became == ("a",)


@pytest.mark.rule("3.4.1")
def test_either_of_two_may_say_that_they_are_the_same():
    story = Story(parties="un b")
    story.party("a", same_as=(is_("b"),))
    story.gives("freed", "b", "2009-02-01", to="un")
    assert story.seen("2010-01-01").counts("a", "un") == (1, 0)
    assert story.seen("2010-01-01").counts("b", "un") == (1, 0)


@pytest.mark.rule("3.4.1")
def test_it_runs_through_others_and_in_circles():
    story = Story(parties="un")
    story.party("c", same_as=(is_("a"),))
    story.party("b", same_as=(is_("c"),))
    story.party("a", same_as=(is_("b"),))
    for name in "abc":
        story.gives(f"by-{name}", name, "2009-02-01", to="un")
    for name in "abc":
        assert story.seen("2010-01-01").counts(name, "un") == (3, 0)


@pytest.mark.rule("2.5")
def test_it_counts_once_one_of_its_reports_is_out():
    story = Story(parties="un a")
    story.report("list", "2026-08-04")
    story.party("b", same_as=(is_("a", told_by="list"),))
    story.gives("one", "a", "2009-02-01", to="un", code="0841")
    story.gives("other", "b", "2009-02-01", same_as("one"), to="un", code="0841")
    before, after = story.replayed("2026-08-03"), story.replayed("2026-08-04")
    assert before.gave("b", "un").flags == ("same_as_across_directions",)
    assert [d.entry_ids for d in before.gave("b", "un").deliveries] == [("other",)]
    assert [d.entry_ids for d in after.gave("b", "un").deliveries] == [("one", "other")]


@pytest.mark.rule("3.4.1", "3.4.2")
def test_one_party_has_the_principal_of_its_smallest_id():
    story = Story(parties="us ru other")
    story.party("a", for_("us", Mandate.ALL))
    story.party("b", for_("ru", Mandate.ALL), same_as=(is_("a"),))
    story.promise("p", "us", to="other", on="2020-01-01")
    story.act("off", "b", "2020-02-01", cancels("p"))
    seen = story.seen("2020-02-01")
    assert seen.act("off").actors == ("us",)
    assert seen.effect("off", "p", RelationKind.CANCELS) == "done"


@pytest.mark.rule("3.4.1")
def test_a_principal_may_be_named_by_any_of_its_ids():
    story = Story(parties="a other")
    story.party("b", same_as=(is_("a"),))
    story.party("envoy", for_("b", Mandate.ALL))
    story.promise("p", "a", to="other", on="2020-01-01")
    story.act("off", "envoy", "2020-02-01", cancels("p"))
    assert story.seen("2020-02-01").lifecycle("p") == "cancelled"


def test_who_is_a_side_under_another_id_is_no_neutral():
    story = Story(parties="a other")
    story.party("b", same_as=(is_("a"),))
    story.gives("gift", "a", "2020-01-01", to="other")
    story.act("seen", "b", "2020-01-02", verifies("gift"))
    assert story.seen("2020-01-02").evidence("gift") == "attested"


@pytest.mark.rule("4.5")
def test_one_voice_under_two_ids_disputes_nothing_of_its_own():
    story = Story(parties="a other")
    story.party("b", same_as=(is_("a"),))
    story.act("says", "a", "2020-01-01", toward="other")
    story.act("says-no", "b", "2020-01-02", denies("says"))
    assert story.seen("2020-01-02").evidence("says") == "attested"


@pytest.mark.rule("3.4.2")
def test_a_succession_of_any_id_is_one_of_the_party():
    story = Story(parties="a other")
    story.party("b", same_as=(is_("a"),))
    story.party("heir", succeeds=(succeeds("b", "2021-01-01"),))
    story.promise("p", "a", to="other", on="2020-01-01")
    assert story.seen("2021-01-01").held("p") == ("heir", "other")


def test_a_succession_of_oneself_under_another_id_changes_nothing():
    story = Story(parties="a other")
    story.party("b", same_as=(is_("a"),), succeeds=(succeeds("a", "2021-01-01"),))
    story.promise("p", "a", to="other", on="2020-01-01")
    assert story.seen("2021-01-01").held("p") == ("a", "other")


def test_a_debt_to_oneself_under_another_id_is_one_of_one_party():
    story = Story(parties="a")
    story.party("b", same_as=(is_("a"),))
    story.promise("p", "a", to="b", on="2020-01-01")
    story.gives("paid", "a", "2020-02-01", fulfils("p", "1"), to="b")
    seen = story.seen("2020-02-01")
    assert "one_party" in seen.flags("p")
    assert seen.act("paid").actors == seen.act("paid").counterparties == ("a",)


def test_an_annulled_id_is_the_same_no_longer_by_its_own_word():
    story = Story(parties="un a")
    story.party("b", same_as=(is_("a"),))
    story.annul("b")
    story.gives("freed", "b", "2009-02-01", to="un")
    assert story.seen("2010-01-01").act("freed").actors == ("b",)
