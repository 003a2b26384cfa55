"""`ledgerctl diff`: what differs between two bases, and which entries made it differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import balance_changes, days, fields, spoken
from diplomatic_ledger.cli.asking import DAY, RECORDED_BY, Question, asks, pinned
from diplomatic_ledger.cli.balances import balances_command, owed
from diplomatic_ledger.cli.cells import Cell, Parts, pair, turned
from diplomatic_ledger.cli.citing import Noting, names_sources, unnoted
from diplomatic_ledger.cli.commands import Option, command
from diplomatic_ledger.cli.failures import usage
from diplomatic_ledger.cli.mentioned import Mentioned
from diplomatic_ledger.cli.screen import Screen, arrow, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.errors import EntryNotFound, InvalidRequest
from diplomatic_ledger.v1 import (
    balances_pb2,
    cuts_pb2,
    differences_pb2,
    entries_pb2,
    standings_pb2,
)
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.v1.items_pb2 import RecordItem

_SIGNS = {
    differences_pb2.ENTRY_DIFFERENCE_APPEARED: "+",
    differences_pb2.ENTRY_DIFFERENCE_VANISHED: "-",
    differences_pb2.ENTRY_DIFFERENCE_AMENDED: "~",
}
_TIME = "time alone"
_LEGEND = "+ appeared, - vanished, ~ amended"
_REGISTERED = frozenset({"party", "report", "scale"})
#: The field by which an entry is known, of each type.
_NAMES = frozenset({"title", "name", "consequent"})
#: So many balances are told as a whole.
_MOST_SUMS = 8


def _side(side: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The cuts of one side, which prevail over those of both."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for name, kind in (("recorded-by", RECORDED_BY), ("reported-by", DAY), ("as-of", DAY)):
            function = click.option(
                f"--{side}-{name}",
                cls=Option,
                section="Before and after",
                type=kind,
                metavar="DAY" if kind is DAY else "POSITION|TIME|TOKEN",
                help=f"{name} of the {side} side only.",
            )(function)
        return function

    return decorate


@command(
    "diff",
    examples=[
        "ledgerctl diff --from 2018-07-23 --to 2018-08-18",
        "ledgerctl diff --before-recorded-by 141",
        "ledgerctl diff --before-as-of 2018-06-11 --after-as-of 2018-06-13",
        "ledgerctl diff --suppose what-if.yaml",
    ],
)
@click.option(
    "--from",
    "from_day",
    type=DAY,
    metavar="DAY",
    help="Before: as a reader knew it on this day.",
)
@click.option(
    "--to", "to_day", type=DAY, metavar="DAY", help="After: as a reader knew it on this day."
)
@_side("before")
@_side("after")
@names_sources(by_default=False)
@asks
def diff(
    session: Session,
    from_day: str | None,
    to_day: str | None,
    named_sources: bool,
    question: Question,
    **cuts: Any,
) -> None:
    """Show what differs between two pictures, and which entries made the difference. What is
    supposed is so after, not before.
    """
    common = replace(question.cuts, suppose=())
    before = _cuts("before", from_day, common, cuts)
    after = _cuts("after", to_day, question.cuts, cuts)
    if before == after:
        raise usage("Both sides are the same. Say --from and --to, or --before-...")
    found = session.client.diff(
        session.ledger, before, after, scale=question.scale, evidence=question.evidence
    )
    if session.as_json and not named_sources:
        session.screen.json(json_form.write(found))
        return
    mentioned = Mentioned(
        session, found, suppose_after=question.cuts.suppose, wanted=named_sources
    )
    if session.as_json:
        session.screen.json(mentioned.add(json_form.write(found)))
        return
    show_differences(session.screen, found, mentioned)
    if found.balances:
        show_sums(session, found, question.cuts.suppose)
    session.screen.note("")
    session.screen.bases([("before: ", found.before), ("after:  ", found.after)])


def _cuts(side: str, day: str | None, common: Cuts, given: dict[str, Any]) -> Cuts:
    chosen = common if day is None else replay_cuts(day, common)
    own: dict[str, str | int | datetime] = {
        field: given[f"{side}_{field}"]
        for field in ("as_of", "reported_by", "recorded_by")
        if given[f"{side}_{field}"] is not None
    }
    return replace(chosen, **own)  # type: ignore[arg-type]


def replay_cuts(day: str, common: Cuts) -> Cuts:
    """The picture that a reader had on a day."""
    return replace(common, as_of=day, reported_by=day)


def show_differences(
    screen: Screen, found: standing.DiffResponse, mentioned: Mentioned
) -> None:
    events = [each for each in found.entries if _kind(each) not in _REGISTERED]
    registered = [each for each in found.entries if _kind(each) in _REGISTERED]
    parts = (
        (f"Entries ({_LEGEND})", events, "entries"),
        (f"Parties and reports ({_LEGEND})", registered, "parties and reports"),
    )
    for heading, entries, name in parts:
        if entries:
            screen.heading(heading)
            screen.show(entries_table(entries, mentioned, name))
    if found.commitments:
        screen.heading("Commitments")
        screen.show(commitments_table(found.commitments, mentioned.noted))
    if found.balances:
        screen.heading("Balances (of what differs)")
        screen.show(balances_table(found.balances, mentioned.noted))
    names = mentioned.names
    for each in found.balances:
        screen.heading(f"What differs between {each.party_a} and {each.party_b}")
        screen.show(balance_changes.table_of(each, names, mentioned.noted))
    if not (found.entries or found.commitments or found.balances):
        screen.show("Nothing differs.")


def show_sums(
    session: Session, found: standing.DiffResponse, suppose: Sequence[RecordItem] = ()
) -> None:
    """Prints the whole of the first balances that differ, before and after."""
    session.screen.heading("Balances as a whole")
    some = found.balances[:_MOST_SUMS]
    session.screen.show(
        balance_changes.sums_table(
            [
                (
                    _whole(session, each, found.before, ()),
                    _whole(session, each, found.after, suppose),
                )
                for each in some
            ]
        )
    )
    if rest := len(found.balances) - len(some):
        each = found.balances[len(some)]
        more = balances_command(session, found.after, suppose, each.party_a, each.party_b)
        session.screen.line(f"and {rest} more, the next one: {more}")


def _whole(
    session: Session,
    found: differences_pb2.BalanceDiff,
    basis: cuts_pb2.Basis,
    suppose: Sequence[RecordItem],
) -> balances_pb2.Balance:
    """The sums of a balance on one side; nothing where the two were no parties there, or one."""
    try:
        answer = session.client.balance(
            session.ledger,
            found.party_a,
            found.party_b,
            pinned(basis, suppose),
            scale=basis.scale,
            evidence=words.word(cuts_pb2.EvidenceFilter.DESCRIPTOR, basis.evidence) or "any",
            view="basic",
        )
    except (EntryNotFound, InvalidRequest):
        return balances_pb2.Balance()
    return answer.balance


def entries_table(entries: Any, mentioned: Mentioned, name: str) -> RenderableType:
    return table(
        [("", "word", ("change",)), ("day", "day"), ("id", "id"), ("what", "text")],
        [
            (
                _sign(e.difference),
                _when(e),
                e.entry_id,
                mentioned.noted(
                    _entry(e, mentioned.told_again.get(e.entry_id, "")), e.entry_id
                ),
            )
            for e in entries
        ],
        name=name,
    )


def _sign(difference: differences_pb2.EntryDifference.ValueType) -> Parts:
    """`+`; programs are told the word."""
    word = words.word(differences_pb2.EntryDifference.DESCRIPTOR, difference)
    return Parts(_SIGNS.get(difference, "?"), (word,))


def _kind(difference: differences_pb2.EntryDiff) -> str:
    state = difference.after if difference.HasField("after") else difference.before
    return state.WhichOneof("state") or ""


def _when(difference: differences_pb2.EntryDiff) -> str:
    """The date of an entry; of a party and a scale there is none."""
    state = difference.after if difference.HasField("after") else difference.before
    match _kind(difference):
        case "report":
            return days.cell(state.report.published)
        case "act" | "commitment" | "instrument" as kind:
            return days.cell(getattr(state, kind).occurred)
        case _:
            return ""


def _entry(difference: differences_pb2.EntryDiff, told_again: str) -> str:
    """What an entry is called; of one that was amended also what was changed in it, or what
    became of it where nothing was.
    """
    known = spoken.summary(difference.after) or spoken.summary(difference.before)
    hidden = (*difference.sealed_after, *difference.sealed_before)
    called = known or ("[sealed]" if any(each.path in _NAMES for each in hidden) else "")
    if not (difference.HasField("before") and difference.HasField("after")):
        return called
    plain = json_form.write(difference)
    (then,), (now,) = plain["before"].values(), plain["after"].values()
    changes = list(fields.changed(then, now)) or [told_again]
    return "\n".join(filter(None, (called, *changes)))


def commitments_table(commitments: Any, noted: Noting = unnoted) -> RenderableType:
    return table(
        [("id", "id"), ("what changed", "text"), ("because of", "text")],
        [(c.entry_id, "\n".join(changes(c)), _because(c.because, noted)) for c in commitments],
    )


def _because(ids: Sequence[str], noted: Noting) -> Cell:
    return noted(spoken.ids(ids), *ids) if ids else _TIME


def changes(difference: differences_pb2.CommitmentDiff) -> Iterator[str]:
    """How the standing of a commitment changed, in words."""
    before, after = difference.before.standing, difference.after.standing
    if not difference.HasField("before"):
        yield f"new: {spoken.stands(after)}"
    elif not difference.HasField("after"):
        yield f"gone; it was {spoken.stands(before)}"
    else:
        is_kept_up = difference.after.commitment.nature == entries_pb2.NATURE_MAINTENANCE
        yield from _standing_changes(before, after, is_kept_up=is_kept_up)


def _standing_changes(
    before: standings_pb2.Standing, after: standings_pb2.Standing, *, is_kept_up: bool
) -> Iterator[str]:
    said = False
    for change in _all_changes(before, after, is_kept_up=is_kept_up):
        said = True
        yield change
    if not said:
        yield f"{spoken.stands(after)}, on other grounds"


def _all_changes(
    before: standings_pb2.Standing, after: standings_pb2.Standing, *, is_kept_up: bool
) -> Iterator[str]:
    if before.lifecycle != after.lifecycle:
        yield f"{spoken.lifecycle(before.lifecycle)} → {spoken.lifecycle(after.lifecycle)}"
    if came := sorted(set(words.flags(after)) - set(words.flags(before))):
        yield f"now {spoken.ids(map(spoken.spaced, came))}"
    if went := sorted(set(words.flags(before)) - set(words.flags(after))):
        yield f"no longer {spoken.ids(map(spoken.spaced, went))}"
    is_end = is_kept_up and before.lifecycle != after.lifecycle  # kept to it is a whole
    if not is_end and _shares(before) != _shares(after):
        yield f"delivered {spoken.share(before)} → {spoken.share(after)}"
    if before.existence != after.existence:
        then, now = spoken.evidence(before.existence), spoken.evidence(after.existence)
        yield f"existence {then} → {now}"
    yield from _terms_changed(before, after)
    now_acts = {act.act: act for act in after.conduct}
    for act in before.conduct:
        now_act = now_acts.get(act.act)
        if now_act is not None and now_act.evidence != act.evidence:
            then, now = spoken.evidence(act.evidence), spoken.evidence(now_act.evidence)
            yield f"evidence on {act.act} {then} → {now}"


def _shares(found: standings_pb2.Standing) -> tuple[str, str]:
    return found.share, found.share_at_least


def _terms_changed(
    before: standings_pb2.Standing, after: standings_pb2.Standing
) -> Iterator[str]:
    """What became of the days of a commitment and of who stands on its sides."""
    for name, then, now in (
        ("due", _due(before), _due(after)),
        ("kept until", before.until, after.until),
        ("notice takes effect", before.notice_given, after.notice_given),
        ("fallen due", spoken.part(before.due_share), spoken.part(after.due_share)),
        ("behind", spoken.part(before.behind), spoken.part(after.behind)),
        ("superseded by", before.superseded_by, after.superseded_by),
        ("held by", _held(before), _held(after)),
        ("left by", spoken.ids(before.left_by), spoken.ids(after.left_by)),
        ("to blame", spoken.ids(before.against), spoken.ids(after.against)),
        ("last reviewed", before.last_reviewed, after.last_reviewed),
        ("counts from", before.day, after.day),
    ):
        if then != now:
            yield f"{name} {then or 'none'} → {now or 'none'}"


def _due(found: standings_pb2.Standing) -> str:
    return days.bare(found.due) if found.HasField("due") else ""


def _held(found: standings_pb2.Standing) -> str:
    held = found.held_by
    return arrow(held.debtors, held.creditors) if held.debtors or held.creditors else ""


def balances_table(balances: Any, noted: Noting = unnoted) -> RenderableType:
    """One line for each pair; what is owed counts promises, also conditional ones."""
    return table(
        [
            ("pair", "who", ("a", "b")),
            ("given", "word", _figures("given")),
            ("weight", "word", _figures("weight")),
            ("owed", "word", _figures("owed")),
            ("because of", "text"),
        ],
        [(*_balance(b), _because(b.because, noted)) for b in balances],
    )


def _figures(name: str) -> tuple[str, ...]:
    """What programs call the values of a pair before and after."""
    return tuple(f"{name} by {who} {when}" for when in ("before", "after") for who in "ab")


def _balance(difference: differences_pb2.BalanceDiff) -> tuple[Parts, Parts, Parts, Parts]:
    both = (difference.before, difference.after)
    return (
        pair(difference.party_a, difference.party_b),
        _of_it([pair(b.given_ab.count, b.given_ba.count) for b in both]),
        _of_it([pair(b.given_ab.weight or 0, b.given_ba.weight or 0) for b in both]),
        _of_it([pair(owed(b.outstanding_ab), owed(b.outstanding_ba)) for b in both]),
    )


def _of_it(both: Sequence[Parts]) -> Parts:
    """What a column says of what differs; people read nothing where none of that is of its
    kind.
    """
    then, now = both
    text = turned(then.text, now.text).text
    return Parts("" if text == "0 : 0" else text, (*then.values, *now.values))


COMMANDS = (diff,)
