"""Records the example through the public client. Run twice, it is recorded once."""

from __future__ import annotations

from pathlib import Path

from diplomatic_ledger import SyncLedgerClient, entry_file

LEDGER = "us-dprk-2018"
ARTICLES = Path(__file__).with_name("us_dprk_2018.yaml")
PUBLIC_RECORD = Path(__file__).with_name("us_dprk_2018_public_record.yaml")


def record(client: SyncLedgerClient, path: Path, ledger: str = LEDGER) -> int:
    """Records a file and gives its last position; opens the ledger that the file names,
    under the name `ledger`.
    """
    file = entry_file.parse(path.read_text(encoding="utf-8"))
    if file.ledger is not None:
        opening = file.ledger
        client.create_ledger(
            ledger, opening.title, purpose=opening.purpose, opens_on=opening.opens_on
        )
    answers = list(client.record_all(ledger, file.items))
    return answers[-1].recorded[-1].position
