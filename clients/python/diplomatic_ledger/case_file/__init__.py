"""A case file: entries that somebody keeps in a file, adds to, corrects, and records again and
again. What a ledger has of it already is found, what differs is told field by field, and what was
recorded can be taken back.
"""

from diplomatic_ledger.case_file.changes import amended
from diplomatic_ledger.case_file.comparing import Compared, Found
from diplomatic_ledger.case_file.forms import Difference
from diplomatic_ledger.case_file.naming import is_made, named
from diplomatic_ledger.case_file.undoing import TakenBack, Undoing, request_prefix, took_back

__all__ = [
    "Compared",
    "Difference",
    "Found",
    "TakenBack",
    "Undoing",
    "amended",
    "is_made",
    "named",
    "request_prefix",
    "took_back",
]
