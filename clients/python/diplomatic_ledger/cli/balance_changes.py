"""What changed in a balance: which deliveries came, went or count otherwise, and which promises
are owed otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType

from diplomatic_ledger import words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.balances import delivered_when, owed, urgencies
from diplomatic_ledger.cli.cells import Cell, Parts, turned
from diplomatic_ledger.cli.citing import Noting, unnoted
from diplomatic_ledger.cli.screen import arrow, table
from diplomatic_ledger.cli.titles import Names, title
from diplomatic_ledger.v1 import balances_pb2, differences_pb2

_NOTHING = balances_pb2.Delivery()
_Row = tuple[Cell, ...]
#: What each sign means to programs.
_CHANGES = {"+": "appeared", "-": "vanished", "~": "amended"}


def entries(found: differences_pb2.BalanceDiff) -> Iterator[str]:
    """The ids of all that is told of a difference."""
    for side in (found.before, found.after):
        for given in (side.given_ab, side.given_ba):
            for each in given.deliveries:
                yield from each.entry_ids
        for outstanding in (side.outstanding_ab, side.outstanding_ba):
            for _, bucket in urgencies(outstanding):
                yield from bucket.commitments


def table_of(
    found: differences_pb2.BalanceDiff, names: Names, noted: Noting = unnoted
) -> RenderableType:
    return table(
        [
            ("", "word", ("change",)),
            ("day", "day"),
            ("entries", "id"),
            ("weight", "word", _both("weight")),
            ("what", "text"),
        ],
        [*_given_rows(found, names, noted), *_owed_rows(found, names, noted)],
    )


def sums_table(
    both: Iterable[Sequence[balances_pb2.Balance]],
) -> RenderableType:
    """The sums of balances before and after, one line for each direction."""
    return table(
        [
            ("who", "who"),
            ("given", "word", _both("given")),
            ("weight", "word", _both("weight")),
            ("amounts", "text", _both("amounts")),
            ("owed", "word", _both("owed")),
        ],
        [row for before, after in both for row in _sums(before, after)],
    )


def _both(name: str) -> tuple[str, str]:
    """What programs call a value before and after."""
    return f"{name} before", f"{name} after"


def _sums(before: balances_pb2.Balance, after: balances_pb2.Balance) -> Iterator[_Row]:
    for then, now, owed_then, owed_now in (
        (before.given_ab, after.given_ab, before.outstanding_ab, after.outstanding_ab),
        (before.given_ba, after.given_ba, before.outstanding_ba, after.outstanding_ba),
    ):
        yield (
            arrow([now.giver or then.giver], [now.receiver or then.receiver]),
            turned(str(then.count), str(now.count)),
            turned(then.weight or "0", now.weight or "0"),
            turned(*(spoken.amounts(each.quantities) or "none" for each in (then, now))),
            turned(str(owed(owed_then)), str(owed(owed_now))),
        )


def _given_rows(
    found: differences_pb2.BalanceDiff, names: Names, noted: Noting
) -> Iterator[_Row]:
    for then, now in (
        (found.before.given_ab, found.after.given_ab),
        (found.before.given_ba, found.after.given_ba),
    ):
        who = f"{now.giver or then.giver} gave {now.receiver or then.receiver}"
        gone = list(then.deliveries)
        for each in now.deliveries:
            was = next((old for old in gone if _is_same(old, each)), None)
            if was is not None:
                gone.remove(was)
            yield _row("~" if was else "+", who, was or _NOTHING, each, names, noted)
        for old in gone:
            yield _row("-", who, old, _NOTHING, names, noted)


def _is_same(one: balances_pb2.Delivery, other: balances_pb2.Delivery) -> bool:
    """Whether entries of both tell of one delivery."""
    return not set(one.entry_ids).isdisjoint(other.entry_ids)


def _row(
    sign: str,
    who: str,
    then: balances_pb2.Delivery,
    now: balances_pb2.Delivery,
    names: Names,
    noted: Noting,
) -> _Row:
    shown = now if now.entry_ids else then
    shown_weight = {
        "+": now.weight or "none",
        "-": then.weight or "none",
        "~": turned(then.weight or "none", now.weight or "none").text,
    }[sign]
    told = title(names, shown.weighed_by) or title(names, shown.entry_ids[0])
    what = f"{who}: {told}" if told else who
    changes = list(_remarks(then, now)) if sign == "~" else []
    if sign == "~" and not changes and then.weight == now.weight:
        changes = ["another amount"]
    return (
        _sign(sign),
        delivered_when(shown.entry_ids, shown.day, names),
        " ".join(shown.entry_ids),
        Parts(shown_weight, (then.weight, now.weight)),
        noted("\n".join((what, *changes)), *shown.entry_ids),
    )


def _remarks(then: balances_pb2.Delivery, now: balances_pb2.Delivery) -> Iterator[str]:
    if came := [i for i in now.entry_ids if i not in then.entry_ids]:
        yield f"now told by {spoken.ids(came)} too"
    if went := [i for i in then.entry_ids if i not in now.entry_ids]:
        yield f"no longer told by {spoken.ids(went)}"
    before, after = words.flags(then), words.flags(now)
    if new := [flag for flag in after if flag not in before]:
        yield f"now {spoken.ids(map(spoken.spaced, new))}"
    if old := [flag for flag in before if flag not in after]:
        yield f"no longer {spoken.ids(map(spoken.spaced, old))}"


def _owed_rows(
    found: differences_pb2.BalanceDiff, names: Names, noted: Noting
) -> Iterator[_Row]:
    for then, now in (
        (found.before.outstanding_ab, found.after.outstanding_ab),
        (found.before.outstanding_ba, found.after.outstanding_ba),
    ):
        before, after = _owing(then), _owing(now)
        who = f"{now.debtor or then.debtor} owes {now.creditor or then.creditor}"
        for each in dict.fromkeys((*before, *after)):
            sign = "~" if each in before and each in after else "+-"[each in before]
            was, is_ = before.get(each, "nothing"), after.get(each, "nothing")
            told = title(names, each)
            due = is_ if sign == "+" else turned(was, is_).text
            if was == is_:
                due = f"{is_}, another part or weight of it"
            what = f"{who}, {due}: {told}" if told else f"{who}, {due}"
            yield _sign(sign), "", each, "", noted(what, each)


def _owing(found: balances_pb2.Outstanding) -> dict[str, str]:
    """When what is owed by each commitment is due, in words."""
    return {i: name for name, bucket in urgencies(found) for i in bucket.commitments}


def _sign(sign: str) -> Parts:
    """`+`; programs are told the word."""
    return Parts(sign, (_CHANGES[sign],))
