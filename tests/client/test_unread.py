"""What a service says of an item of which something cannot be read is told unless it may follow from
that.
"""

import pytest
from diplomatic_ledger.cli.unread import follows
from diplomatic_ledger.errors import Violation
from diplomatic_ledger.json_form.problems import Problem

AT = "items[0].entry.state."
NO_DAY = Problem((4, "act", "occurred"), "'2020-13-01' names a day that is not in the calendar")
NO_FIELD = Problem((4, "act", "who"), "there is no such field. Write actor.")
NO_SIDE = Problem((4, "entry", "act", "counterparty"), "a list stands here")
NO_RELATION = Problem((4, "act", "relations", 1, "extent"), "'half' is a word. Write 1/2")


@pytest.mark.parametrize(
    ("field", "said", "unread"),
    [
        ("act.occurred", "This is required.", NO_DAY),
        ("act", "This has no day.", NO_DAY),
        ("act.evidence[0].report", "It was published before the deed occurred.", NO_DAY),
        ("act.relations[0].kind", "Nobody did this. Name the actor.", NO_FIELD),
        ("act.joint", "A joint act needs counterparties or co-actors.", NO_SIDE),
        ("act.counterparties[0]", "Leave it out.", NO_SIDE),
        ("act.relations[1]", "Say how much.", NO_RELATION),
    ],
)
def test_what_may_follow_is_left_out(field, said, unread):
    assert follows(Violation(f"{AT}{field}", said), [unread])


@pytest.mark.parametrize(
    ("field", "said", "unread"),
    [
        ("act.title", "This is required.", NO_DAY),
        ("act.title", "This is required.", NO_FIELD),
        ("act.actor", "'a b' is not an id.", NO_SIDE),
        ("act.relations[0].target", "This is required.", NO_RELATION),
    ],
)
def test_what_is_wrong_in_any_case_is_told(field, said, unread):
    assert not follows(Violation(f"{AT}{field}", said), [unread])
