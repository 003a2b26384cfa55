"""Tokens and grants as messages."""

from __future__ import annotations

from datetime import datetime

from diplomatic_ledger.admin.v1 import access_service_pb2 as pb
from diplomatic_ledger.v1 import ledger_service_pb2

from ledger_service.access import grants_file
from ledger_service.access.roles import Grant, Role
from ledger_service.access.tokens import KeptToken
from ledger_service.api.messages.users import role
from ledger_service.domain.values.refusals import Invalid, Violation

_ROLES = {role(each): each for each in Role}


def token_key(kept: KeptToken) -> str:
    """By what tokens are in order. No two have the same."""
    return f"{kept.subject}\n{kept.prefix}"


def token(kept: KeptToken) -> pb.AccessToken:
    told = pb.AccessToken(prefix=kept.prefix, subject=kept.subject, name=kept.name)
    told.made_at.FromDatetime(datetime.fromisoformat(kept.made_at))
    if kept.expires_at:
        told.expires_at.FromDatetime(datetime.fromisoformat(kept.expires_at))
    return told


def grant_key(made: Grant) -> str:
    """By what grants are in order. No two that differ have the same."""
    words = (made.ledger, made.issuer, made.subject)
    return "\n".join([*words, ",".join(sorted(made.roles)), *sorted(made.parties)])


def grant(made: Grant) -> pb.Grant:
    return pb.Grant(
        issuer=made.issuer,
        subject=made.subject,
        ledger=made.ledger,
        roles=[role(each) for each in Role if each in made.roles],
        parties=sorted(made.parties),
    )


def kept_grant(told: pb.Grant) -> Grant:
    """A grant that was told. It is what is kept, whatever may be granted."""
    roles = frozenset(_ROLES[each] for each in told.roles if each in _ROLES)
    return Grant(told.issuer, told.subject, told.ledger, roles, frozenset(told.parties))


def read_grant(request: pb.AddGrantRequest) -> Grant:
    """The grant that is asked for. Raises Invalid."""
    if not request.roles:
        raise Invalid((Violation("roles", "This is required. Name one role at least."),))
    for number, each in enumerate(request.roles):
        if each not in _ROLES:
            there = ", ".join(ledger_service_pb2.Role.Name(known) for known in _ROLES)
            raise Invalid((Violation(f"roles[{number}]", f"{each} is no role. Name {there}."),))
    roles = [_ROLES[each] for each in request.roles]
    return grants_file.grant(
        request.issuer, request.subject, request.ledger, roles, request.parties
    )
