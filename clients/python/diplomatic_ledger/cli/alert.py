"""`ledgerctl alert`: what is broken, overdue or falls due soon, for who is told by cron."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form
from diplomatic_ledger.alerts import Alert, Alerts
from diplomatic_ledger.cli import spoken, taking_part, terms
from diplomatic_ledger.cli.asking import DAY, looks
from diplomatic_ledger.cli.citing import Citations, Noting, names_sources, unnoted
from diplomatic_ledger.cli.commands import Whole, command
from diplomatic_ledger.cli.deciding import Deciding
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.screen import owes, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.titles import commitments_named
from diplomatic_ledger.cuts import Cuts, ViewWord

#: The exit code when there is something to tell, with --exit-code.
SOMETHING = 5
#: What each alert says, in words.
_OPTIONS = {"within": "--within", "parties": "--party", "dates": "--dates"}
SAYS = {"breached": "broken", "overdue": "overdue, was due", "falls_due": "falls due"}


@command(
    "alert",
    examples=[
        "ledgerctl alert",
        "ledgerctl alert --within 30 --party dprk",
        "ledgerctl alert --since 2018-06-12 --as-of 2018-08-18",
        "ledgerctl alert --state ~/.us-dprk-2018.json --exit-code",
    ],
)
@click.option(
    "--within",
    type=Whole(min=0),
    default=7,
    metavar="DAYS",
    help="What falls due within so many days. [7]",
)
@click.option(
    "--since",
    type=DAY,
    metavar="DAY",
    help="Only what was not so at the end of this day. [all that is so]",
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Only what was not so when this command ran with this file before; it is written "
    "anew each time. Keep one for each question.",
)
@click.option(
    "--party",
    "parties",
    multiple=True,
    metavar="ID",
    help="Which takes part; the answer says as what.",
)
@click.option(
    "--exit-code",
    is_flag=True,
    help=f"Exit with {SOMETHING} when there is something to tell.",
)
@names_sources(by_default=False)
@looks
def alert(
    session: Session,
    within: int,
    since: str | None,
    state: Path | None,
    parties: tuple[str, ...],
    exit_code: bool,
    named_sources: bool,
    cuts: Cuts,
) -> None:
    """Tell what is broken or overdue, and what falls due soon. Where there is nothing it
    prints nothing, in every form but JSON, so that cron sends mail only when there is
    something. A line for crontab:
    0 7 * * * ledgerctl alert -l us-dprk-2018 --state /var/tmp/talks.json
    """
    if since and state:
        raise usage("--since and --state both say since when. Leave one of them out.")
    asked = {"within": within, "parties": sorted(set(parties)), "dates": cuts.dates}
    kept = _Kept(state, session.ledger, asked) if state else None
    before = kept.read(cuts) if kept else _end_of(session, since, cuts) if since else None
    found = session.client.alerts(
        session.ledger, cuts, since=before, within_days=within, parties=parties
    )
    citations = Citations(session, found, cuts, wanted=named_sources)
    looked_up = named_sources or not session.as_json
    told = {each.commitment for each in found.items if looked_up}
    view: ViewWord = "full" if named_sources else "basic"
    views = commitments_named(session, found.basis, told, cuts, view=view)
    deciding = Deciding(session, citations, cuts)
    if session.as_json:
        decided = deciding.look_up(views.values(), found.basis, most=None)
        session.screen.json(citations.add(_written(found), *views.values(), *decided))
    elif found.items:
        citations.look_up(*views.values())
        deciding.look_up(views.values(), found.basis)
        due = terms.intervals_due(views.values())
        session.screen.show(
            alerts_table(found.items, citations.of(views), due, deciding.of(views))
        )
        session.screen.note("")
        session.screen.basis(found.basis)
    else:
        session.say_nothing()
    if kept is not None:
        session.afterwards = partial(kept.write, found)
    if exit_code and found.items:
        session.code = SOMETHING


def _end_of(session: Session, day: str, cuts: Cuts) -> Cuts:
    """What was so at the end of a day. Of a ledger that was begun later, what was so by all that
    it holds.
    """
    end = datetime.combine(date.fromisoformat(day), time.max, UTC)
    reported_by = cuts.reported_by and min(str(cuts.reported_by), day)
    then = replace(cuts, as_of=day, reported_by=reported_by)
    if cuts.recorded_by is not None or end > datetime.now(UTC):
        return then
    with contextlib.closing(session.client.read_log(session.ledger, limit=1)) as records:
        begun = next((str(each.decoded().get("time", "")) for each in records), "")
    return then if begun > end.isoformat() else replace(then, recorded_by=end)


class _Kept:
    """The file that keeps where the last run looked, and what it asked: what another question
    told was not told by this one.
    """

    def __init__(self, path: Path, ledger: str, asked: dict[str, Any]) -> None:
        self._path = path
        self._ledger = ledger
        self._asked = asked

    def read(self, cuts: Cuts) -> Cuts | None:
        """What the last run saw; None before the first one."""
        try:
            told = json.loads(self._path.read_text("utf-8"))
            ledger, day = str(told["ledger"]), date.fromisoformat(told["as_of"]).isoformat()
            position = int(told["position"])
            asked = {name: told[name] for name in self._asked}
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Failure(f"{self._path} cannot be read: {error.strerror}.") from None
        except (ValueError, KeyError, TypeError):
            raise Failure(
                f"{self._path} is not a file of `ledgerctl alert --state`. Name another one."
            ) from None
        if ledger != self._ledger:
            raise Failure(
                f"{self._path} is about the ledger {ledger!r}, not {self._ledger!r}. Keep a "
                "file for each ledger."
            )
        differing = [_OPTIONS[name] for name in asked if asked[name] != self._asked[name]]
        if differing:
            raise Failure(
                f"{self._path} was kept with another {' and '.join(differing)}: what that run "
                "did not tell would never be told. Keep a file for each question."
            )
        return replace(cuts, as_of=day, recorded_by=position)

    def write(self, found: Alerts) -> None:
        """Keeps where this run looked. The file is replaced as a whole."""
        basis = found.basis
        told = {
            "ledger": self._ledger,
            "as_of": basis.as_of,
            "position": basis.position,
            **self._asked,
        }
        folder = self._path.parent
        try:
            number, name = tempfile.mkstemp(dir=folder, prefix=f".{self._path.name}.")
            with os.fdopen(number, "w", encoding="utf-8") as file:
                json.dump(told, file)
            Path(name).replace(self._path)
        except OSError as error:
            raise Failure(f"{self._path} cannot be written: {error.strerror}.") from None


def _written(found: Alerts) -> dict[str, Any]:
    return {
        "basis": json_form.write(found.basis),
        "until": found.until,
        "alerts": [_alert(each) for each in found.items],
    }


def _alert(each: Alert) -> dict[str, Any]:
    told: dict[str, Any] = {
        "what": each.what,
        "day": each.day,
        "commitment": each.commitment,
        "debtors": list(each.debtors),
        "creditors": list(each.creditors),
        "text": each.text,
    }
    if each.instalment:
        told["instalment"] = each.instalment
    if each.taking_part:
        told["taking_part"] = [json_form.write(part) for part in each.taking_part]
    return told


def alerts_table(
    items: Sequence[Alert],
    noted: Noting = unnoted,
    due: Mapping[tuple[str, int], str] = MappingProxyType({}),
    decided: Noting = unnoted,
) -> RenderableType:
    """The alerts; `due` has the dates within which something is due. `noted` writes what was
    promised with its sources, `decided` the alert with those of where the promise stands.
    """
    return table(
        [
            ("day", "word"),
            ("id", "id"),
            ("who owes whom", "who"),
            ("alert", "text"),
            *taking_part.columns(items),
            ("what", "text"),
        ],
        [
            (
                each.day,
                each.commitment,
                owes(each.debtors, each.creditors),
                decided(
                    _says(each, due.get((each.commitment, each.instalment), "")),
                    each.commitment,
                ),
                *taking_part.cells(each, items),
                noted(each.text or "[sealed]", each.commitment),
            )
            for each in items
        ],
    )


def _says(each: Alert, due: str) -> str:
    """`overdue, was due (Nov 1998 to Jan 1999)`."""
    part = f"instalment {each.instalment} " if each.instalment else ""
    within = f" ({due})" if due and each.what != "breached" else ""
    return f"{part}{SAYS.get(each.what, spoken.spaced(each.what))}{within}"


COMMANDS = (alert,)
