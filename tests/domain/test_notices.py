"""A move that takes effect on a later day is a notice: it is known from its act's day on, moves
when its own day comes, and can be taken back before."""

from datetime import date

import pytest

from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import Mandate, RelationKind
from tests.support.scenario import (
    Story,
    breaches,
    cancels,
    for_,
    fulfils,
    notice,
    refutes,
    releases,
    resumes,
    succeeds,
    suspends,
    withdraws,
    word,
)

CANCELS, WITHDRAWS = RelationKind.CANCELS, RelationKind.WITHDRAWS


@pytest.fixture
def treaty() -> Story:
    """To be left on ninety days' notice, which is given on 12 March."""
    story = Story()
    terms = notice(days=90)
    story.promise("p", "dprk", to="us", on="1985-12-12", kept=True, withdrawal=terms)
    story.act("leave", "dprk", "1993-03-12", cancels("p", on="1993-06-12"))
    return story


# Given


@pytest.mark.rule("5.3.11", "5.10", "5.10.1", "5.11.3")
def test_a_notice_is_told_from_the_day_of_its_act_on(treaty):
    before, given = treaty.seen("1993-03-11"), treaty.seen("1993-03-12")
    assert before.flags("p") == {"maintenance"}
    assert before.standing("p").notice_given is None
    assert given.lifecycle("p") == "active"
    assert given.flags("p") == {"maintenance", "notice_given", "on_notice"}
    assert given.standing("p").notice_given == date(1993, 6, 12)
    assert given.effect("leave", "p", CANCELS) == "notice_given"


@pytest.mark.rule("5.2.1", "5.3.12", "5.10.1")
def test_it_moves_when_its_day_comes(treaty):
    last, then = treaty.seen("1993-06-11"), treaty.seen("1993-06-12")
    assert last.lifecycle("p") == "active"
    assert then.lifecycle("p") == "cancelled"
    assert then.flags("p") == {"maintenance", "on_notice"}
    assert then.effect("leave", "p", CANCELS) == "done"


@pytest.mark.rule("5.2.1")
@pytest.mark.parametrize(
    ("policy", "day"), [(Policy.CERTAIN, "2018-06-20"), (Policy.POSSIBLE, "2018-06-15")]
)
def test_a_day_of_effect_before_the_act_is_certain_waits_for_the_act(policy, day):
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01")
    story.act("off", "us", "2018-06-10/2018-06-20", cancels("p", on="2018-06-15"))
    found = story.seen("2018-07-01", policy=policy).standing("p")
    assert [str(each.day) for each in found.conduct] == [day]
    assert str(found.steps[-1].day) == day


@pytest.mark.rule("5.10.1")
def test_of_several_notices_the_day_of_the_first_is_told(treaty):
    treaty.act("pause", "dprk", "1993-03-20", suspends("p", on="1993-07-01"))
    treaty.act("free", "us", "1993-04-01", releases("p", on="1993-05-01"))
    told = {
        day: str(treaty.seen(day).standing("p").notice_given)
        for day in ("1993-03-20", "1993-04-01")
    }
    assert told == {"1993-03-20": "1993-06-12", "1993-04-01": "1993-05-01"}


def test_its_steps_say_what_was_announced(treaty):
    assert treaty.seen("1993-06-12").steps("p") == [
        "it was made",
        "notice was given: it is called off on 1993-06-12",
        "the debtor called it off",
    ]


@pytest.mark.rule("5.10.1")
@pytest.mark.parametrize(
    ("move", "actor", "becomes"),
    [
        (releases("p", on="2018-07-01"), "us", "released"),
        (suspends("p", on="2018-07-01"), "us", "suspended"),
        (cancels("p", on="2018-07-01"), "dprk", "cancelled"),
    ],
)
def test_releases_and_suspensions_may_be_announced_too(move, actor, becomes):
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("said", actor, "2018-06-10", move)
    assert story.seen("2018-06-30").flags("p") == {"notice_given", "undated"}
    assert story.seen("2018-06-30").lifecycle("p") == "active"
    assert story.seen("2018-07-01").lifecycle("p") == becomes


@pytest.mark.rule("5.10.1")
def test_a_resumption_may_be_announced():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("halt", "us", "2018-06-02", suspends("p"))
    story.act("go-on", "us", "2018-06-10", resumes("p", on="2018-07-01"))
    assert story.seen("2018-06-30").lifecycle("p") == "suspended"
    assert "notice_given" in story.seen("2018-06-30").flags("p")
    assert story.seen("2018-07-01").lifecycle("p") == "active"


