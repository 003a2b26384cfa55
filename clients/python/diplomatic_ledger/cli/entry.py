"""`ledgerctl entry`: an entry with all its versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import looks
from diplomatic_ledger.cli.cells import Cell
from diplomatic_ledger.cli.citing import (
    TIES,
    Citations,
    Told,
    evidence_of,
    names_sources,
    reports_of_ties,
)
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.effects import effects_of
from diplomatic_ledger.cli.fields import fields
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1.history_service_pb2 import Change, EntryVersion

#: The author where nobody was asked who recorded; it stands for no user.
_LOCAL = "local"
_NO_NAMES: Mapping[str, str] = MappingProxyType({})


@command(
    "entry",
    examples=[
        "ledgerctl entry F013",
        "ledgerctl entry F016 --recorded-by 141",
        "ledgerctl entry F016 --format json",
    ],
)
@click.argument("entry_id", metavar="ID")
@names_sources(by_default=False)
@looks
def entry(session: Session, entry_id: str, named_sources: bool, cuts: Cuts) -> None:
    """Show an entry with all its versions, and which of them answers."""
    found = session.client.entry(session.ledger, entry_id, cuts)
    citations = Citations(session, found, cuts, wanted=named_sources)
    told = [_of_version(each) for each in found.versions]
    if session.as_json:
        session.screen.json(citations.add(json_form.write(found), *told))
        return
    citations.look_up(*told)
    names = session.client.authors(
        session.ledger, {each.recorded_by for each in found.versions} - {_LOCAL}
    )
    for version in found.versions:
        session.screen.heading(version_heading(found.entry_id, version))
        session.screen.show(*version_lines(version, names, citations))
    if not any(version.answers for version in found.versions):
        session.screen.show("", "No version answers at these cuts.")
    if lines := list(effects_of(session, found.entry_id, found.basis)):
        session.screen.heading("What has no effect")
        session.screen.show(*lines)
    session.screen.note("")
    session.screen.basis(found.basis)


def version_heading(entry_id: str, version: EntryVersion) -> str:
    change = spoken.spaced(words.word(Change.DESCRIPTOR, version.change))
    answers = "  ← answers" if version.answers else ""
    return f"{entry_id} version {version.version}: {change}{answers}"


def version_lines(
    version: EntryVersion,
    names: Mapping[str, str] = _NO_NAMES,
    citations: Citations | None = None,
) -> Iterator[RenderableType]:
    """`names` has whom authors stand for, as far as anybody can tell; the reports that a version
    names are told as `citations` has them.
    """
    when = json_form.write(version.recorded_at)[:19]
    author = names.get(version.recorded_by) or version.recorded_by
    yield f"position {version.position}, recorded {when} UTC by {author}"
    if version.request_id:
        yield f"recorded by request {version.request_id}"
    plain = json_form.write(version)
    if (reason := plain.get("reason")) is not None:
        report = f" (report {version.report})" if version.report else ""
        told = spoken.sealed(reason) if isinstance(reason, dict) else reason
        yield f"reason: {told}{report}"
    state: dict[str, Any] = {}
    if version.HasField("state"):
        (state,) = plain["state"].values() or ({},)
    elif version.evidence_added:
        state = {"evidence_added": plain["evidence_added"]}
    rows = list(_noted(version, fields(state), citations))
    if rows or version.HasField("state"):
        yield table([("", "word"), ("", "text")], rows)


def _noted(
    version: EntryVersion, rows: Iterable[tuple[str, str]], citations: Citations | None
) -> Iterator[tuple[str, Cell]]:
    """The rows of a version, with the reports behind its evidence and its ties."""
    if citations is None or not citations.wanted:
        yield from rows
        return
    for name, text in rows:
        told = _of_row(version, name)
        yield name, text if told is None else citations.noted(text, told)
    if version.report:
        told = Told.by(version.entry_id, version.report)
        yield "told by", citations.noted(version.report, told)


def _of_row(version: EntryVersion, name: str) -> Told | None:
    state = _state(version)
    if name in ("evidence", "evidence added"):
        return _evidence(version)
    if name in map(spoken.spaced, TIES) and isinstance(state, entries_pb2.Party):
        reports = reports_of_ties(state, name.replace(" ", "_"))
        return Told.by(version.entry_id, *reports)
    return None


def _of_version(version: EntryVersion) -> Told:
    """All that tells of a version, with the report that told what is new in it."""
    told = _evidence(version)
    if not version.report:
        return told
    more = Told.by(version.entry_id, version.report).evidence
    return replace(told, evidence=[*told.evidence, *more])


def _evidence(version: EntryVersion) -> Told:
    state = _state(version)
    if state is None:
        added, sealed = version.evidence_added, version.sealed_beside
        return Told(version.entry_id, added, sealed, path="evidence_added")
    left_out = version.evidence_left_out
    return Told(version.entry_id, evidence_of(state), version.sealed, left_out)


def _state(version: EntryVersion) -> Any:
    """What the entry says in a version, as far as that is there."""
    name = version.state.WhichOneof("state")
    return getattr(version.state, name) if name else None


COMMANDS = (entry,)
