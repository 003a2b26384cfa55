"""What a shell completes ids and names by: the entries and ledgers that the service has, and the
profiles that there are. A service that does not answer at once is not waited for, and nothing
is said of what goes wrong.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from diplomatic_ledger.cli import profiles
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.log_filter import LogFilter

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: A completion makes two calls at most, each of which takes no longer.
_SECONDS = 0.45
#: So many ids are told at most.
_MOST = 100
#: So much is told of an entry, where a shell shows that.
_LONGEST = 60

#: Tells the values that begin with a text, each with what it is called.
_Find: TypeAlias = Callable[[Session, str], Iterable[tuple[str, str]]]

_PARTIES = frozenset(
    {
        *("parties", "party_a", "party_b", "represents", "members_of", "asserted_by"),
        *("debtors", "creditors", "makers", "actors", "counterparties"),
        *("participants", "third_parties"),
    }
)
_REPORTS = frozenset({"report", "reports"})
#: What names entries of any type, but in the commands of one.
_ENTRIES = frozenset({"entry_id", "entry_ids", "entry", "related_to", "selected"})
_OF_ONE_TYPE = {
    "commitment": "commitment",
    "commitments": "commitment",
    "acts": "act",
    "instrument": "instrument",
    "instruments": "instrument",
    "party": "party",
    "parties": "party",
    "reports": "report",
}


class Completed(click.ParamType):  # type: ignore[type-arg]
    """A value as it was of another type, with what a shell completes it by."""

    def __init__(self, inner: Any, find: _Find) -> None:
        self.name = inner.name
        self._inner = inner
        self._find = find

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        return self._inner(value, param, ctx)

    def shell_complete(
        self, ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - rarely wanted

        session = ctx.ensure_object(Session)
        session.timeout = min(session.timeout, _SECONDS)
        session.is_quiet = True
        # Whatever goes wrong is told to who runs a command, and not to who types one.
        with contextlib.suppress(Exception), contextlib.closing(session):
            return [
                CompletionItem(value, help=called)
                for value, called in self._find(session, incomplete)
            ]
        return []


def completed(command: str, parameters: Iterable[click.Parameter]) -> None:
    """Has a shell complete those parameters of a command that name what there is."""
    for each in parameters:
        find = _find(command, each.name or "", each.opts[0])
        if find is not None:
            each.type = Completed(each.type, find)


def _find(command: str, name: str, option: str) -> _Find | None:
    if option in ("--ledger", "--profile"):
        return _ledgers if option == "--ledger" else _profiles
    if name in _PARTIES:
        return _of("party")
    if name in _REPORTS:
        return _of("report")
    if name == "instrument":
        return _of("instrument")
    if name == "scale":
        return _scales
    if name in _ENTRIES:
        is_other = name not in ("entry_id", "entry_ids")
        return _of() if is_other else _of(*filter(None, [_OF_ONE_TYPE.get(command)]))
    return None


def _of(*types: str) -> _Find:
    """Entries of some types; of any where there is none."""

    def find(session: Session, begun: str) -> Iterator[tuple[str, str]]:
        if _asks_somebody(session):
            return
        wanted = LogFilter(
            entry_types=types, changes=["recorded"], id_prefixes=[begun] if begun else []
        )
        records = session.client.read_log(session.ledger, limit=_MOST, wanted=wanted)
        with contextlib.closing(records):
            for record in records:
                event = record.decoded()
                yield str(event["subject"]), _called(event.get("data"))

    return find


def _ledgers(session: Session, begun: str) -> Iterator[tuple[str, str]]:
    if not _asks_somebody(session):
        for each in session.client.ledgers():
            if each.ledger.startswith(begun):
                yield each.ledger, each.title


def _scales(session: Session, begun: str) -> Iterator[tuple[str, str]]:
    if not _asks_somebody(session):
        for each in session.client.server_info().scales:
            if each.startswith(begun):
                yield each, ""


def _profiles(_: Session, begun: str) -> Iterator[tuple[str, str]]:
    for name, each in sorted(profiles.read().named.items()):
        if name.startswith(begun):
            yield name, each.server


def _asks_somebody(session: Session) -> bool:
    """Whether a command has to tell who calls: it may take long, or ask the user."""
    return session.profile is not None and bool(session.profile.token_command)


def _called(data: Any) -> str:
    """What an entry is called, in short; nothing where that is sealed."""
    known = data if isinstance(data, dict) else {}
    for field in ("title", "consequent", "name"):
        if isinstance(text := known.get(field), str):
            line = " ".join(text.split())
            return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    return ""
