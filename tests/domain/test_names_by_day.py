"""What a party is called on a day, and its codes elsewhere."""

from datetime import date

import pytest

from ledger_service.domain.values.entries import PartyCode, PartyName
from tests.support.scenario import Story


def story_of_names(*names: PartyName, codes: tuple[PartyCode, ...] = ()) -> Story:
    story = Story(parties="")
    story.party("mkd", names=names, codes=codes)
    return story


@pytest.mark.rule("3.8.1")
def test_the_name_that_fits_the_day_is_used():
    story = story_of_names(
        PartyName("Former Republic", date(1993, 4, 8), date(2019, 2, 11)),
        PartyName("North", date(2019, 2, 12)),
    )
    assert story.seen("1993-04-08").party("mkd").name == "Former Republic"
    assert story.seen("2019-02-11").party("mkd").name == "Former Republic"
    assert story.seen("2019-02-12").party("mkd").name == "North"


@pytest.mark.rule("3.8.1")
def test_the_name_of_the_party_is_used_where_no_other_fits():
    story = story_of_names(PartyName("Former Republic", date(1993, 4, 8), date(2019, 2, 11)))
    assert story.seen("1990-01-01").party("mkd").name == "mkd"
    assert story.seen("2020-01-01").party("mkd").name == "mkd"


@pytest.mark.rule("3.8.1")
def test_of_several_that_fit_the_first_is_used():
    story = story_of_names(
        PartyName("Vardar", None, date(2000, 1, 1), "mk"), PartyName("North", None, None, "en")
    )
    assert story.seen("1999-01-01").party("mkd").name == "Vardar"
    assert story.seen("2001-01-01").party("mkd").name == "North"


@pytest.mark.rule("3.8", "3.8.1")
def test_only_the_codes_of_the_day_are_shown():
    old, new = (
        PartyCode("iso3", "MKX", to_day=date(2019, 2, 11)),
        PartyCode("iso3", "MKD", date(2019, 2, 12)),
    )
    always = PartyCode("wikidata", "Q221")
    story = story_of_names(codes=(old, new, always))
    assert story.seen("2019-02-11").party("mkd").codes == (old, always)
    assert story.seen("2019-02-12").party("mkd").codes == (new, always)


@pytest.mark.rule("2.5")
def test_the_last_version_answers_whatever_the_days():
    story = story_of_names(PartyName("Old", None, None))
    story.amend("mkd", names=(PartyName("New", None, None),))
    assert story.seen("1990-01-01").party("mkd").name == "New"
    assert story.seen("1990-01-01").party("mkd").version == 2
