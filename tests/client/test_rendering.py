"""What appears on the terminal: everything fits 80 columns, and no id is cut."""

import io
import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from diplomatic_ledger import dates, json_form
from diplomatic_ledger.cli import (
    acts,
    balances,
    commitments,
    conduct,
    diff,
    entry,
    figures,
    instruments,
    ledgers,
    log,
    parties,
    plots,
    reasons,
    registers,
    replay,
    resting,
    series,
    spoken,
    terms,
)
from diplomatic_ledger.cli.cells import Parts
from diplomatic_ledger.cli.counted import counted
from diplomatic_ledger.cli.reasons import Course
from diplomatic_ledger.cli.screen import Screen, basis_line, table
from diplomatic_ledger.cli.sheet import fitted
from diplomatic_ledger.cli.titles import Named, when
from diplomatic_ledger.history import StoredRecord
from diplomatic_ledger.v1 import (
    acts_pb2,
    balances_pb2,
    cuts_pb2,
    differences_pb2,
    entries_pb2,
    instruments_pb2,
    parties_pb2,
    reports_pb2,
    series_pb2,
    standings_pb2,
)
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.v1.history_service_pb2 import EntryVersion
from diplomatic_ledger.v1.ledger_service_pb2 import LedgerInfo
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

UUID = "01a20a49-5f93-7794-8736-09d6a890fc1a"
LONG = "Takes down the tunnel entrances of the nuclear test site, watched by reporters " * 3
MARKUP = "[bold]Not a style[/bold] :smile:"
EVIDENCE = standings_pb2.EvidenceFinding(status=standings_pb2.EVIDENCE_STATUS_ATTESTED)


def drawn(*parts, width: int = 80) -> str:
    """What a terminal of so many columns shows."""
    file = io.StringIO()
    console = Console(file=file, width=width, highlight=False, markup=False, emoji=False)
    Screen(console).show(*parts)
    text = file.getvalue()
    assert all(len(line) <= width for line in text.splitlines())
    assert "\x1b" not in text
    return text


def commitment(entry_id: str = UUID, **fields) -> standings_pb2.CommitmentStanding:
    given = {
        "lifecycle": standings_pb2.LIFECYCLE_ACTIVE,
        "debtors": ["dprk"],
        "creditors": ["us"],
    }
    return standings_pb2.CommitmentStanding(
        entry_id=entry_id,
        version=1,
        commitment=entries_pb2.Commitment(consequent=LONG),
        standing=standings_pb2.Standing(**given | fields),
    )


def act(entry_id: str, title: str = LONG, **fields) -> acts_pb2.ActView:
    return acts_pb2.ActView(
        entry_id=entry_id,
        act=entries_pb2.Act(
            kind=entries_pb2.ACT_KIND_CONCESSION, title=title, occurred=day("2018-06-12")
        ),
        day="2018-06-12",
        actors=["dprk"],
        counterparties=["us"],
        evidence=EVIDENCE,
        **fields,
    )


def test_ids_are_never_cut():
    flags = [
        "STANDING_FLAG_FULFILMENT_CLAIMED",
        "STANDING_FLAG_PARTIALLY_FULFILLED",
        "STANDING_FLAG_UNDATED",
    ]
    assert UUID in drawn(commitments.commitments_table([commitment(flags=flags)]))
    assert UUID in drawn(acts.acts_table([act(UUID)]))
    assert UUID in drawn(replay.latest_table([act(UUID)]))
    record = StoredRecord(
        17,
        b'{"type":"act.recorded.v1","time":"2026-11-23T20:15:01.000001Z","subject":"%s",'
        b'"data":{"title":"%s"}}' % (UUID.encode(), LONG.encode()),
    )
    assert UUID in drawn(log.log_table([log.log_row(record)]))


def test_a_long_list_is_printed_while_its_end_is_still_on_its_way():
    file = io.StringIO()
    seen: list[bool] = []

    def found():
        for number in range(1200):
            seen.append("first" in file.getvalue())
            yield act("first" if number == 0 else f"F{number}")

    screen = Screen(Console(file=file, width=80))
    assert screen.tables(found(), acts.acts_table)
    assert (seen[499], seen[500]) == (False, True)
    assert "F1199" in file.getvalue()
    assert not screen.tables([], acts.acts_table)


def test_titles_of_reports_are_not_broken_within_words_beside_long_ids_and_dates():
    report = entries_pb2.Report(
        title="Announcement of international negotiations",
        publisher="Korean Central News Agency",
        source_grade=entries_pb2.SOURCE_GRADE_B,
        published=entries_pb2.IntervalDate(from_day="2018-04-21", to_day="2018-05-02"),
    )
    each = reports_pb2.ReportView(entry_id="joint-statement-2018-06-12", report=report)
    text = drawn(registers.reports_table([each]))
    for word in f"{report.title} {report.publisher} {each.entry_id}".split():
        assert word in text


