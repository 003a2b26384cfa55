"""What a request as a whole must keep, evidence that is added (rule 13.16), and the form in
which it is kept.
"""

import unicodedata
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_service.domain.checks import EntryHead, check_command, decide, normalise
from ledger_service.domain.values.commands import RecordCommand
from ledger_service.domain.values.entries import (
    IntervalDate,
    Precision,
    Quantity,
    Relation,
    RelationKind,
    Sealed,
    Weight,
    Words,
)
from ledger_service.persistence.recording.requests import amended_data, encoded_state
from tests.support.examples import (
    a_command,
    a_commitment,
    a_party,
    a_report,
    a_scale,
    an_act,
    an_amendment,
    an_annulment,
    an_antecedent,
    an_evidence,
    an_instrument,
    entry,
    on,
)

TODAY = date(2018, 9, 1)


def faults(*items, request_id: str = "") -> list[str]:
    """The fields that are wrong."""
    command = normalise(RecordCommand(items=items, request_id=request_id))
    return [violation.field for violation in check_command(command, today=TODAY)]


def test_one_entry_of_each_type_is_a_good_request():
    assert check_command(normalise(a_command()), today=TODAY) == []


def test_a_request_holds_1_to_1000_items():
    parties = tuple(entry("", a_party()) for _ in range(1001))

    assert faults() == ["items"]
    assert faults(*parties[:1000]) == []
    assert faults(*parties) == ["items"]


def test_a_request_id_is_spelt_as_an_id():
    assert faults(entry("us", a_party()), request_id="import-7.page_2") == []
    assert faults(entry("us", a_party()), request_id="import 7") == ["request_id"]


def test_an_entry_without_an_id_is_given_one_later():
    assert faults(entry("", a_party()), entry("", a_party())) == []


@pytest.mark.parametrize("wrong", ["-x", "a b", "a/b", "é", "x" * 129])
def test_an_id_is_spelt_as_an_id(wrong):
    assert faults(entry(wrong, a_party())) == ["items[0].entry.entry_id"]
    assert faults(an_amendment(wrong, a_party())) == ["items[0].amendment.entry_id"]
    assert faults(an_annulment(wrong)) == ["items[0].annulment.entry_id"]


def test_a_new_id_stands_once_in_a_request():
    assert faults(entry("us", a_party()), entry("us", a_party())) == ["items[1].entry.entry_id"]


def test_an_entry_may_be_amended_and_annulled_after_it_in_the_same_request():
    assert (
        faults(
            entry("us", a_party()),
            an_amendment("us", a_party(name="USA")),
            an_amendment("us", a_party(name="U.S.A.")),
            an_annulment("us"),
        )
        == []
    )


def test_an_entry_is_not_changed_before_it_is_recorded():
    assert faults(an_annulment("us"), entry("us", a_party())) == ["items[1].entry.entry_id"]


def test_a_change_names_its_entry_and_its_reason():
    assert faults(an_amendment("", a_party())) == ["items[0].amendment.entry_id"]
    assert faults(an_annulment("")) == ["items[0].annulment.entry_id"]
    assert faults(an_amendment("us", a_party(), reason=" ")) == ["items[0].amendment.reason"]
    assert faults(an_annulment("us", reason="")) == ["items[0].annulment.reason"]


def test_a_reason_has_up_to_1000_bytes():
    assert faults(an_annulment("us", reason="x" * 1000)) == []
    assert faults(an_annulment("us", reason="x" * 1001)) == ["items[0].annulment.reason"]


def test_new_information_names_its_report():
    field = "items[0].amendment.new_information.report"

    assert faults(an_amendment("us", a_party(), report="A2")) == []
    assert faults(an_amendment("us", a_party(), report="")) == [field]
    assert faults(an_amendment("us", a_party(), report="A 2")) == [field]


def test_expected_versions_count_from_1():
    assert faults(an_annulment("us", expected_version=1)) == []
    assert faults(an_annulment("us", expected_version=0)) == [
        "items[0].annulment.expected_version.exactly"
    ]


