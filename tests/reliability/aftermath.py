"""Looks at a ledger after all faults as everybody may: reads it, verifies its export,
builds its views anew, and runs the operator's own check.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import grpc
from diplomatic_ledger import LedgerClient
from diplomatic_ledger.admin.v1 import admin_service_pb2
from diplomatic_ledger.admin.v1.admin_service_pb2_grpc import AdminServiceStub
from diplomatic_ledger.export_folder import ExportFolder
from diplomatic_ledger.exporting import Wanted
from diplomatic_ledger.v1 import (
    audit_service_pb2,
    history_service_pb2,
    ledger_service_pb2,
)
from diplomatic_ledger.verify import Anchor, Checkpoint, VerificationKey, verify_bag

from ledger_service.audit.tree import leaf_hash
from ledger_service.persistence.records import Told
from ledger_service.projections.projector import Projector
from tests.reliability.checker import Outcome, Proof
from tests.reliability.history import SeenCheckpoint
from tests.reliability.service import Tortured
from tests.reliability.workload import LEDGER, Stubs
from tests.support.following import rows as rows_of

_SELECT_RECORDS = "SELECT rowid, state FROM stored_events ORDER BY rowid"
_PROOFS = 5
_SECONDS = 10
_DIFFERENCES_SHOWN = 3


async def outcome_of(
    service: Tortured, scratch: Path, seen: Sequence[SeenCheckpoint], chance: random.Random
) -> Outcome:
    """What a service that runs holds; afterwards it is stopped."""
    outcome = Outcome([], service.verification_key)
    stubs = Stubs(service.address)
    try:
        outcome.records = await _read(stubs)
        outcome.proofs = await _proofs(stubs, len(outcome.records), seen, chance)
        outcome.check += await _check(service)
    except grpc.aio.AioRpcError as error:
        outcome.check.append(f"{error.code().name} {error.details()}")
    finally:
        await stubs.channel.close()
    if not outcome.records:
        return outcome
    outcome.export = await _export(service.address, scratch / "export", outcome)
    if (code := await service.stop()) != 0:
        outcome.check.append(f"it stopped with exit code {code}")
    folder = service.folder / "data/ledgers" / LEDGER
    outcome.views = await asyncio.to_thread(_differences, folder, scratch, outcome.records)
    return outcome


def outcome_at_rest(service: Tortured) -> Outcome | None:
    """What the file of a ledger holds whose service does not start any more. None where the
    log is no file.
    """
    if service.settings.get("LEDGER_STORE"):
        return None
    outcome = Outcome([], service.verification_key)
    with suppress(sqlite3.Error), closing(sqlite3.connect(service.log_file)) as database:
        outcome.records = database.execute(_SELECT_RECORDS).fetchall()
    return outcome


async def _read(stubs: Stubs) -> list[tuple[int, bytes]]:
    about = ledger_service_pb2.GetLedgerRequest(ledger=LEDGER)
    await stubs.ledgers.GetLedger(about, wait_for_ready=True, timeout=_SECONDS)
    records: list[tuple[int, bytes]] = []
    request = history_service_pb2.ReadLogRequest(ledger=LEDGER)
    async for frame in stubs.history.ReadLog(request, timeout=_SECONDS):
        records += zip(frame.batch.positions, frame.batch.lines.split(b"\n"), strict=True)
    return records


async def _check(service: Tortured) -> list[str]:
    """What the operator's check finds."""
    async with grpc.aio.insecure_channel(f"unix:{service.admin_socket}") as channel:
        stub: Any = AdminServiceStub(channel)
        request = admin_service_pb2.CheckLedgerRequest(ledger=LEDGER)
        answer = await stub.CheckLedger(request, timeout=_SECONDS)
    return list(answer.findings)


async def _proofs(
    stubs: Stubs, size: int, seen: Sequence[SeenCheckpoint], chance: random.Random
) -> list[Proof]:
    """Proofs that the final tree grew out of some of the checkpoints that were seen."""
    found = []
    for each in chance.sample(list(seen), min(_PROOFS, len(seen))):
        checkpoint = Checkpoint.parse(each.note.encode())
        if checkpoint.size > size:
            continue  # the checker says so
        request = audit_service_pb2.GetConsistencyProofRequest(
            ledger=LEDGER, old_size=checkpoint.size, new_size=size
        )
        answer = await stubs.audit.GetConsistencyProof(request, timeout=_SECONDS)
        found.append(Proof(checkpoint.size, checkpoint.root, tuple(answer.hashes)))
    return found


async def _export(address: str, folder: Path, outcome: Outcome) -> list[str]:
    wanted = Wanted(recorded_by=len(outcome.records))
    exporting = ExportFolder(folder, LEDGER, wanted)
    try:
        async with LedgerClient(address) as client:
            async for frame in client.export(LEDGER, wanted):
                exporting.take(frame)
        exporting.finish()
    except (grpc.RpcError, Exception) as error:  # noqa: BLE001 - a finding like others
        return [repr(error)]
    anchor = Anchor(keys=(VerificationKey.parse(outcome.verification_key),))
    report = await asyncio.to_thread(verify_bag, folder, anchor)
    found = [str(each) for each in report.findings]
    if report.records != len(outcome.records):
        found.append(f"it holds {report.records} of {len(outcome.records)} records")
    return found


@dataclass
class _Head:
    position: int


class _Records:
    """The log as views want it, from what was read."""

    name = LEDGER
    opens_on: date | None = None

    def __init__(self, records: list[tuple[int, bytes]]) -> None:
        self._lines = [line for _, line in records]
        self.head = _Head(len(records))
        self.identity = leaf_hash(self._lines[0])

    def lines(self, first: int, last: int) -> bytes:
        return b"\n".join(self._lines[first - 1 : last])

    def told_at(self, positions: Sequence[int]) -> list[Told]:
        raise NotImplementedError

    async def wait_beyond(self, position: int) -> None:
        raise NotImplementedError


def _differences(folder: Path, scratch: Path, records: list[tuple[int, bytes]]) -> list[str]:
    """How the views of the service, brought to the end of the log, differ from new ones."""
    log = _Records(records)
    theirs, new = scratch / "their-views", scratch / "new-views"
    for each in (theirs, new):
        each.mkdir()
    for path in folder.glob("views-*"):
        shutil.copy(path, theirs)
    tables = []
    for place in (theirs, new):
        follower = Projector(log, place)
        while follower.advance():
            pass
        follower.close()
        tables.append(
            {name: set(map(repr, found)) for name, found in rows_of(follower.path).items()}
        )
    found = []
    for name in sorted({*tables[0], *tables[1]}):
        one, other = (each.get(name, set()) for each in tables)
        if one != other:
            rows = [*sorted(other - one), *sorted(one - other)][:_DIFFERENCES_SHOWN]
            text = f"{name}: {len(other - one)} rows missing, {len(one - other)} too many"
            found.append(f"{text}: {' '.join(rows)}")
    return found
