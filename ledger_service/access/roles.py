"""Roles, and who has which of them where. Nothing is allowed that no grant allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from ledger_service.access.users import User

#: In a grant: all ledgers, those too that are still to be made.
EVERY_LEDGER = "*"


class Role(StrEnum):
    """What somebody may do in a ledger. All but ADMIN include reading."""

    READER = "reader"
    RECORDER = "recorder"
    VERIFIER = "verifier"
    CLEARED = "cleared"
    AUDITOR = "auditor"
    STEWARD = "steward"
    ADMIN = "admin"


class Grant(NamedTuple):
    """Roles of one user in a ledger, or in every ledger. With `parties` the role of a recorder
    is for what these parties did or promised.
    """

    issuer: str
    subject: str
    ledger: str
    roles: frozenset[Role]
    parties: frozenset[str] = frozenset()

    def __str__(self) -> str:
        roles = ", ".join(sorted(self.roles))
        only = f" for {', '.join(sorted(self.parties))}" if self.parties else ""
        return f"{self.subject} ({self.issuer}) in {self.ledger}: {roles}{only}"


class Rights(NamedTuple):
    """What one user may do in one ledger. `parties` is None for a recorder of everything."""

    roles: frozenset[Role] = frozenset()
    parties: frozenset[str] | None = frozenset()

    @property
    def can_read(self) -> bool:
        return bool(self.roles - {Role.ADMIN})

    def has_one_of(self, roles: frozenset[Role]) -> bool:
        return not roles.isdisjoint(self.roles)


NO_RIGHTS = Rights()
ALL_RIGHTS = Rights(frozenset(Role), None)


class RightsByLedger:
    """What one user may do, ledger by ledger. It never changes."""

    def __init__(self, grants: Iterable[Grant]) -> None:
        found: dict[str, list[Grant]] = {}
        for grant in grants:
            found.setdefault(grant.ledger, []).append(grant)
        everywhere = found.pop(EVERY_LEDGER, [])
        self.everywhere = _rights(everywhere)
        self.named: Mapping[str, Rights] = {
            ledger: _rights([*each, *everywhere]) for ledger, each in found.items()
        }

    def on(self, ledger: str) -> Rights:
        return self.named.get(ledger, self.everywhere)


class Grants:
    """All grants. They never change: others take their place."""

    def __init__(self, grants: Iterable[Grant] = ()) -> None:
        self.all = tuple(grants)
        self._of: dict[tuple[str, str], list[Grant]] = {}
        for each in self.all:
            self._of.setdefault((each.issuer, each.subject), []).append(each)

    def of(self, user: User) -> RightsByLedger:
        return RightsByLedger(self._of.get((user.issuer, user.subject), ()))


def _rights(grants: Iterable[Grant]) -> Rights:
    roles: frozenset[Role] = frozenset()
    parties: frozenset[str] | None = frozenset()
    for each in grants:
        roles |= each.roles
        if Role.RECORDER in each.roles and parties is not None:
            parties = parties | each.parties if each.parties else None
    return Rights(roles, parties)
