"""Instruments: their promises, what is done to them, and what such an answer rests on."""

from fractions import Fraction

import pytest

from ledger_service.domain.instruments.provisions import reading_order
from ledger_service.domain.values.answers import Lifecycle, Rubric
from ledger_service.domain.values.entries import Mandate, RelationKind
from tests.support.scenario import (
    About,
    Story,
    cancels,
    denies,
    for_,
    fulfils,
    refutes,
    releases,
    suspends,
    word,
)


def of_treaty() -> Story:
    """A treaty with a promise of each of two parties, and one of a third."""
    story = Story(parties="us iran eu iaea")
    story.instrument("deal", "us iran eu", on="2015-07-14")
    for name, by, to, provision in (
        ("us-relief", "us", "iran", "par. 21"),
        ("eu-relief", "eu", "iran", "par. 19"),
        ("limit", "iran", "us eu", "par. 7"),
    ):
        story.promise(
            name,
            by,
            to=to,
            on="2015-07-14",
            kept=True,
            instrument="deal",
            provision=provision,
        )
    return story


def conduct_of(story: Story, act: str, day: str, kind: RelationKind) -> str:
    """What a move that is aimed at the treaty did: `done`, or why it did nothing."""
    conduct = story.seen(day).instrument("deal").conduct
    [found] = [c for c in conduct if c.act == act and c.relation is kind]
    return "done" if found.effective else found.why_not


@pytest.mark.rule("10.2")
def test_an_instrument_lists_its_promises_as_a_reader_would_sort_their_provisions():
    found = of_treaty().seen("2016-01-01").instrument("deal")
    assert [each.entry_id for each in found.commitments] == ["limit", "eu-relief", "us-relief"]
    assert found.commitments[0].debtors == ("iran",)
    assert found.commitments[0].creditors == ("eu", "us")


@pytest.mark.rule("10.2")
def test_provisions_sort_by_the_value_of_their_numbers():
    given = ["Art. X", "Art. II(10)", "", "Art. IX", "Art. II(2)", "Annex C", "Annex A", "2 b"]
    assert sorted(given, key=reading_order) == [
        "2 b",
        "Annex A",
        "Annex C",
        "Art. II(2)",
        "Art. II(10)",
        "Art. IX",
        "Art. X",
        "",
    ]


@pytest.mark.rule("10.4", "11.4")
def test_it_counts_how_many_of_its_promises_stand_where():
    story = of_treaty()
    story.act("left", "us", "2018-05-08", cancels("deal"))
    found = story.seen("2018-05-08").instrument("deal")
    assert found.counts == ((Lifecycle.ACTIVE, 2), (Lifecycle.CANCELLED, 1))
    assert found.rubric is Rubric.G20
    assert (found.rated, found.average) == (3, Fraction(1, 3))


def test_promises_that_are_not_visible_are_not_among_them():
    story = of_treaty()
    story.promise("secret", "us", to="iran", on="2017-01-01", instrument="deal")
    assert len(story.seen("2016-12-31").instrument("deal").commitments) == 3
    assert len(story.seen("2017-01-01").instrument("deal").commitments) == 4


@pytest.mark.rule("10.3")
def test_what_moved_one_of_its_promises_was_effective():
    story = of_treaty()
    story.act("left", "us", "2018-05-08", cancels("deal"))
    assert conduct_of(story, "left", "2018-05-08", RelationKind.CANCELS) == "done"


@pytest.mark.rule("10.3")
def test_what_moved_none_says_why():
    story = of_treaty()
    story.party("clerk", for_("us", Mandate.ACCEPT))
    story.act("stranger", "iaea", "2018-01-01", cancels("deal"))
    story.act("without", "clerk", "2018-01-01", cancels("deal"))
    story.act("refuted", "us", "2018-01-01", cancels("deal"))
    story.act("check", "iaea", "2018-01-02", refutes("refuted"))
    found = {
        act: conduct_of(story, act, "2018-02-01", RelationKind.CANCELS)
        for act in ("stranger", "without", "refuted")
    }
    assert found == {
        "stranger": "not_entitled",
        "without": "authority_doubtful",
        "refuted": "refuted",
    }


@pytest.mark.rule("10.3")
def test_what_comes_after_all_is_over_says_so():
    story = of_treaty()
    story.act("left", "us", "2018-05-08", cancels("deal"))
    story.act("again", "us", "2018-06-01", cancels("deal"))
    assert conduct_of(story, "again", "2018-06-01", RelationKind.CANCELS) == "after_end"