def test_what_was_done_is_told_by_the_day_of_its_effect(treaty):
    treaty.act("pause", "dprk", "1993-04-01", suspends("p", until="1993-04-30"))
    conduct = treaty.seen("1993-07-01").standing("p").conduct
    assert [(c.act, str(c.day)) for c in conduct] == [
        ("pause", "1993-04-01"),
        ("leave", "1993-06-12"),
    ]


@pytest.mark.rule("5.3.12", "5.10.3")
def test_a_notice_about_what_is_over_is_nothing(treaty):
    treaty.act("free", "us", "1993-04-01", releases("p"))
    seen = treaty.seen("1993-05-01")
    assert seen.lifecycle("p") == "released"
    assert seen.standing("p").notice_given is None
    assert "notice_given" not in seen.flags("p")
    assert seen.effect("leave", "p", CANCELS) == "after_end"


@pytest.mark.rule("5.10.2")
def test_it_rests_on_the_rights_of_its_makers_day():
    story = Story()
    story.party("envoy", for_("dprk", Mandate.CANCEL, to="2018-06-30"))
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("off", "envoy", "2018-06-20", cancels("p", on="2018-07-10"))
    assert story.seen("2018-07-10").lifecycle("p") == "cancelled"


@pytest.mark.rule("5.10.2")
def test_who_succeeds_a_side_only_since_then_gave_none():
    story = Story(parties="us dprk")
    story.party("heir", succeeds=(succeeds("us", "2018-07-01"),))
    story.promise("p", "us", to="dprk", on="2018-06-01")
    story.act("off", "heir", "2018-06-20", cancels("p", on="2018-07-10"))
    seen = story.seen("2018-07-10")
    assert seen.lifecycle("p") == "active"
    assert seen.effect("off", "p", CANCELS) == "not_entitled"


@pytest.mark.rule("5.3.4")
def test_a_refuted_notice_is_none(treaty):
    treaty.act("never", "iaea", "1994-01-01", refutes("leave"))
    assert treaty.seen("1993-07-01").lifecycle("p") == "active"
    assert treaty.seen("1993-07-01").effect("leave", "p", CANCELS) == "refuted"


# Lawful withdrawal


def cancelled_with(terms, on: str, occurred: str = "2020-02-29") -> set[str]:
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01", kept=True, withdrawal=terms)
    story.act("leave", "us", occurred, cancels("p", on=on))
    seen = story.seen("2022-01-01")
    assert seen.lifecycle("p") == "cancelled"
    return seen.flags("p") - {"maintenance"}


LAWFUL, BREACH = {"on_notice"}, {"counts_as_breach"}


@pytest.mark.rule("5.11.2", "5.11.3")
@pytest.mark.parametrize(
    ("terms", "on", "flags"),
    [
        (notice(days=90), "2020-05-29", LAWFUL),
        (notice(days=90), "2020-05-28", BREACH),
        (notice(months=6), "2020-08-29", LAWFUL),
        (notice(months=6), "2020-08-28", BREACH),
        (notice(), "2020-03-01", LAWFUL),
        (notice(not_before="2021-01-01"), "2020-12-31", BREACH),
        (notice(not_before="2021-01-01"), "2021-01-01", LAWFUL),
        (notice(days=90, not_before="2021-01-01"), "2020-12-31", BREACH),
        (None, "2021-12-31", BREACH),
    ],
)
def test_it_is_lawful_by_the_terms_of_withdrawal(terms, on, flags):
    assert cancelled_with(terms, on) == flags


@pytest.mark.rule("5.11.2")
def test_months_are_clipped_to_the_end_of_the_month():
    assert cancelled_with(notice(months=6), "2021-02-28", occurred="2020-08-31") == LAWFUL


@pytest.mark.rule("5.11.2")
def test_the_notice_is_counted_from_the_first_day_of_its_act():
    flags = cancelled_with(notice(days=30), "2020-04-01", occurred="2020-03-01/2020-03-15")
    assert flags == LAWFUL


@pytest.mark.rule("5.11.3")
def test_it_may_be_left_at_once_where_no_notice_is_needed():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01", withdrawal=notice())
    story.act("leave", "us", "2020-02-01", cancels("p"))
    found = story.seen("2020-02-01").standing("p")
    assert found.lifecycle == "cancelled"
    assert found.flags == ("on_notice", "undated")
    assert found.against == ()


# Taken back