@pytest.mark.rule("4.9")
@pytest.mark.parametrize(
    ("grade", "credibility", "shown"), [("B", 2, "B2"), ("F", 6, "F6"), ("E", 0, "E")]
)
def test_admiralty_grades_are_shown_as_they_were_given(grade, credibility, shown):
    told = entries_pb2.Report(
        title="News", publisher="A paper", source_grade=f"SOURCE_GRADE_{grade}"
    )
    reports = {"press": reports_pb2.ReportView(entry_id="press", report=told)}
    evidence = entries_pb2.Evidence(report="press", credibility=credibility)
    assert f" {shown} " in drawn(resting.evidence_table([evidence], reports))


def test_an_id_that_is_wider_than_the_terminal_is_not_broken():
    file = io.StringIO()
    Screen(Console(file=file, width=80)).show(acts.acts_table([act("x" * 128)]))
    lines = file.getvalue().splitlines()
    assert "x" * 128 in lines
    assert max(len(line) for line in lines if "xxx" not in line) <= 80


def test_rows_are_told_line_by_line_where_columns_do_not_fit():
    file = io.StringIO()
    Screen(Console(file=file, width=40)).show(acts.acts_table([act(UUID), act("F2", "Short")]))
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= 40
    assert f"  {UUID}" in lines
    assert lines[-5:] == [
        "day             2018-06-12",
        "id              F2",
        "who             unknown",
        "kind, evidence  concession, attested",
        "what            Short",
    ]


@given(
    st.lists(
        st.tuples(st.integers(1, 200), st.sampled_from(["id", "who", "text"])),
        min_size=1,
        max_size=6,
    )
)
def test_columns_fit_whenever_they_can(columns):
    naturals, kinds = [width for width, _ in columns], [kind for _, kind in columns]
    widths = fitted(naturals, kinds, 80)
    gaps = 2 * (len(columns) - 1)
    if widths is None:
        least = [width if kind == "id" else min(width, 8) for width, kind in columns]
        assert sum(least) + gaps > 80
    else:
        assert sum(widths) + gaps <= 80
        assert all(1 <= new <= old for new, old in zip(widths, naturals, strict=True))
        assert all(
            new == old for new, (old, kind) in zip(widths, columns, strict=True) if kind == "id"
        )


def test_styles_of_words_stay_with_them_when_a_cell_is_wrapped():
    text = Text("Deliver grain to whoever asks for it, and grain again")
    text.highlight_words(["grain"], "reverse")
    file = io.StringIO()
    console = Console(file=file, width=20, force_terminal=True, highlight=False)
    Screen(console).show(table([("id", "id"), ("what", "text")], [("F1", text)]))
    assert re.findall("\x1b\\[7m(.*?)\x1b", file.getvalue()) == ["grain", "grain"]


def test_columns_that_have_room_keep_their_width():
    assert fitted([10, 20, 30], ["id", "who", "text"], 80) == [10, 20, 30]
    assert fitted([36, 10, 60], ["id", "word", "text"], 80) == [36, 10, 30]


def test_text_of_an_entry_is_never_taken_for_markup():
    text = drawn(acts.acts_table([act("F1", MARKUP)]))
    assert "[bold]Not a style[/bold]" in text
    assert ":smile:" in text


def test_ledgers():
    info = LedgerInfo(
        ledger="us-dprk-2018", title="The talks", opens_on="2017-01-01", position=9
    )
    assert "us-dprk-2018" in drawn(ledgers.ledgers_table([info]))


def test_a_commitment_says_its_flags_in_words():
    found = commitment(flags=["STANDING_FLAG_UNDATED"], share_at_least="0", existence=EVIDENCE)
    facts = list(commitments.facts(found))
    assert ("stands", "active") in facts
    assert ("", "undated: has no day, so it can never become overdue") in facts
    assert ("delivered", "a part of unknown size") in facts
    assert ("existence", "attested") in facts


def fulfilled_by(act_id, extent="", flags=()):
    return {
        "act": act_id,
        "relation": "RELATION_KIND_FULFILS",
        "extent": extent,
        "effective": True,
        "flags": list(flags),
    }


def test_a_commitment_names_the_fulfilments_that_leave_its_share_unknown():
    conduct = [
        fulfilled_by("F061"),
        fulfilled_by("F062", "1/2"),
        fulfilled_by("F063", flags=["CONDUCT_FLAG_UNIT_DIFFERS"]),
        {"act": "F064", "relation": "RELATION_KIND_FULFILS"},
    ]
    found = commitment(share_at_least="1/2", existence=EVIDENCE, conduct=conduct)
    said = ("", "F061 says no extent: write extent: 1 for the whole")
    assert said in list(commitments.facts(found))


def test_nothing_is_said_of_extents_where_the_share_is_known():
    found = commitment(share="1", existence=EVIDENCE, conduct=[fulfilled_by("F061")])
    assert not [text for _, text in commitments.facts(found) if "no extent" in text]


def test_a_flag_that_is_newer_than_the_client_is_spelled_out():
    assert spoken.flag("half_kept") == "half kept"


def test_every_flag_of_the_glossary_is_said_in_words():
    glossary = (Path(__file__).parents[2] / "GLOSSARY.md").read_text(encoding="utf-8")
    section = glossary.partition("## Flags")[2].partition("\n## ")[0]
    rows = re.findall(r"\n\| ([a-z_, ]+) \|", section)
    flags = [name for row in rows for name in row.split(", ") if name != "name"]
    assert len(flags) > 8
    assert not [name for name in flags if name not in spoken.FLAGS]


