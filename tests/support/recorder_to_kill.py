"""Records requests of three entries without end and prints each position once it is
answered. Run by the test that kills it: recorder_to_kill.py FOLDER.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from ledger_service.application.ledgers import Ledgers
from ledger_service.domain.values.commands import NewEntry, RecordCommand
from ledger_service.domain.values.entries import Party, PartyKind


async def caller(ledger, name: str) -> None:
    party = Party("A party", PartyKind.STATE)
    for number in range(100_000):
        ids = [f"{name}-{number}-{part}" for part in "abc"]
        items = tuple(NewEntry(entry_id, party) for entry_id in ids)
        answer = await ledger.record(RecordCommand(items, f"{name}-{number}"))
        sys.stdout.write(f"{answer.position}\n")
        sys.stdout.flush()


async def main(folder: Path) -> None:
    ledgers = Ledgers(
        folder / "data", folder / "keys", "ledger.example", lambda: datetime.now(UTC)
    )
    ledgers.open()
    ledger = await ledgers.create("us-dprk", "Title")
    await asyncio.gather(*(caller(ledger, name) for name in "wxyz"))


asyncio.run(main(Path(sys.argv[1])))
