"""A ledger beside the one that is used, which cannot be served any more."""

from __future__ import annotations

from diplomatic_ledger.v1 import ledger_service_pb2

from tests.reliability.rounds import Arena, PlainFault
from tests.reliability.workload import Stubs

_OTHER = "damaged"


class OtherLedgerDamaged(PlainFault):
    name = "another ledger damaged"
    what = (
        "The service is stopped, the log of another ledger is overwritten, its key is removed "
        "or its folder is renamed, and the service is started again."
    )

    async def strike(self, arena: Arena) -> None:
        stubs = Stubs(arena.service.address)
        request = ledger_service_pb2.CreateLedgerRequest(ledger=_OTHER, title="Damaged")
        await stubs.ledgers.CreateLedger(request, wait_for_ready=True, timeout=20)
        await stubs.channel.close()
        await arena.service.kill()
        how = arena.chance.choice((_overwrite, _remove_key, _rename))
        arena.history.note(f"{_OTHER}: {how.__name__.strip('_')}")
        how(arena)
        await arena.restarted()


def _overwrite(arena: Arena) -> None:
    folder = arena.service.folder / "data/ledgers" / _OTHER
    (folder / "log.sqlite-wal").unlink(missing_ok=True)
    (folder / "log.sqlite").write_bytes(arena.chance.randbytes(100_000))


def _remove_key(arena: Arena) -> None:
    (arena.service.folder / "keys" / f"{_OTHER}.key").unlink()


def _rename(arena: Arena) -> None:
    folder = arena.service.folder / "data/ledgers" / _OTHER
    folder.rename(folder.with_name("renamed"))
