"""Flags, lifecycles and entries in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from diplomatic_ledger import dates, words
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as standing

FLAGS = {
    "accepts_claimed": "only the other side says that it was accepted",
    "after_end": "done after the end, without effect",
    "antecedent_claimed": "only the creditor says that the condition is met",
    "antecedent_in_doubt": "it is not certain that the condition was met in time",
    "asserts_claimed": "only the other side says that the debtor said so",
    "authority_doubtful": "made or moved without a mandate to do so",
    "breach_claimed": "said to be broken, by the creditor's side or with a hedge",
    "cancels_claimed": "only the other side says that it was called off",
    "claimed": "some party says so, nobody else",
    "counts_as_breach": "called off while it was binding, which counts as a breach",
    "disputed": "a distinct party denies or contradicts it",
    "due": "may be delivered now, and is not overdue",
    "existence_refuted": "a neutral party found that it was never made",
    "fulfilment_claimed": "said to be delivered, without evidence that counts",
    "hedged": "the reports themselves mark doubt",
    "late": "delivered after it was due",
    "maintenance": "something that is to be kept up",
    "no_change": "changed nothing, since it was so already",
    "not_entitled": "moved by somebody who is not entitled to it, without effect",
    "not_open": "could not be broken or put on hold then",
    "overdue": "not delivered although the day has passed",
    "partially_fulfilled": "delivered in part",
    "prior_conduct": "done before the commitment was made",
    "refuted": "a neutral party found it untrue",
    "releases_claimed": "only the other side says that the debtor was let go",
    "resumes_claimed": "only the other side says that it was taken up again",
    "same_as_across_directions": "entries told as the same go in unequal directions",
    "stock": "counts as long as the promise to keep it up is kept",
    "suspends_claimed": "only the other side says that it was put on hold",
    "undated": "has no day, so it can never become overdue",
    "waiting": "others must join before it has effect",
    "was_breached": "broken once, and kept again",
}

_LEAST_SHOWN = Decimal("0.001")


def flag(name: str) -> str:
    """What a flag means; a flag that is newer than this client is just spelled out."""
    return FLAGS.get(name, spaced(name))


def spaced(name: str) -> str:
    return name.replace("_", " ")


def lifecycle(number: int) -> str:
    return words.word(standing.Lifecycle.DESCRIPTOR, number)


def stands(found: standing.Standing) -> str:
    """`active, undated, fulfilment claimed`."""
    return ", ".join([lifecycle(found.lifecycle), *map(spaced, found.flags)])


def share(found: standing.Standing) -> str:
    """How much was delivered."""
    if found.share:
        return found.share
    return f"unknown, at least {found.share_at_least or '0'}"


def evidence(finding: standing.EvidenceFinding) -> str:
    """`disputed, hedged (F071)`."""
    text = words.word(standing.EvidenceStatus.DESCRIPTOR, finding.status) or "none"
    hedged = ", hedged" if finding.hedged else ""
    because = f" ({', '.join(finding.because)})" if finding.because else ""
    return f"{text}{hedged}{because}"


def kind(act: entries_pb2.Act) -> str:
    return spaced(words.word(entries_pb2.ActKind.DESCRIPTOR, act.kind))


def when(interval: entries_pb2.IntervalDate) -> str:
    text = dates.text(interval)
    return "unknown" if text == "../.." else text


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
        case _:
            return ""


def title(act: standing.ActView) -> str:
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
    """At most three decimals: the JSON form has all that were computed."""
    exact = Decimal(number)
    if 0 < abs(exact) < _LEAST_SHOWN:
        return f"under {_LEAST_SHOWN}"
    return f"{round(exact, 3):f}".rstrip("0").rstrip(".") if "." in number else number


def plural(count: int, one: str, many: str = "") -> str:
    """`1 entry`, `2 entries`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def ids(names: Iterable[str]) -> str:
    return ", ".join(names)
