"""The tables of a log.

`stored_events` holds the records; its rowid is the position, its state the bytes that
are hashed. `requests` says where each atomic write ends; `mark` shows
that who recorded it had the keys, see `marks`. `sealed_values` holds what was
sealed, by what the log holds of it; the position is that of the record that sealed it.
`tree_nodes` holds the roots of the complete subtrees of 256 leaves (level 8), of 256 of
those (level 16), and so on; level 0 are the leaf hashes beside the records. `checkpoints`
holds what was signed, by the size of its tree; `regular` is 1 for those that were signed as
the log grew, 0 for those that somebody asked for. Times are microseconds since 1970.
"""

CREATE_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS stored_events (
        rowid INTEGER PRIMARY KEY,
        originator_id TEXT NOT NULL,
        originator_version INTEGER NOT NULL,
        topic TEXT NOT NULL,
        leaf_hash BLOB NOT NULL,
        state BLOB NOT NULL,
        UNIQUE (originator_id, originator_version)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS requests (
        last_position INTEGER PRIMARY KEY,
        first_position INTEGER NOT NULL,
        request_id TEXT NOT NULL UNIQUE,
        content_hash BLOB NOT NULL,
        recorded_at INTEGER NOT NULL UNIQUE,
        root_hash BLOB NOT NULL,
        mark BLOB
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS sealed_values (
        number INTEGER PRIMARY KEY,
        position INTEGER NOT NULL,
        erased INTEGER NOT NULL,
        commitment TEXT NOT NULL UNIQUE,
        salt BLOB NOT NULL,
        value BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS tree_nodes (
        level INTEGER NOT NULL,
        idx INTEGER NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (level, idx)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS checkpoints (
        size INTEGER PRIMARY KEY,
        note TEXT NOT NULL,
        regular INTEGER NOT NULL
    )
    """,
)
