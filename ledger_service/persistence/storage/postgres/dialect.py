"""PostgreSQL's words for what the databases say in different ways."""

from ledger_service.persistence.storage.dialect import Dialect, DialectTerms

_WORDS = DialectTerms(
    value="%s",
    position="notification_id",
    in_list="= ANY(%s)",
    state_contains="position(%s in state) > 0",
    joined_states=r"string_agg(state, '\x0a'::bytea)",
    integer="BIGINT",
    # Compared by its bytes, whatever the language of the database.
    text='TEXT COLLATE "C"',
    blob="BYTEA",
    without_rowid="",
)

POSTGRES = Dialect(_WORDS)
#: The same tables, but gone when the transaction ends in which they were made: a model with
#: which those of a log are compared.
POSTGRES_MODEL = Dialect(_WORDS._replace(create_table="CREATE TEMPORARY TABLE"))
