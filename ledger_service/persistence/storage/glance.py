"""A glance at the log of a closed ledger: its first record and its end, as they are stored.

Nothing is locked, brought to the disk or held against anything, so it tells of a log what a
list shows, and nothing is decided by it.
"""

from __future__ import annotations

from typing import NamedTuple

#: A template, see `dialect`. Nothing of a log that goes on for another one: of that its first
#: record does not tell the origin.
SELECT_GLANCE = """
    SELECT last_position, root_hash, recorded_at,
        (SELECT state FROM stored_events WHERE {position} = 1),
        (SELECT leaf_hash FROM stored_events WHERE {position} = 1),
        COALESCE((SELECT MAX(size) FROM checkpoints), 0)
    FROM requests
    WHERE NOT EXISTS (
        SELECT 1 FROM stored_events WHERE originator_id = '$ledger'
        AND topic IN ('ledger.succeeded.v1', 'ledger.forked.v1')
    )
    ORDER BY last_position DESC LIMIT 1
"""


class LogGlance(NamedTuple):
    """The last position, the root there, and when it was recorded (microseconds since 1970);
    the first record and its leaf hash; the size of the largest checkpoint, 0 for none.
    """

    position: int
    root_hash: bytes
    recorded_at: int
    first_record: bytes
    first_leaf: bytes
    signed: int
