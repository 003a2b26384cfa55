"""What one still owes the other, by urgency and by who holds each side."""

from fractions import Fraction

import pytest

from tests.support.scenario import (
    Story,
    after,
    cancels,
    fulfils,
    instalments,
    occurred,
    once,
    succeeds,
)

TONS = "1000 t"


@pytest.mark.rule("6.7.1")
def test_each_urgency_has_a_bucket_of_its_own():
    story = Story()
    common = {"to": "dprk", "on": "2018-01-01", "code": "071"}
    story.promise("undated", "us", **common)
    story.promise("scheduled", "us", due="2019-01-01/2019-12-31", **common)
    story.promise("due", "us", due="2018-01-01/2018-12-31", **common)
    story.promise("overdue", "us", due="2018-01-01/2018-05-31", **common)
    story.promise("not-yet-dated", "us", due_after=after("event", days=30), **common)
    story.promise("kept", "us", kept=True, **common)
    story.promise("contingent", "us", antecedent=once(occurred("event")), **common)
    owes = story.seen("2018-06-30").owes("us", "dprk")
    found = {
        name: getattr(owes, name).commitments
        for name in ("undated", "scheduled", "due", "overdue", "not_yet_dated", "contingent")
    }
    assert found == {
        "undated": ("undated",),
        "scheduled": ("scheduled",),
        "due": ("due",),
        "overdue": ("overdue",),
        "not_yet_dated": ("not-yet-dated",),
        "contingent": ("contingent",),
    }
    assert owes.maintenance.commitments == ("kept",)
    assert owes.active.count == owes.active.weight == 6


@pytest.mark.rule("6.7")
def test_what_is_left_to_deliver_is_owed_by_weight_and_by_unit():
    story = Story()
    story.promise("oil", "us", to="dprk", on="2018-01-01", code="071", quantity=TONS)
    story.promise("coal", "us", to="dprk", on="2018-01-01", code="071", quantity="7 wagons")
    story.gives("some", "us", "2018-02-01", fulfils("oil"), to="dprk", quantity="250 t")
    active = story.seen("2018-06-30").owes("us", "dprk").active
    assert active.weight == Fraction(7, 4)
    assert active.quantities == (("t", Fraction(750)), ("wagons", Fraction(7)))
    assert not active.at_most


@pytest.mark.rule("6.7")
def test_of_a_part_of_unknown_size_at_most_so_much_is_owed():
    story = Story()
    story.promise("oil", "us", to="dprk", on="2018-01-01", code="071", quantity=TONS)
    story.gives("some", "us", "2018-02-01", fulfils("oil"), to="dprk")
    active = story.seen("2018-06-30").owes("us", "dprk").active
    assert active.at_most
    assert active.quantities == (("t", Fraction(1000)),)


@pytest.mark.rule("6.7.2")
def test_a_promise_without_a_code_is_counted_and_has_no_weight():
    story = Story()
    story.promise("oil", "us", to="dprk", on="2018-01-01", quantity=TONS)
    active = story.seen("2018-06-30").owes("us", "dprk").active
    assert (active.count, active.weight, active.unweighted) == (1, 0, ("oil",))
    assert active.quantities == (("t", Fraction(1000)),)


@pytest.mark.rule("6.7.1")
def test_of_instalments_what_is_behind_is_overdue_and_the_rest_has_its_own_urgency():
    story = Story()
    terms = instalments(
        ("2018-01-01/2018-03-31", "400 t"),
        ("2018-07-01/2018-09-30", "300 t"),
        ("2018-10-01/2018-12-31", "300 t"),
    )
    story.promise(
        "oil", "us", to="dprk", on="2018-01-01", code="071", quantity=TONS, instalments=terms
    )
    story.gives("some", "us", "2018-02-01", fulfils("oil"), to="dprk", quantity="100 t")
    between = story.seen("2018-05-01").owes("us", "dprk")
    assert between.overdue.quantities == (("t", Fraction(300)),)
    assert between.scheduled.quantities == (("t", Fraction(600)),)
    assert between.active.quantities == (("t", Fraction(900)),)
    assert between.due.count == 0
    within = story.seen("2018-07-01").owes("us", "dprk")
    assert within.overdue.weight == Fraction(3, 10)
    assert within.due.weight == within.scheduled.weight == Fraction(3, 10)
    assert within.active.count == 1


def test_what_is_not_active_is_not_outstanding():
    story = Story()
    story.promise("off", "us", to="dprk", on="2018-01-01")
    story.promise("done", "us", to="dprk", on="2018-01-01")
    story.act("cancelled", "us", "2018-02-01", cancels("off"))
    story.gives("deed", "us", "2018-02-01", fulfils("done", "1"), to="dprk")
    owes = story.seen("2018-06-30").owes("us", "dprk")
    assert owes.active.count == owes.contingent.count == 0


@pytest.mark.rule("6.7", "9.3")
def test_who_owes_is_who_holds_the_side_on_the_day():
    story = Story(parties="csk hungary")
    for heir in ("cze", "svk"):
        story.party(heir, succeeds=(succeeds("csk", "1993-01-01"),))
    story.promise("dam", "csk", to="hungary", on="1977-09-16", due="../1991-12-31")
    before, then = story.seen("1992-12-31"), story.seen("1993-01-01")
    assert before.owes("csk", "hungary").overdue.commitments == ("dam",)
    assert before.owes("svk", "hungary").active.count == 0
    assert then.owes("csk", "hungary").active.count == 0
    for heir in ("cze", "svk"):
        assert then.owes(heir, "hungary").overdue.commitments == ("dam",)
        assert then.balance(heir, "hungary").why == ("dam",)


@pytest.mark.rule("6.7")
def test_who_is_owed_is_who_holds_the_other_side():
    story = Story(parties="csk hungary")
    story.party("cze", succeeds=(succeeds("csk", "1993-01-01"),))
    story.promise("dam", "hungary", to="csk", on="1977-09-16")
    assert story.seen("1993-01-01").owes("hungary", "cze").undated.commitments == ("dam",)


def test_who_left_owes_no_more():
    story = Story(parties="a b c")
    story.promise("pay", "a b", to="c", on="2018-01-01")
    story.act("out", "a", "2018-02-01", cancels("pay"))
    seen = story.seen("2018-06-30")
    assert seen.owes("a", "c").active.count == 0
    assert seen.owes("b", "c").active.count == 1


@pytest.mark.rule("6.7.2")
def test_what_each_owes_the_other_in_common_weighs_on_neither():
    story = Story()
    story.joint_promise("summit", "us dprk", on="2018-01-01", code="036")
    assert story.seen("2018-06-30").owes("us", "dprk").active.count == 0


@pytest.mark.rule("9.3")
def test_who_left_owes_nothing_because_it_left():
    story = Story()
    story.promise("p", "us rok", to="dprk", on="2020-01-01")
    story.act("out", "rok", "2020-02-01", cancels("p"))
    found = story.seen("2020-03-01").balance("rok", "dprk")
    assert (found.outstanding_ab.active.commitments, found.why) == ((), ("p", "out"))
    story.annul("out")
    found = story.seen("2020-03-01").balance("rok", "dprk")
    assert (found.outstanding_ab.active.commitments, found.why) == (("p",), ("p",))
