"""The net cooperation series of two principals: acts of all kinds, bin by bin.

Per direction: count, sum of weights, cooperation and conflict apart (Goldstein and
Freeman 1990). A joint act counts in both directions, a refuted one in none.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

from ledger_service.domain.balance.deliveries import Measure, passes
from ledger_service.domain.balance.plainly import plainly
from ledger_service.domain.lifecycle.clusters import ACROSS, clusters, tied
from ledger_service.domain.lifecycle.evidence import CLAIMS, act_finding
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import PossibleDays, VisibleEntry
from ledger_service.domain.values import exact
from ledger_service.domain.values.answers import Bin, EvidenceStatus, Flow, Series, SeriesPoint
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.entries import EventCode
from ledger_service.domain.values.refusals import Invalid, Violation
from ledger_service.domain.values.scales import ScaleTable, weigh
from ledger_service.domain.values.stopping import looking

MAX_BINS = 20_000
_DAY = timedelta(days=1)


def series(
    picture: Picture,
    party_a: str,
    party_b: str,
    how: Measure,
    *,
    bin_: Bin = Bin.WEEK,
    from_day: date | None = None,
    to_day: date | None = None,
) -> Series:
    """Every bin from the first to the last day; an empty one counts 0. The days default to
    those of the first and last act. There are no bins when only one day is given and all acts
    lie beyond it.

    Raises Invalid when the range is reversed or holds more than MAX_BINS bins.
    """
    if from_day and to_day and to_day < from_day:
        raise Invalid(
            (
                Violation(
                    "to_day", f"{to_day} is before the first day {from_day}. Exchange them."
                ),
            )
        )
    a = picture.parties.principal(party_a, picture.as_of)
    b = picture.parties.principal(party_b, picture.as_of)
    days = (from_day or date.min, to_day or date.max)
    events, doubtful = _events(picture, a, b, how, days)
    start = from_day or min((e.day for e in events), default=None)
    end = to_day or max((e.day for e in events), default=None)
    if start is None or end is None or end < start:
        return Series(a, b, bin_, (), doubtful)
    bins = tuple(_bins(start, end, bin_))
    shown = [e for e in events if start <= e.day <= end]
    flows: dict[date, tuple[list[_Event], list[_Event]]] = {}
    firsts: dict[date, date] = {}
    for event in looking(shown):
        first = firsts.get(event.day)
        if first is None:
            first = firsts[event.day] = _bin(event.day, bin_)[0]
            flows.setdefault(first, ([], []))
        there, back = flows[first]
        if event.forth:
            there.append(event)
        if event.back:
            back.append(event)
    points = tuple(
        [
            SeriesPoint(
                first,
                last,
                _label(first, bin_),
                *[_flow(way, how.scale, (first, last)) for way in flows.get(first, ((), ()))],
            )
            for first, last in looking(bins)
        ]
    )
    flags = (ACROSS,) if any(e.across for e in shown) else ()
    return Series(a, b, bin_, points, doubtful, flags)


class _Event(NamedTuple):
    """Something that was done from one principal to another, `forth`, or `back`; a joint act
    goes both ways. `told_in` are the acts that tell of it, each as day and id. `span`: when it
    can have happened, unless that is the day alone.
    """

    day: date
    forth: bool
    back: bool
    code: EventCode | None
    told_in: Sequence[tuple[date, str]]
    across: bool = False
    span: PossibleDays | None = None

    def may_lie_beyond(self, first: date, last: date) -> bool:
        """Whether it may have happened before or after some days, though its day is in them."""
        span = self.span
        return span is not None and not first <= span.earliest <= span.last <= last


def _events(
    picture: Picture, a: str, b: str, how: Measure, days: tuple[date, date]
) -> tuple[list[_Event], int]:
    """The events between two principals, at least all within some days, and how many acts that
    may have happened within these lie in doubt.
    """
    members = picture.history.dealings().members
    acts = picture.history.acts_between(members(a), members(b), deliveries=False)
    reading, counts = plainly(picture), how.evidence is EvidenceFilter.ANY
    found = [
        _Event(went.act.day, went.forth, went.back, went.act.code, (went.act.order,))
        for went in reading.went(acts.plain, a, b, days)
        if counts or (how.evidence is EvidenceFilter.ATTESTED and went.act.kind not in CLAIMS)
    ]
    doubtful = sum(1 for _ in reading.doubtful(acts.plain, a, b, days))
    if acts.others:
        between = partial(_acts, among=acts.others, a=a, b=b, days=days)
        others, exact = picture.observe(lambda: list(between(picture)))
        found += _grouped(picture, others, a, b, how)
        if not exact:
            may = (act for act in between(picture.widest) if _may_be_within(act, days))
            doubtful += sum(picture.in_doubt(act.id) for act in may)
    return found, doubtful


def _grouped(
    picture: Picture, acts: Iterable[VisibleEntry], a: str, b: str, how: Measure
) -> Iterator[_Event]:
    for each in clusters(picture, acts):
        if any(passes(how.evidence, act_finding(picture, m)) for m in each.members):
            yield _Event(
                each.day,
                _goes(picture, each.first, a, b),
                _goes(picture, each.first, b, a),
                each.first.act.code,
                [member.order for member in each.members],
                each.across,
                None if each.span.is_exact else each.span,
            )


def _acts(
    picture: Picture, among: Iterable[str], a: str, b: str, days: tuple[date, date]
) -> Iterator[VisibleEntry]:
    """Those of some acts that go between two principals and may have happened within some days,
    or tell of one event with others.
    """
    for act_id in picture.looked_up(among):
        act = picture.act(act_id)
        if act is None or not (_goes(picture, act, a, b) or _goes(picture, act, b, a)):
            continue
        if not _may_be_within(act, days) and len(tied(picture, act).acts) == 1:
            continue
        if act_finding(picture, act).status is not EvidenceStatus.REFUTED:
            yield act


def _may_be_within(act: VisibleEntry, days: tuple[date, date]) -> bool:
    return act.span.earliest <= days[1] and days[0] <= act.span.last


def _goes(picture: Picture, act: VisibleEntry, giver: str, receiver: str) -> bool:
    """Whether an act goes from one principal to another one; a joint act goes both ways."""
    if giver == receiver or not act.act.actor:
        return False
    roll = picture.parties.principals
    givers = roll((act.act.actor, *act.act.co_actors), act.day)
    receivers = roll(act.act.counterparties, act.day)
    if giver in givers and receiver in receivers:
        return True
    return act.act.joint and receiver in givers and giver in receivers


_NONE = Flow()


def _flow(events: Sequence[_Event], scale: ScaleTable, days: tuple[date, date]) -> Flow:
    if not events:
        return _NONE
    weights = [weigh(scale, e.code) for e in events]
    known = [w for w in weights if w is not None]
    return Flow(
        count=len(events),
        weight=exact.total(known),
        cooperation=exact.total([w for w in known if w > 0]),
        conflict=-exact.total([w for w in known if w < 0]),
        unweighted_count=len(weights) - len(known),
        entry_ids=tuple([entry for _, entry in sorted(o for e in events for o in e.told_in)]),
        beyond_bin_count=sum(e.may_lie_beyond(*days) for e in events),
    )


def _bins(start: date, end: date, bin_: Bin) -> Iterator[tuple[date, date]]:
    first, last = _bin(start, bin_)
    count = 1
    yield first, last
    while last < end:
        count += 1
        if count > MAX_BINS:
            problem = f"At most {MAX_BINS:,} bins are shown. Choose a wider bin or fewer days."
            raise Invalid((Violation("bin", problem),))
        first, last = _bin(last + _DAY, bin_)
        yield first, last


def _bin(day: date, bin_: Bin) -> tuple[date, date]:
    """The first and last day of the bin that contains a day, within the calendar."""
    match bin_:
        case Bin.DAY:
            return day, day
        case Bin.WEEK:
            first = day - timedelta(days=day.weekday())
            return first, first + min(6 * _DAY, date.max - first)
        case Bin.MONTH:
            _, days = monthrange(day.year, day.month)
            return day.replace(day=1), day.replace(day=days)


def _label(first: date, bin_: Bin) -> str:
    match bin_:
        case Bin.DAY:
            return first.isoformat()
        case Bin.WEEK:
            year, week, _ = first.isocalendar()
            return f"{year}-W{week:02}"
        case Bin.MONTH:
            return f"{first:%Y-%m}"