def test_the_new_state_of_an_amendment_keeps_all_rules_of_an_entry():
    itself = Relation(kind=RelationKind.REFERS_TO, target="F001")

    assert faults(an_amendment("F001", an_act(title="", relations=(itself,)))) == [
        "items[0].amendment.state.act.title",
        "items[0].amendment.state.act.relations[0].target",
    ]


@pytest.mark.rule("13.4")
def test_an_act_is_not_amended_to_lie_ahead():
    tomorrow, later = (an_act(occurred=on(f"2018-09-0{day}")) for day in (2, 3))

    assert faults(an_amendment("F001", tomorrow)) == []
    assert faults(an_amendment("F001", later)) == [
        "items[0].amendment.state.act.occurred.from_day"
    ]


def test_all_violations_of_a_request_are_listed_at_once():
    found = faults(
        entry("us", a_party(name="")),
        entry("A 1", a_report(title="x" * 501)),
        entry("C1", a_commitment(debtors=("us",), creditors=("us",))),
        entry("F1", an_act(actor="?", evidence=())),
        request_id="!",
    )

    assert set(found) == {
        "request_id",
        "items[0].entry.state.party.name",
        "items[1].entry.entry_id",
        "items[1].entry.state.report.title",
        "items[2].entry.state.commitment.creditors[0]",
        "items[3].entry.state.act.evidence",
        "items[3].entry.state.act.actor",
    }


def with_evidence(count: int):
    told = an_evidence(attribution="x" * 450)
    return an_act(evidence=(told,) * count, note="x" * 4000)


def test_an_entry_has_up_to_60000_bytes_in_its_stored_form():
    large = next(n for n in range(200) if len(msgspec.json.encode(with_evidence(n))) > 60_000)

    assert faults(entry("F1", with_evidence(large - 1))) == []
    assert faults(entry("F1", with_evidence(large))) == ["items[0].entry.state"]


def test_the_size_of_an_amendment_counts_its_reason_as_it_is_stored():
    state = next(
        act for act in map(with_evidence, range(200)) if len(msgspec.json.encode(act)) > 59_000
    )

    assert faults(an_amendment("F1", state, reason="x")) == []
    assert faults(an_amendment("F1", state, reason="\n" * 900 + "x")) == [
        "items[0].amendment.state"
    ]


def test_data_too_big_for_a_record_is_refused_with_all_its_fields():
    large = a_party(aliases=("x" * 59_800,))
    too_large = a_party(aliases=("x" * 60_000,))
    found = faults(entry("a", large), entry("b", too_large), an_amendment("c", too_large))
    assert [field for field in found if field.endswith(".state")] == [
        "items[1].entry.state",
        "items[2].amendment.state",
    ]


@pytest.mark.parametrize("report", [None, "A" * 128])
def test_an_amendment_that_keeps_the_limit_fits_into_a_record(report):
    for length in range(59_000, 60_000):
        state = a_party(aliases=("x" * length,))
        item = an_amendment("us", state, reason="y" * 100, report=report)
        if "items[0].amendment.state" in faults(item):
            break
        data = amended_data(item, encoded_state(state), EntryHead(2**32, state))
    assert length > 59_100
    assert 59_900 < len(data) <= 60_000


# Evidence that is added


def adding(*evidence, entry_id: str = "F001", **changes):
    return an_amendment(entry_id, None, evidence_added=evidence, **changes)


def many_told(count: int, first: int = 0):
    return tuple(an_evidence(report=f"R{n}") for n in range(first, first + count))


@pytest.mark.rule("13.16")
def test_1_to_200_pieces_of_evidence_may_be_added_at_once():
    assert faults(adding(an_evidence())) == []
    assert faults(adding(*many_told(200))) == []
    assert faults(adding(*many_told(201))) == ["items[0].amendment.evidence_added"]
    assert faults(adding()) == ["items[0].amendment.evidence_added"]


def test_evidence_that_is_added_keeps_the_rules_of_evidence():
    at = "items[0].amendment.evidence_added[0]"

    assert faults(adding(an_evidence(report=""))) == [f"{at}.report"]
    assert faults(adding(an_evidence(quote="x" * 2001))) == [f"{at}.quote"]
    assert faults(adding(an_evidence(credibility=7))) == [f"{at}.credibility"]
    assert faults(adding(an_evidence(asserted_by="no id"))) == [f"{at}.asserted_by"]


