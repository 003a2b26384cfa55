"""Where the answers of the domain and of the reference differ, in lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date

from ledger_service.domain.balance.balance import balance
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.series import series
from ledger_service.domain.instruments.rubrics import rating
from ledger_service.domain.instruments.standing import instrument_standing
from ledger_service.domain.lifecycle.acts import act_view
from ledger_service.domain.lifecycle.case import Case
from ledger_service.domain.lifecycle.running import run, run_together
from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.party_view import party_view
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import (
    AskedParty,
    Bin,
    Delivery,
    Flow,
    Given,
    Outstanding,
    Rubric,
    Standing,
)
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import RelationKind
from ledger_service.domain.values.scales import weigh
from tests.reference.balance import BUCKETS, Books, Delivered, Owed, reciprocity
from tests.reference.course import Key, Stand
from tests.reference.evidence import finding_on_act
from tests.reference.grounds import doubtful, listed, of_balance, of_standing
from tests.reference.instruments import instrument_stand
from tests.reference.instruments import rating as rating_of
from tests.reference.same_as import direction
from tests.reference.series import Bucket, flows
from tests.reference.standing import lived, standings
from tests.reference.world import World
from tests.support.random_ledgers import (
    ACTS,
    COMMITMENTS,
    INSTRUMENTS,
    PARTIES,
    Look,
    Recorded,
)
from tests.support.scenario import Seen, Story

#: Fields of a standing that have the same name and form on both sides.
ALIKE = [f.name for f in fields(Stand) if f.name not in ("flags", "conduct", "held_by", "rest")]

#: What becomes of a commitment on its course.
_OF_A_COURSE = (
    "lifecycle",
    "steps",
    "outcomes",
    "left",
    "against",
    "held_last",
    "pending",
    "holds",
    "delivered",
    "unknown",
    "completed_by",
    "turned",
    "due",
    "until",
    "triggered",
    "was_breached",
    "was_fulfilled",
    "first_fulfilled_on",
    "superseded_by",
    "order_in_doubt",
)


def differing(lines: Iterable[str]) -> None:
    """Fails with all lines, if there are any."""
    found = list(lines)
    assert not found, "\n".join(["The domain says, and the reference does not:", *found])


def seen_by_both(story: Story, day: str) -> Seen:
    """A story on a day, once it is sure that each of its promises stands where the reference
    says, rests on what it does there, and is the same asked about alone and with all others.
    """
    found = story.seen(day)
    world = World(story.versions, None, date.fromisoformat(day))
    differing([*in_standings(found.picture, world), *in_company(found.picture)])
    life = lived(world)
    for entry_id in life.courses:
        assert found.standing(entry_id).why == listed(world, of_standing(life, entry_id))
    return found


def picture_of(book: Recorded, look: Look) -> Picture:
    history = book.history()
    return Picture(history.at(history.head), look.as_of, look.reported_by, look.policy)


def world_of(book: Recorded, look: Look) -> World:
    return World(book.versions, book.opens_on, look.as_of, look.reported_by, look.policy)


def in_standings(picture: Picture, world: World) -> Iterator[str]:
    expected = standings(world)
    for entry_id in dict.fromkeys((*COMMITMENTS, *expected)):
        found, stand = commitment_standing(picture, entry_id), expected.get(entry_id)
        if found is None or stand is None:
            if (found is None) != (stand is None):
                yield f"{entry_id}: visible to one only"
            continue
        for line in in_standing(found.standing, stand):
            yield f"{entry_id}: {line}"


def in_company(picture: Picture) -> Iterator[str]:
    """Where the course of a commitment differs from what it is when all are asked about."""
    every = [known for i in picture.history.commitments() if (known := picture.commitment(i))]
    together = run_together(picture, every).cases
    for known in every:
        alone, beside = run(picture, known.id).cases[known.id], together[known.id]
        for name in _OF_A_COURSE:
            one, other = getattr(alone, name), getattr(beside, name)
            if name == "outcomes":
                one, other = (_on_its_own(each) for each in (alone, beside))
            if one != other:
                yield f"{known.id} {name}: alone {one!r}, with all others {other!r}"


def _on_its_own(case: Case) -> dict[Key, str]:
    """What came of the moves on a commitment, but for the acceptances by which it may take the
    place of another one: that the course of the other tells.
    """
    beside = {RelationKind.ACCEPTS} if case.replaces else set()
    return {key: outcome for key, outcome in case.outcomes.items() if key[1] not in beside}


def in_grounds(picture: Picture, book: Recorded, look: Look) -> Iterator[str]:
    """What each standing rests on, and how much of that lies in doubt."""
    world = world_of(book, look)
    life, (certain, widest) = lived(world), doubtful_worlds(book, look)
    may = lived(widest)
    for entry_id in life.courses:
        found = commitment_standing(picture, entry_id)
        if found is None:
            continue
        why = listed(world, of_standing(life, entry_id))
        if tuple(found.standing.why) != why:
            yield f"{entry_id} why: {found.standing.why}, not {why}"
        doubt = doubtful(certain, widest, of_standing(may, entry_id))
        if found.standing.in_doubt != doubt:
            yield f"{entry_id} in_doubt: {found.standing.in_doubt}, not {doubt}"


def doubtful_worlds(book: Recorded, look: Look) -> tuple[World, World]:
    """What has certainly happened, and what may have."""
    cuts = (book.versions, book.opens_on, look.as_of, look.reported_by)
    return World(*cuts), World(*cuts, Policy.POSSIBLE, widest=True)


def in_standing(found: Standing, stand: Stand) -> Iterator[str]:
    """What the domain says, and what the reference says."""
    for name in ALIKE:
        if getattr(found, name) != getattr(stand, name):
            yield f"{name}: {getattr(found, name)!r}, not {getattr(stand, name)!r}"
    held = (found.held_by.debtors, found.held_by.creditors)
    if held != stand.held_by:
        yield f"held_by: {held}, not {stand.held_by}"
    if set(found.flags) != stand.flags:
        yield (
            f"flags: {sorted(set(found.flags) - stand.flags)} too many, "
            f"{sorted(stand.flags - set(found.flags))} missing"
        )
    told, right = conduct(found), {k: why for k, (why, _) in stand.conduct.items()}
    for key in sorted({*told, *right}):
        if told.get(key) != right.get(key):
            yield f"conduct {key}: {told.get(key)!r}, not {right.get(key)!r}"


def conduct(standing: Standing) -> dict[Key, str]:
    """Of every act why it changed nothing, empty when it did. Of what an act asserts twice,
    of existence and of fulfilment, what came of the better."""
    found: dict[tuple[str, RelationKind, str], str] = {}
    for each in standing.conduct:
        key = (each.act, each.relation, each.target)
        why = "" if each.effective else each.why_not or "?"
        found[key] = min(found.get(key, why), why)
    return found


def in_acts(picture: Picture, world: World) -> Iterator[str]:
    for entry_id in ACTS:
        visible, act = picture.act(entry_id), world.acts.get(entry_id)
        if visible is None or act is None:
            if (visible is None) != (act is None):
                yield f"{entry_id}: visible to one only"
            continue
        view = act_view(picture, visible)
        givers, receivers = direction(world, act)
        expected = (act.day, finding_on_act(world, act), givers, receivers)
        found = (view.day, view.evidence, set(view.actors), set(view.counterparties))
        for one, two in zip(found, expected, strict=True):
            if one != two:
                yield f"{entry_id}: {one}, not {two}"


def in_balance(
    picture: Picture,
    worlds: tuple[World, World, World],
    a: str,
    b: str,
    how: Measure,
) -> Iterator[str]:
    """The worlds are the one that is asked, what is certain, and what may have happened."""
    world, certain, widest = worlds
    books, may = books_of(world, how), books_of(widest, how)
    found = balance(picture, a, b, how)
    one, two = world.principal(a, world.as_of), world.principal(b, world.as_of)
    if (found.party_a, found.party_b) != (one, two):
        yield f"parties: {found.party_a}, {found.party_b}, not {one}, {two}"
    elif one != two:
        yield from in_given(found.given_ab, books, one, two)
        yield from in_given(found.given_ba, books, two, one)
        yield from in_outstanding(found.outstanding_ab, books, one, two)
        yield from in_outstanding(found.outstanding_ba, books, two, one)
        weights = [books.weight(books.deliveries(x, y)) for x, y in ((one, two), (two, one))]
        ratio = reciprocity(*weights)
        if (found.reciprocity is None) != (ratio is None) or (
            ratio is not None and abs(float(ratio) - (found.reciprocity or 0)) > 1e-8
        ):
            yield f"reciprocity: {found.reciprocity}, not {ratio}"
        why = listed(world, of_balance(books, one, two))
        if found.why != why:
            yield f"why: {found.why}, not {why}"
        doubt = doubtful(certain, widest, of_balance(may, one, two))
        if found.in_doubt != doubt:
            yield f"in_doubt: {found.in_doubt}, not {doubt}"
        lags = [
            (g.initial, g.response, g.days_at_least, g.days_at_most) for g in found.steps.lags
        ]
        if lags != books.lags(one, two):
            yield f"lags: {lags}, not {books.lags(one, two)}"
    for party, asked in ((a, found.asked_a), (b, found.asked_b)):
        if asked is not None:
            yield from in_asked(asked, world, party)


def books_of(world: World, how: Measure) -> Books:
    return Books(
        world,
        lambda code: weigh(how.scale, code),
        how.evidence,
        how.count_by,
        with_predecessors=how.with_predecessors,
    )


def in_given(found: Given, books: Books, giver: str, receiver: str) -> Iterator[str]:
    expected = books.deliveries(giver, receiver)
    told = [delivered(d) for d in found.deliveries]
    if told != expected:
        yield f"{giver} to {receiver}: {told}, not {expected}"
    if dict(found.quantities) != books.quantities(expected):
        yield f"quantities: {found.quantities}, not {books.quantities(expected)}"
    flags = {flag for d in expected for flag in d.flags}
    if set(found.flags) != flags:
        yield f"flags of given: {sorted(found.flags)}, not {sorted(flags)}"


def delivered(delivery: Delivery) -> Delivered:
    return Delivered(
        tuple(delivery.entry_ids),
        delivery.weighed_by,
        delivery.day,
        delivery.weight,
        frozenset(delivery.flags),
        delivery.commitment,
    )


def in_outstanding(
    found: Outstanding, books: Books, debtor: str, creditor: str
) -> Iterator[str]:
    expected = books.outstanding(debtor, creditor)
    for name in BUCKETS:
        bucket = getattr(found, name)
        told = Owed(
            bucket.commitments,
            bucket.weight,
            bucket.unweighted,
            bucket.at_most,
            dict(bucket.quantities),
        )
        if told != expected[name]:
            yield f"outstanding {name}: {told}, not {expected[name]}"


def in_asked(found: AskedParty, world: World, party: str) -> Iterator[str]:
    day = world.as_of
    principal = world.principal(party, day)
    expected = (
        world.became(party, day),
        sorted(world.predecessors(principal, day)),
        sorted(world.successors(principal, day)),
    )
    told = tuple(list(x) for x in (found.became, found.predecessors, found.successors))
    if told != expected:
        yield f"asked about {party}: {told}, not {expected}"


def in_series(
    picture: Picture,
    world: World,
    a: str,
    b: str,
    how: Measure,
    width: Bin,
    days: tuple[date, date],
) -> Iterator[str]:
    found = series(picture, a, b, how, bin_=width, from_day=days[0], to_day=days[1])
    one, two = found.party_a, found.party_b
    filled = {} if one == two else flows(books_of(world, how), one, two, width, days)
    for point in found.points:
        for way, flow in ((True, point.ab), (False, point.ba)):
            expected = filled.pop((point.from_day, way), Bucket())
            if plain(flow) != expected:
                yield f"series: {plain(flow)}, not {expected}"
    if filled:
        yield f"series: without {filled}"


def plain(flow: Flow) -> Bucket:
    return Bucket(
        flow.count,
        flow.weight,
        flow.cooperation,
        flow.conflict,
        flow.unweighted_count,
        list(flow.entry_ids),
        flow.beyond_bin_count,
    )


def in_instruments(picture: Picture, world: World, rubric: Rubric) -> Iterator[str]:
    for entry_id in INSTRUMENTS:
        found = instrument_standing(picture, entry_id, rubric)
        expected = instrument_stand(world, entry_id, rubric)
        if found is None or expected is None:
            if (found is None) != (expected is None):
                yield f"{entry_id}: visible to one only"
            continue
        told = {
            (c.act, c.relation, c.target): "" if c.effective else c.why_not or "?"
            for c in found.conduct
        }
        pairs = {
            "evidence": (found.evidence, expected.evidence),
            "count": (dict(found.counts), dict(expected.count)),
            "ratings": ({c.entry_id: c.rating for c in found.commitments}, expected.ratings),
            "rated": (found.rated, expected.rated),
            "average": (found.average, expected.average),
            "conduct": (told, expected.conduct),
        }
        for name, (one, two) in pairs.items():
            if one != two:
                yield f"{entry_id} {name}: {one}, not {two}"


def in_ratings(picture: Picture, world: World) -> Iterator[str]:
    life = lived(world)
    for entry_id, stand in standings(world).items():
        found = commitment_standing(picture, entry_id)
        for rubric in Rubric:
            expected = rating_of(rubric, life.courses[entry_id], stand)
            if found and rating(rubric, found.commitment, found.standing) != expected:
                told = rating(rubric, found.commitment, found.standing)
                yield f"{entry_id} {rubric.value}: {told}, not {expected}"


def in_parties(picture: Picture, world: World) -> Iterator[str]:
    day = world.as_of
    for party in PARTIES:
        found = party_view(picture, party)
        if found is None or party not in world.parties:
            continue
        principal = world.principal(party, day)
        expected = (
            world.name(party, day),
            world.became(party, day),
            sorted(world.predecessors(principal, day)),
            sorted(world.successors(principal, day)),
        )
        told = (
            found.name,
            list(found.became),
            list(found.predecessors),
            list(found.successors),
        )
        if told != expected:
            yield f"{party}: {told}, not {expected}"
