"""Bodies whose word is that of their members."""

import pytest

from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.entries import About, Mandate, RelationKind
from tests.support.scenario import (
    Story,
    breaches,
    cancels,
    denies,
    for_,
    fulfils,
    is_,
    member,
    refutes,
    verifies,
    word,
)


def of_commission(*members: str) -> Story:
    """A delivery of one state to another, and a commission of some members."""
    story = Story(parties="us rok dprk iaea")
    story.party("commission", composed_of=tuple(member(each) for each in members))
    story.promise("oil", "us", to="dprk", on="1994-10-21")
    story.gives("shipped", "us", "1996-10-21", fulfils("oil", "1"), to="dprk")
    return story


@pytest.mark.rule("3.7.1")
def test_a_body_of_a_side_verifies_nothing_of_it():
    story = of_commission("us", "rok")
    story.act("confirms", "commission", "1997-07-31", verifies("oil", About.FULFILMENT))
    assert story.seen("1998-01-01").evidence("shipped") == "attested"


@pytest.mark.rule("3.7", "3.7.1")
def test_a_body_of_others_is_neutral():
    story = of_commission("rok", "iaea")
    story.act("confirms", "commission", "1997-07-31", verifies("oil", About.FULFILMENT))
    seen = story.seen("1998-01-01")
    assert seen.evidence("shipped") == "verified"
    assert seen.counts("us", "dprk", evidence=EvidenceFilter.VERIFIED) == (1, 0)


@pytest.mark.rule("3.7.1")
def test_a_member_of_a_body_that_is_a_side_is_not_neutral():
    story = Story(parties="us rok dprk iaea")
    story.party("kedo", composed_of=(member("us"), member("rok")))
    story.gives("shipped", "kedo", "1996-10-21", to="dprk")
    story.act("seen", "rok", "1997-01-01", verifies("shipped"))
    assert story.seen("1998-01-01").evidence("shipped") == "attested"


@pytest.mark.rule("3.7.1")
def test_who_is_a_member_with_a_side_in_another_body_is_neutral():
    """Of a common body only the body and its members speak for one another's sides."""
    story = Story(parties="us rok dprk")
    story.party("forum", composed_of=(member("us"), member("rok")))
    story.gives("shipped", "us", "1996-10-21", to="dprk")
    story.act("seen", "rok", "1997-01-01", verifies("shipped"))
    assert story.seen("1998-01-01").evidence("shipped") == "verified"


@pytest.mark.rule("2.5", "3.6.1")
def test_membership_has_days():
    story = Story(parties="us rok dprk")
    told = member("us", from_="1995-03-09", to="2006-05-31")
    story.party("kedo", composed_of=(told,))
    story.gives("shipped", "us", "1996-10-21", to="dprk")
    story.act("inside", "kedo", "2006-05-31", verifies("shipped"))
    assert story.seen("2007-01-01").evidence("shipped") == "attested"
    story.act("outside", "kedo", "2006-06-01", verifies("shipped"))
    assert story.seen("2007-01-01").evidence("shipped") == "verified"


@pytest.mark.rule("2.5")
def test_membership_counts_once_its_report_is_out():
    story = Story(parties="us dprk")
    story.report("charter", "1999-01-01")
    story.party("kedo", composed_of=(member("us", told_by="charter"),))
    story.gives("shipped", "us", "1996-10-21", to="dprk")
    story.act("confirms", "kedo", "1997-01-01", verifies("shipped"))
    assert story.replayed("1998-12-31").evidence("shipped") == "verified"
    assert story.replayed("1999-01-01").evidence("shipped") == "attested"


@pytest.mark.rule("3.6.1", "3.7.1")
def test_bodies_of_bodies_speak_for_the_members_of_these():
    story = Story(parties="us dprk")
    story.party("inner", composed_of=(member("us"),))
    story.party("outer", composed_of=(member("inner"),))
    story.gives("shipped", "us", "1996-10-21", to="dprk")
    story.act("confirms", "outer", "1997-01-01", verifies("shipped"))
    assert story.seen("1998-01-01").evidence("shipped") == "attested"


@pytest.mark.rule("3.6.1")
def test_members_are_rolled_up():
    story = Story(parties="us dprk")
    story.party("agency", for_("us"))
    story.party("board", composed_of=(member("agency"),))
    story.gives("shipped", "us", "1996-10-21", to="dprk")
    story.act("confirms", "board", "1997-01-01", verifies("shipped"))
    assert story.seen("1998-01-01").evidence("shipped") == "attested"


@pytest.mark.rule("3.6.4")
def test_a_circle_of_bodies_comes_to_an_end():
    story = Story(parties="us dprk")
    story.party("one", composed_of=(member("other"),))
    story.party("other", composed_of=(member("one"), member("us")))
    story.party("lone", composed_of=(member("lonely"),))
    story.party("lonely", composed_of=(member("lone"),))
    story.gives("shipped", "us", "1996-10-21", to="dprk")
    story.act("confirms", "one", "1997-01-01", verifies("shipped"))
    assert story.seen("1998-01-01").evidence("shipped") == "attested"
    story.act("denied", "lone", "1997-01-01", denies("shipped"))
    assert story.seen("1998-01-01").evidence("shipped") == "disputed"