@pytest.mark.rule("10.3")
def test_of_several_reasons_that_on_the_first_of_its_promises_by_id_is_told():
    """And that all is over only where all of it is."""
    story = Story(parties="us iran eu")
    story.instrument("deal", "us iran eu", on="2015-07-14")
    for name in ("a", "b", "c"):
        story.promise(name, "us", to="iran", on="2015-07-14", instrument="deal")
    story.act("freed", "iran", "2016-01-01", releases("a"))
    story.act("halted", "iran", "2016-01-01", suspends("b"))
    story.act("halt", "iran", "2016-02-01", suspends("deal"))
    assert conduct_of(story, "halt", "2016-02-01", RelationKind.SUSPENDS) == "done"
    story.annul("halt")
    story.act("ask", "us", "2016-02-01", suspends("deal"))
    assert story.seen("2016-02-01").effect("ask", "a", RelationKind.SUSPENDS) == "after_end"
    reasons = [story.seen("2016-02-01").effect("ask", c, RelationKind.SUSPENDS) for c in "bc"]
    assert conduct_of(story, "ask", "2016-02-01", RelationKind.SUSPENDS) == reasons[0]


@pytest.mark.rule("5.12.4", "10.3")
def test_a_suspension_that_waits_says_so():
    story = of_treaty()
    story.act("halt", "us", "2018-05-08", suspends("deal"))
    story.act("let-go", "eu", "2018-05-08", releases("deal"))
    assert conduct_of(story, "halt", "2018-05-08", RelationKind.SUSPENDS) == "waiting"
    assert conduct_of(story, "let-go", "2018-05-08", RelationKind.RELEASES) == "waiting"


def test_an_instrument_that_is_not_visible_has_no_answer():
    story = of_treaty()
    assert story.seen("2015-07-13").picture.instrument("deal") is None


@pytest.mark.rule("9.6")
def test_it_rests_on_what_its_promises_rest_on_and_on_what_is_said_of_it():
    story = of_treaty()
    story.act("denied", "iran", "2015-08-01", denies("deal", About.EXISTENCE))
    story.act("stranger", "iaea", "2018-01-01", cancels("deal"))
    story.gives("deed", "iran", "2016-01-01", fulfils("limit"), to="us")
    found = story.seen("2018-01-01").instrument("deal")
    assert {"deal", "denied", "stranger", "limit", "deed"} <= set(found.why)
    assert found.in_doubt == 0


def test_what_of_it_may_not_have_happened_yet_is_counted():
    story = of_treaty()
    story.report("press", "2016-01-01")
    told = word(report="press")
    story.promise(
        "vague", "us", to="iran", on="2016-01-01/2016-12-31", instrument="deal", told=told
    )
    story.act("left", "us", "2016-02-01/2016-12-31", cancels("deal"), told=told)
    assert story.seen("2016-06-01").instrument("deal").in_doubt == 2


@pytest.mark.rule("10.1")
def test_a_promise_names_its_instrument_and_its_provision():
    seen = of_treaty().seen("2016-01-01")
    found = seen.instrument("deal")
    assert [(each.entry_id, each.provision) for each in found.commitments] == [
        ("limit", "par. 7"),
        ("eu-relief", "par. 19"),
        ("us-relief", "par. 21"),
    ]
    assert found.evidence.status == "attested"
    assert not hasattr(found, "lifecycle")


@pytest.mark.rule("10.2")
def test_promises_of_one_provision_come_by_id_and_those_without_one_last():
    story = Story(parties="us iran")
    story.instrument("deal", "us iran", on="2015-07-14")
    for name, provision in (("d", "Art. II"), ("a", ""), ("c", "Art. X"), ("b", "Art. X")):
        on = {"to": "iran", "on": "2015-07-14"}
        story.promise(name, "us", instrument="deal", provision=provision, **on)
    found = story.seen("2016-01-01").instrument("deal")
    assert [each.entry_id for each in found.commitments] == ["d", "b", "c", "a"]


@pytest.mark.rule("10.4", "11.4")
def test_where_none_of_its_promises_has_a_number_there_is_no_average():
    story = Story(parties="us iran")
    story.instrument("deal", "us iran", on="2015-07-14")
    assert story.seen("2016-01-01").instrument("deal").average is None
    story.promise("p", "us", to="iran", on="2015-07-14", instrument="deal")
    seen = story.seen("2016-01-01")
    found = seen.instrument("deal", Rubric.G20)
    assert (found.commitments[0].rating, found.rated, found.average) == ("not rated", 0, None)
    words = seen.instrument("deal", Rubric.POLIMETRE)
    assert (words.commitments[0].rating, words.rated, words.average) == ("pending", 0, None)
    numbers = seen.instrument("deal", Rubric.PAM)
    assert (numbers.rated, numbers.average) == (1, 0)
