"""What is right at a glance is right on a close look, whatever is wrong with it."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger_service.domain.checks import (
    check_command,
    check_targets,
    command,
    mentioned,
    normal,
    references,
    targets,
)
from ledger_service.domain.checks.fast_path import MANY, is_plain
from ledger_service.domain.values.commands import NewEntry, RecordCommand
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActOccurred,
    AtLeast,
    Attribute,
    Commitment,
    CommitmentFulfilled,
    DueAfter,
    Evidence,
    Identity,
    Instalment,
    IntervalDate,
    Membership,
    Nature,
    PartyName,
    Place,
    Precision,
    Quantity,
    Relation,
    RelationKind,
    Report,
    Sealed,
    State,
    Succession,
    Withdrawal,
)
from ledger_service.domain.values.limits import DATA_BYTES
from ledger_service.persistence.recording.requests import encoded_state
from tests.support.examples import (
    a_commitment,
    a_party,
    a_report,
    a_representation,
    an_act,
    an_amendment,
    an_antecedent,
    an_instrument,
    entry,
    on,
)
from tests.support.runs import looks_at

TODAY = date(2018, 9, 1)
DAYS = [None, *(TODAY + timedelta(days=n) for n in (-400, -31, -1, 0, 1, 2))]
TEXTS = [
    *("", " ", "us", "dprk", "A1", "F052", "F100", "0873", "1/4", "1", "2", "0.50", "a b", "é"),
    *("x" * 199, "x" * 201, "x" * 501, "é" * 251, "x" * 2001, "x" * 4001, "e\u0301", "\u202e"),
    *("two\nlines", "a\x07", "\ud800", "\u00a0", "\U0001f600" * 126, "-", "words-met"),
]
RELATIONS = [Relation(kind, "F052") for kind in RelationKind]
EVIDENCE = [Evidence("A1"), Evidence("A1", credibility=3), Evidence("", asserted_by="us")]
MORE: dict[type, Any] = {Relation: RELATIONS, Evidence: EVIDENCE, str: TEXTS}
#: What may stand where nothing stood; where it does not fit, nothing looks at it.
NONE_MAY_BE = [TODAY, About.EXISTENCE, Place(), Quantity("0", "t"), Withdrawal()]
SENTENCES = re.compile(r"[A-Z0-9'\"-].*\.", re.DOTALL)
SEAL = Sealed("sha256:" + "1" * 64)


@st.composite
def spoilt(draw: Any, value: Any) -> Any:
    """The value with a few of its parts replaced by others of their type, or spoilt."""
    if isinstance(value, msgspec.Struct):
        names = draw(
            st.lists(st.sampled_from(value.__struct_fields__), max_size=3, unique=True)
        )
        return replace(value, **{name: draw(spoilt(getattr(value, name))) for name in names})
    if isinstance(value, Enum):
        return draw(st.sampled_from(list(type(value))))
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return draw(st.integers(-1, 7))
    if isinstance(value, str):
        return draw(
            st.sampled_from([*TEXTS, SEAL]) if len(value) > 8 else st.sampled_from(TEXTS)
        )
    if isinstance(value, tuple) and value:
        kept = [draw(st.one_of(st.just(each), spoilt(each))) for each in value]
        more = MORE.get(type(value[0]), value)
        return tuple(kept + draw(st.lists(st.sampled_from(more), max_size=8)))
    if isinstance(value, date):
        return draw(st.sampled_from(DAYS))
    return value


#: Texts that are right, and such as are refused, shown wrongly or looked at closely.
CHARACTERS = st.one_of(
    st.characters(),
    st.characters(max_codepoint=0x7F),
    st.characters(categories=["Mn", "Mc", "Cf", "Cs", "Cn", "Zs", "Zl"]),
)
MARKED = st.builds(
    lambda before, mark, times: before + mark * times,
    st.text(max_size=40),
    st.sampled_from(["\u0301", "\u0345", "\U0001e8d0", "a", "\u200d"]),
    st.sampled_from([1, 30, 31, 501, 4001]),
)
STRINGS = st.one_of(st.sampled_from(TEXTS), st.text(CHARACTERS, max_size=60), MARKED)
ANY_DAY = st.one_of(st.dates(), st.sampled_from([each for each in DAYS if each]))


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Any value that a field of this type may hold, whatever the rules say of it."""
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if hint is Sealed:
        return st.just(SEAL)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return st.deferred(lambda: a_struct(hint))
    if get_origin(hint) is tuple:
        inner = of_type(get_args(hint)[0])
        return st.lists(inner, max_size=2).map(tuple) | st.lists(
            inner, min_size=MANY, max_size=MANY + 1
        ).map(tuple)
    if parts := get_args(hint):
        return st.one_of(*map(of_type, parts))
    known = {str: STRINGS, int: st.integers(-2, 9), bool: st.booleans(), date: ANY_DAY}
    return st.none() if hint is type(None) else known[hint]


