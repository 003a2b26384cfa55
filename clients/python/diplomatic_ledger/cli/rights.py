"""What the caller may do in a ledger, as far as the service tells: so that nobody is asked for
what will be refused.
"""

from __future__ import annotations

from diplomatic_ledger.v1.ledger_service_pb2 import GetUserResponse, Role


def roles(user: GetUserResponse, ledger: str) -> frozenset[Role.ValueType] | None:
    """The roles of a user in a ledger; None where the service asks nobody who calls."""
    if not user.issuer:
        return None
    found = {each.ledger: each.roles for each in user.rights}
    return frozenset(found.get(ledger, found.get("*", ())))