@pytest.mark.rule("5.3.10", "5.3.11", "5.10.4")
def test_a_notice_that_is_withdrawn_in_time_leaves_no_trace(treaty):
    treaty.act("stay", "dprk", "1993-06-11", withdraws("leave"))
    seen = treaty.seen("1993-06-12")
    assert seen.lifecycle("p") == "active"
    for each in (treaty.seen("1993-06-11"), seen):
        assert each.flags("p") == {"maintenance"}
        assert each.standing("p").notice_given is None
    assert seen.effect("leave", "p", CANCELS) == "withdrawn"
    assert seen.effect("stay", "p", WITHDRAWS) == "done"
    assert seen.steps("p")[-1] == "a notice was withdrawn"


@pytest.mark.rule("5.3.11", "5.10.5")
def test_on_its_day_it_is_too_late(treaty):
    treaty.act("stay", "dprk", "1993-06-12", withdraws("leave"))
    seen = treaty.seen("1993-06-12")
    assert seen.lifecycle("p") == "cancelled"
    assert seen.effect("stay", "p", WITHDRAWS) == "too_late"
    assert "too_late" not in seen.flags("p")


@pytest.mark.rule("5.10.5")
@pytest.mark.parametrize("day", ["2018-07-01", "2018-07-05"])
def test_nor_later(day):
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("halt", "us", "2018-06-10", suspends("p", on="2018-07-01"))
    story.act("no", "us", day, withdraws("halt"))
    seen = story.seen("2018-08-01")
    assert seen.lifecycle("p") == "suspended"
    assert seen.effect("no", "p", WITHDRAWS) == "too_late"


def test_before_it_is_withdrawn_it_stood(treaty):
    treaty.act("stay", "dprk", "1993-06-11", withdraws("leave"))
    assert treaty.replayed("1993-06-10").lifecycle("p") == "active"
    assert "notice_given" in treaty.replayed("1993-06-10").flags("p")
    treaty.act("late-news", "us", "1993-06-12")
    assert treaty.seen("1993-06-12", reported_by="1993-06-10").lifecycle("p") == "cancelled"


@pytest.mark.rule("5.10.4")
def test_only_the_same_side_withdraws_it(treaty):
    treaty.act("stay", "us", "1993-05-01", withdraws("leave"))
    seen = treaty.seen("1993-06-12")
    assert seen.lifecycle("p") == "cancelled"
    assert seen.effect("stay", "p", WITHDRAWS) == "not_entitled"


@pytest.mark.rule("5.10.4")
@pytest.mark.parametrize(
    ("maker", "move", "other"),
    [
        ("us", cancels("p", on="2018-07-01"), "dprk"),
        ("dprk", releases("p", on="2018-07-01"), "us"),
        ("dprk", suspends("p", on="2018-07-01"), "us"),
        ("us", suspends("p", on="2018-07-01"), "dprk"),
    ],
)
def test_whatever_was_announced(maker, move, other):
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01")
    story.act("said", maker, "2018-06-10", move)
    story.act("no", other, "2018-06-11", withdraws("said"))
    assert story.seen("2018-06-12").effect("no", "p", WITHDRAWS) == "not_entitled"
    story.act("own", maker, "2018-06-13", withdraws("said"))
    assert story.seen("2018-06-13").effect("own", "p", WITHDRAWS) == "done"
    assert story.seen("2018-07-01").lifecycle("p") == "active"


@pytest.mark.rule("5.10.4")
def test_it_takes_the_mandate_for_what_was_announced(treaty):
    treaty.party("herald", for_("dprk", Mandate.PROMISE))
    treaty.party("envoy", for_("dprk", Mandate.CANCEL))
    treaty.act("words", "herald", "1993-05-01", withdraws("leave"))
    assert treaty.seen("1993-06-12").effect("words", "p", WITHDRAWS) == "authority_doubtful"
    treaty.act("stay", "envoy", "1993-05-02", withdraws("leave"))
    assert treaty.seen("1993-06-12").effect("stay", "p", WITHDRAWS) == "done"


def test_the_other_sides_word_alone_withdraws_nothing(treaty):
    treaty.act("stay", "dprk", "1993-05-01", withdraws("leave"), told=word("us"))
    seen = treaty.seen("1993-06-12")
    assert seen.lifecycle("p") == "cancelled"
    assert seen.effect("stay", "p", WITHDRAWS) == "withdraws_claimed"
    assert "withdraws_claimed" in seen.flags("p")


