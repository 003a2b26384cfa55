"""The words of a date are kept and held to the rules of texts, and no rule reads them."""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger_service.domain.checks import check_command, normalise
from ledger_service.domain.checks.identical import differing
from ledger_service.domain.values.entries import IntervalDate
from tests.support.examples import a_command, an_act, entry, on
from tests.support.scenario import Story, reschedules

TODAY = date(2018, 9, 1)
OCCURRED = "items[0].entry.state.act.occurred"


def faults(words: str) -> dict[str, str]:
    act = an_act(occurred=replace(on("2018-06-12"), words=words))
    found = check_command(normalise(a_command(entry("F001", act))), today=TODAY)
    return {violation.field: violation.problem for violation in found}


@pytest.mark.parametrize("words", ["", "spring 2003", "봄", "x" * 200])
def test_words_that_may_be_kept(words):
    assert faults(words) == {}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("x" * 201, "This text has 201 bytes in UTF-8. At most 200 are allowed."),
        ("봄" * 67, "This text has 201 bytes in UTF-8. At most 200 are allowed."),
        ("spring\u200b", "Character 7 of this text is U+200B, a mark that nobody sees"),
        ("spring\x07", "Character 7 of this text is U+0007, a control character"),
        ("  ", "This is empty. Leave it out."),
    ],
)
def test_words_that_are_refused(words, problem):
    found = faults(words)
    assert list(found) == [f"{OCCURRED}.words"]
    assert found[f"{OCCURRED}.words"].startswith(problem)


def test_words_are_kept_in_form_c():
    act = an_act(occurred=replace(on("2018-06-12"), words="Ma\u0308rz"))
    (item,) = normalise(a_command(entry("F001", act))).items
    assert item.state.occurred.words == "März"


def test_an_entry_with_other_words_is_no_identical_one():
    plain = an_act(occurred=on("2018-06-12"))
    told = replace(plain, occurred=replace(plain.occurred, words="a day in June"))
    assert differing(told, plain) == ("occurred",)
    assert differing(told, told) == ()


@pytest.mark.rule("1.2")
def test_creditors_join_in_an_extension_whatever_they_call_its_day():
    story = Story()
    story.promise("p", "us", to="dprk rok", on="2018-01-01", due="2018-01-01/2018-06-30")
    for creditor, words in (("dprk", "by the autumn"), ("rok", "before winter")):
        put_off = reschedules("p", due="2018-01-01/2018-09-30")
        assert put_off.due
        worded = replace(put_off, due=replace(put_off.due, words=words))
        story.act(f"{creditor}-agrees", creditor, "2018-05-01", worded)
    due = story.seen("2018-05-02").standing("p").due
    assert due == IntervalDate(due.from_day, due.to_day, due.precision)
    assert str(due.to_day) == "2018-09-30"


def test_a_day_that_is_due_is_told_without_its_words():
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-01-01", due="../2018-06-30")
    story.amend("p", due=replace(on("2018-06-30"), words="midsummer"))
    due = story.seen("2018-05-02").standing("p").due
    assert due
    assert due.words == ""
