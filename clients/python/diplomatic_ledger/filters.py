"""What a caller narrows lists by, as keywords, and its form on the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias, TypedDict, Unpack

from google.protobuf.descriptor import EnumDescriptor

from diplomatic_ledger.arguments import Saying, field_holds
from diplomatic_ledger.cuts import Day, iso, number
from diplomatic_ledger.dates import DateError, parse
from diplomatic_ledger.errors import InvalidArgument
from diplomatic_ledger.v1 import entries_pb2, standings_pb2
from diplomatic_ledger.v1 import filters_pb2 as pb

#: A day, an interval in text (`2018-06`, `2018-06-12/2018-06-20`, `../2018-06-20`), or the first
#: and the last day of one, either of which may be None.
Days: TypeAlias = Annotated[
    Day | tuple[Day | None, Day | None],
    Saying(
        "a datetime.date, a text such as 2018-06-12 or 2018-06, or a tuple of first and last day"
    ),
]


OrderWord: TypeAlias = Literal["day", "due_day"]


class EntryFields(TypedDict, total=False):
    """What every list of entries is narrowed by. Of several values within one field any may
    apply, but for `parties`; of several fields all must.

    `entry_ids` are ids, and `parties` ids of parties that must all take part. `occurred` is the
    day from which an entry counts, `reported` one on which a report of it came out, `recorded`
    the day on which it was recorded as it reads now. `evidence_statuses` are words such as
    `attested`, `topics` words that it bears, `reports` and `asserted_by` ids of who tells of it,
    `publishers` their names, and `attributions` words of whom a report names as its source.
    `text` are words that must all be in its texts: in any language, without regard to case and
    accents, and with an asterisk for what begins so.
    """

    entry_ids: Iterable[str]
    parties: Iterable[str]
    evidence_statuses: Iterable[str]
    occurred: Days | None
    reported: Days | None
    recorded: Days | None
    topics: Iterable[str]
    reports: Iterable[str]
    publishers: Iterable[str]
    asserted_by: Iterable[str]
    attributions: Iterable[str]
    text: str


class CommitmentFields(EntryFields, total=False):
    """What commitments are narrowed by besides: ids of `debtors`, `creditors` and `makers`, an
    `instrument` and `provisions` of it, words of `lifecycles` and `flags`, the day by which they
    fall `due`, and beginnings of `codes` such as `cameo:05`.
    """

    debtors: Iterable[str]
    creditors: Iterable[str]
    makers: Iterable[str]
    instrument: str
    provisions: Iterable[str]
    lifecycles: Iterable[str]
    flags: Iterable[str]
    due: Days | None
    codes: Iterable[str]


class ActFields(EntryFields, total=False):
    """What acts are narrowed by besides: ids of `actors` and `counterparties`, an entry to which
    they are related, words of `kinds`, beginnings of `codes` such as `cameo:05`, `countries` such
    as PRK, and `places` by name or by their ids of GeoNames.
    """

    actors: Iterable[str]
    counterparties: Iterable[str]
    related_to: str
    kinds: Iterable[str]
    codes: Iterable[str]
    countries: Iterable[str]
    places: Iterable[str]


class InstrumentFields(EntryFields, total=False):
    """What instruments are narrowed by besides: ids of `participants` and of `third_parties`,
    and words of `kinds`.
    """

    participants: Iterable[str]
    third_parties: Iterable[str]
    kinds: Iterable[str]


class PartyFields(TypedDict, total=False):
    """What parties are narrowed by. Of several values within one field any may apply; of several
    fields all must.

    `entry_ids` are ids, `kinds` words, `codes` a scheme or the beginning of a code in one, such
    as `iso3` or `iso3:P`. `represents` are ids of those whom they represent, and `members_of` of
    bodies, both on the day `as_of`. `text` are words of their names, and `recorded` is the day
    on which they were last changed.
    """

    entry_ids: Iterable[str]
    kinds: Iterable[str]
    codes: Iterable[str]
    represents: Iterable[str]
    members_of: Iterable[str]
    text: str
    recorded: Days | None


class ReportFields(TypedDict, total=False):
    """What reports are narrowed by, likewise: the days on which they were `published`, names of
    `publishers`, words of `topics`, `languages` such as `ko`, words of their `text`, and the day
    on which they were last changed (`recorded`).
    """

    entry_ids: Iterable[str]
    published: Days | None
    publishers: Iterable[str]
    topics: Iterable[str]
    languages: Iterable[str]
    text: str
    recorded: Days | None


_WORDS: dict[str, EnumDescriptor] = {
    "evidence_statuses": standings_pb2.EvidenceStatus.DESCRIPTOR,
    "lifecycles": standings_pb2.Lifecycle.DESCRIPTOR,
    "flags": standings_pb2.StandingFlag.DESCRIPTOR,
}
_CODING = entries_pb2.Coding.DESCRIPTOR
_DAYS = ("occurred", "reported", "recorded", "due", "published")


def commitment_filter(**wanted: Unpack[CommitmentFields]) -> pb.CommitmentFilter:
    """Which commitments are wanted, in the form on the wire: what a watch of standings takes.
    Raises InvalidArgument for a word or a day that is none, and TypeError for a field that
    there is not.

    Example:
        >>> overdue = commitment_filter(parties=["dprk"], flags=["overdue"])
        >>> client.watch_standings("us-dprk-2018", wanted=overdue)
    """
    return pb.CommitmentFilter(**_fields(wanted, CommitmentFields, _WORDS))


def act_filter(**wanted: Unpack[ActFields]) -> pb.ActFilter:
    """The same for acts."""
    kinds = {"kinds": entries_pb2.ActKind.DESCRIPTOR}
    return pb.ActFilter(**_fields(wanted, ActFields, _WORDS | kinds))


def instrument_filter(**wanted: Unpack[InstrumentFields]) -> pb.InstrumentFilter:
    """The same for instruments."""
    kinds = {"kinds": entries_pb2.InstrumentKind.DESCRIPTOR}
    return pb.InstrumentFilter(**_fields(wanted, InstrumentFields, _WORDS | kinds))


def party_filter(**wanted: Unpack[PartyFields]) -> pb.PartyFilter:
    """The same for parties."""
    kinds = {"kinds": entries_pb2.PartyKind.DESCRIPTOR}
    return pb.PartyFilter(**_fields(wanted, PartyFields, kinds, party_code_prefix))


def report_filter(**wanted: Unpack[ReportFields]) -> pb.ReportFilter:
    """The same for reports."""
    return pb.ReportFilter(**_fields(wanted, ReportFields, {}))


def order_number(word: str) -> pb.CommitmentOrder.ValueType:
    """The order of a word. Raises InvalidArgument."""
    chosen: pb.CommitmentOrder.ValueType = number(pb.CommitmentOrder.DESCRIPTOR, word)
    return chosen


def facet_numbers(words: Iterable[str]) -> list[pb.Facet.ValueType]:
    """The facets of some words. Raises InvalidArgument."""
    return [number(pb.Facet.DESCRIPTOR, word) for word in words]


def day_range(days: Days) -> pb.DayRange:
    """Days from one to another, both inclusive. Raises InvalidArgument."""
    if isinstance(days, tuple):
        first, last = days
        return pb.DayRange(from_day=iso(first), to_day=iso(last))
    if isinstance(days, date):
        return pb.DayRange(from_day=days.isoformat(), to_day=days.isoformat())
    try:
        interval = parse(days)
    except DateError as error:
        raise InvalidArgument(str(error)) from None
    return pb.DayRange(from_day=interval.from_day, to_day=interval.to_day)


def code_prefix(text: str) -> pb.CodePrefix:
    """The beginning of a code: `cameo:05`, `plover:RETREAT`. Raises InvalidArgument."""
    system, colon, prefix = text.partition(":")
    if not (colon and system and prefix):
        raise InvalidArgument(f"{text!r} is no code. Write cameo:05 or plover:RETREAT.")
    return pb.CodePrefix(system=number(_CODING, system), prefix=prefix)


def party_code_prefix(text: str) -> pb.PartyCodePrefix:
    """The beginning of a code of a party: `iso3:P`, or `iso3` for any in this scheme."""
    scheme, _, prefix = text.partition(":")
    return pb.PartyCodePrefix(scheme=scheme, prefix=prefix)


def _fields(
    wanted: Any,
    known: type[Any],
    words: dict[str, EnumDescriptor],
    code: Callable[[str], Any] = code_prefix,
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, given in wanted.items():
        if name not in known.__annotations__:
            raise TypeError(f"A list has no field {name!r}.")
        if given is None:
            continue
        value = field_holds(known)[name](name, given)
        if name in words:
            found[name] = [number(words[name], word) for word in value]
        elif name == "codes":
            found[name] = [code(each) for each in value]
        elif name in _DAYS:
            found[name] = day_range(value)
        else:
            found[name] = value
    return found
