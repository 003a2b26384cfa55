"""Which texts of each request are required, and refusing those that are empty, with all else
that is required and missing. CreateLedger checks its texts by itself.
"""

from __future__ import annotations

from typing import Any

from diplomatic_ledger.admin.v1 import access_service_pb2 as access
from diplomatic_ledger.admin.v1 import admin_service_pb2 as admin
from diplomatic_ledger.v1 import audit_service_pb2 as audit
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import ledger_service_pb2 as ledgers
from diplomatic_ledger.v1 import standing_service_pb2 as standing

from ledger_service.api.record_bodies import LargeRequest
from ledger_service.domain.values.refusals import Invalid, Violation

_LEDGER = ("ledger",)
_ENTRIES = ("ledger", "entry_ids")
_PAIR = ("ledger", "party_a", "party_b")

REQUIRED: dict[type[Any], tuple[str, ...]] = {
    ledgers.GetLedgerRequest: _LEDGER,
    ledgers.BatchGetAuthorsRequest: ("ledger", "authors"),
    ledgers.RecordRequest: _LEDGER,
    LargeRequest: _LEDGER,
    history.GetEntryRequest: ("ledger", "entry_id"),
    history.BatchGetEntriesRequest: _ENTRIES,
    history.ReadLogRequest: _LEDGER,
    history.SubscribeRequest: _LEDGER,
    standing.GetCommitmentRequest: ("ledger", "entry_id"),
    standing.BatchGetCommitmentsRequest: _ENTRIES,
    standing.ListCommitmentsRequest: _LEDGER,
    standing.ListActsRequest: _LEDGER,
    standing.GetInstrumentRequest: ("ledger", "entry_id"),
    standing.ListInstrumentsRequest: _LEDGER,
    standing.GetPartyRequest: ("ledger", "entry_id"),
    standing.ListPartiesRequest: _LEDGER,
    standing.ListReportsRequest: _LEDGER,
    standing.GetBalanceRequest: _PAIR,
    standing.ListBalancesRequest: _LEDGER,
    standing.GetSeriesRequest: _PAIR,
    standing.ReplayRequest: _LEDGER,
    standing.DiffRequest: _LEDGER,
    standing.WatchStandingsRequest: _LEDGER,
    standing.AgendaRequest: _LEDGER,
    standing.ListScalesRequest: _LEDGER,
    audit.GetCheckpointRequest: _LEDGER,
    audit.GetInclusionProofRequest: _LEDGER,
    audit.GetConsistencyProofRequest: _LEDGER,
    audit.GetReceiptRequest: _LEDGER,
    audit.ExportRequest: _LEDGER,
    admin.ShowKeysRequest: _LEDGER,
    admin.RotateKeyRequest: ("ledger", "reason"),
    admin.RetireKeyRequest: ("ledger", "verification_key"),
    admin.EraseFieldRequest: ("ledger", "entry_id", "field", "reason"),
    admin.AdoptLedgerRequest: ("ledger",),
    admin.SucceedLedgerRequest: ("ledger", "reason"),
    admin.ForkLedgerRequest: ("ledger", "fork", "reason"),
    admin.RetireLedgerRequest: _LEDGER,
    admin.BringBackLedgerRequest: _LEDGER,
    admin.CheckLedgerRequest: _LEDGER,
    admin.RebuildViewsRequest: _LEDGER,
    admin.BackUpLedgerRequest: _LEDGER,
    admin.ForgetUserRequest: ("author",),
    access.AddTokenRequest: ("subject",),
    access.RevokeTokenRequest: ("prefix",),
    access.ListGrantsRequest: _LEDGER,
    access.AddGrantRequest: ("issuer", "subject", "ledger"),
    access.RevokeGrantsRequest: ("issuer", "subject", "ledger"),
}

#: What else is required, and what helps. It is told with a text that is missing; where none is,
#: what takes the request looks at it.
_BESIDE: dict[type[Any], tuple[str, str]] = {
    ledgers.RecordRequest: ("items", "This is required. Name what to record."),
    LargeRequest: ("items", "This is required. Name what to record."),
    audit.GetInclusionProofRequest: ("position", "This is required. The first one is 1."),
    access.AddGrantRequest: ("roles", "This is required. Name the roles to grant."),
}

#: Questions whose other problems are told together with what is missing, once it is
#: known of which ledger they ask.
_QUESTIONS = frozenset(
    {
        history.GetEntryRequest,
        history.BatchGetEntriesRequest,
        standing.GetCommitmentRequest,
        standing.BatchGetCommitmentsRequest,
        standing.GetInstrumentRequest,
        standing.GetPartyRequest,
        standing.GetBalanceRequest,
        standing.GetSeriesRequest,
    }
)


def missing(request: Any) -> list[Violation]:
    """A violation for each required text that is empty."""
    fields = REQUIRED.get(type(request), ())
    return [
        Violation(name, "This is required.") for name in fields if not getattr(request, name)
    ]


def same(request: Any) -> list[Violation]:
    """A violation when both parties of a question about two are the same."""
    if REQUIRED.get(type(request)) is not _PAIR or not request.party_a:
        return []
    if request.party_a != request.party_b:
        return []
    problem = f"{request.party_b[:80]!r} is the other party too. Name two different parties."
    return [Violation("party_b", problem)]


def check(request: Any) -> None:
    """Raises Invalid when a required text is empty. A few questions are left out when their
    ledger is given: they report it together with their other problems.
    """
    found = missing(request)
    if found and (beside := _BESIDE.get(type(request))) and not getattr(request, beside[0]):
        found.append(Violation(*beside))
    if found and (not getattr(request, "ledger", "") or type(request) not in _QUESTIONS):
        raise Invalid(tuple(found))
