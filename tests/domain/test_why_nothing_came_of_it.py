"""What had no effect says from whom it would have been needed, and a commitment that does not
take the place of another one says why.
"""

import pytest

from ledger_service.domain.values.answers import Supersession
from ledger_service.domain.values.entries import Mandate, RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    breaches,
    cancels,
    for_,
    fulfils,
    refutes,
    releases,
    reschedules,
    resumes,
    supersedes,
    suspends,
    withdraws,
    word,
)

LATER = "2021-01-01"


@pytest.fixture
def story() -> Story:
    """`us` promised something to `dprk` and `rok`."""
    story = Story()
    story.promise("p", "us", to="dprk rok", on="2020-01-01", due="2020-03-01/2020-12-31")
    return story


def needed(story: Story, act: str, kind: RelationKind) -> tuple[str, ...]:
    conduct = story.seen(LATER).standing("p").conduct
    [found] = [each for each in conduct if each.act == act and each.relation is kind]
    return found.needed_from


@pytest.mark.rule("5.3.11")
@pytest.mark.parametrize(
    ("actor", "move", "needed_from"),
    [
        ("dprk", cancels("p"), ("us",)),
        ("us", releases("p"), ("dprk", "rok")),
        ("us", accepts("p"), ("dprk", "rok")),
        ("iaea", suspends("p"), ("dprk", "rok", "us")),
        ("iaea", reschedules("p", due="2020-03-01/2021-12-31"), ("dprk", "rok", "us")),
        ("dprk", reschedules("p", due="2020-03-01/2020-06-30"), ("us",)),
        ("dprk", fulfils("p"), ("us",)),
    ],
)
def test_whose_move_it_was(story, actor, move, needed_from):
    story.act("x", actor, "2020-02-01", move)
    assert story.seen(LATER).effect("x", "p", move.kind) == "not_entitled"
    assert needed(story, "x", move.kind) == needed_from


def test_only_who_put_it_on_hold_by_a_right_of_its_own_takes_it_up_again(story):
    story.act("hold", "dprk", "2020-02-01", suspends("p"))
    story.act("held", "rok", "2020-02-01", suspends("p"))
    story.act("x", "us", "2020-03-01", resumes("p"))
    assert needed(story, "x", RelationKind.RESUMES) == ("dprk", "rok")


def test_whose_notice_is_taken_back(story):
    story.act("notice", "us", "2020-02-01", cancels("p", on="2020-05-01"))
    story.act("x", "dprk", "2020-03-01", withdraws("notice"))
    assert needed(story, "x", RelationKind.WITHDRAWS) == ("us",)


@pytest.mark.rule("5.3.11")
@pytest.mark.parametrize(
    ("actor", "move", "missing"),
    [
        ("dprk", releases("p"), ("rok",)),
        ("dprk", suspends("p"), ("rok",)),
        ("us", suspends("p"), ("dprk", "rok")),
        ("us", reschedules("p", due="2020-03-01/2021-12-31"), ("dprk", "rok")),
        ("dprk", reschedules("p", due="2020-03-01/2021-12-31"), ("rok",)),
    ],
)
def test_who_has_still_to_join(story, actor, move, missing):
    story.act("x", actor, "2020-02-01", move)
    assert story.seen(LATER).effect("x", "p", move.kind) == "waiting"
    assert needed(story, "x", move.kind) == missing


def test_who_has_still_to_accept_an_offer():
    story = Story()
    story.promise("p", "us", to="dprk rok", on="2020-01-01", offer=True)
    story.act("x", "dprk", "2020-02-01", accepts("p"))
    assert needed(story, "x", RelationKind.ACCEPTS) == ("rok",)


@pytest.mark.rule("5.3.11")
def test_for_whom_a_move_was_made_without_a_mandate(story):
    story.party("envoy", for_("us", Mandate.PROMISE))
    story.act("x", "envoy", "2020-02-01", cancels("p"))
    assert story.seen(LATER).effect("x", "p", RelationKind.CANCELS) == "authority_doubtful"
    assert needed(story, "x", RelationKind.CANCELS) == ("us",)


def test_what_had_effect_was_needed_from_nobody(story):
    story.act("x", "us", "2020-02-01", cancels("p"))
    assert needed(story, "x", RelationKind.CANCELS) == ()


# Supersessions


def found(story: Story, commitment: str, day: str = LATER) -> tuple[Supersession, ...]:
    return story.seen(day).standing(commitment).supersessions


