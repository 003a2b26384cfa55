"""Checks whether a request may be recorded, and brings it into the form that is recorded.

Call in this order: `normalise`, `check_command` (needs no ledger), and `decide` (needs the
entries that the ledger holds).
"""

from ledger_service.domain.checks.command import check_command
from ledger_service.domain.checks.decision import (
    Decision,
    EntryHead,
    HeadLookup,
    decide,
    head_of,
)
from ledger_service.domain.checks.normal import NormalRequest, normal_request, normalise
from ledger_service.domain.checks.references import Lookup, Reference, mentioned, references
from ledger_service.domain.checks.targets import TargetFindings, check_targets

__all__ = [
    "Decision",
    "EntryHead",
    "HeadLookup",
    "Lookup",
    "NormalRequest",
    "Reference",
    "TargetFindings",
    "check_command",
    "check_targets",
    "decide",
    "head_of",
    "mentioned",
    "normal_request",
    "normalise",
    "references",
]
