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


def test_an_instrument_lists_its_promises_as_a_reader_would_sort_their_provisions():
    found = of_treaty().seen("2016-01-01").instrument("deal")
    assert [each.entry_id for each in found.commitments] == ["limit", "eu-relief", "us-relief"]
    assert found.commitments[0].debtors == ("iran",)
    assert found.commitments[0].creditors == ("eu", "us")


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


def test_what_moved_one_of_its_promises_was_effective():
    story = of_treaty()
    story.act("left", "us", "2018-05-08", cancels("deal"))
    assert conduct_of(story, "left", "2018-05-08", RelationKind.CANCELS) == "done"


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


def test_what_comes_after_all_is_over_says_so():
    story = of_treaty()
    story.act("left", "us", "2018-05-08", cancels("deal"))
    story.act("again", "us", "2018-06-01", cancels("deal"))
    assert conduct_of(story, "again", "2018-06-01", RelationKind.CANCELS) == "after_end"


@pytest.mark.rule("5.12.4")
def test_a_suspension_that_waits_says_so():
    story = of_treaty()
    story.act("halt", "us", "2018-05-08", suspends("deal"))
    story.act("let-go", "eu", "2018-05-08", releases("deal"))
    assert conduct_of(story, "halt", "2018-05-08", RelationKind.SUSPENDS) == "waiting"
    assert conduct_of(story, "let-go", "2018-05-08", RelationKind.RELEASES) == "waiting"


def test_an_instrument_that_is_not_visible_has_no_answer():
    story = of_treaty()
    assert story.seen("2015-07-13").picture.instrument("deal") is None


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
