"""5.6.1: conditions of which so many of several must hold."""

import pytest

from tests.support.scenario import (
    Story,
    at_least,
    breaches,
    fulfilled,
    occurred,
    once,
    reverses,
)

ACTS = ("one", "two", "three")


@pytest.fixture
def promised() -> Story:
    story = Story()
    waits = once(at_least(2, *(occurred(act) for act in ACTS)), by="2018-12-31")
    story.promise("p", "us", to="dprk", on="2018-01-01", antecedent=waits)
    return story


@pytest.mark.rule("5.6.1")
def test_it_holds_once_so_many_have_occurred(promised):
    promised.act("three", "us", "2018-03-01")
    promised.act("one", "us", "2018-05-01")
    promised.act("two", "us", "2018-06-01")
    assert promised.seen("2018-04-30").lifecycle("p") == "conditional"
    assert promised.seen("2018-05-01").lifecycle("p") == "active"


@pytest.mark.rule("5.6.1")
def test_it_expires_once_too_few_can_hold_still(promised):
    promised.act("three", "us", "2018-03-01")
    promised.act("one", "us", "2019-05-01")
    promised.act("two", "us", "2019-06-01")
    assert promised.seen("2018-12-31").lifecycle("p") == "conditional"
    assert promised.seen("2019-01-01").lifecycle("p") == "expired"


@pytest.mark.rule("5.6.4")
def test_what_is_not_reported_yet_neither_holds_nor_expires(promised):
    promised.act("three", "us", "2018-03-01")
    assert promised.seen("2019-06-01").lifecycle("p") == "conditional"


@pytest.mark.rule("5.6.1")
def test_it_is_in_doubt_where_the_one_that_decides_straddles_the_deadline(promised):
    promised.act("one", "us", "2018-03-01")
    promised.act("two", "us", "2018-12-01/2019-02-01")
    promised.act("three", "us", "2019-03-01")
    seen = promised.seen("2019-02-01")
    assert seen.lifecycle("p") == "conditional"
    assert "antecedent_in_doubt" in seen.flags("p")


@pytest.mark.rule("5.6.6")
def test_one_that_was_wholly_taken_back_in_time_no_longer_counts(promised):
    promised.act("one", "us", "2018-03-01")
    promised.act("undone", "us", "2018-04-01", reverses("one"))
    promised.act("two", "us", "2018-05-01")
    assert promised.seen("2018-05-01").lifecycle("p") == "conditional"


@pytest.mark.rule("5.6.1", "5.6.3")
def test_of_commitments_it_expires_once_too_few_can_be_fulfilled():
    story = Story()
    for each in ("a", "b"):
        story.promise(each, "dprk", to="us", on="2018-01-01")
    waits = once(at_least(2, fulfilled("a"), fulfilled("b")))
    story.promise("p", "us", to="dprk", on="2018-01-01", antecedent=waits)
    story.act("broken", "dprk", "2018-02-01", breaches("a"))
    assert story.seen("2018-02-01").lifecycle("p") == "expired"