@pytest.mark.rule("3.6.2")
def test_the_word_of_a_body_of_the_debtor_is_the_debtors():
    story = of_commission("us", "dprk")
    story.promise("gas", "us", to="dprk", on="1994-10-21")
    told = word("commission")
    story.gives("piped", "us", "1997-01-01", fulfils("gas", "1"), to="dprk", told=told)
    assert story.seen("1997-01-01").lifecycle("gas") == "fulfilled"


@pytest.mark.rule("3.6", "3.6.1")
def test_the_word_of_a_body_of_the_creditor_alone_is_the_creditors():
    story = Story(parties="us rok dprk")
    story.party("front", composed_of=(member("dprk"),))
    story.promise("oil", "us", to="dprk", on="1994-10-21")
    told = word("front")
    story.gives("shipped", "us", "1996-10-21", fulfils("oil", "1"), to="dprk", told=told)
    seen = story.seen("1998-01-01")
    assert seen.effect("shipped", "oil", RelationKind.FULFILS) == "fulfilment_claimed"


@pytest.mark.rule("3.6.3")
def test_a_body_gives_no_mandate():
    story = of_commission("us")
    story.promise("gas", "us", to="dprk", on="1994-10-21", told=word("commission"))
    story.act("off", "commission", "1995-01-01", cancels("oil"))
    seen = story.seen("1995-01-01")
    assert seen.lifecycle("gas") == "proposed"
    assert seen.effect("off", "oil", RelationKind.CANCELS) == "not_entitled"


@pytest.mark.rule("4.4")
def test_refuting_by_a_body_of_a_side_counts_as_denying():
    story = of_commission("us", "dprk")
    story.act("never", "commission", "1997-01-01", refutes("shipped"))
    assert story.seen("1997-01-01").evidence("shipped") == "disputed"


@pytest.mark.rule("3.6.1", "4.5")
def test_a_denial_by_the_members_of_a_body_is_no_other_voice():
    story = Story(parties="us rok dprk")
    story.party("kedo", composed_of=(member("us"), member("rok")))
    story.act("says", "us", "1997-01-01", toward="dprk")
    story.act("denies", "kedo", "1997-01-02", denies("says"))
    assert story.seen("1997-01-02").evidence("says") == "attested"


@pytest.mark.rule("3.6.1")
def test_its_word_is_that_of_those_for_whom_its_members_and_theirs_stand():
    story = Story(parties="us rok dprk")
    story.party("agency", for_("us"))
    story.party("inner", composed_of=(member("agency"),))
    story.party("kedo", composed_of=(member("inner"), member("rok", to="1997-01-01")))
    story.act("says", "us", "1997-01-01", toward="dprk")
    story.act("denies", "inner", "1997-01-02", denies("says"))
    assert story.seen("1997-01-03").evidence("says") == "attested"
    story.act("says-too", "kedo", "1997-01-02", toward="dprk")
    story.act("denies-too", "us", "1997-01-03", denies("says-too"))
    assert story.seen("1997-01-03").evidence("says-too") == "attested"


@pytest.mark.rule("3.6.3")
def test_a_deed_of_a_body_is_its_own():
    story = of_commission("us")
    story.act("broken", "commission", "1995-01-01", breaches("oil"))
    story.gives("ship", "commission", "1996-01-01", to="dprk")
    seen = story.seen("1996-01-01")
    assert seen.lifecycle("oil") == "active"
    assert seen.counts("commission", "dprk") == (1, 0)
    assert seen.counts("us", "dprk") == (0, 0)


@pytest.mark.rule("3.4.2")
def test_a_body_under_another_id_is_the_body():
    story = Story(parties="us dprk")
    story.party("kedo", composed_of=(member("us"),))
    story.party("zz-kedo", same_as=(is_("kedo"),))
    story.gives("shipped", "us", "1996-10-21", to="dprk")
    story.act("confirms", "zz-kedo", "1997-01-01", verifies("shipped"))
    assert story.seen("1998-01-01").evidence("shipped") == "attested"


@pytest.mark.rule("3.7.1")
def test_who_merely_represents_a_body_is_bound_by_its_members_too():
    story = Story(parties="us dprk")
    story.party("kedo", composed_of=(member("us"),))
    story.party("director", for_("kedo", Mandate.ALL))
    story.gives("shipped", "us", "1996-10-21", to="dprk")
    story.act("confirms", "director", "1997-01-01", verifies("shipped"))
    assert story.seen("1998-01-01").evidence("shipped") == "attested"


@pytest.mark.rule("3.7.1", "4.5")
def test_nobody_who_is_not_known_is_neutral_or_denies():
    story = Story()
    story.gives("gift", "us", "2018-06-01", to="dprk")
    story.act("seen", "", "2018-06-02", verifies("gift"))
    story.act("denied", "", "2018-06-02", denies("gift"))
    assert story.seen("2018-06-02").evidence("gift") == "attested"
