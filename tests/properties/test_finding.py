"""A list that is narrowed has just those entries of the whole list that a plain look at each
lets through, in its order, at every cut; and facets are what counting gives.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.application import facets, finding
from ledger_service.domain.instruments.standing import instrument_standing
from ledger_service.domain.lifecycle.acts import act_view
from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import side, turns
from ledger_service.domain.values.answers import EvidenceStatus, Lifecycle
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Coding,
    Commitment,
    Instrument,
    InstrumentKind,
    Report,
)
from ledger_service.domain.values.filters import (
    ActFilter,
    Arrangement,
    CodePrefix,
    CommitmentFilter,
    DayRange,
    Facet,
    InstrumentFilter,
    Order,
)
from ledger_service.domain.values.flags import StandingFlag
from ledger_service.domain.values.words import fold, phrases
from ledger_service.projections.projector import Projector
from tests.support.described import PUBLISHERS, TOPICS, WORDS, described
from tests.support.following import follow_all, history_of, open_ledgers
from tests.support.random_ledgers import (
    ACTS,
    COMMITMENTS,
    INSTRUMENTS,
    PARTIES,
    REPORTS,
    Dice,
    accepted_ledger,
    look_at,
)
from tests.support.runs import few, short_run
from tests.support.scenario import Story, for_, member

EVERYTHING = (
    (CommitmentFilter(), finding.commitments),
    (ActFilter(), finding.acts),
    (InstrumentFilter(), finding.instruments),
)


@short_run
@given(st.integers(0, 2**48))
def test_a_narrowed_list_is_the_whole_list_looked_through(seed):
    dice = Dice(seed)
    picture = _picture(dice)
    for _ in range(10):
        for asked, find in _filters(dice):
            whole = find(picture, type(asked)())
            expected = [each.id for each in whole if _passes(picture, each, asked)]
            assert [each.id for each in find(picture, asked)] == expected, asked


def test_a_circle_of_representatives_is_looked_through_up_to_its_smallest_id():
    """The smallest id is the end of the circle: for whom it would stand there, and the members
    of that one, take no part in what it did.
    """
    story = Story(parties="us rok")
    story.party("east", for_("west"))
    story.party("west", for_("north"), composed_of=(member("rok"),))
    story.party("north", for_("east"))
    for by in ("east", "north", "west"):
        story.promise(f"c-{by}", by, to="us", on="2018-06-01")
        story.gives(f"a-{by}", by, "2018-06-01", to="us")
        story.instrument(f"t-{by}", f"{by} us", on="2018-06-01")
    picture = story.seen("2018-06-30").picture
    for party, named in {
        "east": ["east", "north", "west"],
        "north": ["north", "west"],
        "west": ["west"],
        "rok": ["west"],
    }.items():
        for (nothing, find), letter in zip(EVERYTHING, "cat", strict=True):
            asked = type(nothing)(parties=frozenset([party]))
            through = [
                each.id for each in find(picture, nothing) if _passes(picture, each, asked)
            ]
            assert through == [f"{letter}-{by}" for by in named], asked
            assert [each.id for each in find(picture, asked)] == through, asked


@few
@given(st.integers(0, 2**48))
async def test_the_views_find_what_looking_through_the_list_finds(seed):
    dice = Dice(seed)
    made = described(dice, accepted_ledger(dice))
    with TemporaryDirectory() as folder:
        ledgers = open_ledgers(Path(folder))
        ledger = await ledgers.create("talks", "Talks", opens_on=made.opens_on)
        for command, _ in made.requests:
            await ledger.record(command)
        projector = Projector(ledger, Path(folder), batch=9)
        follow_all(projector)
        head = ledger.head.position
        for position in {head, dice.randint(1, head)}:
            look = look_at(dice)
            history = history_of(ledger, projector, position)
            picture = Picture(history, look.as_of, look.reported_by, look.policy)
            for asked, find in (each for _ in range(6) for each in _filters(dice)):
                whole = find(picture, type(asked)())
                expected = [each.id for each in whole if _passes(picture, each, asked)]
                assert [each.id for each in find(picture, asked)] == expected, asked
                descending = Arrangement(descending=True)
                backwards = [each.id for each in find(picture, asked, descending)]
                assert backwards == expected[::-1]
        projector.close()
        await ledgers.close()


@short_run
@given(st.integers(0, 2**48))
def test_backwards_a_list_is_the_list_from_its_end(seed):
    dice = Dice(seed)
    picture = _picture(dice)
    for asked, find in (*EVERYTHING, *_filters(dice)):
        forwards = [each.id for each in find(picture, asked)]
        backwards = [each.id for each in find(picture, asked, Arrangement(descending=True))]
        assert backwards == forwards[::-1]


@short_run
@given(st.integers(0, 2**48), st.booleans())
def test_by_due_day_those_without_one_come_last(seed, descending):
    picture = _picture(Dice(seed))
    how = Arrangement(Order.DUE_DAY, descending)
    found = [each.id for each in finding.commitments(picture, CommitmentFilter(), how)]
    days = [_due(picture, each) for each in found]
    dated = [day for day in days if day]
    assert days[: len(dated)] == dated == sorted(dated, reverse=descending)
    every = [each.id for each in finding.commitments(picture, CommitmentFilter())]
    assert sorted(found) == sorted(every)
    undated = [each for each in every if _due(picture, each) is None]
    assert found[len(dated) :] == (undated[::-1] if descending else undated)


@short_run
@given(st.integers(0, 2**48))
def test_facets_are_what_counting_gives(seed):
    dice = Dice(seed)
    picture = _picture(dice)
    found = finding.commitments(picture, CommitmentFilter())
    stands = [commitment_standing(picture, each.id) for each in found]
    counted = _counted(picture, found, facets.OF_COMMITMENTS)
    assert counted[Facet.LIFECYCLE] == Counter(each.standing.lifecycle for each in stands)
    assert counted[Facet.FLAG] == Counter(f for each in stands for f in each.standing.flags)
    assert counted[Facet.DEBTOR] == Counter(d for each in stands for d in each.standing.debtors)
    assert counted[Facet.EVIDENCE_STATUS] == Counter(
        e.standing.existence.status for e in stands
    )
    assert counted[Facet.TOPIC] == Counter(t for each in stands for t in each.commitment.topics)
    found = finding.acts(picture, ActFilter())
    views = [act_view(picture, each) for each in found]
    counted = _counted(picture, found, facets.OF_ACTS)
    assert counted[Facet.KIND] == Counter(each.act.kind for each in views)
    assert counted[Facet.ACTOR] == Counter(a for each in views for a in each.actors)
    assert counted[Facet.YEAR] == Counter(str(each.day.year) for each in views)
    assert counted[Facet.COUNTRY] == Counter(
        each.act.place.country for each in views if each.act.place and each.act.place.country
    )


def _counted(picture, found, values):
    tally = facets.Tally(values)
    tally.add(picture, found, values)
    counts = tally.counts.facets
    assert all(each.value_count == len(each.values) for each in counts)
    return {each.facet: dict(each.values) for each in counts}


def _picture(dice: Dice) -> Picture:
    made = described(dice, accepted_ledger(dice))
    history, look = made.history(), look_at(dice)
    prefix = history.at(dice.randint(history.head - 8, history.head))
    return Picture(prefix, look.as_of, look.reported_by, look.policy)


def _days(dice: Dice) -> DayRange | None:
    first = dice.day() + timedelta(days=dice.randint(-3, 20))
    return dice.choice(
        (
            DayRange(first, first + timedelta(days=dice.randint(0, 30))),
            DayRange(first, None),
            DayRange(None, first),
        )
    )


def _asked(dice: Dice) -> dict[str, Any]:
    """What one or two of the fields are, that every filter has."""
    fields: dict[str, Callable[[], Any]] = {
        "parties": lambda: dice.some(PARTIES, 1, 2),
        "evidence_statuses": lambda: dice.some(list(EvidenceStatus), 1, 2),
        "occurred": lambda: _days(dice),
        "reported": lambda: _days(dice),
        "recorded": lambda: DayRange(dice.choice((date(2018, 7, 20), date(2018, 7, 21))), None),
        "topics": lambda: dice.some(TOPICS, 1, 2),
        "reports": lambda: dice.some(REPORTS, 1, 2),
        "publishers": lambda: [fold(each) for each in dice.some(PUBLISHERS, 1, 2)],
        "asserted_by": lambda: dice.some(PARTIES, 1, 3),
        "attributions": lambda: [phrases(each) for each in dice.some(WORDS, 1, 2)],
        "text": lambda: phrases(
            " ".join(dice.some((*WORDS, "walesa", "ISI*", "re*", "ren*", "정은", "壤"), 1, 2))
        ),
    }
    return _some(dice, fields)


def _some(dice: Dice, fields: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    chosen = dice.some(list(fields), 0, 2)
    return {
        name: frozenset(value) if isinstance(value := fields[name](), list) else value
        for name in chosen
    }


def _filters(dice: Dice) -> Iterator[tuple[Any, Any]]:
    codes = [
        CodePrefix(Coding.CAMEO, "08"),
        CodePrefix(Coding.PLOVER, "RETREAT"),
        CodePrefix(Coding.PLOVER, "RETREAT/d"),
    ]
    commitment = {
        "entry_ids": lambda: dice.some(COMMITMENTS, 1, 3),
        "debtors": lambda: dice.some(PARTIES, 1, 2),
        "creditors": lambda: dice.some(PARTIES, 1, 2),
        "makers": lambda: dice.some(PARTIES, 1, 2),
        "instrument": lambda: dice.choice(INSTRUMENTS),
        "provisions": lambda: ["Art. I"],
        "lifecycles": lambda: dice.some(list(Lifecycle), 1, 5),
        "flags": lambda: dice.some(list(StandingFlag), 1, 12),
        "due": lambda: _days(dice),
        "codes": lambda: dice.some(codes, 1, 2),
    }
    yield CommitmentFilter(**_asked(dice), **_some(dice, commitment)), finding.commitments
    act = {
        "entry_ids": lambda: dice.some(ACTS, 1, 6),
        "actors": lambda: dice.some(PARTIES, 1, 2),
        "counterparties": lambda: dice.some(PARTIES, 1, 2),
        "related_to": lambda: dice.choice((*COMMITMENTS, *ACTS)),
        "kinds": lambda: dice.some(list(ActKind), 3, 9),
        "codes": lambda: dice.some(codes, 1, 2),
        "countries": lambda: dice.some(("PRK", "SGP"), 1, 2),
        "places": lambda: dice.some(("geneve", "1871859", "singapore"), 1, 2),
    }
    yield ActFilter(**_asked(dice), **_some(dice, act)), finding.acts
    instrument = {
        "participants": lambda: dice.some(PARTIES, 1, 2),
        "third_parties": lambda: dice.some(PARTIES, 1, 2),
        "kinds": lambda: dice.some(list(InstrumentKind), 2, 4),
    }
    yield InstrumentFilter(**_asked(dice), **_some(dice, instrument)), finding.instruments


# A plain look at one entry, by what its answer says.


def _passes(picture, known, asked) -> bool:
    return all(
        _LOOKS[field](picture, known, value)
        for field in asked.__dataclass_fields__
        if (value := getattr(asked, field))
    )


def _answer(picture, known):
    if known.is_commitment:
        return commitment_standing(picture, known.id)
    if known.is_act:
        return act_view(picture, known)
    return instrument_standing(picture, known.id)


def _within(days: DayRange, day: date | None) -> bool:
    return (
        day is not None
        and not (days.from_day and day < days.from_day)
        and not (days.to_day and day > days.to_day)
    )


def _status(picture, known):
    answer = _answer(picture, known)
    return (answer.standing.existence if known.is_commitment else answer.evidence).status


def _stands_for(picture, party, day, wanted) -> bool:
    """A party is one of those that are wanted, or represents one on a day, in turn."""
    ones = {picture.parties.one(each) for each in wanted}
    return bool(picture.parties.backs(party, day, frozenset(ones)))


def _any_of(picture, known, named, wanted) -> bool:
    return any(_stands_for(picture, each, known.day, wanted) for each in named)


def _on_side(picture, known, wanted, side) -> bool:
    ones = {picture.parties.one(each) for each in wanted}
    there = getattr(sides(picture, known).on(picture.as_of), side)
    return _any_of(picture, known, getattr(known.commitment, side), wanted) or bool(
        there & ones
    )


def _all_parties(picture, known, wanted) -> bool:
    """Each is named, or the same as who is; is represented by who is; is a member of a body that
    is, or for which who is stands; or succeeded by now for whom who is stands.
    """
    parties, day = picture.parties, known.day
    named = set(_named(known))

    def of_whom(party) -> set[str]:
        """A party, whom it represents on the day, the members of these, and so on."""
        found, waiting = set(), [party]
        while waiting:
            for here in _chain(parties, waiting.pop(), day):
                if here not in found:
                    found.add(here)
                    ties = parties.whole(here).composed_of
                    waiting += [tie.member for tie in ties if _holds(tie, day)]
        return found

    def heirs_of(party) -> set[str]:
        principal = frozenset({parties.principal(party, day)})
        return set(
            side(principal, turns(parties, principal, after=day), picture.as_of).standing
        )

    there = set().union(*(of_whom(each) | heirs_of(each) for each in named))
    return all(parties.one(party) in there for party in wanted)


def _chain(parties, party, day: date) -> list[str]:
    """A party, whom it represents on a day, whom that one represents, and so on; a circle ends
    at its smallest id.
    """
    walked = [parties.one(party)]
    while tie := parties.representation(walked[-1], day):
        principal = parties.one(tie.principal)
        if principal in walked:
            head = min(walked[walked.index(principal) :])
            return walked[: walked.index(head) + 1]
        walked.append(principal)
    return walked


def _holds(tie, day: date) -> bool:
    return (tie.from_day or day) <= day <= (tie.to_day or day)


def _named(known) -> Iterator[str]:
    if known.is_commitment:
        terms = known.commitment
        yield from (*terms.debtors, *terms.creditors, *terms.made_by)
    elif known.is_act:
        yield from (*known.act.actors, *known.act.counterparties)
    else:
        yield from (*known.instrument.participants, *known.instrument.third_parties)


def _reports(picture, known) -> Iterator[Report]:
    for each in known.evidence:
        version = picture.answering(each.report)
        assert isinstance(version.state, Report)
        yield version.state


def _code_texts(known, system) -> list[str]:
    state = known.version.state
    code = state.code if known.is_act else state.consequent_code
    if code is None:
        return []
    if system is Coding.CAMEO:
        return [code.cameo] if code.cameo else []
    if code.plover is None:
        return []
    return [code.plover.type + ("/" + code.plover.mode if code.plover.mode else "")]


def _plain(text: str) -> str:
    """A text without case and accents."""
    apart = unicodedata.normalize("NFD", text.casefold()).replace("ı", "i").replace("ł", "l")
    return unicodedata.normalize(
        "NFC", "".join(c for c in apart if not "\u0300" <= c <= "\u036f")
    )


def _says(texts: Sequence[str], asked) -> bool:
    """Each phrase begins at a word of a text; within Korean and Chinese anywhere."""
    for phrase in asked:
        looked_for = _PHRASES[phrase]
        if not any(_has(_plain(text), looked_for) for text in texts):
            return False
    return True


def _has(text: str, looked_for: str) -> bool:
    """Whether a plain text has a plain word, or one that begins so."""
    bare = looked_for.rstrip("*")
    if not bare.isascii() and bare != "reacteur":
        return bare in text
    spoken = [part.strip(".") for part in text.split()]
    if looked_for.endswith("*"):
        return any(part.startswith(bare) for part in spoken)
    return any(part == bare.strip(".") for part in spoken)


_PHRASES = {
    phrase: _plain(part)
    for each in (*WORDS, "walesa", "ISI*", "re*", "ren*", "정은", "壤")
    for part in each.split()
    for phrase in phrases(part)
}


def _texts(known) -> list[str]:
    state = known.version.state
    own = [state.consequent, state.provision] if known.is_commitment else [state.title]
    if known.is_act and state.place:
        own.append(state.place.name)
    told = [text for each in known.evidence for text in (each.quote, each.attribution)]
    return [*own, state.summary, state.note, *told, *_notes(state), *_conditions(state)]


def _notes(state: Act | Commitment | Instrument) -> list[str]:
    return [relation.note for relation in state.relations]


def _conditions(state) -> list[str]:
    trees = [getattr(state, name, None) for name in ("antecedent", "until_condition")]
    waiting = [tree.condition for tree in trees if tree]
    found = []
    while waiting:
        node = waiting.pop()
        found.append(getattr(node, "text", ""))
        waiting += [*getattr(node, "conditions", ()), *getattr(node, "of", ())]
    return found


def _due(picture, commitment) -> date | None:
    due = commitment_standing(picture, commitment).standing.due
    return due and due.to_day


_LOOKS: dict[str, Callable[[Any, Any, Any], bool]] = {
    "entry_ids": lambda _, known, ids: known.id in ids,
    "parties": _all_parties,
    "evidence_statuses": lambda picture, known, some: _status(picture, known) in some,
    "occurred": lambda picture, known, days: _within(days, _answer_day(picture, known)),
    "reported": lambda picture, known, days: any(
        _within(days, picture.published(each.report).day(picture.policy))
        for each in known.evidence
    ),
    "recorded": lambda _, known, days: _within(days, known.version.recorded_at.date()),
    "topics": lambda _, known, some: bool(some & set(known.version.state.topics)),
    "reports": lambda _, known, some: bool(some & {each.report for each in known.evidence}),
    "publishers": lambda picture, known, some: any(
        fold(each.publisher) in some for each in _reports(picture, known)
    ),
    "asserted_by": lambda picture, known, some: any(
        picture.parties.one(each.asserted_by) in {picture.parties.one(p) for p in some}
        for each in known.evidence
        if each.asserted_by
    ),
    "attributions": lambda _, known, some: any(
        _says([each.attribution], asked) for each in known.evidence for asked in some
    ),
    "text": lambda _, known, asked: _says(_texts(known), asked),
    "debtors": lambda picture, known, some: _on_side(picture, known, some, "debtors"),
    "creditors": lambda picture, known, some: _on_side(picture, known, some, "creditors"),
    "makers": lambda picture, known, some: _any_of(
        picture, known, known.commitment.made_by or known.commitment.debtors, some
    ),
    "instrument": lambda _, known, instrument: known.commitment.instrument == instrument,
    "provisions": lambda _, known, some: known.commitment.provision in some,
    "lifecycles": lambda picture, known, some: (
        _answer(picture, known).standing.lifecycle in some
    ),
    "flags": lambda picture, known, some: bool(
        some & set(_answer(picture, known).standing.flags)
    ),
    "due": lambda picture, known, days: _within(days, _due(picture, known.id)),
    "codes": lambda _, known, some: any(
        text.startswith(each.prefix)
        for each in some
        for text in _code_texts(known, each.system)
    ),
    "actors": lambda picture, known, some: _any_of(picture, known, known.act.actors, some),
    "counterparties": lambda picture, known, some: _any_of(
        picture,
        known,
        (known.act.actors if known.act.joint else ()) + known.act.counterparties,
        some,
    ),
    "related_to": lambda _, known, target: any(r.target == target for r in known.relations),
    "kinds": lambda _, known, some: known.version.state.kind in some,
    "countries": lambda _, known, some: bool(
        known.act.place and known.act.place.country in some
    ),
    "places": lambda _, known, some: bool(
        known.act.place and {fold(known.act.place.name), known.act.place.geonames} & some
    ),
    "participants": lambda picture, known, some: _any_of(
        picture, known, known.instrument.participants, some
    ),
    "third_parties": lambda picture, known, some: _any_of(
        picture, known, known.instrument.third_parties, some
    ),
}


def _answer_day(picture, known) -> date:
    answer = _answer(picture, known)
    return answer.standing.day if known.is_commitment else answer.day
