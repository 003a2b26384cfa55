"""What a shell completes ids and names by: the entries and ledgers that the service has, and the
profiles that there are. A service that does not answer at once is not waited for, and nothing
is said of what goes wrong.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from diplomatic_ledger.cli import profiles
from diplomatic_ledger.cli.harmless import harmless
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.log_filter import LogFilter

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: A completion makes two calls at most, each of which takes no longer.
_SECONDS = 0.45
#: All of a completion takes no longer: a stream has no deadline, and may wait.
_SECONDS_FOR_ALL = 0.9
#: So many ids are told at most.
_MOST = 100
#: So much is told of an entry, where a shell shows that.
_LONGEST = 60
#: What can be an id or a name; nothing else is told, whatever a service sends.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)

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
        found: list[tuple[str, str]] = []

        def look() -> None:
            # Whatever goes wrong is told to who runs a command, and not to who types one.
            with contextlib.suppress(Exception), contextlib.closing(session):
                for each in self._find(session, incomplete):
                    found.append(each)  # noqa: PERF402 - what was found by then is told

        looking = threading.Thread(target=look, name="completion", daemon=True)
        looking.start()
        looking.join(_SECONDS_FOR_ALL)
        return [
            CompletionItem(value, help=_line(called))
            for value, called in [*found]
            if _ID.fullmatch(value)
        ]


class Files(click.ParamType):  # type: ignore[type-arg]
    """A text that may name a file, which the shell completes itself."""

    def __init__(self, inner: Any) -> None:
        self.name = inner.name
        self._inner = inner

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        return self._inner(value, param, ctx)

    def shell_complete(
        self, _ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - rarely wanted

        return [CompletionItem(incomplete, type="file")]


def completed(command: str, parameters: Iterable[click.Parameter]) -> None:
    """Has a shell complete those parameters of a command that name what there is."""
    for each in parameters:
        name = each.name or ""
        is_text = each.type is click.STRING
        find = _find(command, name, each.opts[0])
        if find is not None:
            each.type = Completed(each.type, find)
        elif is_text and (name == "file" or "FILE" in (each.metavar or "")):
            each.type = Files(each.type)


def _find(command: str, name: str, option: str) -> _Find | None:
    if option in ("--ledger", "--profile"):
        return _ledgers if option == "--ledger" else _profiles
    if command in ("login", "logout") and name == "name":
        return _profiles
    if command == "help" and name == "topic":
        return _topics
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


def _topics(_: Session, begun: str) -> Iterator[tuple[str, str]]:
    from diplomatic_ledger.cli import glossary  # noqa: PLC0415 - it reads all of them

    names = {name for term in glossary.terms() for name in term.names}
    names |= {each.name for each in glossary.fields()}
    for name in sorted(names):
        if name.startswith(begun):
            yield name, ""


def _asks_somebody(session: Session) -> bool:
    """Whether a command or a keyring has to tell who calls: it may take long, or ask the user."""
    profile = session.profile
    return profile is not None and bool(profile.token_command or profile.token_keyring)


def _called(data: Any) -> str:
    """What an entry is called; nothing where that is sealed."""
    known = data if isinstance(data, dict) else {}
    for field in ("title", "consequent", "name"):
        if isinstance(text := known.get(field), str):
            return text
    return ""


def _line(text: str) -> str:
    """A text in short: one line, since a line is a candidate to a shell."""
    line = harmless(" ".join(text.split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
