"""What the days ahead bring: what falls due, ends, takes effect or changes, and what does not
any more.
"""

from __future__ import annotations

from datetime import date

import pytest

from ledger_service.domain.agenda.agenda import ahead
from ledger_service.domain.agenda.items import overdue
from ledger_service.domain.agenda.walking import Days
from ledger_service.domain.picture.visible_entry import VisibleEntry
from tests.support.scenario import (
    Seen,
    Story,
    accepts,
    after,
    breaches,
    cancels,
    fulfilled,
    fulfils,
    instalments,
    notice,
    occurred,
    once,
    releases,
    reschedules,
    responds_to,
    resumes,
    succeeds,
    supersedes,
    suspends,
    withdraws,
    words,
)

NEW_YEAR = "2020-01-01"


@pytest.fixture
def story() -> Story:
    return Story()


def agenda(seen: Seen, first: str, last: str) -> list[str]:
    """Each item in a line: the day, what it brings, for which entry, because of which, from
    where it stands now to where it will stand.
    """
    picture = seen.picture
    found = ahead(picture, date.fromisoformat(first), date.fromisoformat(last))
    lines = []
    for item in found:
        part = f"[{item.instalment}]" if item.instalment else ""
        target = item.commitment or item.instrument
        by = f" by {item.entry_id}" if item.entry_id != target else ""
        moves = f" {item.lifecycle or 'ahead'} -> {item.becomes}" if item.commitment else ""
        lines.append(f"{item.day} {item.kind} {target}{part}{by}:{moves}")
    return lines


def of_2020(story: Story, as_of: str = NEW_YEAR) -> list[str]:
    return agenda(story.seen(as_of), max(as_of, NEW_YEAR), "2020-12-31")


# What falls due