def test_a_change_that_adds_evidence_names_its_entry_its_reason_and_its_report():
    assert faults(adding(an_evidence(), entry_id="")) == ["items[0].amendment.entry_id"]
    assert faults(adding(an_evidence(), reason="")) == ["items[0].amendment.reason"]
    assert faults(adding(an_evidence(), report="A 2")) == [
        "items[0].amendment.new_information.report"
    ]


@pytest.mark.rule("13.16")
def test_evidence_is_added_or_the_full_state_is_given():
    both = an_amendment("F001", an_act(), evidence_added=(an_evidence(),))

    assert faults(both) == ["items[0].amendment.evidence_added"]


def test_the_same_evidence_is_not_added_twice():
    assert faults(adding(an_evidence(), an_evidence())) == [
        "items[0].amendment.evidence_added[1]"
    ]


def test_evidence_that_is_added_has_up_to_60000_bytes():
    long = tuple(an_evidence(report=f"R{n}", quote="x" * 2000) for n in range(30))

    assert faults(adding(*long[:28])) == []
    assert faults(adding(*long)) == ["items[0].amendment.evidence_added"]


def test_the_texts_of_evidence_that_is_added_may_be_sealed():
    told = an_evidence(quote="she said so")
    field = "items[0].amendment.seal[0]"

    assert faults(adding(told, seal=("evidence_added[0].quote",))) == []
    assert faults(adding(told, seal=("evidence_added[0].locator",))) == [field]
    assert faults(adding(told, seal=("evidence_added[1].quote",))) == [field]
    assert faults(adding(told, seal=("evidence[0].quote",))) == [field]
    assert faults(adding(told, seal=("title",))) == [field]


def test_what_was_sealed_stays_so_where_evidence_is_added():
    assert faults(adding(an_evidence(), keep_sealed=("title",))) == [
        "items[0].amendment.keep_sealed[0]"
    ]


def test_evidence_that_is_added_is_kept_in_form_c():
    item = normalise(a_command(adding(an_evidence(attribution="Se\u0301oul")))).items[0]

    assert item.evidence_added[0].attribution == "S\u00e9oul"


def decided(*items, before):
    """The heads of the entries after the items, and the fields that are wrong."""
    heads = {entry_id: EntryHead(1, state) for entry_id, state in before.items()}
    decision = decide(normalise(a_command(*items)), heads.get, hold_taken=True)
    return decision.heads, {v.field: v.problem for v in decision.changes.broken}


@pytest.mark.rule("13.16")
@pytest.mark.parametrize("state", [an_act(), a_commitment(), an_instrument()])
def test_evidence_is_added_behind_that_of_the_version_before(state):
    more = an_evidence(report="R1"), an_evidence(report="R2")
    heads, found = decided(adding(more[0]), adding(more[1]), before={"F001": state})

    assert found == {}
    assert [head.version for head in heads] == [2, 3]
    assert heads[1].state == msgspec.structs.replace(state, evidence=state.evidence + more)


@pytest.mark.rule("13.16")
@pytest.mark.parametrize("state", [a_party(), a_report(), a_scale()])
def test_no_evidence_is_added_to_what_has_none(state):
    _, found = decided(adding(an_evidence(report="R1")), before={"F001": state})

    assert "has no evidence" in found["items[0].amendment.evidence_added"]


@pytest.mark.rule("13.16")
def test_evidence_that_is_there_already_is_not_added_again():
    there = an_evidence(report="R0"), an_evidence(report="R1")
    new, again = an_evidence(report="R2"), an_evidence(report="R1")
    _, found = decided(adding(new, again), before={"F001": an_act(evidence=there)})

    assert list(found) == ["items[0].amendment.evidence_added[1]"]
    assert "at evidence[1] already" in found["items[0].amendment.evidence_added[1]"]


@pytest.mark.rule("13.16")
def test_evidence_with_a_sealed_text_is_never_known_to_be_there_already():
    sealed = an_evidence(quote=Sealed("sha256:" + "0" * 64))
    _, found = decided(adding(sealed, sealed), before={"F001": an_act(evidence=(sealed,))})

    assert found == {}


