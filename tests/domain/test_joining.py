"""Who must join in what several move, who needs it no more, and what waits no longer."""

import pytest

from ledger_service.domain.values.entries import About, Mandate, RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    asserts,
    breaches,
    cancels,
    for_,
    fulfils,
    releases,
    reschedules,
    responds_to,
    resumes,
    reverses,
    succeeds,
    supersedes,
    suspends,
    withdraws,
    word,
)

SUSPENDS, RELEASES = RelationKind.SUSPENDS, RelationKind.RELEASES
RESCHEDULES, CANCELS = RelationKind.RESCHEDULES, RelationKind.CANCELS


@pytest.fixture
def zone() -> Story:
    """Three keep a zone free of troops."""
    story = Story()
    story.joint_promise("p", "us dprk rok", on="2020-01-01", kept=True, until="2030-01-01")
    return story


@pytest.fixture
def loan() -> Story:
    """One owes two others, and one of these is succeeded by the other."""
    story = Story(parties="us dprk rok")
    story.party("part", succeeds=(succeeds("dprk", "2020-02-01"),))
    story.party(
        "rest", succeeds=(succeeds("dprk", "2020-02-01"), succeeds("part", "2020-06-01"))
    )
    story.promise("p", "us", to="dprk", on="2020-01-01", due="2020-05-31")
    return story


# Nobody is missing any more


@pytest.mark.rule("5.3.3.1")
def test_a_suspension_waits_no_longer_for_who_has_left(zone):
    zone.act("halt", "us", "2020-02-01", suspends("p"))
    zone.act("yes", "dprk", "2020-02-02", accepts("halt"))
    zone.act("off", "rok", "2020-03-01", cancels("p"))
    before, after = zone.seen("2020-02-29"), zone.seen("2020-03-01")
    assert (before.lifecycle("p"), before.effect("halt", "p", SUSPENDS)) == (
        "active",
        "waiting",
    )
    assert (after.lifecycle("p"), after.effect("halt", "p", SUSPENDS)) == ("suspended", "done")
    assert "waiting" not in after.flags("p")


def test_who_has_left_need_not_accept_a_suspension(zone):
    zone.act("off", "rok", "2020-02-01", cancels("p"))
    zone.act("halt", "us", "2020-03-01", suspends("p"))
    zone.act("yes", "dprk", "2020-03-02", accepts("halt"))
    assert zone.seen("2020-03-02").lifecycle("p") == "suspended"


def test_suspensions_of_all_who_remain_hold_once_the_last_other_has_left(zone):
    zone.act("halt", "us", "2020-02-01", suspends("p", until="2020-09-01"))
    zone.act("halt-too", "dprk", "2020-02-02", suspends("p", until="2020-10-01"))
    zone.act("off", "rok", "2020-03-01", cancels("p"))
    seen = zone.seen("2020-03-01")
    assert seen.lifecycle("p") == "suspended"
    assert (
        seen.effect("halt", "p", SUSPENDS) == seen.effect("halt-too", "p", SUSPENDS) == "done"
    )
    assert zone.seen("2020-10-01").lifecycle("p") == "suspended"
    assert zone.seen("2020-10-02").lifecycle("p") == "active"


@pytest.mark.rule("5.3.3.1")
def test_a_release_waits_no_longer_for_who_has_left(zone):
    zone.act("free", "us", "2020-02-01", releases("p"))
    zone.act("free-too", "dprk", "2020-02-02", releases("p"))
    zone.act("off", "rok", "2020-03-01", cancels("p"))
    assert zone.seen("2020-02-29").effect("free", "p", RELEASES) == "waiting"
    assert zone.seen("2020-03-01").lifecycle("p") == "released"
    assert zone.seen("2020-03-01").effect("free", "p", RELEASES) == "done"
    assert zone.seen("2020-03-01").standing("p").steps[-1].entry_id == "free-too"