@pytest.mark.rule("14.1")
def test_what_is_due_has_its_first_and_its_last_day(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", due="2020-03-01/2020-06-30")
    assert of_2020(story) == [
        "2020-03-01 due_begins p: active -> active",
        "2020-06-30 falls_due p: active -> active",
    ]


@pytest.mark.rule("14.1", "14.2")
def test_what_is_due_on_one_day_has_that_day(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", due="2020-03-01")
    assert of_2020(story) == ["2020-03-01 falls_due p: active -> active"]


@pytest.mark.rule("14.1")
def test_under_possible_it_falls_due_on_its_first_day(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", due="2020-03-01/2020-06-30")
    found = agenda(story.possibly(NEW_YEAR), NEW_YEAR, "2020-12-31")
    assert found == ["2020-03-01 falls_due p: active -> active"]


@pytest.mark.rule("14.1")
@pytest.mark.parametrize(
    ("by", "what"),
    [
        ("us", fulfils("p", "1")),
        ("dprk", releases("p")),
        ("us", cancels("p")),
        ("dprk", suspends("p")),
    ],
)
def test_what_is_delivered_let_go_called_off_or_on_hold_falls_due_no_more(
    story: Story, by: str, what: object
) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", due="2020-03-01/2020-06-30")
    story.act("deed", by, "2019-06-01", what)  # type: ignore[arg-type]
    assert of_2020(story) == []


@pytest.mark.rule("14.1")
def test_what_another_one_replaced_falls_due_no_more(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", due="2020-06-30")
    story.promise("q", "us", supersedes("p"), to="dprk", on="2019-02-01", due="2020-09-30")
    story.act("yes", "dprk", "2019-02-01", accepts("q"))
    assert of_2020(story) == ["2020-09-30 falls_due q: active -> active"]


@pytest.mark.rule("14.1")
def test_a_day_that_was_put_off_is_the_one_that_counts(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", due="2020-06-30")
    story.act("later", "dprk", "2019-06-01", reschedules("p", due="../2020-09-30"))
    assert of_2020(story) == ["2020-09-30 falls_due p: active -> active"]


def test_what_is_due_after_an_event_has_the_day_that_it_made(story: Story) -> None:
    story.act("signed", "us", "2019-12-15")
    story.promise("p", "us", to="dprk", on="2019-01-15", due_after=after("signed", days=60))
    assert of_2020(story) == ["2020-02-13 falls_due p: active -> active"]


@pytest.mark.rule("14.1")
def test_each_instalment_of_which_something_is_to_come_has_its_day(story: Story) -> None:
    parts = [("../2019-12-31", "1/4"), ("../2020-03-31", "1/4"), ("../2020-06-30", "1/2")]
    story.promise("p", "us", to="dprk", on="2019-01-15", instalments=instalments(*parts))
    both = [
        "2020-03-31 instalment_falls_due p[2]: active -> active",
        "2020-06-30 instalment_falls_due p[3]: active -> active",
    ]
    assert of_2020(story) == both
    story.act("half", "us", "2019-06-01", fulfils("p", "1/2"))
    assert of_2020(story) == both[1:]


@pytest.mark.rule("14.1")
def test_an_instalment_of_which_something_is_to_come_has_its_first_day_too(
    story: Story,
) -> None:
    parts = [("2020-01-15/2020-03-31", "1/2"), ("2020-04-01/2020-06-30", "1/2")]
    story.promise("p", "us", to="dprk", on="2019-01-15", instalments=instalments(*parts))
    second = [
        "2020-04-01 due_begins p[2]: active -> active",
        "2020-06-30 instalment_falls_due p[2]: active -> active",
    ]
    assert of_2020(story) == [
        "2020-01-15 due_begins p[1]: active -> active",
        "2020-03-31 instalment_falls_due p[1]: active -> active",
        *second,
    ]
    story.act("half", "us", "2019-06-01", fulfils("p", "1/2"))
    assert of_2020(story) == second


@pytest.mark.rule("14.3")
def test_what_is_overdue_has_the_last_day_of_the_first_instalment_that_is_behind(
    story: Story,
) -> None:
    parts = [("../2019-03-31", "1/4"), ("../2019-06-30", "1/4"), ("../2019-09-30", "1/2")]
    story.promise("p", "us", to="dprk", on="2019-01-15", instalments=instalments(*parts))
    story.act("some", "us", "2019-02-01", fulfils("p", "1/3"))
    picture = story.seen(NEW_YEAR).picture
    known = picture.known("p")
    assert known is not None
    item = overdue(Days(picture), known, picture.as_of)
    assert (str(item.day), item.instalment) == ("2019-06-30", 2)


# What ends


@pytest.mark.rule("14.1", "14.4")
def test_what_is_to_be_kept_ends_with_its_last_day(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", kept=True, until="2020-06-30")
    assert of_2020(story) == ["2020-06-30 ends p: active -> fulfilled"]


@pytest.mark.rule("14.1")
def test_what_still_waits_expires_with_it(story: Story) -> None:
    waits = once(words("they agree", "agreed"))
    story.promise(
        "p", "us", to="dprk", on="2019-01-15", kept=True, until="2020-06-30", antecedent=waits
    )
    assert of_2020(story) == ["2020-06-30 ends p: conditional -> expired"]


@pytest.mark.rule("14.1")
def test_what_is_on_hold_does_not_end_with_its_last_day(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", kept=True, until="2020-06-30")
    story.act("halt", "dprk", "2019-06-09", suspends("p"))
    assert of_2020(story) == []


@pytest.mark.rule("14.1")
def test_a_deadline_for_what_it_waits_for_is_told_while_it_waits(story: Story) -> None:
    waits = once(words("they agree", "agreed"), by="2020-04-30")
    story.promise("p", "us", to="dprk", on="2019-01-15", antecedent=waits)
    assert of_2020(story) == ["2020-04-30 deadline p: conditional -> expired"]
    story.promise("q", "us", to="dprk", on="2019-01-15", antecedent=once("deed", "2020-04-30"))
    story.act("deed", "dprk", "2019-02-01")
    assert of_2020(story) == ["2020-04-30 deadline p: conditional -> expired"]


@pytest.mark.rule("14.1")
def test_so_is_one_for_what_ends_it(story: Story) -> None:
    story.promise(
        "p",
        "us",
        to="dprk",
        on="2019-01-15",
        kept=True,
        until_condition=once(words("they agree", "agreed"), by="2020-04-30"),
    )
    assert of_2020(story) == ["2020-04-30 deadline p: active -> active"]


@pytest.mark.rule("14.1")
def test_a_suspension_ends_with_its_last_day(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", due="../2019-09-30")
    story.act("halt", "dprk", "2019-06-09", suspends("p", until="2020-04-30"))
    assert of_2020(story) == ["2020-04-30 suspension_ends p: suspended -> active"]


def test_what_is_taken_off_hold_before_has_no_such_day(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15")
    story.act("halt", "dprk", "2019-06-09", suspends("p", until="2020-04-30"))
    story.act("on", "dprk", "2019-07-09", resumes("p"))
    assert of_2020(story) == []


# What takes effect


@pytest.mark.rule("14.1", "14.4")
@pytest.mark.parametrize(
    ("by", "what", "becomes"),
    [
        ("us", cancels("p", on="2020-05-01"), "cancelled"),
        ("dprk", releases("p", on="2020-05-01"), "released"),
        ("dprk", suspends("p", on="2020-05-01"), "suspended"),
    ],
)
def test_a_notice_takes_effect_on_its_day(
    story: Story, by: str, what: object, becomes: str
) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", due="../2020-06-30")
    story.act("notice", by, "2019-12-01", what)  # type: ignore[arg-type]
    found = of_2020(story)
    assert found == [
        f"2020-05-01 notice_takes_effect p by notice: active -> {becomes}",
    ]


@pytest.mark.rule("14.1")
def test_one_that_was_withdrawn_does_not(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15")
    story.act("notice", "us", "2019-12-01", cancels("p", on="2020-05-01"))
    story.act("back", "us", "2019-12-20", withdraws("notice"))
    assert of_2020(story) == []


@pytest.mark.rule("14.1")
def test_a_second_notice_for_an_earlier_day_is_told_on_the_day_of_its_act(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15")
    story.act("first", "us", "2019-12-01", cancels("p", on="2020-05-01"))
    story.act("second", "dprk", "2020-02-01", suspends("p", on="2020-04-01"))
    assert story.seen("2020-01-31").flags("p") == story.seen("2020-02-01").flags("p")
    assert of_2020(story) == [
        "2020-02-01 changes p by second: active -> active",
        "2020-04-01 notice_takes_effect p by second: active -> suspended",
        "2020-05-01 notice_takes_effect p by first: active -> cancelled",
    ]


def test_one_for_a_later_day_is_told_when_it_takes_effect(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15")
    story.act("first", "dprk", "2019-12-01", suspends("p", on="2020-04-01"))
    story.act("second", "us", "2020-02-01", cancels("p", on="2020-05-01"))
    assert of_2020(story) == [
        "2020-04-01 notice_takes_effect p by first: active -> suspended",
        "2020-05-01 notice_takes_effect p by second: active -> cancelled",
    ]


def test_that_the_first_of_two_notices_is_withdrawn_is_told(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15")
    story.act("first", "dprk", "2019-12-01", suspends("p", on="2020-04-01"))
    story.act("second", "us", "2019-12-01", cancels("p", on="2020-05-01"))
    story.act("back", "dprk", "2020-02-01", withdraws("first"))
    assert of_2020(story) == [
        "2020-02-01 changes p by back: active -> active",
        "2020-05-01 notice_takes_effect p by second: active -> cancelled",
    ]


@pytest.mark.rule("14.5")
def test_a_notice_on_a_promise_and_its_treaty_is_told_once_of_each(story: Story) -> None:
    story.instrument("t", "us dprk", on="2019-01-01", withdrawal=notice(days=90))
    story.promise("p", "us", to="dprk", on="2019-01-15", kept=True, instrument="t")
    leaves = (releases("p", on="2020-05-01"), suspends("t", on="2020-05-01"))
    story.act("leave", "dprk", "2019-12-01", *leaves)
    assert of_2020(story) == [
        "2020-05-01 notice_takes_effect t by leave:",
        "2020-05-01 notice_takes_effect p by leave: active -> released",
    ]


@pytest.mark.rule("14.5")
def test_a_treaty_that_is_to_be_left_is_told_with_what_stands_under_it(story: Story) -> None:
    story.instrument("t", "us dprk", on="2019-01-01", withdrawal=notice(days=90))
    for each in ("p", "q"):
        story.promise(each, "us", to="dprk", on="2019-01-15", kept=True, instrument="t")
    story.act("leave", "us", "2019-12-01", cancels("t", on="2020-05-01"))
    assert of_2020(story) == [
        "2020-05-01 notice_takes_effect t by leave:",
        "2020-05-01 notice_takes_effect p by leave: active -> cancelled",
        "2020-05-01 notice_takes_effect q by leave: active -> cancelled",
    ]


@pytest.mark.rule("14.1", "14.4")
def test_what_is_made_for_a_later_day_begins_then(story: Story) -> None:
    story.instrument("t", "us dprk", on="2020-02-01")
    story.promise("p", "us", to="dprk", on="2020-02-01", due="../2020-03-31")
    assert of_2020(story) == [
        "2020-02-01 begins p: ahead -> active",
        "2020-02-01 begins t:",
        "2020-03-31 falls_due p: ahead -> active",
    ]


# What changes because of something else


@pytest.mark.rule("14.6")
def test_what_waits_for_another_one_changes_when_that_ends(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", kept=True, until="2020-06-30")
    story.promise("q", "dprk", to="us", on="2019-01-15", antecedent=once(fulfilled("p")))
    assert of_2020(story) == [
        "2020-06-30 ends p: active -> fulfilled",
        "2020-07-01 changes q by p: conditional -> active",
    ]


@pytest.mark.rule("14.6")
def test_an_act_that_is_recorded_with_a_later_day_is_named(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15")
    story.gives("deed", "us", "2020-02-10", fulfils("p", "1"), to="dprk")
    assert of_2020(story) == ["2020-02-10 changes p by deed: active -> fulfilled"]


@pytest.mark.rule("14.1", "14.6")
@pytest.mark.parametrize(
    ("by", "what"),
    [("dprk", reschedules("p", due="../2021-06-30")), ("rok", cancels("p"))],
)
def test_other_terms_and_who_has_left_are_a_change_of_the_day(
    story: Story, by: str, what: object
) -> None:
    story.promise("p", "us rok", to="dprk", on="2019-01-15", due="../2021-03-31")
    story.act("deed", by, "2020-02-10", what)  # type: ignore[arg-type]
    assert of_2020(story) == ["2020-02-10 changes p by deed: active -> active"]


@pytest.mark.rule("14.1", "14.6")
def test_another_holder_is_a_change_of_the_day() -> None:
    story = Story(parties="us dprk")
    story.party("heir", succeeds=(succeeds("us", "2020-02-10"),))
    story.promise("p", "us", to="dprk", on="2019-01-15", due="../2021-03-31")
    assert of_2020(story) == ["2020-02-10 changes p by heir: active -> active"]


@pytest.mark.rule("14.1", "14.6")
def test_seen_from_a_day_of_the_past_only_what_was_known_is_told(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", due="2020-03-01/2020-06-30")
    before = story.position
    story.gives("deed", "us", "2020-02-10", fulfils("p", "1"), to="dprk")
    assert of_2020(story) == ["2020-02-10 changes p by deed: active -> fulfilled"]
    found = agenda(story.seen(NEW_YEAR, position=before), NEW_YEAR, "2020-12-31")
    assert found == [
        "2020-03-01 due_begins p: active -> active",
        "2020-06-30 falls_due p: active -> active",
    ]


def test_nothing_is_told_beyond_the_days_that_were_asked_about(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", due="2020-03-01/2020-06-30")
    seen = story.seen(NEW_YEAR)
    assert agenda(seen, "2020-03-02", "2020-06-29") == []
    assert agenda(seen, "2020-06-30", "2020-06-30") == [
        "2020-06-30 falls_due p: active -> active"
    ]


def test_the_first_and_the_last_day_of_the_calendar_may_be_asked_about(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="0001-01-01", due="9999-12-30")
    assert agenda(story.seen("0001-01-01"), "0001-01-01", "9999-12-31") == [
        "9999-12-30 falls_due p: active -> active"
    ]


def test_a_last_day_that_is_far_ahead_has_no_commitment_looked_at_for_each_month_until_then(
    story: Story,
) -> None:
    story.act("signed", "us", "2019-12-15")
    story.promise("p", "us", to="dprk", on="2019-01-15", due_after=after("signed", days=60))
    looked_up_to: list[date] = []

    def is_wanted(_: VisibleEntry, last: date) -> bool:
        looked_up_to.append(last)
        return True

    found = ahead(story.seen(NEW_YEAR).picture, date(2020, 1, 1), date.max, is_wanted)
    assert [item.day for item in found] == [date(2020, 2, 13)]
    assert len(looked_up_to) < 40


def test_a_countermeasure_that_ends_is_told_like_any_suspension(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", due="../2021-09-30")
    story.promise("q", "dprk", to="us", on="2019-01-15", kept=True)
    story.act("test", "dprk", "2019-05-01", breaches("q"))
    story.act(
        "halt", "us", "2019-06-09", suspends("p", until="2020-04-30"), responds_to("test")
    )
    assert of_2020(story) == ["2020-04-30 suspension_ends p: suspended -> active"]


def test_what_waits_for_an_act_of_a_later_day_is_told_with_the_act(story: Story) -> None:
    story.promise("p", "us", to="dprk", on="2019-01-15", antecedent=once(occurred("deed")))
    story.act("deed", "dprk", "2020-02-10")
    assert of_2020(story) == ["2020-02-10 changes p by deed: conditional -> active"]