def test_conditions_read_as_sentences():
    leaf = entries_pb2.Condition
    some = entries_pb2.ConditionList(
        conditions=[
            leaf(commitment="F030"),
            leaf(words=entries_pb2.WordsCondition(text="peace")),
        ]
    )
    both = entries_pb2.ConditionList(conditions=[leaf(act="F016"), leaf(any=some)])
    read = terms.condition(leaf(all=both))
    assert read == "F016 happened and (F030 is fulfilled or peace)"


def test_at_least_so_many_of_several_conditions_read_as_a_sentence():
    leaf = entries_pb2.Condition
    of = [leaf(act="F016"), leaf(commitment="F030")]
    tree = leaf(at_least=entries_pb2.AtLeastCondition(n=1, of=of))
    assert terms.condition(tree) == "at least 1 of: F016 happened; F030 is fulfilled"


def day(first: str, last: str = "") -> entries_pb2.IntervalDate:
    return entries_pb2.IntervalDate(from_day=first, to_day=last or first)


@pytest.mark.parametrize(
    ("text", "stands", "told"),
    [
        (
            {"due": day("2007-04-29")},
            {"due": day("2012-04-29")},
            ("due", "2012-04-29, at first 2007-04-29"),
        ),
        ({"due": day("2007-04-29")}, {"due": day("2007-04-29")}, ("due", "2007-04-29")),
        (
            {"due_after": entries_pb2.DueAfter(act="F1", days=60)},
            {},
            ("due after", "within 60 days after F1"),
        ),
        (
            {"due_after": entries_pb2.DueAfter(commitment="F2", months=1)},
            {},
            ("due after", "within 1 month after the fulfilment of F2"),
        ),
        (
            {
                "instalments": [
                    entries_pb2.Instalment(due=day("1995-11-01", "1995-11-30"), share="1/2"),
                    entries_pb2.Instalment(due=day("1995-12-01", "1995-12-31"), share="1/2"),
                ]
            },
            {"due_share": "0.5", "behind": "0.25"},
            (
                "instalments",
                "2, Nov to Dec 1995; due so far 0.5, behind 0.25",
            ),
        ),
        (
            {"nature": entries_pb2.NATURE_MAINTENANCE, "until": "2019-01-01"},
            {"until": "2020-01-01"},
            ("kept until", "2020-01-01, at first 2019-01-01"),
        ),
        ({"nature": entries_pb2.NATURE_MAINTENANCE}, {}, ("kept until", "for good")),
        (
            {
                "nature": entries_pb2.NATURE_MAINTENANCE,
                "until_condition": entries_pb2.Antecedent(
                    condition=entries_pb2.Condition(commitment="F3")
                ),
            },
            {},
            ("kept until", "F3 is fulfilled"),
        ),
        (
            {"withdrawal": entries_pb2.Withdrawal(notice_days=90, not_before="2020-01-01")},
            {},
            ("may be left", "on 90 days of notice, not before 2020-01-01"),
        ),
        (
            {"withdrawal": entries_pb2.Withdrawal(notice_months=6)},
            {},
            ("may be left", "on 6 months of notice"),
        ),
        ({"withdrawal": entries_pb2.Withdrawal()}, {}, ("may be left", "at once")),
        (
            {"quantity": entries_pb2.Quantity(value="500000", unit="t")},
            {},
            ("quantity", "500000 t"),
        ),
        (
            {"instrument": "the-treaty", "provision": "Art. II(1)"},
            {},
            ("under", "the-treaty, Art. II(1)"),
        ),
    ],
)
def test_the_terms_of_a_promise_are_told_as_they_stand(text, stands, told):
    item = commitment(**stands)
    item.commitment.MergeFrom(entries_pb2.Commitment(**text))
    assert told in list(terms.terms(item))


def test_a_commitment_says_who_holds_it_who_left_and_who_is_to_blame():
    held = standings_pb2.HeldBy(debtors=["russia"], creditors=["us"])
    item = commitment(
        held_by=held,
        left_by=["dprk"],
        against=["dprk"],
        notice_given="2019-08-02",
        last_reviewed="2019-01-16",
        changes_on="2019-02-02",
    )
    item.ratings.add(rubric="g20", rating="-1")
    facts = list(commitments.facts(item))
    assert ("held by", "russia → us") in facts
    assert ("left by", "dprk") in facts
    assert ("to blame", "dprk") in facts
    assert ("takes effect", "2019-08-02") in facts
    assert ("last reviewed", "2019-01-16") in facts
    assert ("changes on", "2019-02-02") in facts
    assert ("by g20", "-1") in facts


def test_who_holds_a_commitment_is_told_only_where_that_is_somebody_else():
    held = standings_pb2.HeldBy(debtors=["dprk"], creditors=["us"])
    assert "held by" not in dict(commitments.facts(commitment(held_by=held)))


def test_a_mutual_commitment_that_nobody_took_over_names_no_other_holders():
    both = ["dprk", "rok"]
    held = standings_pb2.HeldBy(debtors=both, creditors=both)
    item = commitment(debtors=both, creditors=both, held_by=held)
    item.commitment.mutual = True
    assert "held by" not in dict(commitments.facts(item))
    item.standing.held_by.debtors[:] = ["dprk", "south"]
    assert dict(commitments.facts(item))["held by"] == "dprk ↔ south"