def test_a_new_term_waits_no_longer_for_who_has_left(zone):
    zone.act("longer", "us", "2020-02-01", reschedules("p", until="2031-01-01"))
    zone.act("yes", "dprk", "2020-02-02", accepts("longer"))
    zone.act("off", "rok", "2020-03-01", cancels("p"))
    assert str(zone.seen("2020-02-29").standing("p").until) == "2030-01-01"
    assert str(zone.seen("2020-03-01").standing("p").until) == "2031-01-01"


@pytest.mark.rule("5.3.3.1")
def test_it_has_its_turn_of_the_day_on_which_nobody_is_missing_any_more(zone):
    zone.act("free", "us", "2020-02-01", releases("p"))
    zone.act("free-too", "dprk", "2020-02-02", releases("p"))
    zone.act("off", "rok", "2020-03-01", cancels("p"))
    zone.act("a-breach", "us", "2020-03-01", breaches("p"))
    seen = zone.seen("2020-03-01")
    assert seen.lifecycle("p") == "released"
    assert seen.effect("a-breach", "p", RelationKind.BREACHES) == "after_end"


@pytest.mark.rule("5.3.3.1")
@pytest.mark.parametrize(
    "move", [releases("p"), suspends("p"), reschedules("p", due="2021-01-01")]
)
def test_nor_for_who_was_succeeded_by_one_that_has_joined(loan, move):
    loan.act("word", "rest", "2020-03-01", move)
    assert loan.seen("2020-05-31").effect("word", "p", move.kind) == "waiting"
    assert loan.seen("2020-06-01").effect("word", "p", move.kind) == "done"


# Who joined for itself joins again for a part that came to it


@pytest.fixture
def heir() -> Story:
    """One owes two others, and one of these succeeds the other."""
    story = Story(parties="us rok")
    story.party("dprk", succeeds=(succeeds("rok", "2020-03-01"),))
    return story


@pytest.mark.rule("5.3.3")
def test_who_accepts_again_accepts_for_whom_it_succeeded(heir):
    heir.promise("p", "us", to="dprk rok", on="2020-01-01", offer=True)
    heir.act("yes", "dprk", "2020-02-01", accepts("p"))
    heir.act("yes-too", "dprk", "2020-04-01", accepts("p"))
    before, after = heir.seen("2020-03-31"), heir.seen("2020-04-01")
    assert (before.lifecycle("p"), after.lifecycle("p")) == ("proposed", "active")
    accepting = RelationKind.ACCEPTS
    assert after.effect("yes", "p", accepting) == after.effect("yes-too", "p", accepting)


@pytest.mark.rule("5.3.3")
def test_who_releases_again_releases_for_whom_it_succeeded(heir):
    heir.promise("p", "us", to="dprk rok", on="2020-01-01")
    heir.act("free", "dprk", "2020-02-01", releases("p"))
    heir.act("free-too", "dprk", "2020-04-01", releases("p"))
    assert heir.seen("2020-03-31").lifecycle("p") == "active"
    assert heir.seen("2020-04-01").lifecycle("p") == "released"


@pytest.fixture(params=["broken", "fulfilled"])
def over_for_a_while(request) -> Story:
    """A promise that is over from February on, and binds again in April."""
    story = Story()
    kept = request.param == "broken"
    story.promise("p", "us", to="dprk rok", on="2025-01-01", kept=kept)
    ends, binds = (
        (breaches("p"), resumes("p")) if kept else (fulfils("p", "1"), reverses("end"))
    )
    story.act("end", "us", "2025-02-01", ends)
    story.act("free", "dprk", "2025-03-01", releases("p"))
    story.act("back", "us", "2025-04-01", binds)
    return story


@pytest.mark.rule("5.3.3.2")
def test_what_is_released_when_it_is_over_is_not_once_it_binds_again(over_for_a_while):
    story = over_for_a_while
    story.act("other", "rok", "2025-05-01", releases("p"))
    seen = story.seen("2025-05-01")
    assert seen.lifecycle("p") == "active"
    assert seen.effect("free", "p", RELEASES) == "after_end"
    assert seen.effect("other", "p", RELEASES) == "waiting"


