"""Converts answers about pairs of parties, and differences, to messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from functools import lru_cache

from diplomatic_ledger.v1 import (
    balances_pb2,
    differences_pb2,
    entries_pb2,
    parties_pb2,
    series_pb2,
)

from ledger_service.api.messages import names, writing
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.api.messages.seals import Seals
from ledger_service.api.messages.standings import approximate, commitment, fraction
from ledger_service.api.messages.writing import day
from ledger_service.domain.values import answers
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.entries import State
from ledger_service.domain.values.stopping import looking


def _fill_given(message: balances_pb2.Given, value: answers.Given) -> None:
    """Fills `value` into an empty message. A balance can have many deliveries; a message that
    is made apart and put into another one is copied, and to fill it field by field, those that
    say something, takes a third of the time. To read it from bytes takes a third of that, and
    most deliveries are told in the same bytes at all cuts.
    """
    message.giver = value.giver
    message.receiver = value.receiver
    message.count = value.count
    message.weight = fraction(value.weight)
    message.decayed_weight = approximate(value.decayed_weight)
    message.unweighted.extend(value.unweighted)
    message.quantities.extend(_amounts(value.quantities))
    message.flags.extend(names.DELIVERY_FLAG.numbers(value.flags))
    written, plain = _Written(), list[bytes]()
    for each in looking(value.deliveries):
        if (
            each.decayed_weight is None
            and each.weight is not None
            and not (each.flags or each.commitment or each.quantities)
        ):
            weight = written.text(each.weight)
            plain.append(_plain_delivery(each.entry_ids, each.weighed_by, each.day, weight))
            continue
        message.MergeFromString(b"".join(plain))
        plain.clear()
        _fill_delivery(message.deliveries.add(), each)
    message.MergeFromString(b"".join(plain))


@lru_cache(10_000)
def _plain_delivery(
    entry_ids: tuple[str, ...], weighed_by: str, on: date, weight: str
) -> bytes:
    """A Given that has nothing but this delivery, serialized: to read it adds the delivery."""
    told = balances_pb2.Delivery(
        entry_ids=entry_ids, weighed_by=weighed_by, day=day(on), weight=weight
    )
    return balances_pb2.Given(deliveries=[told]).SerializeToString()


def _fill_delivery(told: balances_pb2.Delivery, each: answers.Delivery) -> None:
    told.entry_ids.extend(each.entry_ids)
    told.weighed_by = each.weighed_by
    told.day = day(each.day)
    if each.weight is not None:
        told.weight = fraction(each.weight)
    if each.decayed_weight is not None:
        told.decayed_weight = approximate(each.decayed_weight)
    if each.flags:
        told.flags.extend(names.DELIVERY_FLAG.numbers(each.flags))
    if each.commitment:
        told.commitment = each.commitment
    if each.quantities:
        told.quantities.extend(_amounts(each.quantities))


class _Written:
    """Weights as text. Most are one of a few of a scale, and one object each: to look that up
    takes less time than to write it.
    """

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}

    def text(self, weight: Fraction) -> str:
        """The weight as text; it must stay as long as this."""
        found = self._texts.get(id(weight))
        if found is None:
            found = self._texts[id(weight)] = fraction(weight)
        return found


def _amounts(values: answers.Quantities) -> list[balances_pb2.Amount]:
    return [balances_pb2.Amount(unit=unit, value=fraction(amount)) for unit, amount in values]


def _bucket(value: answers.Bucket) -> balances_pb2.OutstandingBucket:
    if not value.commitments:
        return _EMPTY
    return balances_pb2.OutstandingBucket(
        count=value.count,
        weight=fraction(value.weight),
        at_most=value.at_most,
        commitments=value.commitments,
        unweighted=value.unweighted,
        quantities=_amounts(value.quantities),
    )


#: Most buckets are empty. It is copied where it is put.
_EMPTY = balances_pb2.OutstandingBucket(weight=fraction(Fraction(0)))


def _outstanding(value: answers.Outstanding) -> balances_pb2.Outstanding:
    return balances_pb2.Outstanding(
        debtor=value.debtor,
        creditor=value.creditor,
        active=_bucket(value.active),
        undated=_bucket(value.undated),
        scheduled=_bucket(value.scheduled),
        due=_bucket(value.due),
        overdue=_bucket(value.overdue),
        not_yet_dated=_bucket(value.not_yet_dated),
        maintenance=_bucket(value.maintenance),
        contingent=_bucket(value.contingent),
    )


def _step_order(value: answers.StepOrder) -> balances_pb2.StepOrder:
    """The order of steps; its lags are added by the caller."""
    return balances_pb2.StepOrder(
        alternation=fraction(value.alternation),
        ties=value.ties,
        longest_run=value.longest_run,
        longest_run_giver=value.longest_run_giver,
        next_by_count=value.next_by_count,
        next_by_weight=value.next_by_weight,
        median_lag_days=fraction(value.median_lag_days),
    )


def _asked(value: answers.AskedParty | None) -> parties_pb2.AskedParty | None:
    if value is None:
        return None
    return parties_pb2.AskedParty(
        entry_id=value.entry_id,
        became=value.became,
        predecessors=value.predecessors,
        successors=value.successors,
    )


def balance(value: answers.Balance) -> balances_pb2.Balance:
    message = balances_pb2.Balance(
        party_a=value.party_a,
        party_b=value.party_b,
        net_count=value.net_count,
        net_weight=fraction(value.net_weight),
        reciprocity=approximate(value.reciprocity),
        outstanding_ab=_outstanding(value.outstanding_ab),
        outstanding_ba=_outstanding(value.outstanding_ba),
        steps=_step_order(value.steps),
        why=value.why,
        in_doubt=value.in_doubt,
        half_life_days=fraction(value.half_life_days),
        flags=names.BALANCE_FLAG.numbers(value.flags),
        count_by=names.COUNT_BY.number(value.count_by),
        with_predecessors=value.with_predecessors,
        asked_a=_asked(value.asked_a),
        asked_b=_asked(value.asked_b),
    )
    _fill_given(message.given_ab, value.given_ab)
    _fill_given(message.given_ba, value.given_ba)
    add = message.steps.lags.add
    for lag in looking(value.steps.lags):
        told = add()
        told.initial = lag.initial
        if lag.response:
            told.response = lag.response
        if lag.days_at_least is not None:
            told.days_at_least = lag.days_at_least
        if lag.days_at_most is not None:
            told.days_at_most = lag.days_at_most
    return message


def variant(
    message: balances_pb2.BalanceVariant, field: str, problems: ReadingProblems
) -> answers.BalanceVariant:
    evidence = names.EVIDENCE_FILTER.optional(message.evidence, f"{field}.evidence", problems)
    return answers.BalanceVariant(
        scale=message.scale or "unit",
        evidence=evidence or EvidenceFilter.ANY,
        dates=names.POLICY.optional(message.dates, f"{field}.dates", problems),
    )


def summary(value: answers.BalanceSummary) -> balances_pb2.BalanceSummary:
    return balances_pb2.BalanceSummary(
        variant=balances_pb2.BalanceVariant(
            scale=value.variant.scale,
            evidence=names.EVIDENCE_FILTER.number(value.variant.evidence),
            dates=names.POLICY.number(value.variant.dates),
        ),
        scale_version=value.scale_version,
        count_ab=value.count_ab,
        count_ba=value.count_ba,
        weight_ab=fraction(value.weight_ab),
        weight_ba=fraction(value.weight_ba),
    )


def _flow(value: answers.Flow) -> series_pb2.SeriesFlow:
    return series_pb2.SeriesFlow(
        count=value.count,
        weight=fraction(value.weight),
        cooperation=fraction(value.cooperation),
        conflict=fraction(value.conflict),
        unweighted_count=value.unweighted_count,
        entry_ids=value.entry_ids,
        beyond_bin_count=value.beyond_bin_count,
    )


def points(values: Iterable[answers.SeriesPoint]) -> list[series_pb2.SeriesPoint]:
    return [
        series_pb2.SeriesPoint(
            from_day=day(each.from_day),
            to_day=day(each.to_day),
            label=each.label,
            ab=_flow(each.ab),
            ba=_flow(each.ba),
        )
        for each in looking(values)
    ]


def entry_diff(value: answers.EntryDiff, seals: Seals) -> differences_pb2.EntryDiff:
    before, sealed_before = _side(value.before, seals)
    after, sealed_after = _side(value.after, seals)
    return differences_pb2.EntryDiff(
        entry_id=value.entry_id,
        difference=names.DIFFERENCE.number(value.difference),
        before=before,
        after=after,
        day=day(value.day),
        sealed_before=sealed_before,
        sealed_after=sealed_after,
    )


def _side(
    value: State | None, seals: Seals
) -> tuple[entries_pb2.EntryState | None, list[entries_pb2.SealedField]]:
    if value is None:
        return None, []
    state, sealed = seals.read(value)
    return writing.state(state), sealed


def commitment_diff(
    value: answers.CommitmentDiff, seals: Seals
) -> differences_pb2.CommitmentDiff:
    return differences_pb2.CommitmentDiff(
        entry_id=value.entry_id,
        before=commitment(value.before, seals) if value.before else None,
        after=commitment(value.after, seals) if value.after else None,
        because=value.because,
    )


def balance_diff(value: answers.BalanceDiff) -> differences_pb2.BalanceDiff:
    return differences_pb2.BalanceDiff(
        party_a=value.party_a,
        party_b=value.party_b,
        before=_balance_side(value.before),
        after=_balance_side(value.after),
        because=value.because,
    )


def _balance_side(value: answers.BalanceSide) -> differences_pb2.BalanceSide:
    message = differences_pb2.BalanceSide(
        outstanding_ab=_outstanding(value.outstanding_ab),
        outstanding_ba=_outstanding(value.outstanding_ba),
    )
    _fill_given(message.given_ab, value.given_ab)
    _fill_given(message.given_ba, value.given_ba)
    return message
