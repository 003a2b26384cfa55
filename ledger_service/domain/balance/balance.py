"""The reciprocity balance of two principals: what was given, and what is still owed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import partial
from heapq import merge
from itertools import groupby, product

from msgspec import structs

from ledger_service.domain.balance.asked import Ends, asked_party, ends
from ledger_service.domain.balance.counting import by_commitments
from ledger_service.domain.balance.deliveries import Contribution, Delivered, Measure, parts
from ledger_service.domain.balance.given import counted, given, nine_digits
from ledger_service.domain.balance.outstanding import (
    Owed,
    is_owed,
    line,
    outstanding,
    owed_between,
)
from ledger_service.domain.balance.steps import step_order
from ledger_service.domain.lifecycle.clusters import ACROSS
from ledger_service.domain.lifecycle.grounds import grounds
from ledger_service.domain.lifecycle.moves import AUTHORITY_DOUBTFUL
from ledger_service.domain.lifecycle.standing import holders
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import is_succeeded
from ledger_service.domain.picture.visible_entry import NO_GROUNDS
from ledger_service.domain.values.answers import (
    Balance,
    BalanceSummary,
    BalanceVariant,
    CountBy,
    Given,
)
from ledger_service.domain.values.stopping import looking


def balance(picture: Picture, party_a: str, party_b: str, how: Measure) -> Balance:
    """The balance of two parties. A representative counts as the principal that it stands for
    on the picture's day.
    """
    a = picture.parties.principal(party_a, picture.as_of)
    b = picture.parties.principal(party_b, picture.as_of)
    found = balance_of_principals(picture, a, b, how)
    return replace(
        found, asked_a=asked_party(picture, party_a), asked_b=asked_party(picture, party_b)
    )


def balance_of_principals(picture: Picture, a: str, b: str, how: Measure) -> Balance:
    """The balance of two principals. An act counts for the principal for whom its actor stood
    on the day of the act; what a party did before it began to represent another one stays its
    own.
    """
    between = ends(picture, a, b, with_predecessors=how.with_predecessors)
    told = _told(picture, between)
    steps = _steps(picture, told, how)
    today = picture.as_of
    ab, ba = (given(steps, x, y, how, today) for x, y in ((a, b), (b, a)))
    owed = owed_between(picture, a, b)
    debts = owed.debts()
    widest = ends(picture.widest, a, b, with_predecessors=how.with_predecessors)
    may = told if widest == between else _told(picture, widest)
    why, in_doubt = _together(picture, told, may, owed)
    return Balance(
        party_a=a,
        party_b=b,
        given_ab=ab,
        given_ba=ba,
        reciprocity=reciprocity(ab.weight, ba.weight),
        outstanding_ab=outstanding(a, b, [debt for debt in debts if debt.forth], how),
        outstanding_ba=outstanding(b, a, [debt for debt in debts if debt.back], how),
        steps=step_order(steps, ab, ba, today),
        why=why,
        in_doubt=in_doubt,
        half_life_days=how.half_life_days,
        flags=tuple(sorted(_flags(ab, ba))),
        count_by=how.count_by,
        with_predecessors=how.with_predecessors,
    )


def _told(picture: Picture, between: Ends) -> list[Contribution]:
    """The contributions of all acts to a balance. What a predecessor gave counts as given by
    who succeeded it; a deed that several of one end did counts once.
    """
    if len(between.of_a) == len(between.of_b) == 1:
        return list(parts(picture, between.a, between.b))
    found = list[Contribution]()
    counted_already = set[tuple[str, str]]()
    for x, y in product(between.of_a, between.of_b):
        for part in parts(picture, x, y):
            new = list[Delivered]()
            for told in part.delivered:
                giver = between.a if told.giver == x else between.b
                if (giver, told.id) not in counted_already:
                    new.append(structs.replace(told, giver=giver))
                counted_already.add((giver, told.id))
            found.append(structs.replace(part, delivered=tuple(new)))
    return found


def _steps(picture: Picture, told: Iterable[Contribution], how: Measure) -> list[Delivered]:
    """The deliveries of both sides as they are counted, by day, then id."""
    deeds = counted(told, how)
    return by_commitments(picture, deeds) if how.count_by is CountBy.COMMITMENTS else deeds


def reciprocity(x: Fraction, y: Fraction) -> float | None:
    """2 min / sum, from 0 (one side gave all) to 1 (Squartini et al. 2013); None when
    nothing was given or a weight is negative.
    """
    if x < 0 or y < 0 or x + y == 0:
        return None
    return nine_digits(float(2 * min(x, y) / (x + y)))


def summary(
    picture: Picture, party_a: str, party_b: str, how: Measure, variant: BalanceVariant
) -> BalanceSummary:
    """The totals of a balance under another way to count and weigh."""
    a = picture.parties.principal(party_a, picture.as_of)
    b = picture.parties.principal(party_b, picture.as_of)
    between = ends(picture, a, b, with_predecessors=how.with_predecessors)
    steps = _steps(picture, _told(picture, between), how)
    ab, ba = (given(steps, x, y, how, picture.as_of) for x, y in ((a, b), (b, a)))
    return BalanceSummary(variant, how.scale.version, ab.count, ba.count, ab.weight, ba.weight)


def pairs(
    picture: Picture, among: AbstractSet[str] | None = None, *, backwards: bool = False
) -> Iterator[tuple[str, str]]:
    """The pairs of principals between whom something was given or is owed, in order of their
    ids, or backwards; with `among` those of which one is in it. They are looked for as far as
    they are drawn, and the others not at all.
    """
    history = picture.history
    dealings, position = history.dealings(), history.position
    may_end = partial(_stands_for_itself, picture)
    by_themselves = dealings.pairs(position, may_end, among, backwards=backwards)
    handed_on = sorted(_handed_on(picture, among), reverse=backwards)
    for pair, _ in groupby(merge(by_themselves, handed_on, reverse=backwards)):
        if _deal(picture, *pair):
            yield pair


def _stands_for_itself(picture: Picture, party: str) -> bool:
    """Whether a party is a principal on some day."""
    return any(party == principal for _, principal in picture.parties.over_time(party))


def _handed_on(picture: Picture, among: AbstractSet[str] | None = None) -> set[tuple[str, str]]:
    """The pairs of those who hold the sides of what two principals promised one another, of
    whom one was succeeded; with `among` those of which one is in it.
    """
    parties, history = picture.parties, picture.history
    lines = None
    if among is not None:
        lines = frozenset[str]().union(*(line(picture, each) for each in looking(among)))
    named = {
        pair
        for x, y in looking(history.dealings().handed_on(history.position, lines))
        for pair in parties.together(x, y)
    }
    held = {
        pair
        for p, q in looking(named)
        if p != q and (is_succeeded(parties, p) or is_succeeded(parties, q))
        for pair in _holding(picture, p, q)
    }
    return {
        (p, q) if p < q else (q, p)
        for p, q in held
        if p != q and (among is None or p in among or q in among)
    }


def _holding(picture: Picture, p: str, q: str) -> Iterator[tuple[str, str]]:
    """The pairs of those who hold the sides of what two principals promised one another."""
    history = picture.history
    members = history.dealings().members
    named = set(history.commitments(members(p))).intersection(history.commitments(members(q)))
    for commitment_id in picture.looked_up(named):
        if picture.commitment(commitment_id):
            held = holders(picture, commitment_id)
            yield from product(held.debtors, held.creditors)


def _deal(picture: Picture, a: str, b: str) -> bool:
    if any(part.delivered for part in parts(picture, a, b)):
        return True
    return is_owed(picture, a, b)


def balances(picture: Picture, how: Measure) -> Iterator[Balance]:
    """The balance of every such pair, in the order of `pairs`."""
    for a, b in pairs(picture):
        yield balance_of_principals(picture, a, b, how)


def _together(
    picture: Picture,
    told: Iterable[Contribution],
    may_tell: Iterable[Contribution],
    owed: Owed,
) -> tuple[tuple[str, ...], int]:
    """The entries on which a balance rests, by day, then id, and how many of them lie in
    doubt: also of what those gave whom a party may have succeeded.
    """
    commitments = {c for c, each in owed.others.items() if each.depends and each.counts}
    may = {c for c, each in owed.others.items() if each.depends and each.may}
    why, in_doubt = set[str](), set(owed.plainly.in_doubt)
    # Most come by day already, and what is nearly in order is put in order in no time.
    in_order = dict[tuple[date, str], None]()
    for part in looking(told):
        if part.order is not None:
            in_order[part.order] = None
        else:
            why |= part.rests_on.why
            commitments |= part.kept
    in_order.update(dict.fromkeys(owed.plainly.why))
    for each in looking(owed.others.values()):
        if not each.depends:
            in_order.update(dict.fromkeys(each.why))
            in_doubt |= each.in_doubt
    for part in looking(may_tell):
        if part.order is None:
            in_doubt |= part.rests_on.in_doubt
            may |= part.may_keep
    beside = grounds(picture, commitments, may) if may or commitments else NO_GROUNDS
    known = filter(None, map(picture.known, looking(why | beside.why)))
    in_order.update(dict.fromkeys(entry.order for entry in known))
    return tuple([entry for _, entry in sorted(in_order)]), len(in_doubt | beside.in_doubt)


def _flags(ab: Given, ba: Given) -> set[str]:
    return {*ab.flags, *ba.flags} & {ACROSS, AUTHORITY_DOUBTFUL}