@pytest.mark.rule("5.3.3.2")
def test_but_it_may_be_released_again(over_for_a_while):
    story = over_for_a_while
    story.act("other", "rok", "2025-05-01", releases("p"))
    story.act("again", "dprk", "2025-06-01", releases("p"))
    seen = story.seen("2025-06-01")
    assert seen.lifecycle("p") == "released"
    assert seen.effect("free", "p", RELEASES) == "after_end"
    assert [seen.effect(each, "p", RELEASES) for each in ("other", "again")] == ["done"] * 2


@pytest.mark.rule("5.3.3")
def test_who_accepts_a_suspension_again_does_so_for_whom_it_succeeded(heir):
    heir.promise("p", "us", to="dprk rok", on="2020-01-01")
    heir.act("halt", "us", "2020-01-20", suspends("p"))
    heir.act("yes", "dprk", "2020-02-01", accepts("halt"))
    heir.act("yes-too", "dprk", "2020-04-01", accepts("halt"))
    assert heir.seen("2020-03-31").lifecycle("p") == "active"
    assert heir.seen("2020-04-01").lifecycle("p") == "suspended"


def test_who_accepts_a_successor_again_does_so_for_whom_it_succeeded(heir):
    heir.promise("p", "us", to="dprk rok", on="2020-01-01")
    heir.promise("q", "us", supersedes("p"), to="jpn", on="2020-01-15")
    heir.act("yes", "dprk", "2020-02-01", accepts("q"))
    heir.act("yes-too", "dprk", "2020-04-01", accepts("q"))
    assert heir.seen("2020-03-31").lifecycle("p") == "active"
    assert heir.seen("2020-04-01").lifecycle("p") == "superseded"


def test_saying_it_a_third_time_changes_nothing(heir):
    heir.promise("p", "us", to="dprk rok jpn", on="2020-01-01", offer=True)
    heir.act("yes", "dprk", "2020-02-01", accepts("p"))
    heir.act("yes-too", "dprk", "2020-04-01", accepts("p"))
    heir.act("yes-yes", "dprk", "2020-04-02", accepts("p"))
    seen = heir.seen("2020-04-02")
    assert seen.effect("yes-too", "p", RelationKind.ACCEPTS) == "waiting"
    assert seen.effect("yes-yes", "p", RelationKind.ACCEPTS) == "no_change"


@pytest.mark.rule("5.3.3")
@pytest.mark.parametrize(("move", "then"), [(releases, "released"), (suspends, "suspended")])
def test_of_two_notices_for_one_day_the_earlier_counts_for_who_succeeded_since(move, then):
    story = Story(parties="us rok")
    story.party("dprk", succeeds=(succeeds("rok", "2020-03-01", continues=True),))
    story.promise("p", "us", to="rok", on="2020-01-01")
    story.act("b", "rok", "2020-02-01", move("p", on="2020-05-01"))
    story.act("a", "rok", "2020-04-01", move("p", on="2020-05-01"))
    before, after = story.seen("2020-04-30"), story.seen("2020-05-01")
    assert before.lifecycle("p") == "active"
    assert after.lifecycle("p") == then
    kind = move("p").kind
    assert after.effect("a", "p", kind) == after.effect("b", "p", kind) == "done"


# Whoever made it has left


@pytest.mark.rule("5.3.3.1")
def test_what_came_true_by_the_word_of_who_leaves_later_stays_so():
    story = Story()
    story.promise("old", "us", to="dprk rok", on="2020-01-01")
    story.joint_promise("new", "us dprk iaea", supersedes("old"), on="2020-01-15")
    story.act("yes", "dprk", "2020-02-01", accepts("new"))
    story.act("yes-too", "rok", "2020-03-01", accepts("new"))
    story.act("off", "dprk", "2020-04-01", cancels("new"))
    seen = story.seen("2020-04-01")
    assert seen.standing("old").superseded_by == "new"
    assert seen.effect("yes", "new", RelationKind.ACCEPTS) == "done"
    assert seen.effect("yes-too", "new", RelationKind.ACCEPTS) == "done"