def test_a_delivery_says_its_amount_beside_its_share():
    ship = acts_pb2.ActView(entry_id="F9", act=entries_pb2.Act(title="A ship"))
    ship.act.quantity.CopyFrom(entries_pb2.Quantity(value="218000", unit="t"))
    fulfils = entries_pb2.RELATION_KIND_FULFILS
    deed = standings_pb2.Conduct(
        act="F9", relation=fulfils, target="F1", extent="109/2075", evidence=EVIDENCE
    )
    told = conduct.told(deed, "F1", Course(names={"F9": Named.of_act(ship)}))
    assert told == "fulfils 109/2075 (5.3%, 218000 t): A ship [attested]"


def test_an_act_without_effect_says_why():
    late = standings_pb2.Conduct(
        act="F9",
        relation=entries_pb2.RELATION_KIND_CANCELS,
        target="the-treaty",
        flags=["CONDUCT_FLAG_AFTER_END", "CONDUCT_FLAG_AUTHORITY_DOUBTFUL"],
        why_not=standings_pb2.CONDUCT_FLAG_AFTER_END,
        evidence=EVIDENCE,
    )
    told = conduct.told(late, "F1", Course(names={"F9": named("Leaves at once")}))
    assert told == (
        "cancels the-treaty: Leaves at once [attested; authority doubtful]\n"
        "without effect: done after the end"
    )
    late.why_not, late.target = standings_pb2.CONDUCT_FLAG_NOTICE_GIVEN, "F1"
    told = conduct.told(late, "F1", Course())
    assert told.startswith("cancels: ")
    assert told.endswith("not yet: announced for a later day")
    late.day = "2019-08-02"
    assert conduct.told(late, "F1", Course()).endswith("not yet: it takes effect on 2019-08-02")
    assert "F9" in drawn(conduct.conduct_table([late], "F1", Course()))


def named(title: str, occurred: str = "../..", day: str = "") -> Named:
    return Named(title, dates.parse(occurred), day)


def test_the_day_of_a_step_is_told_in_words_where_it_is_the_end_of_a_date():
    ship = named("The first ship", "1998-11/1999-01", "1999-01-31")
    assert when("1999-01-31", ship) == "Nov 1998 to Jan 1999"
    assert when("1999-03-01", ship) == "1999-03-01"
    assert when("1999-03-01", None) == "1999-03-01"
    assert when("1999-01-31", named("Another", "1998-11/..", "1999-01-31")) == "from Nov 1998"


@pytest.mark.parametrize(
    ("flag", "needed_from", "told"),
    [
        ("NOT_BINDING", (), "not yet: new binds nobody yet"),
        ("WAITING", ("us",), "not yet: us has not agreed to it"),
        ("WAITING", ("rok", "us"), "not yet: rok, us have not agreed to it"),
        ("AFTER_END", (), "without effect: old was over already"),
        ("IN_A_CIRCLE", (), "without effect: new was itself replaced by old"),
        (
            "FAILED",
            (),
            (
                "without effect: new ended otherwise than by being kept or replaced, so old "
                "stands again"
            ),
        ),
        ("UNSPECIFIED", (), ""),
    ],
)
def test_a_supersession_without_effect_says_why(flag, needed_from, told):
    found = standings_pb2.Supersession(
        successor="new",
        predecessor="old",
        why_not=f"SUPERSESSION_FLAG_{flag}",
        needed_from=needed_from,
    )
    assert reasons.superseded(found) == told


def promise(entry_id: str, provision: str, *debtors: str, **fields):
    given = {"lifecycle": standings_pb2.LIFECYCLE_ACTIVE, "rating": "+1", "creditors": ["us"]}
    return instruments_pb2.InstrumentCommitment(
        entry_id=entry_id, provision=provision, debtors=debtors, **given | fields
    )


def test_an_instrument_is_a_matrix_of_provisions_and_parties():
    broken = {"lifecycle": standings_pb2.LIFECYCLE_BREACHED, "rating": "-1"}
    found = [
        promise("a", "Art. I", "us"),
        promise("b", "Art. I", "ussr", **broken),
        promise("c", "Art. II", "us"),
        promise("d", "Art. II", "us", **broken),
        promise("e", "", "ussr"),
    ]
    (grid,) = instruments.matrices(found, 80)
    lines = [" ".join(line.split()) for line in drawn(grid).splitlines()]
    assert lines[0] == "provision us ussr"
    assert "Art. I active (+1) breached (-1)" in lines
    assert "Art. II active (+1)" in lines
    assert "- active (+1)" in lines


def test_a_matrix_of_many_parties_stands_on_its_side():
    found = [promise(f"p{n}", "Art. I", f"state-{n}") for n in range(12)]
    (grid,) = instruments.matrices(found, 80)
    lines = drawn(grid).splitlines()
    assert lines[0].split() == ["who", "owes", "Art.", "I"]
    assert len(lines) == 14