def told_alike(story: Story, why_not: str, *needed_from: str, day: str = LATER) -> None:
    """Both of the commitments say so."""
    expected = Supersession(
        "new", "p", effective=not why_not, why_not=why_not, needed_from=needed_from
    )
    assert expected in found(story, "p", day)
    assert expected in found(story, "new", day)


@pytest.mark.rule("5.8")
def test_a_commitment_says_what_took_its_place(story):
    story.promise("new", "us", supersedes("p"), to="dprk rok", on="2020-02-01")
    for creditor in ("dprk", "rok"):
        story.act(f"{creditor}-accepts", creditor, "2020-02-02", accepts("new"))
    assert story.seen(LATER).lifecycle("p") == "superseded"
    told_alike(story, "")


@pytest.mark.rule("5.8")
def test_creditors_who_have_not_agreed_are_named(story):
    story.promise("new", "us", supersedes("p"), to="dprk rok", on="2020-02-01")
    told_alike(story, "waiting", "dprk", "rok", day="2020-02-01")
    story.act("dprk-accepts", "dprk", "2020-02-02", accepts("new"))
    told_alike(story, "waiting", "rok")


@pytest.mark.rule("5.8")
def test_a_successor_that_binds_nobody_yet(story):
    told = word("dprk")
    story.promise("new", "us", supersedes("p"), to="dprk rok", on="2020-02-01", told=told)
    told_alike(story, "not_binding")


@pytest.mark.rule("5.8")
def test_a_successor_that_failed(story):
    story.promise("new", "us", supersedes("p"), to="dprk rok", on="2020-02-01", kept=True)
    for creditor in ("dprk", "rok"):
        story.act(f"{creditor}-accepts", creditor, "2020-02-02", accepts("new"))
    story.act("broken", "us", "2020-06-01", breaches("new"))
    assert story.seen(LATER).lifecycle("p") != "superseded"
    told_alike(story, "failed")


@pytest.mark.rule("5.8")
def test_what_was_over_already(story):
    story.act("done", "us", "2020-03-02", fulfils("p", "1"))
    story.promise("new", "us", supersedes("p"), to="dprk rok", on="2020-04-01")
    for creditor in ("dprk", "rok"):
        story.act(f"{creditor}-accepts", creditor, "2020-04-02", accepts("new"))
    told_alike(story, "after_end")


@pytest.mark.rule("5.8")
def test_that_it_failed_comes_before_who_is_missing_and_this_before_what_was_over(story):
    story.act("off", "us", "2020-01-15", cancels("p"))
    story.promise("new", "us", supersedes("p"), to="dprk rok", on="2020-02-01")
    told_alike(story, "waiting", "dprk", "rok", day="2020-02-01")
    story.act("broken", "us", "2020-06-01", breaches("new"))
    told_alike(story, "failed")


@pytest.mark.rule("5.8")
def test_of_two_that_would_replace_each_other_one_is_in_a_circle():
    story = Story()
    story.promise("p", "us", supersedes("new"), to="dprk", on="2020-01-01", made_by="us dprk")
    story.promise("new", "us", supersedes("p"), to="dprk", on="2020-02-01", made_by="us dprk")
    whys = {each.why_not for each in found(story, "p")}
    assert whys == {"", "in_a_circle"}
    assert set(found(story, "p")) == set(found(story, "new"))


def test_a_supersession_that_no_one_can_see_is_told_nowhere(story):
    story.promise("new", "us", supersedes("p"), to="dprk rok", on="2020-02-01")
    assert found(story, "p", day="2020-01-31") == ()


def test_a_refuted_acceptance_helps_no_successor(story):
    story.promise("new", "us", supersedes("p"), to="dprk rok", on="2020-02-01")
    for creditor in ("dprk", "rok"):
        story.act(f"{creditor}-accepts", creditor, "2020-02-02", accepts("new"))
    story.act("check", "iaea", "2020-03-01", refutes("rok-accepts"))
    told_alike(story, "waiting", "rok")


def test_why_it_replaces_nothing_rests_on_what_it_would_replace(story):
    """Not so how far it was done itself."""
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.promise("q", "us", supersedes("p"), to="iaea", on="2020-02-15")
    story.act("yes", "dprk", "2020-03-01", accepts("q"))
    assert story.seen(LATER).standing("q").why == ("p", "off", "q", "yes")
    assert story.seen(LATER).balance("us", "iaea").why == ("q", "yes")
    story.annul("p")
    assert story.seen(LATER).standing("q").why == ("q", "yes")
    assert found(story, "q") == ()