@pytest.mark.rule("5.3.3.1")
@pytest.mark.parametrize(
    "move", [suspends("p"), releases("p"), reschedules("p", until="2031-01-01")]
)
def test_what_waits_by_the_word_of_who_has_left_waits_no_longer(zone, move):
    zone.act("word", "us", "2020-02-01", move)
    zone.act("off", "us", "2020-03-01", cancels("p"))
    seen = zone.seen("2020-03-01")
    assert seen.effect("word", "p", move.kind) == "no_change"
    assert "waiting" not in seen.flags("p")


def test_and_accepting_it_later_changes_nothing(zone):
    zone.act("halt", "us", "2020-02-01", suspends("p"))
    zone.act("off", "us", "2020-03-01", cancels("p"))
    zone.act("yes", "dprk", "2020-04-01", accepts("halt"))
    zone.act("yes-too", "rok", "2020-04-01", accepts("halt"))
    assert zone.seen("2020-04-01").lifecycle("p") == "active"


def test_of_several_debtors_too():
    story = Story()
    story.promise("p", "us rok", to="dprk", on="2020-01-01")
    story.act("halt", "us", "2020-02-01", suspends("p"))
    story.act("off", "us", "2020-03-01", cancels("p"))
    story.act("yes", "dprk", "2020-04-01", accepts("halt"))
    assert story.seen("2020-04-01").lifecycle("p") == "active"
    assert story.seen("2020-04-01").effect("halt", "p", SUSPENDS) == "no_change"


@pytest.mark.rule("5.11.5")
def test_who_has_left_accepts_nothing_more(zone):
    zone.act("off", "rok", "2020-02-01", cancels("p"))
    zone.act("halt", "us", "2020-03-01", suspends("p"))
    zone.act("yes", "rok", "2020-03-02", accepts("halt"))
    assert "not_entitled" in zone.seen("2020-03-02").flags("p")
    assert zone.seen("2020-03-02").effect("halt", "p", SUSPENDS) == "waiting"


# Who succeeds somebody that had left