def test_a_matrix_of_many_parties_and_provisions_goes_on_below():
    many = [promise(f"p{n}", f"Art. {n}", f"state-{n:02}") for n in range(12)]
    grids = [drawn(each) for each in instruments.matrices(many, 80)]
    assert len(grids) == 3
    headers = [grid.splitlines()[0].split()[1:] for grid in grids]
    assert [name for some in headers for name in some] == [f"state-{n:02}" for n in range(12)]
    assert all(len(line) <= 80 for grid in grids for line in grid.splitlines())


def test_an_instrument_says_how_many_stand_where_and_its_rating():
    item = instruments_pb2.InstrumentStanding(
        entry_id="inf",
        rubric="g20",
        rated=2,
        average="-1/2",
        instrument=entries_pb2.Instrument(title=LONG, kind=entries_pb2.INSTRUMENT_KIND_TREATY),
        counts=[
            instruments_pb2.LifecycleCount(lifecycle=standings_pb2.LIFECYCLE_ACTIVE, count=2),
            instruments_pb2.LifecycleCount(lifecycle=standings_pb2.LIFECYCLE_BREACHED, count=1),
        ],
        commitments=[promise(UUID, "Art. I", "us", flags=["STANDING_FLAG_MAINTENANCE"])],
        evidence=EVIDENCE,
    )
    facts = dict(instruments.facts(item))
    assert facts["commitments"] == "2 active, 1 breached"
    assert facts["rated by g20"] == "-1/2 on average of 2"
    assert UUID in drawn(instruments.promises_table(item.commitments))
    assert "inf" in drawn(instruments.instruments_table([item]))
    assert instruments.rated(instruments_pb2.InstrumentStanding()) == "no number"


def test_a_party_says_its_names_its_ties_and_who_it_is_by_then():
    item = parties_pb2.PartyView(
        entry_id="gdr",
        party=entries_pb2.Party(
            name="GDR",
            kind=entries_pb2.PARTY_KIND_STATE,
            names=[entries_pb2.PartyName(name="Soviet Zone", to_day="1949-10-06")],
            succeeds=[
                entries_pb2.Succession(
                    predecessor="zone", from_day="1949-10-07", continues=True
                )
            ],
            composed_of=[entries_pb2.Membership(member="a")],
            same_as=[entries_pb2.Identity(party="east-germany", reports=["A1", "A2"])],
        ),
        name="GDR",
        became=["germany"],
        successors=["germany"],
    )
    facts = list(parties.facts(item))
    assert ("name", "Soviet Zone until 1949-10-06") in facts
    assert ("tie", "succeeds zone from 1949-10-07, which goes on") in facts
    assert ("", "made of a") in facts
    assert ("", "the same as east-germany (A1, A2)") in facts
    assert ("is by then", "germany") in facts
    assert ("succeeded by", "germany") in facts


def balance() -> balances_pb2.Balance:
    delivery = balances_pb2.Delivery(
        entry_ids=[UUID, "F076"],
        weighed_by=UUID,
        day="2018-06-12",
        weight="7",
        flags=["DELIVERY_FLAG_HEDGED"],
    )
    bucket = balances_pb2.OutstandingBucket(
        count=2, weight="3.5", at_most=True, commitments=["F050", "F051"]
    )
    return balances_pb2.Balance(
        party_a="dprk",
        party_b="us",
        given_ab=balances_pb2.Given(
            giver="dprk", receiver="us", count=1, weight="7", deliveries=[delivery]
        ),
        given_ba=balances_pb2.Given(giver="us", receiver="dprk", weight="0"),
        net_count=1,
        net_weight="7",
        outstanding_ab=balances_pb2.Outstanding(debtor="dprk", creditor="us", undated=bucket),
        outstanding_ba=balances_pb2.Outstanding(debtor="us", creditor="dprk"),
        steps=balances_pb2.StepOrder(
            next_by_count="us",
            next_by_weight="us",
            lags=[balances_pb2.ResponseLag(initial="F1", days_at_least=3, days_at_most=5)],
        ),
    )


def test_each_number_of_a_balance_opens_into_entries():
    found = balance()
    assert balances.given_heading(found.given_ab) == "dprk gave us: 1 delivery, weight 7"
    text = drawn(balances.deliveries_table(found.given_ab, {UUID: named("Lets them go")}))
    assert UUID in text
    assert "F076" in text
    assert "Lets them go" in text
    assert "[hedged]" in text
    owed = drawn(balances.owed_table([found.outstanding_ab, found.outstanding_ba]))
    assert "≤ 3.5" in owed
    assert "F050 F051" in owed


def test_a_balance_says_who_is_meant_and_what_of_others_counts():
    found = balance()
    assert list(balances.asked_about(found)) == []
    found.asked_a.MergeFrom(
        parties_pb2.AskedParty(entry_id="gdr", became=["germany"], successors=["germany"])
    )
    found.asked_b.MergeFrom(
        parties_pb2.AskedParty(entry_id="russia", became=["russia"], predecessors=["ussr"])
    )
    assert list(balances.asked_about(found)) == [
        "gdr is by then germany.",
        "gdr was succeeded by germany.",
        "russia succeeded ussr; what was given then is not counted.",
    ]
    found.with_predecessors = True
    assert "what was given then counts too" in list(balances.asked_about(found))[-1]