@cache
def a_struct(struct: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(struct)
    return st.builds(struct, **{name: of_type(hint) for name, hint in hints.items()})


@st.composite
def changed(draw: Any, value: Any, hint: Any) -> Any:
    """The value with one of its parts, at any depth, replaced by anything of its type."""
    if isinstance(value, msgspec.Struct) and draw(st.integers(0, 5)):
        hints = get_type_hints(type(value))
        name = draw(st.sampled_from(sorted(hints)))
        return replace(value, **{name: draw(changed(getattr(value, name), hints[name]))})
    if isinstance(value, tuple) and value and draw(st.integers(0, 3)):
        place = draw(st.integers(0, len(value) - 1))
        part = draw(changed(value[place], get_args(hint)[0]))
        return (*value[:place], part, *value[place + 1 :])
    if isinstance(value, str) and len(value) <= 8:  # an id or a code
        return draw(st.sampled_from(TEXTS[:12]) | STRINGS)
    return draw(of_type(hint))


@st.composite
def nearly_plain(draw: Any) -> NewEntry:
    """A plain entry of which one or two parts hold anything."""
    state = draw(st.sampled_from(PLAIN))
    for _ in range(draw(st.integers(1, 2))):
        state = draw(changed(state, type(state)))
    seal = draw(st.sampled_from([(), (), (), ("title",), ("note", "x"), ("title", "title")]))
    return NewEntry(draw(st.sampled_from(["", "F100", "F052"]) | STRINGS), state, seal)


FOUND_BY: dict[str, Any] = {
    "topics": ("nuclear-tests", "talks"),
    "attributes": (Attribute("sector", "military"), Attribute("tone", "-2.5")),
}
PLACE = Place("Yongbyon", "PRK", "39.7952", "125.7554", "1832850")
QUOTED = Evidence("A1", quote="we will not", locator="p. 3, para. 2", attribution="officials")
PLAIN = [
    an_act(),
    an_act(relations=tuple(RELATIONS[:2]), joint=True),
    an_act(actor="", place=PLACE, counterparties=("us", "rok"), **FOUND_BY),
    an_act(occurred=IntervalDate(TODAY, None, Precision.AFTER), evidence=(QUOTED,)),
    a_commitment(),
    a_commitment(relations=(Relation(RelationKind.SAME_AS, "F052"),), topics=("remains",)),
    a_commitment(
        quantity=Quantity("500000", "t of heavy fuel oil"),
        instrument="T1",
        provision="Art. II(1)",
    ),
    a_report(),
    a_report(
        archived_url="https://archive.example/1",
        digest="sha256:" + "0a" * 32,
        language="en-GB",
        retrieved=date(2018, 7, 10),
        **FOUND_BY,
    ),
]
MONTHS = [on(f"2018-{month:02}-01") for month in range(1, 4)]
CLOSELY = [
    an_act(
        relations=(
            Relation(RelationKind.CANCELS, "F052", takes_effect=date(2018, 12, 1)),
            Relation(RelationKind.SUSPENDS, "F100", until=date(2018, 12, 1)),
            Relation(RelationKind.RESCHEDULES, "F100", due=on("2019-01-01")),
            Relation(RelationKind.REVERSES, "F052", extent="1/4"),
        )
    ),
    a_commitment(antecedent=an_antecedent()),
    a_commitment(due=on("2018-12-31")),
    a_commitment(due_after=DueAfter(act="F052", months=6)),
    a_commitment(instalments=tuple(Instalment(month, share="1/3") for month in MONTHS)),
    a_commitment(
        quantity=Quantity("6", "t"),
        instalments=tuple(Instalment(month, quantity="2") for month in MONTHS),
    ),
    a_commitment(
        nature=Nature.MAINTENANCE,
        until_condition=an_antecedent(
            condition=AtLeast(1, (ActOccurred("F052"), CommitmentFulfilled("F100")))
        ),
        withdrawal=Withdrawal(notice_months=3, not_before=TODAY),
    ),
    an_instrument(withdrawal=Withdrawal(notice_days=90), third_parties=("rok",)),
    a_party(
        names=(PartyName("Corea", TODAY, None, "en"),),
        represents=(a_representation(reports=("A1",)),),
        succeeds=(Succession("us", TODAY, reports=("A1",)),),
        composed_of=(Membership("us", TODAY), Membership("dprk")),
        same_as=(Identity("us", ("A1",)),),
    ),
]
GOOD = [*PLAIN, *CLOSELY]
#: No digest or code can be a seal.
STATES = (
    st.sampled_from(GOOD)
    .flatmap(spoilt)
    .filter(
        lambda state: is_well_typed(state)  # noqa: PLW0108 - it stands below
    )
)


def items() -> st.SearchStrategy[NewEntry]:
    return st.builds(NewEntry, st.sampled_from(["", "F100", "bad id", "us"]), STATES)


@given(st.lists(items(), min_size=1, max_size=3))
@looks_at(100)
def test_the_first_look_and_the_close_look_find_the_same(made):
    request = normal.normalise(RecordCommand(tuple(made)))

    found = check_command(request, today=TODAY)

    assert found == _closely(request)


@given(nearly_plain())
@looks_at(250)
def test_what_a_glance_admits_the_close_look_admits(item):
    request = normal.normalise(RecordCommand((item,)))

    if is_plain(request.items[0], TODAY):
        assert _closely(request) == []


@given(st.one_of(*map(a_struct, get_args(State))))
@looks_at(100)
def test_anything_at_all_that_a_glance_admits_the_close_look_admits(state):
    request = normal.normalise(RecordCommand((NewEntry("F100", state),)))

    if is_plain(request.items[0], TODAY):
        assert _closely(request) == []


@given(st.one_of(*map(a_struct, get_args(State))), st.data())
@looks_at(100)
def test_all_that_is_wrong_is_told_in_whole_sentences(state, data):
    item = NewEntry("bad id", data.draw(changed(state, type(state))), ("title", "x"))
    for each in check_command(normal.normalise(RecordCommand((item,))), today=TODAY):
        assert SENTENCES.fullmatch(each.problem)


def test_a_glance_admits_much_of_what_is_nearly_plain():
    """So that the laws above say something."""
    admitted = []

    @given(nearly_plain())
    @settings(max_examples=200, database=None, derandomize=True)
    def look(item):
        request = normal.normalise(RecordCommand((item,)))
        admitted.append(is_plain(request.items[0], TODAY))

    look()
    assert sum(admitted) > len(admitted) / 10


def test_no_single_change_of_a_plain_entry_passes_unseen():
    for state in PLAIN:
        for changed in filter(is_well_typed, others_of(state)):
            request = RecordCommand((NewEntry("F100", changed),))
            if is_plain(request.items[0], TODAY):
                assert _closely(request) == [], changed


def is_well_typed(state: Any) -> bool:
    try:
        msgspec.convert(msgspec.to_builtins(state), type(state))
    except msgspec.ValidationError:
        return False
    return True


def others_of(value: Any) -> Iterator[Any]:
    """The value with each of its parts in turn as it should not or need not be."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            for other in others_of(getattr(value, name)):
                yield replace(value, **{name: other})
    elif isinstance(value, Enum):
        yield from type(value)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from range(-1, 8)
    elif isinstance(value, str):
        yield from (*TEXTS, SEAL) if len(value) > 8 else TEXTS
    elif isinstance(value, date):
        yield from DAYS
    elif isinstance(value, tuple):
        yield from ((), value * 2, value * 7, ("us",), ("dprk",), ("us", "dprk", "bad id"))
        for number, each in enumerate(value):
            for other in others_of(each):
                yield (*value[:number], other, *value[number + 1 :])
    elif value is None:
        yield from NONE_MAY_BE


def _closely(request: RecordCommand) -> list[Any]:
    glance, command.is_plain = command.is_plain, lambda *_: False
    try:
        return check_command(request, today=TODAY)
    finally:
        command.is_plain = glance


@given(st.lists(items(), min_size=1, max_size=3), st.data())
@looks_at(100)
def test_references_are_judged_the_same_at_a_glance(made, data):
    there = {"us": a_party(), "dprk": a_party(), "A1": a_report(), "F052": a_commitment()}
    there |= {"F100": an_act(), "T1": an_instrument()}
    missing = data.draw(st.lists(st.sampled_from(sorted(there)), max_size=2))
    lookup = {k: v for k, v in there.items() if k not in missing}.get
    request = RecordCommand(tuple(made))

    found = check_targets(request, lookup)

    glance, targets.aims_plainly = targets.aims_plainly, lambda *_: False
    try:
        assert found == check_targets(request, lookup)
    finally:
        targets.aims_plainly = glance


@given(st.lists(items(), max_size=3))
@looks_at(100)
def test_what_is_mentioned_is_found_without_its_fields_too(made):
    changes = (
        an_amendment("F100", an_act(), report="A9"),
        an_amendment("F100", None, evidence_added=(Evidence("A8", asserted_by="rok"),)),
    )
    request = RecordCommand((*made, *changes))
    assert mentioned(request) == {each.id for each in references(request)}


@given(st.lists(items(), min_size=1, max_size=2))
@looks_at(100)
def test_what_needs_no_change_of_its_text_is_normalised_alike(made):
    request = RecordCommand(tuple(made))

    assert normal.normalise(request) == normal._normal(request)


def test_what_is_usual_is_plain():
    assert all(is_plain(entry("F1", state), TODAY) for state in PLAIN)


def test_the_largest_plain_entry_fits_into_a_record():
    long = '"' * 4000
    ids = tuple(f"{n}" + "p" * 127 for n in range(MANY))
    others = tuple(f"{n}" + "q" * 127 for n in range(MANY))
    told = Evidence("r" * 128, long[:500], long[:200], long[:500], "a" * 128, 6, hedged=True)
    relations = tuple(
        Relation(RelationKind.FULFILS, each, "1", note=long[:1000]) for each in ids
    )
    found_by = {
        "topics": tuple(f"{n}" + "t" * 59 for n in range(MANY)),
        "attributes": tuple(Attribute("a" * 40, f"{n}" + long[:99]) for n in range(MANY)),
    }
    common = {"evidence": (told,) * MANY, "summary": long, "note": long}
    amount = Quantity("0." + "1" * 6, long[:100])
    act = Act(
        kind="fulfilment",
        actor="x" * 128,
        title=long[:500],
        co_actors=ids,
        counterparties=others,
        place=Place(long[:200], "PRK", "-39.123456", "-125.123456", "1" * 10),
        quantity=amount,
        relations=relations,
        **found_by,
        **common,
    )
    descriptive = tuple(replace(r, kind=RelationKind.REFERS_TO, extent="") for r in relations)
    commitment = Commitment(
        ids,
        others,
        long[:2000],
        made_by=ids,
        quantity=amount,
        instrument="t" * 128,
        provision=long[:200],
        relations=descriptive,
        topics=found_by["topics"],
        **common,
    )
    report = Report(
        long[:500], long[:200], long[:2000], long[:2000], summary=long, note=long, **found_by
    )
    for state in (act, commitment, report):
        assert is_plain(entry("", state), TODAY)
        assert len(encoded_state(state)) <= DATA_BYTES
