"""SQLite's words for what the databases say in different ways."""

from ledger_service.persistence.storage.dialect import Dialect, DialectTerms

#: A list is passed as an array in JSON, see `SqliteLog.read`.
SQLITE = Dialect(
    DialectTerms(
        value="?",
        position="rowid",
        in_list="IN (SELECT value FROM json_each(?))",
        state_contains="instr(state, ?)",
        joined_states="CAST(group_concat(state, x'0a') AS BLOB)",
        integer="INTEGER",
        text="TEXT",
        blob="BLOB",
        without_rowid=" WITHOUT ROWID",
    )
)