def test_amounts_are_told_by_unit():
    given = balances_pb2.Given(
        giver="us",
        receiver="dprk",
        count=2,
        weight="2",
        quantities=[
            balances_pb2.Amount(unit="t", value="150000"),
            balances_pb2.Amount(unit="t of wheat", value="37000"),
        ],
    )
    heading = "us gave dprk: 2 deliveries, weight 2; 150000 t, 37000 t of wheat"
    assert balances.given_heading(given) == heading
    left = balances_pb2.OutstandingBucket(
        count=1, weight="1", commitments=["oil"], quantities=given.quantities[:1]
    )
    owed = balances_pb2.Outstanding(debtor="us", creditor="dprk", overdue=left, active=left)
    text = drawn(balances.owed_table([owed]))
    assert "oil (150000 t)" in text
    assert balances.owed(owed) == 1


def test_what_fulfils_one_promise_stands_behind_its_id():
    one = balances_pb2.Delivery(commitment="oil", entry_ids=["ship-1", "ship-2"], weight="1")
    given = balances_pb2.Given(giver="us", receiver="dprk", deliveries=[one])
    text = drawn(balances.deliveries_table(given, {"ship-1": named("The first ship")}))
    assert "oil: ship-1 ship-2" in text
    assert "The first ship, and 1 more" in text


def test_who_did_what_nobody_is_known_to_have_done():
    view = act("F1")
    view.act.counterparties.extend(["us", "rok"])
    assert acts.who(view) == "unknown → us, rok"


def test_who_gave_fewer_is_said_as_a_count():
    assert figures.gave_fewer(balance()) == "us, by count and by weight"
    assert figures.fewer_told(balance()) == "us gave fewer, by count and by weight."
    assert figures.gave_fewer(balances_pb2.Balance()) == "neither"
    assert figures.fewer_told(balances_pb2.Balance()) == (
        "both gave as many, and as much by weight."
    )
    mixed = balances_pb2.Balance(steps=balances_pb2.StepOrder(next_by_count="us"))
    assert figures.gave_fewer(mixed) == "us by count, neither by weight"
    assert figures.fewer_told(mixed) == "us gave fewer, both as much by weight."
    assert ("unanswered", "F1 for 3 to 5 days") in list(figures.summary(balance()))


def test_charts_fit_the_terminal_and_have_no_colours():
    assert "dprk gave us" in drawn(plots.balance_chart(balance(), 80))
    points = [
        series_pb2.SeriesPoint(
            label=f"2018-W{week:02}", ab=series_pb2.SeriesFlow(count=1, weight=str(week - 20))
        )
        for week in range(1, 53)
    ]
    found = standing.GetSeriesResponse(party_a="rok", party_b="dprk", points=points)
    assert "rok to dprk" in drawn(plots.series_chart(found, 80))
    assert "2018-W01" in drawn(series.series_table(found))


@pytest.mark.parametrize("width", [60, 80, 100])
def test_both_directions_of_a_chart_name_the_same_bins_at_the_same_places(width):
    found = standing.GetSeriesResponse(party_a="rok", party_b="dprk")
    for week in range(1, 18):
        point = found.points.add(label=f"2018-W{week:02}")
        if week in (1, 5):
            point.ab.weight = "1"
        if week in (9, 17):
            point.ba.weight, point.ba.beyond_bin_count = "1", 1
    lines = str(plots.series_chart(found, width)).splitlines()
    axes = [line for line in lines if "└" in line]
    assert len(axes) == 2
    assert axes[0] == axes[1]
    named = [re.findall(r"W\d\d", line) for line in lines if "2018-W" in line]
    assert named[0] == named[1]
    assert named[0][0] == "W01"
    assert len({int(b[1:]) - int(a[1:]) for a, b in pairwise(named[0])}) == 1
    assert max(map(len, lines)) <= width


def test_a_sign_without_a_heading_is_told_in_words_where_rows_are_told_line_by_line():
    columns = [("", "word", ("change",)), ("id", "id"), ("what", "text")]
    rows = [(Parts("~", ("amended",)), "x" * 30, "A long text that needs some room")]
    narrow = drawn(table(columns, rows), width=40)
    assert re.search(r"^change +amended$", narrow, re.MULTILINE)
    assert "~" not in narrow
    assert drawn(table(columns, rows), width=100).splitlines()[2].startswith("~ ")


def test_a_basis_is_one_line():
    basis = cuts_pb2.Basis(
        ledger="talks",
        as_of="2018-08-18",
        reported_by="2018-07-23",
        position=152,
        root_hash=bytes.fromhex("704f01c1") + bytes(28),
        dates=cuts_pb2.DATE_POLICY_POSSIBLE,
        scale="plover-2.0",
        scale_version="2.0",
        evidence=cuts_pb2.EVIDENCE_FILTER_ATTESTED,
    )
    assert basis_line(basis, 3) == (
        "as of 2018-08-18 · reported by 2018-07-23 · position 152 · root 704f01c1 · "
        "plover-2.0 2.0 · possible · attested · in doubt 3"
    )


def test_a_basis_says_that_something_was_supposed():
    basis = cuts_pb2.Basis(as_of="2018-08-18", supposed=bytes.fromhex("704f01c1") + bytes(28))
    assert "supposing 704f01c1" in basis_line(basis)


