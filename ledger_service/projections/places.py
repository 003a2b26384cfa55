"""Where the versions of entries stand, and what points at these entries: what the views of
versions and of mentions tell, in one statement, since rules ask for both at once.
"""

from __future__ import annotations

from collections.abc import Collection
from sqlite3 import Connection

import msgspec

from ledger_service.projections.database import listed

# Each part finds its rows by the index of its table, entry by entry.
_PLACES = """
WITH asked (entry) AS MATERIALIZED (SELECT value FROM json_each(?1))
SELECT asked.entry, NULL, position
FROM asked CROSS JOIN versions ON versions.entry = asked.entry WHERE position <= ?2
UNION ALL
SELECT asked.entry, source, position
FROM asked CROSS JOIN mentions ON target = asked.entry WHERE position <= ?2
ORDER BY position
"""


class EntryPositions(msgspec.Struct, frozen=True, gc=False):
    """What the views answered about an entry for the log up to `upto`: the positions of its
    versions, and the entries that point at it with the position since when; both in order.
    """

    upto: int
    versions: tuple[int, ...]
    sources: tuple[tuple[str, int], ...]


def places(
    connection: Connection, entries: Collection[str], upto: int
) -> dict[str, EntryPositions]:
    """What the views tell of each of some entries, which may be named more than once, for the
    log up to a position.
    """
    versions: dict[str, list[int]] = {entry: [] for entry in entries}
    sources: dict[str, list[tuple[str, int]]] = {entry: [] for entry in entries}
    for entry, source, position in connection.execute(_PLACES, (listed(versions), upto)):
        if source is None:
            versions[entry].append(position)
        else:
            sources[entry].append((source, position))
    return {
        entry: EntryPositions(upto, tuple(found), tuple(sources[entry]))
        for entry, found in versions.items()
    }
