"""What must hold of every ledger, whatever was recorded into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.difference import diff
from ledger_service.domain.balance.series import series
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.mentions import mentions
from ledger_service.domain.values.commands import Annulment, RecordCommand
from ledger_service.domain.values.cuts import EvidenceFilter, Policy
from tests.support.answers import PAIRS, balance_of, everything, house, picture_of, unit
from tests.support.histories import MemoryHistory
from tests.support.runs import short_run
from tests.support.strategies import ACTS, COMMITMENTS, Book, Look, Request, books, looks

NOON = datetime(2018, 7, 20, 12, tzinfo=UTC)


@short_run
@given(books(), looks(), st.data())
def test_replay_to_n_equals_the_first_n_records_applied(book, look, data):
    whole = book.history()
    n = data.draw(st.integers(0, whole.head), label="n")
    first = MemoryHistory(book.opens_on, [v for v in whole.recorded if v.position <= n])
    assert everything(whole.at(n), look) == everything(first.at(first.head), look)


@short_run
@given(books(), looks())
def test_an_answer_with_fixed_cuts_never_changes(book, look):
    """Whatever is recorded afterwards: told late, amended, annulled, brought back."""
    history = MemoryHistory(book.opens_on)
    given_then = []
    for request in book.requests:
        history.record(request.command, recorded_at=request.recorded_at)
        given_then.append((history.head, everything(history.at(history.head), look)))
    for position, answer in given_then:
        assert everything(history.at(position), look) == answer


@short_run
@given(books(with_changes=False), looks(), st.randoms(use_true_random=False))
def test_the_order_of_recording_does_not_matter(book, look, random):
    """Neither of entries nor of requests; versions of one entry keep theirs."""
    items = [item for request in book.requests for item in request.command.items]
    shuffled = list(items)
    random.shuffle(shuffled)
    assert answers_one_by_one(book, items, look) == answers_one_by_one(book, shuffled, look)


@short_run
@given(books(), looks(), st.randoms(use_true_random=False))
def test_the_order_of_recording_does_not_matter_to_changes_of_different_entries(
    book, look, random
):
    items = [item for request in book.requests for item in request.command.items]
    shuffled = by_turns(items, random)
    assert answers_one_by_one(book, items, look) == answers_one_by_one(book, shuffled, look)


@short_run
@given(books(), looks(), st.sampled_from((*ACTS, *COMMITMENTS)))
def test_an_annulled_entry_is_as_if_it_had_never_been_recorded(book, look, entry_id):
    history = book.history()
    without = [v for v in history.recorded if v.entry_id != entry_id]
    history.record(RecordCommand((Annulment(entry_id, "withdrawn"),)))
    never = MemoryHistory(book.opens_on, without)
    assert everything(history.at(history.head), look) == everything(never.at(never.head), look)


@short_run
@given(books(), looks(), st.sampled_from((*ACTS, *COMMITMENTS)))
def test_an_annulled_entry_changes_only_answers_that_would_have_used_it(book, look, entry_id):
    """The day on which a standing changes by time alone rests on what it rests on then."""
    history = book.history()
    recorded = history.head
    picture = picture_of(history.at(recorded), look)

    def is_awaited(why) -> bool:
        """Whether it has not come, and a term names it on which the answer rests."""
        rests_on = filter(None, map(picture.commitment, why))
        return not picture.entry(entry_id) and any(
            entry_id in mentions(each.commitment) for each in rests_on
        )

    before = everything(history.at(recorded), look)
    history.record(RecordCommand((Annulment(entry_id, "withdrawn"),)))
    after = everything(history.at(history.head), look)
    for commitment, answer in before.commitments.items():
        used = entry_id in answer.standing.why or is_awaited(answer.standing.why)
        if not used and commitment != entry_id:
            kept = after.commitments[commitment]
            assert known(kept) == known(answer)
            changes = {answer.standing.changes_on, kept.standing.changes_on}
            if len(changes) == 2:
                first = min(changes - {None})
                then = picture_of(history.at(recorded), replace(look, as_of=first))
                assert entry_id in standing(then, commitment).why
    remaining = {(b.party_a, b.party_b): b for b in after.balances}
    for balance in before.balances:
        if entry_id not in balance.why and not is_awaited(balance.why):
            kept = remaining[balance.party_a, balance.party_b]
            assert replace(kept, in_doubt=0) == replace(balance, in_doubt=0)


@short_run
@given(books(), looks())
def test_what_is_visible_under_certain_is_visible_under_possible(book, look):
    history = book.history()
    certain, possible = (
        picture_of(history.at(history.head), replace(look, policy=policy)) for policy in Policy
    )
    for entry_id in (*ACTS, *COMMITMENTS):
        if certain.entry(entry_id):
            assert possible.entry(entry_id)
            assert not certain.in_doubt(entry_id)
            assert possible.entry(entry_id).day <= certain.entry(entry_id).day


@pytest.mark.rule("2.9")
@short_run
@given(books(), looks())
def test_doubt_is_the_same_under_both_policies(book, look):
    history = book.history()
    certain, possible = (
        everything(history.at(history.head), replace(look, policy=policy)) for policy in Policy
    )
    for pair, one in {(b.party_a, b.party_b): b for b in certain.balances}.items():
        for two in possible.balances:
            if (two.party_a, two.party_b) == pair:
                assert one.in_doubt == two.in_doubt


@short_run
@given(books(), looks())
def test_a_balance_is_antisymmetric(book, look):
    history = book.history()
    picture = picture_of(history.at(history.head), look)
    how = Measure(house(picture), EvidenceFilter.ANY, Fraction(7))
    for a, b in PAIRS:
        one, two = balance_of(picture, a, b, how), balance_of(picture, b, a, how)
        if one.party_a == one.party_b:
            continue
        assert one.net_count == -two.net_count
        assert one.net_weight == -two.net_weight
        assert one.given_ab == two.given_ba
        assert one.outstanding_ab == two.outstanding_ba
        assert one.reciprocity == two.reciprocity
        assert one.why == two.why


@short_run
@given(books(), looks())
def test_a_balance_is_the_sum_over_its_entries(book, look):
    history = book.history()
    picture = picture_of(history.at(history.head), look)
    how = Measure(house(picture), EvidenceFilter.ANY, None)
    for a, b in PAIRS:
        balance = balance_of(picture, a, b, how)
        for given_ in (balance.given_ab, balance.given_ba):
            weights = [d.weight for d in given_.deliveries if d.weight is not None]
            assert given_.weight == sum(weights, Fraction(0))
            assert given_.count == len(weights) + len(given_.unweighted)
            told = [entry for d in given_.deliveries for entry in d.entry_ids]
            assert len(told) == len(set(told))
            assert set(told) <= set(balance.why)


@short_run
@given(books(), looks())
def test_filters_nest(book, look):
    """What is verified is attested, and what is attested is any."""
    history = book.history()
    picture = picture_of(history.at(history.head), look)
    for a, b in PAIRS:
        wide, attested, verified = (
            {d.entry_ids for g in (balance.given_ab, balance.given_ba) for d in g.deliveries}
            for evidence in EvidenceFilter
            for balance in [balance_of(picture, a, b, unit(evidence))]
        )
        assert verified <= attested <= wide


@short_run
@given(books(), looks())
def test_a_series_counts_every_act_between_the_two_once_each_way(book, look):
    history = book.history()
    picture = picture_of(history.at(history.head), look)
    how = Measure(house(picture), EvidenceFilter.ANY, None)
    for a, b in PAIRS[:3]:
        one, two = series(picture, a, b, how), series(picture, b, a, how)
        assert [p.ab for p in one.points] == [p.ba for p in two.points]
        for point in one.points:
            assert point.ab.weight == point.ab.cooperation - point.ab.conflict


def known(answer):
    """An answer but for what depends on entries that it may rest on some day."""
    return replace(answer, standing=replace(answer.standing, in_doubt=0, changes_on=None))


def answers_one_by_one(book: Book, items, look: Look):
    """Each item recorded in its own request, all on one day. Positions and versions tell
    the order, so they are left out."""
    requests = tuple(Request(RecordCommand((item,)), NOON) for item in items)
    history = Book(book.opens_on, requests).history()
    return everything(history.at(history.head), look)


def by_turns(items, random):
    """Another order in which the items of one entry keep their own."""
    queues: dict[str, list] = {}
    for item in items:
        entry_id = item.entry_id
        queues.setdefault(entry_id, []).append(item)
    turns = [entry_id for entry_id, queue in queues.items() for _ in queue]
    random.shuffle(turns)
    return [queues[entry_id].pop(0) for entry_id in turns]


@pytest.mark.rule("9.4")
@short_run
@given(books(), looks(), looks(), st.data())
def test_a_difference_that_is_none_of_time_names_what_made_it(book, look, other, data):
    """Of one day, read in one way: what differs was recorded, or came out, in between."""
    history = book.history()
    ends = [data.draw(st.integers(0, history.head)) for _ in range(2)]
    looks_ = look, replace(look, reported_by=other.reported_by)
    pictures = [
        picture_of(history.at(end), each) for end, each in zip(ends, looks_, strict=True)
    ]
    found = diff(*pictures, *(Measure(house(picture)) for picture in pictures))
    for each in (*found.commitments, *found.balances):
        assert each.because