def test_a_difference_says_what_changed():
    before = commitment("F052", share_at_least="0", share="0", existence=EVIDENCE)
    after = commitment(
        "F052",
        flags=["STANDING_FLAG_PARTIALLY_FULFILLED"],
        share_at_least="0",
        existence=EVIDENCE,
    )
    change = differences_pb2.CommitmentDiff(
        entry_id="F052", before=before, after=after, because=["F013"]
    )
    assert list(diff.changes(change)) == [
        "now partially fulfilled",
        "delivered 0 → a part of unknown size",
    ]
    assert "F013" in drawn(diff.commitments_table([change]))
    new = differences_pb2.CommitmentDiff(entry_id="F052", after=after)
    assert list(diff.changes(new)) == ["new: active, partially fulfilled"]
    assert "time alone" in drawn(diff.commitments_table([new]))


def test_a_balance_that_differs_only_in_what_is_owed_says_nothing_of_what_was_given():
    owing = differences_pb2.BalanceSide()
    owing.outstanding_ab.active.count = 2
    owing.outstanding_ba.contingent.count = 1
    promised = differences_pb2.BalanceDiff(party_a="dprk", party_b="us", after=owing)
    line = drawn(diff.balances_table([promised])).splitlines()[2]
    assert " ".join(line.split()) == "dprk : us 0 : 0 → 2 : 1 time alone"
    gave = differences_pb2.BalanceSide()
    gave.given_ab.count = 1
    gave.given_ab.weight = "3"
    given = differences_pb2.BalanceDiff(
        party_a="dprk", party_b="us", after=gave, because=["F015"]
    )
    line = drawn(diff.balances_table([given])).splitlines()[2]
    assert " ".join(line.split()) == "dprk : us 0 : 0 → 1 : 0 0 : 0 → 3 : 0 F015"


@pytest.mark.parametrize(
    ("step", "days"),
    [
        ("day", ["2018-01-30", "2018-01-31", "2018-02-01"]),
        ("week", ["2018-01-30", "2018-02-01"]),
        ("month", ["2018-01-30", "2018-02-01"]),
    ],
)
def test_steps_run_from_the_first_to_the_last_day(step, days):
    found = replay.boundaries(date(2018, 1, 30), date(2018, 2, 1), step)
    assert [day.isoformat() for day in found] == days


def test_steps_of_a_month_keep_the_day_where_there_is_one():
    found = replay.boundaries(date(2018, 1, 31), date(2018, 4, 30), "month")
    assert [day.isoformat() for day in found][:3] == ["2018-01-31", "2018-02-28", "2018-03-31"]


def test_the_picture_goes_by_what_binds():
    items = [
        commitment("a", lifecycle=standings_pb2.LIFECYCLE_BREACHED),
        commitment("b", lifecycle=standings_pb2.LIFECYCLE_PROPOSED),
        commitment("c"),
    ]
    groups = [
        (heading, [item.entry_id for item in group]) for heading, group in replay.groups(items)
    ]
    assert groups == [("What stands", ["c"]), ("Not binding yet", ["b"]), ("Ended", ["a"])]


def test_a_version_shows_its_state_and_reason():
    version = EntryVersion(version=2, position=150, reason="the day is known", report="PR1")
    version.state.act.title = LONG
    version.state.act.relations.add(kind=entries_pb2.RELATION_KIND_MEETS, target="F017")
    text = drawn(*entry.version_lines(version))
    assert "reason: the day is known (report PR1)" in text
    assert "meets F017" in text


@pytest.mark.parametrize(
    ("computed", "shown"),
    [
        ("64", "64"),
        ("67.5", "67.5"),
        ("0.197183099", "0.197"),
        ("1.9999", "2"),
        ("3.19218082e-11", "under 0.001"),
        ("0", "0"),
        ("1/3", "1/3"),
    ],
)
def test_figures_are_shown_with_three_decimals_at_most(computed, shown):
    assert spoken.rounded(computed) == shown


def test_a_chart_of_counts_has_whole_numbers_at_its_axis():
    found = standing.GetSeriesResponse(party_a="rok", party_b="dprk")
    for label, weight in (("W1", "1"), ("W2", "2")):
        found.points.add(label=label).ab.weight = weight
    assert "1.5" not in str(plots.series_chart(found, 80))
    found.points[0].ab.weight = "0.5"
    assert "1.5" in str(plots.series_chart(found, 80))


def test_what_was_delivered_of_an_amount_is_told_in_its_unit():
    text = entries_pb2.Commitment(quantity=entries_pb2.Quantity(value="4150", unit="t"))
    item = standings_pb2.CommitmentStanding(commitment=text)
    for share, told in (
        ("109/2075", "109/2075 (5.3%): 218 of 4150 t"),
        ("0.5", "0.5: 2075 of 4150 t"),
        ("1/7", "1/7: about 592.857 of 4150 t"),
        ("", "a part of unknown size"),
    ):
        item.standing.share = share
        assert dict(commitments.facts(item))["delivered"] == told
    item.commitment.ClearField("quantity")
    item.standing.share = "1/3"
    assert dict(commitments.facts(item))["delivered"] == "1/3"


