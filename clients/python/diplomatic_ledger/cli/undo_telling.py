"""What would be taken back, what keeps it from being taken back, and which command does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from diplomatic_ledger.case_file import TakenBack, Undoing
from diplomatic_ledger.cli import rights, spoken
from diplomatic_ledger.cli.failures import Failure
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.v1.history_service_pb2 import CHANGE_ANNULMENT
from diplomatic_ledger.v1.ledger_service_pb2 import ROLE_STEWARD

_MOST_TOLD = 20
_FEW = 3


def hold(session: Session, what: str, undoing: Undoing) -> None:
    """Raises Failure where it cannot be taken back as a whole."""
    lines = [
        f"{last.entry_id}: version {last.version}{f' ({last.reason})' if last.reason else ''} "
        f"of request {last.request_id}"
        for last in undoing.amended_since
    ]
    if lines:
        raise Failure(
            f"{plural(len(lines), 'entry of', 'entries of')} {what} changed since; nothing was "
            "taken back. Take back what changed them first, or amend them by hand:",
            [*_some(lines), *_first_back(session, undoing)],
        )
    if undoing.lost:
        raise Failure(
            f"Nothing was taken back: before, {spoken.ids(undoing.lost)} had a sealed text that "
            "you may not read, and whose seal is gone. Amend it by hand."
        )


def _first_back(session: Session, undoing: Undoing) -> Iterator[str]:
    """The commands that take back what changed since, the last change first."""
    since = sorted(undoing.amended_since, key=lambda each: each.position, reverse=True)
    requests = list(dict.fromkeys(each.request_id for each in since))
    commands = [session.command("undo", each) for each in requests]
    if len(commands) == 1:
        yield f"To take it back: {commands[0]}"
        return
    yield f"To take them back, run these {len(commands)} commands, in this order:"
    yield from _some(commands)


def hold_rights(session: Session, ledger: str, undoing: Undoing) -> None:
    """Raises Failure where the caller may not take it back: before it is shown and asked for."""
    user = session.client.user()
    roles = rights.roles(user, ledger)
    if roles is None or ROLE_STEWARD in roles:
        return
    annulled = [each.entry_id for each in undoing.taken_back if each.is_annulled]
    others = [
        each.entry_id
        for each in undoing.taken_back
        if each.first.recorded_by != user.author and not each.is_annulled
    ]
    if not annulled and not others:
        return
    why = (
        f"to annul {_few(annulled)}"
        if annulled
        else f"to amend what another user recorded first ({_few(others)})"
    )
    raise Failure(
        f"Nothing was taken back: {why} needs the role of steward in {ledger}, which "
        f"{user.name or user.subject} does not have. Have a steward run the same command, or amend "
        "what you recorded yourself."
    )


def tell_nothing(session: Session, ledger: str, what: str, undoing: Undoing) -> None:
    if session.as_json:
        session.screen.json(as_json(ledger, undoing))
        return
    if undoing.kept:
        session.screen.show(*_staying(undoing), "So there is nothing to take back.")
        return
    session.screen.show(f"What {what} recorded in {ledger} is taken back already.")


def tell_size(session: Session, undoing: Undoing, reason: str) -> None:
    """Says of what no one request has room for that it is not done as a whole."""
    requests = session.client.requests_to_take_back(undoing, reason)
    if requests > 1:
        session.tell(
            f"No one request has room for these {len(undoing.taken_back)} entries: they are taken "
            f"back in {requests} requests, each as a whole or not at all. If it is stopped "
            "between them, the others stay as they are; run it again to go on."
        )


def show(session: Session, undoing: Undoing) -> None:
    session.screen.show(
        table(
            [("id", "id"), ("version", "number"), ("becomes", "word"), ("title", "text")],
            map(_row, undoing.taken_back),
        )
    )
    if undoing.done:
        done = plural(len(undoing.done), "other entry is", "other entries are")
        session.screen.show(f"{done} taken back already.")
    session.screen.show(*_staying(undoing))


def as_json(ledger: str, undoing: Undoing) -> dict[str, Any]:
    return {
        "ledger": ledger,
        "taken_back": [
            {"entry_id": each.entry_id, "annulled": each.is_annulled}
            for each in undoing.taken_back
        ],
        "taken_back_before": list(undoing.done),
        "kept": [
            {"entry_id": name, "because_of": list(by)} for name, by in undoing.kept.items()
        ],
    }


def to_take_back(session: Session, request_id: str) -> str:
    """The line below what was recorded."""
    return f"To take it back: {session.command('undo', request_id)}"


def to_reverse(session: Session, undoing: Undoing, request: str) -> str:
    """The line below what `request`, or all whose ids begin so, took back. Where entries came
    back that were annulled, it annuls them again.
    """
    came_back = any(
        each.last.change == CHANGE_ANNULMENT and not each.is_annulled
        for each in undoing.taken_back
    )
    does = "take it back again" if came_back else "bring it back"
    return f"To {does}: {session.command('undo', request)}"


def _row(each: TakenBack) -> tuple[str, ...]:
    return (
        each.entry_id,
        str(each.last.version),
        "annulled" if each.is_annulled else "amended back",
        spoken.summary(each.state),
    )


def _staying(undoing: Undoing) -> Iterator[str]:
    lines = [f"{name} stays: {_who(by)} on it." for name, by in undoing.kept.items()]
    yield from _some(lines)


def _who(by: tuple[str, ...]) -> str:
    if len(by) == 1:
        return f"{by[0]} rests"
    return f"{_few(by)} rest"


def _few(ids: Sequence[str]) -> str:
    more = len(ids) - _FEW
    return f"{spoken.ids(ids[:_FEW])} and {more} more" if more > 0 else spoken.ids(ids)


def _some(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_TOLD
    return lines if more <= 0 else [*lines[:_MOST_TOLD], f"... and {more} more."]