def test_who_succeeds_one_that_had_left_is_a_stranger():
    story = Story(parties="us rok dprk")
    story.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    story.promise("p", "us rok", to="dprk", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.act("halt", "heir", "2020-04-01", suspends("p", on="2020-05-01"))
    seen = story.seen("2020-06-01")
    assert seen.effect("halt", "p", SUSPENDS) == "not_entitled"
    assert "not_entitled" in seen.flags("p")


def test_also_of_what_is_over():
    story = Story(parties="us dprk")
    story.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    story.promise("p", "us", to="dprk", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.act("again", "heir", "2020-04-01", cancels("p"))
    assert story.seen("2020-04-01").effect("again", "p", CANCELS) == "not_entitled"


def test_whose_word_by_an_envoy_without_a_mandate_is_nobodys():
    story = Story(parties="us dprk")
    story.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    story.party("envoy", for_("heir", Mandate.ACCEPT))
    story.promise("p", "us", to="dprk", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.act("says", "envoy", "2020-04-01", asserts("p", About.EXISTENCE))
    seen = story.seen("2020-04-01")
    assert seen.effect("says", "p", RelationKind.ASSERTS) == "no_change"
    assert "authority_doubtful" not in seen.flags("p")


def test_to_whom_a_move_aimed_at_the_instrument_is_nothing():
    story = Story(parties="us rok dprk")
    story.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    story.instrument("treaty", "us rok dprk", on="2020-01-01")
    story.promise("p", "us rok", to="dprk", on="2020-01-01", instrument="treaty")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.act("go-on", "heir", "2020-04-01", resumes("treaty", on="2020-05-01"))
    seen = story.seen("2020-06-01")
    assert seen.standing("p").conduct[-1].act == "off"
    [conduct] = seen.instrument("treaty").conduct
    assert conduct.why_not == "not_entitled"


def test_and_owes_nothing_of_the_part_of_who_had_left_a_mutual_promise():
    story = Story(parties="dprk rok")
    story.party("us", succeeds=(succeeds("rok", "2020-03-01"),))
    story.joint_promise("p", "us dprk rok", on="2020-01-01")
    story.gives("ours", "us", "2020-01-10", fulfils("p"), to="dprk")
    story.act("off", "rok", "2020-02-01", cancels("p"))
    story.gives("theirs", "dprk", "2020-04-01", fulfils("p"), to="us")
    before, after = story.seen("2020-03-31"), story.seen("2020-04-01")
    assert (before.share("p"), before.lifecycle("p")) == ("1/2", "active")
    assert (after.share("p"), after.lifecycle("p")) == ("1", "fulfilled")


def test_who_may_not_withdraw_what_counts_is_told_so_beside_what_does_not():
    story = Story()
    story.promise("p", "us rok", to="dprk", on="2020-01-01")
    story.act(
        "off", "us", "2020-02-01", releases("p", on="2020-03-01"), cancels("p", on="2020-03-01")
    )
    story.act("no", "dprk", "2020-02-10", withdraws("off"))
    seen = story.seen("2020-02-10")
    assert seen.effect("no", "p", RelationKind.WITHDRAWS) == "not_entitled"


@pytest.mark.rule("5.11.5.1")
def test_to_withdraw_whose_notice_to_the_instrument_is_nothing_either():
    story = Story(parties="us rok dprk")
    story.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    story.instrument("treaty", "us rok dprk", on="2020-01-01")
    story.promise("p", "us rok", to="dprk", on="2020-01-01", instrument="treaty")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.act("notice", "heir", "2020-04-01", cancels("treaty", on="2020-06-01"))
    story.act("no", "iaea", "2020-05-01", withdraws("notice"))
    assert [each.act for each in story.seen("2020-05-01").standing("p").conduct] == ["off"]


@pytest.mark.rule("5.11.5.1")
def test_withdrawing_whose_notice_changes_nothing():
    story = Story(parties="us rok dprk")
    story.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    story.promise("p", "us rok", to="dprk", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.act("notice", "heir", "2020-04-01", cancels("p", on="2020-06-01"))
    story.act("no", "dprk", "2020-05-01", withdraws("notice"))
    seen = story.seen("2020-05-01")
    assert seen.effect("no", "p", RelationKind.WITHDRAWS) == "no_change"


def test_a_deed_with_who_had_left_is_that_of_the_other_alone():
    story = Story()
    story.party("envoy", for_("rok"))
    story.promise("p", "us rok", to="dprk", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.act("broken", "us", "2020-03-01", breaches("p"), with_="envoy")
    seen = story.seen("2020-03-01")
    assert seen.standing("p").against == ("rok", "us")
    assert "authority_doubtful" in seen.flags("p")


def test_a_notice_by_who_leaves_is_made_by_the_rights_of_its_day():
    story = Story(parties="us rok dprk")
    story.party("us", succeeds=(succeeds("dprk", "2020-03-01"),))
    story.promise("p", "us rok", to="dprk", on="2020-01-01")
    story.act("halt", "us", "2020-01-15", suspends("p", on="2020-04-01"))
    story.act("off", "us", "2020-02-01", cancels("p"))
    assert story.seen("2020-04-01").effect("halt", "p", SUSPENDS) == "no_change"


# Whose suspension it is


@pytest.mark.rule("5.13.2")
def test_who_has_left_holds_nothing_back_in_answer_to_a_breach():
    story = Story(parties="us rok dprk")
    story.promise("oil", "us rok", to="dprk us", on="2020-01-01")
    story.promise("freeze", "dprk", to="us", on="2020-01-01", kept=True)
    story.act("off", "us", "2020-01-15", cancels("oil"))
    story.act("seals", "dprk", "2020-02-01", breaches("freeze"))
    story.act("halt", "us", "2020-02-02", suspends("oil"), responds_to("seals"))
    seen = story.seen("2020-02-02")
    assert seen.lifecycle("oil") == "active"
    assert seen.effect("halt", "oil", SUSPENDS) == "waiting"


@pytest.mark.rule("5.7.1", "5.7.3")
def test_what_one_creditor_suspends_and_the_other_accepts_is_the_creditors():
    story = Story()
    story.promise("p", "us", to="dprk rok", on="2020-01-01")
    story.act("halt", "dprk", "2020-02-01", suspends("p"))
    story.act("yes", "rok", "2020-02-02", accepts("halt"))
    story.act("go-on", "us", "2020-03-01", resumes("p"))
    seen = story.seen("2020-03-01")
    assert seen.lifecycle("p") == "suspended"
    assert seen.effect("go-on", "p", RelationKind.RESUMES) == "not_entitled"


@pytest.mark.rule("5.7.5")
def test_a_countermeasure_that_is_accepted_too_is_over_when_it_is_taken_off_hold():
    story = Story()
    story.promise("oil", "us", to="dprk", on="2020-01-01")
    story.promise("freeze", "dprk", to="us", on="2020-01-01", kept=True)
    story.act("seals", "dprk", "2020-02-01", breaches("freeze"))
    story.act("halt", "us", "2020-02-02", suspends("oil"), responds_to("seals"))
    story.act("yes", "dprk", "2020-02-03", accepts("halt"))
    story.act("go-on", "us", "2020-03-01", resumes("oil"))
    assert story.seen("2020-03-01").lifecycle("oil") == "active"


@pytest.mark.rule("5.7.6")
def test_creditors_that_suspend_beside_a_countermeasure_did_so_when_it_ends():
    story = Story()
    story.promise("oil", "us", to="dprk rok", on="2020-01-01")
    story.promise("freeze", "dprk", to="us", on="2020-01-01", kept=True)
    story.act("seals", "dprk", "2020-02-01", breaches("freeze"))
    story.act("answer", "us", "2020-02-02", suspends("oil"), responds_to("seals"))
    story.act("halt", "dprk", "2020-02-03", suspends("oil"))
    story.act("halt-too", "rok", "2020-02-04", suspends("oil"))
    assert story.seen("2020-02-04").effect("halt", "oil", SUSPENDS) == "no_change"
    story.act("go-on", "us", "2020-03-01", resumes("oil"))
    seen = story.seen("2020-03-01")
    assert seen.lifecycle("oil") == "suspended"
    assert (
        seen.effect("halt", "oil", SUSPENDS)
        == seen.effect("halt-too", "oil", SUSPENDS)
        == "done"
    )


# Who succeeds a debtor that had left, and is owed something


@pytest.fixture
def owed_heir() -> Story:
    """One of two debtors left before the creditor succeeded it."""
    story = Story(parties="us rok")
    story.party("dprk", succeeds=(succeeds("rok", "2020-03-01"),))
    story.promise("p", "us rok", to="dprk jpn", on="2020-01-01", due="2020-12-31")
    story.act("off", "rok", "2020-02-01", cancels("p"))
    return story


@pytest.mark.rule("5.11.5.1")
def test_sets_no_harder_term_as_a_creditor(owed_heir):
    owed_heir.act("sooner", "dprk", "2020-04-01", reschedules("p", due="2020-06-30"))
    seen = owed_heir.seen("2020-04-01")
    assert seen.effect("sooner", "p", RESCHEDULES) == "not_entitled"


def test_withdraws_no_notice_of_a_debtor(owed_heir):
    owed_heir.act("notice", "us", "2020-03-15", cancels("p", on="2020-09-01"))
    owed_heir.act("no", "dprk", "2020-04-01", withdraws("notice"))
    seen = owed_heir.seen("2020-09-01")
    assert seen.lifecycle("p") == "cancelled"
    assert "not_entitled" in seen.flags("p")


@pytest.mark.rule("5.11.5.1")
def test_gives_and_withdraws_notices_as_a_creditor(owed_heir):
    owed_heir.act("halt", "dprk", "2020-04-01", suspends("p", on="2020-05-01"))
    owed_heir.act("halt-too", "jpn", "2020-04-01", suspends("p", on="2020-05-01"))
    owed_heir.act("no", "us", "2020-04-15", withdraws("halt"))
    assert owed_heir.seen("2020-05-01").lifecycle("p") == "suspended"
    owed_heir.act("no-then", "dprk", "2020-04-16", withdraws("halt"))
    assert owed_heir.seen("2020-05-01").lifecycle("p") == "active"


def test_lets_go_by_the_word_of_who_is_owed_it_too(owed_heir):
    owed_heir.act("free", "dprk", "2020-04-01", releases("p"), told=word("jpn"))
    owed_heir.act("free-too", "jpn", "2020-04-02", releases("p"))
    seen = owed_heir.seen("2020-04-02")
    assert seen.lifecycle("p") == "released"
    assert seen.effect("free", "p", RELEASES) == "done"


def test_and_not_by_the_word_of_a_debtor_alone(owed_heir):
    owed_heir.act("free", "jpn", "2020-04-01", releases("p"))
    owed_heir.act("free-too", "dprk", "2020-04-02", releases("p"), told=word("us"))
    seen = owed_heir.seen("2020-04-02")
    assert seen.lifecycle("p") == "active"
    assert seen.effect("free-too", "p", RELEASES) == "releases_claimed"


def test_withdraws_nothing_by_the_word_of_a_debtor_alone(owed_heir):
    owed_heir.act("halt", "dprk", "2020-04-01", suspends("p", on="2020-05-01"), with_="jpn")
    owed_heir.act("no", "dprk", "2020-04-16", withdraws("halt"), told=word("us"))
    seen = owed_heir.seen("2020-05-01")
    assert seen.lifecycle("p") == "suspended"
    assert seen.effect("no", "p", RelationKind.WITHDRAWS) == "withdraws_claimed"


@pytest.mark.rule("5.11.5.1")
def test_accepts_what_takes_the_place_of_what_it_is_owed():
    story = Story(parties="us rok")
    story.party("dprk", succeeds=(succeeds("rok", "2020-03-01"),))
    story.promise("old", "us", to="dprk", on="2020-01-01")
    story.promise("new", "us rok", supersedes("old"), to="jpn", on="2020-01-15")
    story.act("off", "rok", "2020-02-01", cancels("new"))
    story.act("yes", "dprk", "2020-04-01", accepts("new"))
    seen = story.seen("2020-04-01")
    assert seen.lifecycle("old") == "superseded"
    assert seen.effect("yes", "new", RelationKind.ACCEPTS) == "done"


@pytest.fixture
def heard() -> Story:
    """Of three who promise something to one another one leaves, and is succeeded by who tells
    that another one puts it on hold: that is no other side's word.
    """
    story = Story(parties="us dprk rok")
    story.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    story.joint_promise("p", "us dprk rok", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.act("halt", "dprk", "2020-04-01", suspends("p"), told=word("heir"))
    return story


@pytest.mark.rule("5.11.5.1")
@pytest.mark.parametrize("day", ["2020-03-15", "2020-04-15"])
def test_what_such_an_heir_tells_of_is_accepted_before_it_and_after(heard, day):
    heard.act("yes", "rok", day, accepts("halt"))
    seen = heard.seen("2020-04-15")
    assert seen.lifecycle("p") == "suspended"
    assert seen.effect("halt", "p", SUSPENDS) == "done"


def test_and_it_is_told_who_accepts_it_without_a_mandate(heard):
    heard.party("envoy", for_("rok", Mandate.PROMISE))
    heard.act("yes", "envoy", "2020-04-15", accepts("halt"))
    seen = heard.seen("2020-04-15")
    assert seen.effect("halt", "p", SUSPENDS) == "waiting"
    assert "authority_doubtful" in seen.flags("p")