def test_a_long_stretch_of_a_series_in_which_nothing_happened_is_one_row():
    found = standing.GetSeriesResponse(party_a="a", party_b="b")
    for week in range(1, 31):
        point = found.points.add(label=f"2018-W{week:02}")
        point.ab.count = int(week in (1, 5, 30))
    labels = [each.label for each in series.folded(found.points)]
    assert labels == [
        *(f"2018-W0{week}" for week in range(1, 6)),
        "2018-W06 to 2018-W29",
        "2018-W30",
    ]


def test_a_name_is_not_broken_while_there_is_room():
    view = act("F075")
    view.act.actor = "trump"
    view.act.counterparties.append("unnamed-diplomats")
    assert "unnamed-diplomats" in drawn(acts.acts_table([view]))


def test_an_act_shows_who_did_it_rather_than_for_whom():
    view = act("F086")
    view.act.actor = "trump"
    view.act.counterparties.append("dprk")
    view.actors[:] = ["us"]
    text = drawn(acts.acts_table([view]))
    assert "trump" in text
    assert "us" not in text.split()


def test_a_series_opens_into_entries_and_tells_its_flags():
    flow = series_pb2.SeriesFlow(count=1, weight="1", entry_ids=["F071", "F076"])
    point = series_pb2.SeriesPoint(label="2018-W30", ab=flow)
    found = standing.GetSeriesResponse(
        points=[point], flags=["SERIES_FLAG_SAME_AS_ACROSS_DIRECTIONS"]
    )
    (written,) = json_form.write(found)["points"]
    assert written["ab"]["entry_ids"] == ["F071", "F076"]
    assert list(series.notes(found)) == [
        "note: entries told as the same go in unequal directions"
    ]


def test_an_act_that_may_lie_in_another_bin_is_marked_and_a_line_says_on_which_day_it_counts():
    found = standing.GetSeriesResponse(party_a="dprk", party_b="us")
    for label, beyond in (("1998-W51", 0), ("1998-W53", 1)):
        point = found.points.add(label=label)
        point.ab.count, point.ab.beyond_bin_count, point.ab.weight = 2, beyond, "2"
    table = series.series_table(found)
    rows = [" ".join(line.split()) for line in drawn(table).splitlines()[2:]]
    assert rows == ["1998-W51 2 2 · ·", "1998-W53 2 ~1 2 · ·"]
    told = {name: value for name, value, _ in table.values(table.rows[1])}
    assert (told["count a to b"], told["beyond bin a to b"]) == ("2", "1")
    (line,) = series.notes(found)
    assert line == (
        "~n: of n acts only an interval is known that goes beyond the week; they count on its "
        "last day"
    )
    assert series.spread_over_bins(found) == (
        "~ Of acts in 1998-W53 only an interval is known that goes beyond the week; they count on "
        "its last day."
    )
    found.basis.dates = cuts_pb2.DATE_POLICY_POSSIBLE
    (line,) = series.notes(found)
    assert line.endswith("count on its first day (--dates possible)")


def test_what_has_no_weight_is_explained():
    bucket = balances_pb2.OutstandingBucket(
        count=2,
        weight="0",
        commitments=["F050", "F051"],
        unweighted=["F050", "F051"],
        unweighted_entry_count=2,
    )
    owed = balances_pb2.Outstanding(debtor="dprk", creditor="us", undated=bucket)
    told = drawn(balances.owed_table([owed]))
    assert "none" in told
    assert "no code" not in told
    assert list(balances.owed_notes([owed], "unit")) == [
        "Counted but not weighed: F050, F051. What is promised there has no event code."
    ]
    (on_a_scale,) = balances.owed_notes([owed], "plover-2.0")
    assert on_a_scale.endswith("What is promised there has no code that plover-2.0 knows.")
    assert list(balances.owed_notes([balances_pb2.Outstanding()], "unit")) == []


def test_deeds_without_a_weight_are_explained():
    given = balances_pb2.Given(count=1, unweighted=["F200"], unweighted_entry_count=1)
    told = dict(figures.summary(balances_pb2.Balance(given_ab=given), "plover-2.0"))
    assert told["not weighed"] == "F200 (no code that plover-2.0 knows)"
    point = series_pb2.SeriesPoint(
        ab=series_pb2.SeriesFlow(count=1, weight="0", unweighted_count=1)
    )
    found = standing.GetSeriesResponse(points=[point])
    found.basis.scale = "plover-2.0"
    assert "0 *1" in drawn(series.series_table(found))
    assert list(series.notes(found)) == [
        "*n: n acts have no code that plover-2.0 knows; they are counted, not weighed"
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("act.relations[0].target: Name it.", "act.relations (the 1st): target: Name it."),
        ("at evidence[1], relations[10]", "at evidence (the 2nd), relations (the 11th)"),
        (
            "commitment.antecedent.condition.all[2].any[21]: odd",
            "commitment.antecedent.condition.all (the 3rd): any (the 22nd): odd",
        ),
        (
            "'a[0]' and evidence.txt[0] are no fields",
            "'a[0]' and evidence.txt[0] are no fields",
        ),
    ],
)
def test_one_of_several_values_is_told_by_its_rank(said, told):
    assert counted(said) == told
