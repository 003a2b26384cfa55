"""ledgerctl shows what rests on more entries than one question may name."""

import os
from typing import Any

from diplomatic_ledger import SyncLedgerClient, json_form

from tests.support import programs

MANY = 1001


def delivery(number: int) -> dict[str, Any]:
    return {
        "id": f"d{number}",
        "act": {
            "kind": "fulfilment",
            "actor": "a",
            "counterparty": "b",
            "title": f"Load {number} arrives",
            "occurred": "2026-03-01",
            "relations": [{"kind": "fulfils", "target": "grain", "extent": f"1/{MANY}"}],
            "evidence": [{"report": "gazette"}],
        },
    }


def test_more_deliveries_than_one_question_may_name(start):
    address = start().address()
    promise = {
        "debtors": ["a"],
        "creditors": ["b"],
        "consequent": "Send grain",
        "occurred": "2026-02-01",
        "evidence": [{"report": "gazette"}],
    }
    report = {"title": "Grain", "publisher": "The Gazette", "published": "2026-03-02"}
    entries = [
        {"id": "a", "party": {"name": "A", "kind": "state"}},
        {"id": "b", "party": {"name": "B", "kind": "state"}},
        {"id": "gazette", "report": report},
        {"id": "grain", "commitment": promise},
        *(delivery(number) for number in range(MANY)),
    ]
    with SyncLedgerClient(address) as client:
        client.create_ledger("talks", "Talks")
        list(client.record_all("talks", [json_form.read_item(entry) for entry in entries]))
    for command in (["balance", "a", "b"], ["commitment", "grain"]):
        done = programs.ledgerctl(
            "--server",
            address,
            *command,
            "--as-of",
            "2026-04-01",
            env={**os.environ, "COLUMNS": "80"},
        )
        assert (done.returncode, done.stderr) == (0, "")
        missing = [n for n in range(MANY) if f"Load {n} arrives" not in done.stdout]
        assert missing == []
