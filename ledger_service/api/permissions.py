"""Which role each call needs. The program does not start while a call has no row here.

Who may not read a ledger is told that there is none, before anything of it is looked at; so
neither the text nor the time tells whether it exists.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

from diplomatic_ledger.admin.v1 import access_service_pb2, admin_service_pb2
from diplomatic_ledger.v1 import (
    audit_service_pb2,
    history_service_pb2,
    ledger_service_pb2,
    standing_service_pb2,
)

from ledger_service.access.identifying import Permit
from ledger_service.access.refusals import NotPermitted
from ledger_service.access.roles import ALL_RIGHTS, EVERY_LEDGER, Grant, Role
from ledger_service.access.roles import RightsByLedger as Rights
from ledger_service.domain.values.refusals import LedgerNotFound
from ledger_service.persistence.records import LOCAL


class Of(Enum):
    """To what the right to make a call belongs."""

    #: To everybody whom the service knows; what is answered is chosen by what they may read.
    ANYBODY = "anybody"
    #: To those with a role in the ledger that the request names.
    LEDGER = "ledger"
    #: To those with a role in the ledger that the request names, which may not be there yet.
    NEW_LEDGER = "new ledger"
    #: To operators: with a role in every ledger, and known by a certificate.
    SERVICE = "service"
    #: To operators of the ledger that the request names, known by a certificate.
    OPERATED_LEDGER = "operated ledger"


class Need(NamedTuple):
    """One of `roles` is enough. The ledger that a request names is opened for the call, unless
    nothing is asked of the ledger itself.
    """

    of: Of
    roles: frozenset[Role] = frozenset()
    opens: bool = True


_ANYBODY = Need(Of.ANYBODY)
_READING = Need(Of.LEDGER, frozenset(Role) - {Role.ADMIN})
_PROVING = Need(Of.LEDGER, frozenset({Role.AUDITOR}))
_OPERATING = Need(Of.OPERATED_LEDGER, frozenset({Role.ADMIN}))
_OPERATING_ALL = Need(Of.SERVICE, frozenset({Role.ADMIN}))
_GRANTING = Need(Of.OPERATED_LEDGER, frozenset({Role.ADMIN}), opens=False)

NEEDS: dict[str, dict[str, Need]] = {
    "LedgerService": {
        "GetServerInfo": _ANYBODY,
        "GetUser": _ANYBODY,
        "CreateLedger": Need(Of.NEW_LEDGER, frozenset({Role.STEWARD})),
        "GetLedger": _READING,
        "ListLedgers": _ANYBODY,
        "BatchGetAuthors": _READING,
        # Which items each of these may record is decided by the items: access/recording.py.
        "Record": Need(Of.LEDGER, frozenset({Role.RECORDER, Role.VERIFIER, Role.STEWARD})),
    },
    "HistoryService": {
        "GetEntry": _READING,
        "BatchGetEntries": _READING,
        "ReadLog": _READING,
        "Subscribe": _READING,
    },
    "StandingService": {
        "GetCommitment": _READING,
        "BatchGetCommitments": _READING,
        "ListCommitments": _READING,
        "ListActs": _READING,
        "GetInstrument": _READING,
        "ListInstruments": _READING,
        "GetParty": _READING,
        "ListParties": _READING,
        "ListReports": _READING,
        "GetBalance": _READING,
        "ListBalances": _READING,
        "GetSeries": _READING,
        "Replay": _READING,
        "Diff": _READING,
        "WatchStandings": _READING,
        "Agenda": _READING,
        "ListScales": _READING,
        # Of rubrics that come with the service, the same in every ledger.
        "ListRubrics": _ANYBODY,
    },
    "AuditService": {
        # What is signed is made to be shown.
        "GetCheckpoint": _READING,
        "GetInclusionProof": _PROVING,
        "GetConsistencyProof": _PROVING,
        "GetReceipt": _PROVING,
        "Export": _PROVING,
    },
    "AdminService": {
        "ShowLedgers": _OPERATING_ALL,
        "ShowKeys": _OPERATING,
        "RotateKey": _OPERATING,
        "RetireKey": _OPERATING,
        "EraseField": _OPERATING,
        "AdoptLedger": _OPERATING,
        "SucceedLedger": _OPERATING,
        "ForkLedger": _OPERATING,
        "RetireLedger": _OPERATING,
        "BringBackLedger": _OPERATING,
        "CheckLedger": _OPERATING,
        "BackUpLedger": _OPERATING,
        "RebuildViews": _OPERATING,
        "ShowUsers": _OPERATING_ALL,
        "ForgetUser": _OPERATING_ALL,
    },
    "AccessService": {
        "ListTokens": _OPERATING_ALL,
        "AddToken": _OPERATING_ALL,
        "RevokeToken": _OPERATING_ALL,
        "ListGrants": _GRANTING,
        "AddGrant": _GRANTING,
        "RevokeGrants": _GRANTING,
    },
}

_SERVICES = (
    ledger_service_pb2.DESCRIPTOR.services_by_name["LedgerService"],
    history_service_pb2.DESCRIPTOR.services_by_name["HistoryService"],
    standing_service_pb2.DESCRIPTOR.services_by_name["StandingService"],
    audit_service_pb2.DESCRIPTOR.services_by_name["AuditService"],
    admin_service_pb2.DESCRIPTOR.services_by_name["AdminService"],
    access_service_pb2.DESCRIPTOR.services_by_name["AccessService"],
)

#: What each call needs, by its path.
BY_METHOD: dict[str, Need] = {
    f"/{service.full_name}/{method.name}": NEEDS[service.name][method.name]
    for service in _SERVICES
    for method in service.methods
}


def everything(*, cleared: bool) -> Permit:
    """The permit of everybody where nobody is asked who calls: everything, but sealed texts
    only if they are `cleared`.
    """
    roles = ALL_RIGHTS.roles if cleared else ALL_RIGHTS.roles - {Role.CLEARED}
    return Permit(None, Rights([Grant(LOCAL, LOCAL, EVERY_LEDGER, frozenset(roles))]))


def check(permit: Permit, need: Need, request: Any) -> None:
    """Raises NotPermitted, or LedgerNotFound for a ledger that the caller may not read."""
    if permit.user is None or need.of is Of.ANYBODY:
        return
    if need.of is Of.SERVICE:
        _check_operator(permit)
        if not permit.rights.everywhere.has_one_of(need.roles):
            raise _lacking(need, EVERY_LEDGER)
        return
    ledger = request.ledger
    rights = permit.rights.on(ledger)
    if need.of is Of.OPERATED_LEDGER:
        _check_operator(permit)
    elif need.of is Of.LEDGER and not rights.can_read:
        raise LedgerNotFound(ledger)
    if not rights.has_one_of(need.roles):
        raise _lacking(need, ledger)


def check_other_name(permit: Permit, ledger: str, name: str) -> None:
    """Raises NotPermitted unless the operator of a ledger may have its records lie under another
    name too: it must be theirs to operate, and they may do nothing there, such as reading, that
    they may not do in the ledger.
    """
    if permit.user is None:
        return
    there = permit.rights.on(name)
    if Role.ADMIN not in there.roles:
        raise _lacking(_OPERATING, name)
    if more := there.roles - permit.rights.on(ledger).roles:
        roles = ", ".join(role for role in Role if role in more)
        raise NotPermitted(
            f"As {roles} in the ledger {name!r} you would be shown what you are not shown in "
            f"{ledger!r}. Choose another name."
        )


def _check_operator(permit: Permit) -> None:
    if not permit.by_certificate:
        raise NotPermitted("An operator's call needs a connection with a certificate.")


def _lacking(need: Need, ledger: str) -> NotPermitted:
    roles = " or ".join(role for role in Role if role in need.roles)
    where = "every ledger" if ledger == EVERY_LEDGER else f"the ledger {ledger!r}"
    return NotPermitted(f"This needs the role of {roles} in {where}.")
