"""Ledgers to follow, and all that views of them say, in a form that can be compared."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import combinations
from pathlib import Path
from typing import Any, Protocol

from msgspec import structs

from ledger_service.application.ledger import Ledger
from ledger_service.application.ledgers import Ledgers
from ledger_service.domain.lifecycle.reached_by import ENDING
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.memo import END
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Commitment,
    Instrument,
    Version,
)
from ledger_service.projections.history import LoggedHistory
from ledger_service.projections.kept_facts import GrowingLog
from ledger_service.projections.memory import Memory
from ledger_service.projections.projector import Projector
from tests.support.examples import a_command, a_party, entry


def open_ledgers(folder: Path) -> Ledgers:
    ledgers = Ledgers(folder, folder / "keys", "ledger.example", lambda: datetime.now(UTC))
    ledgers.open()
    return ledgers


async def record_parties(ledger: Ledger, first: int, last: int) -> int:
    """Record parties numbered from `first` to `last`; their position."""
    parties = [entry(f"party-{n}", a_party()) for n in range(first, last + 1)]
    return (await ledger.record(a_command(*parties))).position


def follow_all(follower: Projector) -> int:
    """Follow to the head; how many batches it took."""
    batches = 0
    while follower.advance():
        batches += 1
    return batches


def history_of(ledger: Ledger, follower: Projector, position: int) -> LoggedHistory:
    return LoggedHistory(ledger, follower.open(), position, Memory(100))


def rows(path: Path) -> dict[str, list[Any]]:
    """Everything in a file of views."""
    with sqlite3.connect(path) as connection:
        tables = connection.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        )
        found = {
            name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr)
            for (name,) in tables.fetchall()
        }
        # The index of texts has its rows in many forms, and the same words in all of them.
        found["texts"] = connection.execute(
            "SELECT term, doc FROM texts_words ORDER BY 1, 2"
        ).fetchall()
    connection.close()
    return found


class WholeHistory(History, GrowingLog, Protocol):
    """All that histories are asked for."""

    @property
    def position(self) -> int: ...


def answers(
    history: WholeHistory, ids: Iterable[str], parties: Iterable[str]
) -> dict[Any, Any]:
    """The answer to every question about some ids, as the law compares it."""
    said: dict[Any, Any] = {"opens_on": history.opens_on}
    for entry_id in ids:
        said["versions", entry_id] = [essence(v) for v in history.versions(entry_id)]
        said["sources", entry_id] = listed(history.sources(entry_id))
        said["tied_parties", entry_id] = listed(history.tied_parties(entry_id))
    for type_ in (Act, Commitment, Instrument):
        for upto in (date(2018, 6, 12), date.max):
            said["by_day", type_, upto] = list(history.by_day(type_, upto))
            for among in (None, frozenset(sorted(ids)[::2])):
                back = list(history.by_day(type_, upto, among, backwards=True))
                assert back == sorted(back, reverse=True)
                latest: dict[str, date] = {}
                for day, entry_id in back:
                    latest.setdefault(entry_id, day)
                said["back", type_, upto, among is None] = latest
    for since in range(max(0, history.position - 5), history.position + 1):
        said["touched", since] = sorted(history.touched(since) or ())
        said["changed", since] = dict(history.changed(since))
        said["all_touched", since] = sorted(set(history.all_touched(since, history.position)))
        said["first_recorded", since] = listed(
            [entry for _, entry in history.first_recorded(Commitment, since, history.position)]
        )
    for first, last in ((date(2018, 6, 3), date(2018, 6, 12)), (date.min, date.min)):
        said["naming_days", first] = sorted(set(history.naming_days(first, last)))
        said["published", first] = sorted(set(history.published(first, last)))
        said["recorded_between", first] = listed(history.recorded_between(first, last) or ())
    said["dated"] = dict(history.dated(sorted(ids)))
    for kind in sorted(ENDING):
        said["aimed_at", kind] = listed(history.aimed_at({kind}))
    said["dated_after_others"] = listed(history.dated_after_others())
    for entry_id in ids:
        told = history.told_by({entry_id}, open_only=False)
        said["told_by", entry_id] = sorted(set(told))
    said["parties"] = listed(history.parties())
    dealings = history.dealings()
    everybody = (*parties, *ids)
    said["members"] = {party: dealings.members(party) for party in everybody}
    said["pairs"] = list(dealings.pairs(history.position, lambda _: True))
    said["scales"] = listed(history.scales())
    said["instruments"] = listed(history.instruments())
    said["commitments"] = listed(history.commitments())
    said["acts"] = listed(history.acts())
    for kinds in ([], [ActKind.CONCESSION, ActKind.FULFILMENT], list(ActKind)):
        said["acts", tuple(kinds)] = listed(history.acts(kinds=kinds))
    for among in (
        set(),
        *map(set, combinations(parties, 1)),
        *map(set, combinations(parties, 2)),
    ):
        some = tuple(sorted(among))
        said["commitments", some] = listed(history.commitments(among))
        said["acts", some] = listed(history.acts(among))
        said["together", some] = listed(history.acts_together(among))
        for deliveries in (False, True):
            ends = frozenset(some[:1]), frozenset(some[1:] or some)
            between = history.acts_between(*ends, deliveries=deliveries)
            said["between", some, deliveries] = (
                [structs.replace(act, end=END) for act in between.plain],
                listed(between.others),
            )
        said["deliveries", some] = listed(
            history.acts(among, [ActKind.CONCESSION, ActKind.FULFILMENT])
        )
    return said


def listed(ids: Iterable[str]) -> list[str]:
    """In order; an id that is told twice stays twice."""
    return sorted(ids)


def essence(version: Version) -> tuple[Any, ...]:
    """A version without what depends on the moment of recording."""
    return (
        version.entry_id,
        version.version,
        version.position,
        version.change,
        version.state,
        version.reason,
        version.report,
        version.evidence_added,
    )