def test_what_was_withdrawn_is_not_withdrawn_again(treaty):
    treaty.act("stay", "dprk", "1993-05-01", withdraws("leave"))
    treaty.act("again", "dprk", "1993-05-02", withdraws("leave"))
    assert treaty.seen("1993-06-12").effect("again", "p", WITHDRAWS) == "no_change"


def test_after_the_end_there_is_nothing_to_withdraw(treaty):
    treaty.act("free", "us", "1993-04-01", releases("p"))
    treaty.act("stay", "dprk", "1993-05-01", withdraws("leave"))
    assert treaty.seen("1993-05-01").effect("stay", "p", WITHDRAWS) == "after_end"


def test_a_successor_in_office_withdraws_it():
    story = Story()
    story.party("first", for_("us", Mandate.ALL, to="2021-01-19"))
    story.party("second", for_("us", Mandate.ALL, from_="2021-01-20"))
    story.promise("p", "us", to="dprk", on="1948-06-21", kept=True)
    story.act("leave", "first", "2020-07-06", cancels("p", on="2021-07-06"))
    story.act("stay", "second", "2021-01-20", withdraws("leave"))
    assert story.seen("2021-07-06").lifecycle("p") == "active"


@pytest.mark.rule("5.10.4")
def test_in_a_mutual_commitment_only_who_gave_it_withdraws_it():
    story = Story()
    story.joint_promise("p", "us dprk rok", on="2018-06-01", kept=True)
    story.act("leave", "us", "2018-06-10", cancels("p", on="2018-07-10"))
    story.act("others", "rok", "2018-06-11", withdraws("leave"))
    assert story.seen("2018-06-11").effect("others", "p", WITHDRAWS) == "not_entitled"
    story.act("self", "us", "2018-06-12", withdraws("leave"))
    assert story.seen("2018-06-12").effect("self", "p", WITHDRAWS) == "done"


def test_what_was_not_announced_cannot_be_withdrawn():
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01")
    story.act("off", "us", "2018-06-10", cancels("p"))
    story.act("back", "us", "2018-06-11", withdraws("off"))
    seen = story.seen("2018-06-11")
    assert seen.lifecycle("p") == "cancelled"
    assert [c.act for c in seen.standing("p").conduct] == ["off"]


def test_why_names_the_notice_and_what_withdrew_it(treaty):
    treaty.act("stay", "dprk", "1993-06-11", withdraws("leave"))
    assert tuple(treaty.seen("1993-07-01").standing("p").why) == ("p", "leave", "stay")


def test_what_was_delivered_before_its_day_stays_delivered():
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01")
    story.act("leave", "us", "2018-06-10", cancels("p", on="2018-07-10"))
    story.gives("deed", "us", "2018-06-20", fulfils("p", "1"), to="dprk")
    seen = story.seen("2018-07-10")
    assert seen.lifecycle("p") == "fulfilled"
    assert seen.effect("leave", "p", CANCELS) == "after_end"


@pytest.mark.rule("5.10.3")
@pytest.mark.parametrize("given", ["2018-06-08", "2018-06-12"])
def test_a_notice_is_pending_again_once_what_was_broken_is_kept_again(given):
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01", kept=True)
    story.act("test", "us", "2018-06-10", breaches("p"))
    story.act("leave", "us", given, cancels("p", on="2018-07-10"))
    story.act("back", "us", "2018-06-20", resumes("p"))
    over, seen = story.seen("2018-06-12"), story.seen("2018-06-20")
    assert over.effect("leave", "p", CANCELS) == "after_end"
    assert "notice_given" not in over.flags("p")
    assert seen.effect("leave", "p", CANCELS) == "notice_given"
    assert "notice_given" in seen.flags("p")
    assert story.seen("2018-07-10").lifecycle("p") == "cancelled"


@pytest.mark.rule("5.10.4")
def test_a_release_is_for_a_creditor_to_withdraw_also_if_it_owes_by_succession():
    story = Story(parties="dprk us")
    story.party("heir", succeeds=(succeeds("us", "2020-02-01"),))
    story.promise("p", "heir", to="us", on="2020-01-01")
    let_go = releases("p", on="2020-06-01")
    story.act("lets-go", "heir", "2020-03-01", let_go, with_="us")
    story.act("back", "us", "2020-04-01", withdraws("lets-go"))
    seen = story.seen("2020-06-01")
    assert seen.effect("back", "p", WITHDRAWS) == "done"
    assert seen.lifecycle("p") == "active"
