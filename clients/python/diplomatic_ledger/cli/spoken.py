"""Flags, lifecycles and entries in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from diplomatic_ledger import words
from diplomatic_ledger.cli import days
from diplomatic_ledger.v1 import acts_pb2, balances_pb2, entries_pb2, standings_pb2

FLAGS = {
    "accepts_claimed": "only the other side says that it was accepted",
    "after_end": "done after the end",
    "antecedent_claimed": "only the creditor says that the condition is met",
    "antecedent_in_doubt": "it is not certain that the condition was met in time",
    "asserts_claimed": "only the other side says that the debtor said so",
    "at_most": "it may be less, since a part of unknown size was delivered",
    "authority_doubtful": "made or moved without a mandate to do so",
    "breach_claimed": "said to be broken, by the creditor's side or with a hedge",
    "by_several": "given by several together, and counted for each of them",
    "cancels_claimed": "only the other side says that it was called off",
    "claimed": "some party says so, nobody else",
    "countermeasure": "on hold in answer to a breach by the other side",
    "countermeasure_claimed": "put on hold in answer to what is no proven breach",
    "counts_as_breach": "called off while it was binding, which counts as a breach",
    "day_disputed": "the entries that tell of it agree on no day",
    "disputed": "a distinct party denies or contradicts it",
    "due": "may be delivered now, and is not overdue",
    "existence_refuted": "a neutral party found that it was never made",
    "failed": "ended otherwise than by being kept or replaced",
    "fulfilment_claimed": "said to be delivered, without evidence that counts",
    "hedged": "the reports themselves mark doubt",
    "in_a_circle": "was itself replaced by the other one",
    "late": "delivered after it was due",
    "maintenance": "something that is to be kept up",
    "no_change": "changed nothing, since it was so already",
    "not_binding": "binds nobody yet",
    "not_entitled": "moved by somebody who is not entitled to it",
    "not_open": "could not be broken or put on hold then",
    "not_yet_dated": "falls due after something that has not happened yet",
    "notice_given": "announced for a later day",
    "on_notice": "left lawfully, or to be left so, with the notice that its terms ask for",
    "one_party": "both sides have come to be one party",
    "order_in_doubt": "broken and kept again on one day, and nothing says what came last",
    "overdue": "not delivered although the day has passed",
    "partially_fulfilled": "delivered in part",
    "partly_reversed": "taken back in part",
    "prior_conduct": "done before the commitment was made",
    "refuted": "a neutral party found it untrue",
    "releases_claimed": "only the other side says that the debtor was let go",
    "reschedules_claimed": "only the other side says that the day was moved",
    "resumes_claimed": "only the other side says that it was taken up again",
    "reversal_claimed": "said to be taken back, without evidence that counts",
    "same_as_across_directions": "entries told as the same go in unequal directions",
    "scheduled": "falls due later",
    "share_at_least": "weighed by the share that is known; it may be more",
    "stock": "counts as long as the promise to keep it up is kept",
    "suspends_claimed": "only the other side says that it was put on hold",
    "too_late": "taken back when it had taken effect already",
    "toward_several": "given to several together, and counted for each of them",
    "undated": "has no day, so it can never become overdue",
    "unit_differs": "something was delivered in another unit than what was promised",
    "until_claimed": "only the debtor says that what ends it has come",
    "waiting": "others must join before it has effect",
    "was_breached": "broken once, and kept again",
    "was_fulfilled": "delivered once, and taken back",
    "withdrawn": "taken back before it took effect",
    "withdraws_claimed": "only the other side says that the notice was taken back",
}

_LEAST_SHOWN = Decimal("0.001")
_LEAST_PER_CENT = Decimal("0.1")
#: A fraction of so many parts is read at a glance.
_MOST_PARTS = 10


def flag(name: str) -> str:
    """What a flag means; a flag that is newer than this client is just spelled out."""
    return FLAGS.get(name, spaced(name))


def spaced(name: str) -> str:
    return name.replace("_", " ")


def lifecycle(number: int) -> str:
    return words.word(standings_pb2.Lifecycle.DESCRIPTOR, number)


def stands(found: standings_pb2.Standing) -> str:
    """`active, undated, fulfilment claimed`."""
    return ", ".join([lifecycle(found.lifecycle), *map(spaced, words.flags(found))])


def share(found: standings_pb2.Standing) -> str:
    """How much was delivered: `1/2`, `41/44 (93.2%)`."""
    if found.share:
        return part(found.share)
    least = found.share_at_least or "0"
    return "a part of unknown size" if least == "0" else f"unknown, at least {part(least)}"


def part(number: str) -> str:
    """A part of a whole: `1/2`, or `41/44 (93.2%)` where a fraction is hard to read."""
    return f"{number} ({per_cent(number)})" if _is_hard_to_read(number) else number


def per_cent(number: str) -> str:
    """A part of a whole in rounded per cent: none that is there is 0%, and none that is not the
    whole 100%.
    """
    exact = Fraction(number) * 100
    if 0 < exact < _LEAST_PER_CENT:
        return f"under {_LEAST_PER_CENT}%"
    if 100 - _LEAST_PER_CENT < exact < 100:
        return f"over {100 - _LEAST_PER_CENT}%"
    return f"{rounded(str(round(Decimal(exact.numerator) / Decimal(exact.denominator), 1)))}%"


def figure(number: str) -> str:
    """A figure that is no part of a whole: `1/2`, or `about 0.602` where a fraction is hard to
    read.
    """
    return exact_or_about(Fraction(number)) if _is_hard_to_read(number) else number


def _is_hard_to_read(number: str) -> bool:
    return int(number.partition("/")[2] or 1) > _MOST_PARTS


def evidence(finding: standings_pb2.EvidenceFinding) -> str:
    """`disputed, hedged (F071)`."""
    text = words.word(standings_pb2.EvidenceStatus.DESCRIPTOR, finding.status) or "none"
    hedged = ", hedged" if finding.hedged else ""
    because = f" ({', '.join(finding.because)})" if finding.because else ""
    return f"{text}{hedged}{because}"


def kind(act: entries_pb2.Act) -> str:
    return spaced(words.word(entries_pb2.ActKind.DESCRIPTOR, act.kind))


def quantity(amount: entries_pb2.Quantity) -> str:
    return f"{amount.value} {amount.unit}"


def amounts(found: Iterable[balances_pb2.Amount]) -> str:
    """`150000 t, 37000 t-wheat`."""
    return ", ".join(f"{each.value} {each.unit}" for each in found)


def span(days: Any) -> str:
    """` from 2018-01-01 until 2018-06-12`; nothing where both ends are open."""
    since = f" from {days.from_day}" if days.from_day else ""
    until = f" until {days.to_day}" if days.to_day else ""
    return f"{since}{until}"


def when(interval: entries_pb2.IntervalDate) -> str:
    """A date in words, where it is no single day; see `days`."""
    return days.when(interval)


def summary(state: entries_pb2.EntryState) -> str:
    """The one line by which a person knows an entry."""
    match state.WhichOneof("state"):
        case "party":
            return state.party.name
        case "report":
            return state.report.title
        case "commitment":
            return state.commitment.consequent
        case "act":
            return state.act.title
        case "scale":
            return state.scale.title
        case "instrument":
            return state.instrument.title
        case _:
            return ""


def title(act: acts_pb2.ActView) -> str:
    """What an act is called; `[sealed]` or `[erased]` where that is not to be read."""
    return act.act.title or hidden(act.sealed, "title")


def hidden(fields: Iterable[entries_pb2.SealedField], path: str) -> str:
    """What stands for a field that is not to be read."""
    return next((_HIDDEN.get(each.state, "") for each in fields if each.path == path), "")


def sealed(field: Mapping[str, Any]) -> str:
    """A sealed field as it is printed: its value where it is disclosed."""
    if "value" in field:
        return f"{field['value']} [sealed]"
    return "[erased]" if field.get("erased") else "[sealed]"


_HIDDEN = {
    entries_pb2.SEAL_STATE_WITHHELD: "[sealed]",
    entries_pb2.SEAL_STATE_ERASED: "[erased]",
}


def rounded(number: str) -> str:
    """At most three decimals: the JSON form has all that were computed. A fraction n/m, which
    has no end in decimals, stays as it is.
    """
    if "/" in number:
        return number
    exact = Decimal(number)
    if 0 < abs(exact) < _LEAST_SHOWN:
        return f"under {_LEAST_SHOWN}"
    return f"{round(exact, 3):f}".rstrip("0").rstrip(".") if "." in number else number


def exact_or_about(number: Fraction) -> str:
    """A number in decimals: `37.5`, or `about 33.333` where these have no end."""
    decimals = Decimal(number.numerator) / Decimal(number.denominator)
    exact = f"{round(decimals, 6):f}".rstrip("0").rstrip(".")
    return exact if Fraction(exact) == number else f"about {rounded(exact)}"


def measured(number: str) -> float:
    """A decimal or a fraction n/m as a number to draw; 0 where there is none."""
    return float(Fraction(number or 0))


def plural(count: int, one: str, many: str = "") -> str:
    """`1 entry`, `2 entries`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def became(then: str | None, now: str | None) -> str:
    """`Comes → Goes`; None is what is not said."""
    return f"{'not said' if then is None else then} → {'not said' if now is None else now}"


def ids(names: Iterable[str]) -> str:
    return ", ".join(names)
