"""The limits that callers are told of."""

#: Entries in one Record request.
MAX_ENTRIES = 1000
#: Bytes of a message that the server receives.
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
#: Bytes of an entry's data in its stored form.
MAX_DATA_BYTES = 60_000
#: Bytes of a ledger's title and purpose in UTF-8.
MAX_TITLE_BYTES = 500
MAX_PURPOSE_BYTES = 4000
#: Variants beside one balance.
MAX_VARIANTS = 30
