"""The view of commitments: who is debtor or creditor in any version of each, and since
which position.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from sqlite3 import Connection

import msgspec

from ledger_service.domain.entries import Commitment, Version

SCHEMA = """
CREATE TABLE commitment_parties (
    party TEXT NOT NULL,
    entry TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (party, entry)
) STRICT, WITHOUT ROWID;
"""

_INSERT = "INSERT INTO commitment_parties VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

_AMONG = """
SELECT DISTINCT entry FROM commitment_parties
WHERE party IN (SELECT value FROM json_each(?)) AND position <= ?
"""


def apply(connection: Connection, versions: Iterable[Version]) -> None:
    connection.executemany(
        _INSERT,
        (
            (party, version.entry_id, version.position)
            for version in versions
            if isinstance(version.state, Commitment)
            for party in (*version.state.debtors, *version.state.creditors)
        ),
    )


def among(connection: Connection, parties: Collection[str], upto: int) -> list[str]:
    """The commitments that have one of `parties` as a debtor or creditor."""
    asked = msgspec.json.encode(list(parties)).decode()
    return [entry for (entry,) in connection.execute(_AMONG, (asked, upto))]