@pytest.mark.rule("13.16")
def test_a_full_new_state_drops_what_it_does_not_state_and_that_can_be_added_again():
    there = an_evidence(report="R0"), an_evidence(report="R1")
    full = an_amendment("F001", an_act(evidence=there[:1]))
    heads, found = decided(full, adding(there[1]), before={"F001": an_act(evidence=there)})

    assert found == {}
    assert [head.state.evidence for head in heads] == [there[:1], there]


@pytest.mark.rule("13.16")
def test_an_entry_has_up_to_5000_pieces_of_evidence():
    full = an_act(evidence=many_told(4999))
    last, one_more = adding(*many_told(1, 5000)), adding(*many_told(1, 5001))
    heads, found = decided(last, one_more, before={"F001": full})

    assert len(heads[0].state.evidence) == 5000
    assert list(found) == ["items[1].amendment.evidence_added"]
    assert "5,001 pieces of evidence" in found["items[1].amendment.evidence_added"]


def test_half_of_a_surrogate_pair_is_refused_wherever_it_stands():
    assert faults(entry("us", a_party(name="a\ud83d"))) == ["items[0].entry.state.party.name"]
    assert faults(an_amendment("us", a_party(), reason="a\ud83d")) == [
        "items[0].amendment.reason"
    ]


# The form in which a request is kept


def kept(state):
    return normalise(a_command(entry("X1", state))).items[0].state


@pytest.mark.rule("13.2")
def test_text_is_kept_in_form_c_also_deep_within():
    words = Words(text="libe\u0301ration", label="release")
    commitment = kept(
        a_commitment(
            antecedent=an_antecedent(condition=words),
            evidence=(an_evidence(attribution="Se\u0301oul"),),
        )
    )

    assert commitment.antecedent.condition.text == "lib\u00e9ration"
    assert commitment.evidence[0].attribution == "S\u00e9oul"


def test_text_is_not_trimmed():
    assert kept(a_party(name=" United\nStates ")).name == " United\nStates "


@pytest.mark.rule("13.3")
def test_exact_numbers_are_kept_in_their_one_text():
    fulfils = Relation(kind=RelationKind.FULFILS, target="C1", extent="2/4")
    act = kept(an_act(quantity=Quantity(value="055.00", unit="sets"), relations=(fulfils,)))
    scale = kept(a_scale(weights=(Weight(code="08", weight="5.0"),)))

    assert act.quantity.value == "55"
    assert act.relations[0].extent == "0.5"
    assert scale.weights[0].weight == "5"


def test_what_is_no_exact_number_is_left_for_the_checks():
    fulfils = Relation(kind=RelationKind.FULFILS, target="C1", extent="half")
    act = kept(an_act(quantity=Quantity(value="1/2", unit="sets"), relations=(fulfils,)))

    assert (act.quantity.value, act.relations[0].extent) == ("1/2", "half")


def test_a_precision_is_derived_unless_it_is_given():
    june = IntervalDate(from_day=date(2018, 6, 1), to_day=date(2018, 6, 30))
    wrong = IntervalDate(from_day=date(2018, 6, 1), precision=Precision.DAY)

    assert kept(a_report(published=june)).published.precision is Precision.MONTH
    assert kept(a_report(published=wrong)).published.precision is Precision.DAY


def test_a_request_in_its_kept_form_is_not_copied():
    command = normalise(a_command())

    assert normalise(command) is command


names = st.text(max_size=20)
written = st.text("0123456789./-", max_size=8)


@settings(max_examples=60)
@given(names, names, written, written, st.none() | st.dates(), st.none() | st.dates())
def test_keeping_a_request_twice_is_keeping_it_once(title, unit, value, extent, first, last):
    act = an_act(
        title=title,
        quantity=Quantity(value=value, unit=unit),
        occurred=IntervalDate(from_day=first, to_day=last),
        relations=(Relation(kind=RelationKind.FULFILS, target="C1", extent=extent),),
    )
    once = normalise(a_command(entry("F1", act)))

    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once.items[0].state.title)
    assert all(violation.problem for violation in check_command(once, today=TODAY))
