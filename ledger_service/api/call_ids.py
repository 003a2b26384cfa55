"""The id of a call: what the caller sent as x-request-id, else a new one. It stands in the log
of the service, and goes back with every answer and every error.
"""

from __future__ import annotations

import random
import re

from ledger_service.spans import Metadata

#: The metadata in which a caller sends it, and gets it back.
KEY = "x-request-id"

_CALL_ID = re.compile(r"[\x21-\x7e]{1,128}")


def call_id(metadata: Metadata) -> str:
    """That of a call with these metadata."""
    for key, value in metadata:
        if key == KEY and isinstance(value, str) and _CALL_ID.fullmatch(value):
            return value
    return f"{random.getrandbits(128):032x}"
