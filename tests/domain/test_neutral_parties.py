"""Who is neutral toward something, so that its word on it counts as a check."""

import pytest

from tests.support.scenario import (
    About,
    Story,
    accepts,
    asserts,
    breaches,
    cancels,
    for_,
    fulfils,
    is_,
    meets,
    member,
    once,
    releases,
    reschedules,
    resumes,
    reverses,
    succeeds,
    suspends,
    verifies,
    withdraws,
    word,
    words,
)

LATER = "2020-12-01"


@pytest.mark.rule("3.7.1", "4.4")
@pytest.mark.parametrize(
    ("who", "found"),
    [
        ("us", "attested"),  # who did it
        ("dprk", "attested"),  # toward whom
        ("envoy", "attested"),  # who stands for one of them
        ("heir", "attested"),  # who succeeded one of them by then
        ("board", "attested"),  # a body that is composed of one of them
        ("council", "attested"),  # or of such a body
        ("same", "attested"),  # one of them under another id
        ("", "attested"),  # nobody knows who
        ("rok", "verified"),
        ("later-envoy", "verified"),  # who stood for none of them on that day
        ("later-heir", "verified"),
        ("former-board", "verified"),
    ],
)
def test_neutral_is_who_is_known_and_has_to_do_with_no_side_on_its_day(who, found):
    story = Story()
    story.party("envoy", for_("us"))
    story.party("later-envoy", for_("us", from_="2020-03-01"))
    story.party("heir", succeeds=(succeeds("us", "2020-02-01", continues=True),))
    story.party("later-heir", succeeds=(succeeds("us", "2020-03-01", continues=True),))
    story.party("board", composed_of=(member("envoy"),))
    story.party("former-board", composed_of=(member("us", to="2020-02-01"),))
    story.party("council", composed_of=(member("board"),))
    story.party("same", same_as=(is_("us"),))
    story.gives("gift", "us", "2020-01-01", to="dprk")
    story.act("check", who, "2020-02-02", verifies("gift"))
    assert story.seen(LATER).evidence("gift") == found


@pytest.mark.rule("3.7.1")
@pytest.mark.parametrize("who", ["us", "rok", "envoy"])
def test_no_member_of_a_body_that_is_a_side_is_neutral_in_turn_and_rolled_up(who):
    story = Story()
    story.party("envoy", for_("rok"))
    story.party("inner", composed_of=(member("us"),))
    story.party("outer", composed_of=(member("inner"), member("envoy")))
    story.gives("gift", "outer", "2020-01-01", to="dprk")
    story.act("check", who, "2020-02-01", verifies("gift"))
    assert story.seen(LATER).evidence("gift") == "attested"


@pytest.mark.rule("3.7.2")
@pytest.mark.parametrize(
    ("who", "found"),
    [
        ("clerk", "claimed"),
        ("minister", "claimed"),
        ("state", "attested"),  # by its own word, since it is the debtor
        ("rok", "verified"),
    ],
)
def test_who_was_named_and_all_for_whom_it_stood_stay_on_that_side(who, found):
    """Also when they stand for one another no longer."""
    story = Story()
    story.party("state")
    story.party("minister", for_("state", to="2020-01-31"))
    story.party("clerk", for_("minister", to="2020-01-31"))
    story.promise("p", "clerk", to="us", on="2020-01-01", told=word("us"))
    story.act("check", who, "2020-03-01", verifies("p", About.EXISTENCE))
    assert str(story.seen(LATER).standing("p").existence.status) == found


@pytest.mark.rule("3.7.2")
def test_who_has_left_a_promise_stays_on_its_side():
    story = Story()
    story.promise("p", "us rok", to="dprk", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.gives("deed", "rok", "2020-03-01", fulfils("p", "1"), to="dprk")
    story.act("check", "us", "2020-04-01", verifies("deed"))
    assert story.seen(LATER).evidence("deed") == "attested"


@pytest.mark.rule("3.7.3")
@pytest.mark.parametrize(
    ("who", "found"), [("us", "claimed"), ("guarantor", "verified"), ("rok", "verified")]
)
def test_toward_an_instrument_its_guarantors_are_neutral_and_its_participants_are_not(
    who, found
):
    story = Story()
    story.party("guarantor")
    parties = {"third_parties": ("guarantor",), "told": word("rok")}
    story.instrument("treaty", "us dprk", on="2020-01-01", **parties)
    story.act("check", who, "2020-02-01", verifies("treaty"))
    assert str(story.seen("2020-01-15").instrument("treaty").evidence.status) == found


# Who is interested in an act on account of what it moves (4.4)


def of_moves() -> Story:
    """A promise, a treaty with another one, a deed and a notice on them: all between the rok
    and the iaea, so that nobody else has to do with them."""
    story = Story()
    of = {"to": "iaea", "on": "2020-01-01"}
    story.instrument("treaty", "us dprk", on="2020-01-01")
    story.promise("p", "rok", due="2020-09-01", **of, antecedent=once(words("rain"), by=LATER))
    story.promise("under", "rok", instrument="treaty", **of)
    story.gives("deed", "rok", "2020-01-10", fulfils("p", "1/2"), to="iaea")
    story.act("notice", "rok", "2020-01-10", cancels("p", on="2020-11-01"))
    story.act("of-treaty", "rok", "2020-01-10", cancels("treaty", on="2020-11-01"))
    return story


@pytest.mark.rule("4.4")
@pytest.mark.parametrize(
    ("move", "interested"),
    [
        *[
            (move, True)
            for move in (
                fulfils("p"),
                breaches("p"),
                accepts("p"),
                cancels("p"),
                releases("p"),
                suspends("p"),
                resumes("p"),
                reschedules("p", due="2020-10-01"),
                meets("p"),
                asserts("p"),
                cancels("treaty"),
                suspends("treaty"),
                reverses("deed"),
                withdraws("notice"),
                withdraws("of-treaty"),
            )
        ],
        (verifies("p", About.EXISTENCE), False),
        (asserts("treaty", None), False),
        (accepts("notice"), False),
    ],
)
def test_interested_are_the_sides_of_what_an_act_would_move(move, interested):
    story = of_moves()
    story.act("act", "us", "2020-02-01", move, toward="dprk")
    for side in ("rok", "iaea"):
        story.act(f"by-{side}", side, "2020-03-01", verifies("act"))
    finding = story.seen(LATER).act("act").evidence
    assert (finding.status != "verified") is interested


@pytest.mark.rule("4.4")
def test_without_a_move_they_are_not():
    story = of_moves()
    story.act("act", "us", "2020-02-01", toward="dprk")
    story.act("by-rok", "rok", "2020-03-01", verifies("act"))
    assert story.seen(LATER).evidence("act") == "verified"
