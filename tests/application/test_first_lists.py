"""Before anything is kept of where commitments stand, a list asks it of those alone that may stand
as wanted by their terms, and by what is aimed at them.
"""

import pytest

from ledger_service.application import finding
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.filters import CommitmentFilter
from ledger_service.domain.values.flags import StandingFlag
from tests.support.scenario import Story, accepts, cancels, fulfils, once, words

PLAIN = [f"plain-{n}" for n in range(5)]


def picture() -> Picture:
    """Plain promises that are overdue, others that are not due yet, and one of each kind else."""
    story = Story()
    for each in PLAIN:
        story.promise(each, "us", to="dprk", on="2018-06-12", due="2018-06-30")
    story.promise("later", "us", to="dprk", on="2018-06-12", due="2018-12-31")
    story.promise("open", "us", to="dprk", on="2018-06-12")
    story.promise("kept", "us", to="dprk", on="2018-06-12", kept=True)
    story.promise("offer", "us", to="dprk", on="2018-06-12", offer=True, due="2018-12-31")
    story.promise(
        "waits",
        "us",
        to="dprk",
        on="2018-06-12",
        antecedent=once(words("peace")),
        due="2018-12-31",
    )
    story.promise(
        "lapsed",
        "us",
        to="dprk",
        on="2018-06-12",
        antecedent=once(words("peace"), by="2018-06-20"),
        due="2018-12-31",
    )
    for done, on in (("in-time", "2018-06-20"), ("late", "2018-07-20")):
        story.promise(done, "us", to="dprk", on="2018-06-12", due="2018-06-30")
        story.gives(f"gives-{done}", "us", on, fulfils(done, "1"), to="dprk")
    story.promise("begun", "us", to="dprk", on="2018-06-12", due="2018-12-31")
    story.gives("gives-a-half", "us", "2018-06-20", fulfils("begun", "1/2"), to="dprk")
    story.promise("called-off", "us", to="dprk", on="2018-06-12", due="2018-12-31")
    story.act("calls-off", "us", "2018-07-01", cancels("called-off"))
    story.promise("accepted", "us", to="dprk", on="2018-06-12", offer=True, due="2018-12-31")
    story.act("accepting", "dprk", "2018-06-13", accepts("accepted"))
    return story.seen("2018-08-18").picture


@pytest.mark.parametrize(
    ("asked", "found", "looked_at"),
    [
        (Lifecycle.PROPOSED, {"offer"}, {"accepted"}),
        (Lifecycle.CONDITIONAL, {"waits"}, {"lapsed"}),
        (Lifecycle.EXPIRED, {"lapsed"}, {"waits"}),
        (Lifecycle.FULFILLED, {"in-time", "late"}, {"begun", "kept"}),
        (StandingFlag.LATE, {"late"}, set()),
        (StandingFlag.PARTIALLY_FULFILLED, {"begun"}, {"in-time", "late"}),
        (StandingFlag.COUNTS_AS_BREACH, {"called-off"}, set()),
        (StandingFlag.OVERDUE, {*PLAIN}, {"in-time", "late"}),
        (StandingFlag.UNDATED, {"open"}, set()),
        (StandingFlag.MAINTENANCE, {"kept"}, set()),
        (StandingFlag.NOT_YET_DATED, set(), set()),
    ],
)
def test_a_first_list_asks_where_those_alone_stand_that_may_stand_so(asked, found, looked_at):
    seen = picture()
    if isinstance(asked, Lifecycle):
        wanted = CommitmentFilter(lifecycles=frozenset([asked]))
    else:
        wanted = CommitmentFilter(flags=frozenset([asked]))
    assert {each.id for each in finding.commitments(seen, wanted)} == found
    every = [each.id for each in finding.commitments(seen, CommitmentFilter())]
    assert {i for i in every if seen.remembers("standing", i)} == found | looked_at
