"""The net cooperation series of two principals: acts of all kinds, bin by bin.

Per direction: count, sum of weights, cooperation and conflict apart (Goldstein and
Freeman 1990). A joint act counts in both directions, a refuted one in none.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from ledger_service.domain.balance.deliveries import Measure, passes
from ledger_service.domain.lifecycle.clusters import ACROSS, Cluster, clusters
from ledger_service.domain.lifecycle.evidence import act_finding
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.answers import Bin, EvidenceStatus, Flow, Series, SeriesPoint
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
            (Violation("to_day", f"{to_day} is before from_day {from_day}. Exchange them."),)
        )
    a = picture.parties.principal(party_a, picture.as_of)
    b = picture.parties.principal(party_b, picture.as_of)
    found = list(_acts(picture, a, b))
    events = [
        c
        for c in clusters(picture, found)
        if any(passes(how.evidence, act_finding(picture, m)) for m in c.members)
    ]
    start = from_day or min((e.day for e in events), default=None)
    end = to_day or max((e.day for e in events), default=None)
    doubtful = _in_doubt(picture, a, b, (from_day or date.min, to_day or date.max))
    if start is None or end is None or end < start:
        return Series(a, b, bin_, (), doubtful)
    bins = tuple(_bins(start, end, bin_))
    shown = [e for e in events if start <= e.day <= end]
    flows: dict[tuple[date, str], list[Cluster]] = defaultdict(list)
    for event in shown:
        for way in ("ab", "ba"):
            if _goes(picture, event.first, a, b, way):
                flows[_bin(event.day, bin_)[0], way].append(event)
    points = tuple(
        SeriesPoint(
            first,
            last,
            _label(first, bin_),
            _flow(flows[first, "ab"], how.scale),
            _flow(flows[first, "ba"], how.scale),
        )
        for first, last in looking(bins)
    )
    flags = (ACROSS,) if any(e.across for e in shown) else ()
    return Series(a, b, bin_, points, doubtful, flags)


def _in_doubt(picture: Picture, a: str, b: str, days: tuple[date, date]) -> int:
    """The number of acts in doubt that may have happened on the given days."""
    first, last = days
    return sum(
        picture.in_doubt(act.id)
        for act in _acts(picture.widest, a, b)
        if act.span.earliest <= last and first <= act.span.last
    )


def _acts(picture: Picture, a: str, b: str) -> Iterator[VisibleEntry]:
    members = picture.parties.members(a) | picture.parties.members(b)
    for act_id in picture.looked_up(picture.history.acts(members)):
        act = picture.act(act_id)
        if (
            act
            and any(_goes(picture, act, a, b, way) for way in ("ab", "ba"))
            and act_finding(picture, act).status is not EvidenceStatus.REFUTED
        ):
            yield act


def _goes(picture: Picture, act: VisibleEntry, a: str, b: str, way: str) -> bool:
    """Whether an act goes from a to b (way `ab`) or from b to a; a joint act goes both ways."""
    if a == b or not act.act.actor:
        return False
    roll = picture.parties.principals
    givers = roll((act.act.actor, *act.act.co_actors), act.day)
    receivers = roll(act.act.counterparties, act.day)
    there = a in givers and b in receivers
    back = b in givers and a in receivers
    if act.act.joint:
        return there or back
    return there if way == "ab" else back


def _flow(events: list[Cluster], scale: ScaleTable) -> Flow:
    weights = [weigh(scale, e.first.act.code) for e in events]
    known = [w for w in weights if w is not None]
    members = (m for e in events for m in e.members)
    return Flow(
        count=len(events),
        weight=sum(known, Fraction(0)),
        cooperation=sum((w for w in known if w > 0), Fraction(0)),
        conflict=-sum((w for w in known if w < 0), Fraction(0)),
        unweighted_count=len(weights) - len(known),
        entry_ids=tuple(m.id for m in sorted(members, key=lambda m: m.order)),
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
