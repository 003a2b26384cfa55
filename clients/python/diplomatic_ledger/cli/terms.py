"""The terms of a promise in words: what it waits for, when it falls due, how it may be left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from diplomatic_ledger.cli import days, spoken
from diplomatic_ledger.v1 import entries_pb2, standings_pb2


def terms(item: standings_pb2.CommitmentStanding) -> Iterator[tuple[str, str]]:
    """What was promised, when and on what terms, each with its name. Days are told as they
    stand, after what moved them.
    """
    text, found = item.commitment, item.standing
    yield "promised", spoken.when(text.occurred)
    if text.instrument:
        provision = f", {text.provision}" if text.provision else ""
        yield "under", f"{text.instrument}{provision}"
    if text.HasField("quantity"):
        yield "quantity", spoken.quantity(text.quantity)
    if found.HasField("due"):
        yield "due", due(text, found)
    if text.HasField("due_after"):
        yield "due after", due_after(text.due_after)
    if text.instalments:
        yield "instalments", instalments(text, found)
    if text.nature == entries_pb2.NATURE_MAINTENANCE:
        yield "kept until", _kept_until(text, found)
    if text.HasField("antecedent"):
        yield "if", condition(text.antecedent.condition)
    if text.antecedent.deadline:
        yield "at the latest", text.antecedent.deadline
    if text.HasField("withdrawal"):
        yield "may be left", withdrawal(text.withdrawal)


def now_due(text: entries_pb2.Commitment, found: standings_pb2.Standing) -> str:
    """When it is due by now, in the words of the source unless the day was moved."""
    moved = not text.HasField("due") or days.bare(text.due) != days.bare(found.due)
    return days.bare(found.due) if moved else days.when(text.due)


def intervals_due(
    items: Iterable[standings_pb2.CommitmentStanding],
) -> dict[tuple[str, int], str]:
    """When the whole of each commitment (0), or an instalment of it by its number, is due,
    where that is no single day.
    """
    found: dict[tuple[str, int], str] = {}
    for each in items:
        parts = enumerate((each.due for each in each.commitment.instalments), start=1)
        told = [(number, due, days.when(due)) for number, due in parts]
        if each.standing.HasField("due"):
            told.append((0, each.standing.due, now_due(each.commitment, each.standing)))
        for number, due, text in told:
            if due.from_day and due.from_day != due.to_day:
                found[each.entry_id, number] = text
    return found


def due(text: entries_pb2.Commitment, found: standings_pb2.Standing) -> str:
    """`Sep 2018, “by the autumn”`, or where the day was moved `2018-10-31, at first Sep 2018`."""
    now = now_due(text, found)
    return _moved(now, days.when(text.due)) if text.HasField("due") else now


def _moved(now: str, first: str) -> str:
    """A term as it stands, with what it was at first where it was moved."""
    return f"{now}, at first {first}" if first and first != now else now


def _kept_until(text: entries_pb2.Commitment, found: standings_pb2.Standing) -> str:
    if text.HasField("until_condition"):
        return condition(text.until_condition.condition)
    if not found.until:
        return "for good"
    return _moved(found.until, text.until)


def due_after(event: entries_pb2.DueAfter) -> str:
    """`within 60 days after F016`."""
    which = event.act or f"the fulfilment of {event.commitment}"
    if event.WhichOneof("within") == "months":
        return f"within {spoken.plural(event.months, 'month')} after {which}"
    return f"within {spoken.plural(event.days, 'day')} after {which}"


def instalments(text: entries_pb2.Commitment, found: standings_pb2.Standing) -> str:
    """`12, Nov 1995 to Oct 1996; due so far 1/4, behind 1/12`."""
    first, last = text.instalments[0].due.from_day, text.instalments[-1].due.to_day
    whole = days.bare(entries_pb2.IntervalDate(from_day=first, to_day=last))
    told = f"{len(text.instalments)}, {whole}"
    if found.due_share:
        told += f"; due so far {spoken.part(found.due_share)}, behind {_behind(found)}"
    return told


def _behind(found: standings_pb2.Standing) -> str:
    return spoken.part(found.behind) if found.behind else "unknown"


def withdrawal(terms: entries_pb2.Withdrawal) -> str:
    """`on 90 days' notice, not before 2020-01-01`."""
    notice = "at once"
    if terms.notice_days:
        notice = f"on {spoken.plural(terms.notice_days, 'day')} of notice"
    if terms.notice_months:
        notice = f"on {spoken.plural(terms.notice_months, 'month')} of notice"
    return f"{notice}, not before {terms.not_before}" if terms.not_before else notice


def condition(node: entries_pb2.Condition) -> str:
    """A condition in words: `F016 happened and (F030 is fulfilled or "...")`."""
    match node.WhichOneof("node"):
        case "act":
            return f"{node.act} happened"
        case "commitment":
            return f"{node.commitment} is fulfilled"
        case "words":
            return node.words.text
        case "all":
            return " and ".join(map(_inner_condition, node.all.conditions))
        case "any":
            return " or ".join(map(_inner_condition, node.any.conditions))
        case "at_least":
            of = "; ".join(map(condition, node.at_least.of))
            return f"at least {node.at_least.n} of: {of}"
        case _:
            return ""


def _inner_condition(node: entries_pb2.Condition) -> str:
    tree = node.WhichOneof("node") in ("all", "any", "at_least")
    return f"({condition(node)})" if tree else condition(node)
