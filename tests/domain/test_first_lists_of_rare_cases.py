"""The first lists of what seldom happens have what all rules find: late by another term than its
own, held back in answer to a breach, kept again.
"""

import pytest

from ledger_service.domain.lifecycle.at_a_glance import may_stand
from ledger_service.domain.lifecycle.brief import Wanted
from ledger_service.domain.lifecycle.reached_by import may_stand_in
from ledger_service.domain.values.flags import StandingFlag
from tests.support.scenario import (
    Story,
    accepts,
    after,
    breaches,
    cancels,
    fulfils,
    instalments,
    notice,
    reschedules,
    responds_to,
    resumes,
    reverses,
    suspends,
)

FIRST = "2018-06-12"


def story() -> Story:
    story = Story()

    def promise(name: str, by: str = "us", to: str = "dprk", **terms: object) -> None:
        story.promise(name, by, to=to, on=FIRST, **terms)

    promise("brought-forward", due="2018-12-31")
    story.act("hurries", "us", "2018-06-13", reschedules("brought-forward", due="2018-06-15"))
    story.act("agrees", "dprk", "2018-06-13", accepts("hurries"))
    promise("put-off", due="2018-06-30")
    story.act("eases", "dprk", "2018-06-13", reschedules("put-off", due="2018-12-31"))
    promise("in-parts", instalments=instalments(("2018-06-15", "1/2"), ("2018-06-20", "1/2")))
    promise("behind", instalments=instalments(("2018-06-15", "1/2"), ("2018-06-20", "1/2")))
    promise("after-an-act", due_after=after("hurries", days=3))
    for each in ("brought-forward", "in-parts", "after-an-act"):
        story.gives(f"gives-{each}", "us", "2018-07-20", fulfils(each, "1"), to="dprk")
    story.gives("gives-some", "us", "2018-06-13", fulfils("behind"), to="dprk")
    promise("taken-back", due="2018-12-31")
    story.gives("gives-it", "us", "2018-06-13", fulfils("taken-back", "1"), to="dprk")
    story.act("takes-it", "us", "2018-06-20", reverses("gives-it"))
    promise("broken", by="dprk", to="us", due="2018-12-31")
    story.act("breaks", "dprk", "2018-06-20", breaches("broken"))
    promise("held-back", due="2018-12-31")
    story.act("holds", "us", "2018-06-21", suspends("held-back"), responds_to("breaks"))
    for name, day in (("kept-again", "2018-06-25"), ("of-one-day", "2018-06-20")):
        promise(name, kept=True)
        story.act(f"stops-{name}", "us", "2018-06-20", breaches(name))
        story.act(f"resumes-{name}", "us", day, resumes(name))
    promise("accused", due="2018-12-31")
    story.act("accuses", "dprk", "2018-06-20", breaches("accused"))
    promise("left-lawfully", kept=True, withdrawal=notice(days=3))
    story.act("leaves", "us", "2018-06-20", cancels("left-lawfully", on="2018-06-25"))
    return story


@pytest.mark.parametrize(
    ("flag", "those"),
    [
        (StandingFlag.LATE, {"brought-forward", "in-parts", "after-an-act"}),
        (StandingFlag.SCHEDULED, {"accused", "put-off", "taken-back"}),
        (StandingFlag.OVERDUE, {"behind"}),
        (StandingFlag.AT_MOST, {"behind"}),
        (StandingFlag.WAS_FULFILLED, {"taken-back"}),
        (StandingFlag.COUNTERMEASURE, {"held-back"}),
        (StandingFlag.WAS_BREACHED, {"kept-again"}),
        (StandingFlag.ORDER_IN_DOUBT, {"of-one-day"}),
        (StandingFlag.BREACH_CLAIMED, {"accused"}),
        (StandingFlag.ON_NOTICE, {"left-lawfully"}),
    ],
)
def test_none_of_what_stands_so_is_left_out_at_a_glance(flag, those):
    seen = story().seen("2018-08-18")
    every = sorted(seen.picture.history.commitments())
    assert {each for each in every if flag in seen.flags(each)} == those
    among = may_stand_in(seen.picture.history, [flag])
    for each in those:
        known = seen.picture.commitment(each)
        assert may_stand(seen.picture, known, Wanted(flags=[flag]))
        assert among is None or each in among
