"""The tables of a log.

`stored_events` holds the records; its rowid is the position, its state the bytes that
are hashed. `requests` says where each atomic write ends; `mark` shows
that who recorded it had the keys, see `marks`. `sealed_values` holds what was
sealed, by what the log holds of it; the position is that of the record that sealed it.
`tree_nodes` holds the roots of the complete subtrees of 256 leaves (level 8), of 256 of
those (level 16), and so on; level 0 are the leaf hashes beside the records. `checkpoints`
holds what was signed, by the size of its tree; `regular` is 1 for those that were signed as
the log grew, 0 for those that somebody asked for. The one row of `home` says where the log lives, as `signing/home`
reads it (empty: it takes the place where it is opened first), and which ledger goes on for it
(empty: itself). Times are microseconds since 1970.
"""

#: Templates, see `dialect`.
CREATE_TABLES = (
    """
    {create_table} stored_events (
        {position} {integer} PRIMARY KEY,
        originator_id {text} NOT NULL,
        originator_version {integer} NOT NULL,
        topic {text} NOT NULL,
        leaf_hash {blob} NOT NULL,
        state {blob} NOT NULL,
        UNIQUE (originator_id, originator_version)
    )
    """,
    """
    {create_table} requests (
        last_position {integer} PRIMARY KEY,
        first_position {integer} NOT NULL,
        request_id {text} NOT NULL UNIQUE,
        content_hash {blob} NOT NULL,
        recorded_at {integer} NOT NULL UNIQUE,
        root_hash {blob} NOT NULL,
        mark {blob}
    )
    """,
    """
    {create_table} sealed_values (
        number {integer} PRIMARY KEY,
        position {integer} NOT NULL,
        erased {integer} NOT NULL,
        commitment {text} NOT NULL UNIQUE,
        salt {blob} NOT NULL,
        value {blob} NOT NULL
    )
    """,
    """
    {create_table} tree_nodes (
        level {integer} NOT NULL,
        idx {integer} NOT NULL,
        hash {blob} NOT NULL,
        PRIMARY KEY (level, idx)
    ){without_rowid}
    """,
    """
    {create_table} checkpoints (
        size {integer} PRIMARY KEY,
        note {text} NOT NULL,
        regular {integer} NOT NULL
    )
    """,
)

CREATE_HOME = (
    """
    {create_table} home (
        single {integer} PRIMARY KEY CHECK (single = 1),
        place {text} NOT NULL,
        successor {text} NOT NULL
    )
    """,
    "INSERT INTO home (single, place, successor) VALUES (1, '', '')",
)
