"""The domain code against the rules restated: random ledgers, cuts and policies."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.balance.balance import pairs
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import (
    Bin,
    Bucket,
    Delivery,
    Flow,
    Lag,
    Outstanding,
    Standing,
)
from ledger_service.domain.values.cuts import EvidenceFilter, Policy
from ledger_service.domain.values.entries import RelationKind
from ledger_service.domain.values.scales import weigh
from tests.reference.balance import Books, Delivered, reciprocity
from tests.reference.evidence import finding_on_act
from tests.reference.grounds import doubtful, listed, of_balance, of_series, of_standing
from tests.reference.series import Bucket as SeriesBucket
from tests.reference.series import flows
from tests.reference.standing import standings
from tests.reference.world import World
from tests.support.answers import (
    PAIRS,
    acts,
    balance_of,
    commitments,
    house,
    picture_of,
    series_of,
    unit,
)
from tests.support.runs import short_run
from tests.support.strategies import Book, Look, books, day_of, looks


def world_of(book: Book, look: Look) -> World:
    return World(book.versions, book.opens_on, look.as_of, look.reported_by, look.policy)


def both(book: Book, look: Look) -> tuple[Picture, World]:
    history = book.history()
    return picture_of(history.at(history.head), look), world_of(book, look)


@short_run
@given(books(), looks())
def test_standings_are_those_of_the_reference(book, look):
    picture, world = both(book, look)
    certain, widest = doubtful_worlds(book, look)
    expected = standings(world)
    found = commitments(picture)
    assert set(found) == set(expected)
    for entry_id, stand in expected.items():
        standing = found[entry_id].standing
        assert found[entry_id].version == world.commitments[entry_id].version.version
        assert standing.lifecycle is stand.lifecycle
        assert set(standing.flags) == stand.flags
        assert standing.share == stand.share
        assert standing.share_at_least == stand.share_at_least
        assert (standing.debtors, standing.creditors) == (stand.debtors, stand.creditors)
        assert standing.day == stand.day
        assert standing.existence == stand.existence
        assert standing.counted_against == stand.counted_against
        assert standing.superseded_by == stand.superseded_by
        assert conduct(standing) == stand.conduct
        assert standing.why == listed(world, of_standing(world, entry_id))
        assert standing.in_doubt == doubtful(certain, widest, of_standing(widest, entry_id))


@short_run
@given(books(), looks())
def test_acts_and_their_evidence_are_those_of_the_reference(book, look):
    picture, world = both(book, look)
    found = acts(picture)
    assert set(found) == set(world.acts)
    for entry_id, act in world.acts.items():
        view = found[entry_id]
        assert view.version == act.version.version
        assert view.day == act.day
        assert view.evidence == finding_on_act(world, act)
        assert set(view.actors) == {world.principal(a, act.day) for a in act.state.actors}


@short_run
@given(books(), looks(), st.sampled_from(EvidenceFilter), st.booleans())
def test_balances_are_those_of_the_reference(book, look, evidence, weighed):
    picture, world = both(book, look)
    how = Measure(house(picture), evidence) if weighed else unit(evidence)
    books_ = Books(world, lambda code: weigh(how.scale, code), evidence)
    certain, widest = doubtful_worlds(book, look)
    may = Books(widest)
    for parties in PAIRS:
        balance = balance_of(picture, *parties, how)
        a, b = balance.party_a, balance.party_b
        if a == b:
            continue
        ab, ba = books_.deliveries(a, b), books_.deliveries(b, a)
        assert [told(d) for d in balance.given_ab.deliveries] == ab
        assert [told(d) for d in balance.given_ba.deliveries] == ba
        assert balance.net_count == len(ab) - len(ba)
        assert balance.net_weight == books_.weight(ab) - books_.weight(ba)
        ratio = reciprocity(books_.weight(ab), books_.weight(ba))
        assert balance.reciprocity == (ratio and pytest.approx(float(ratio)))
        assert owed(balance.outstanding_ab) == books_.outstanding(a, b)
        assert owed(balance.outstanding_ba) == books_.outstanding(b, a)
        assert balance.why == listed(world, of_balance(books_, a, b))
        assert balance.in_doubt == doubtful(certain, widest, of_balance(may, a, b))
        assert [lag_of(each) for each in balance.steps.lags] == books_.lags(a, b)
        if ab or ba:
            assert (min(a, b), max(a, b)) in pairs(picture)


@short_run
@given(books(), looks(), st.integers(1, 60))
def test_decay_takes_from_gestures_and_leaves_stocks(book, look, half_life):
    picture, world = both(book, look)
    how = unit(half_life=Fraction(half_life))
    books_ = Books(world)
    for a, b in PAIRS[:3]:
        balance = balance_of(picture, a, b, how)
        if balance.party_a != balance.party_b:
            expected_ = books_.decayed(
                books_.deliveries(balance.party_a, balance.party_b), half_life
            )
            assert balance.given_ab.decayed_weight == pytest.approx(expected_, rel=1e-8)


@short_run
@given(books(), looks(), st.sampled_from(Bin), st.sampled_from(EvidenceFilter))
def test_series_are_those_of_the_reference(book, look, width, evidence):
    picture, world = both(book, look)
    how = Measure(house(picture), evidence)
    books_ = Books(world, lambda code: weigh(how.scale, code), evidence)
    days = (day_of(-3), date(2019, 1, 2))
    certain, widest = doubtful_worlds(book, look)
    may = Books(widest)
    for parties in PAIRS[:5]:
        found = series_of(picture, *parties, how, width, days)
        a, b = found.party_a, found.party_b
        filled = {} if a == b else flows(books_, a, b, width, days)
        for point in found.points:
            for way, flow in ((True, point.ab), (False, point.ba)):
                assert plain(flow) == filled.pop((point.from_day, way), SeriesBucket())
        assert not filled
        if a != b:
            assert found.in_doubt == doubtful(certain, widest, of_series(may, a, b, days))


def doubtful_worlds(book: Book, look: Look) -> tuple[World, World]:
    """What has certainly happened, and what may have."""
    cuts = (book.versions, book.opens_on, look.as_of, look.reported_by)
    return World(*cuts), World(*cuts, Policy.POSSIBLE, widest=True)


def conduct(standing: Standing) -> dict[tuple[str, RelationKind], object]:
    """Of every act whether it changed something, and why not. Of what an act asserts twice,
    of existence and of fulfilment, both together."""
    found: dict[tuple[str, RelationKind], tuple[bool, frozenset[str]]] = {}
    for each in standing.conduct:
        effective, flags = found.get((each.act, each.relation), (False, frozenset()))
        found[each.act, each.relation] = (
            effective or each.effective,
            flags | set(each.flags),
        )
    return found


def lag_of(lag: Lag) -> tuple[str, str, int | None, int | None]:
    return (lag.initial, lag.response, lag.days_at_least, lag.days_at_most)


def told(delivery: Delivery) -> Delivered:
    return Delivered(
        tuple(delivery.entries),
        delivery.weighed_by,
        delivery.day,
        delivery.weight,
        frozenset(delivery.flags),
    )


def owed(outstanding: Outstanding) -> dict[str, tuple[object, ...]]:
    names = ("undated", "due", "overdue", "contingent")
    return {name: bucket(getattr(outstanding, name)) for name in names}


def bucket(found: Bucket) -> tuple[object, ...]:
    return (found.commitments, found.weight, found.unweighted, found.at_most)


def plain(flow: Flow) -> SeriesBucket:
    return SeriesBucket(
        flow.count,
        flow.weight,
        flow.cooperation,
        flow.conflict,
        flow.unweighted,
        list(flow.entries),
    )
