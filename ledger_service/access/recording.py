"""What of a request to record its caller may record. The first look needs no ledger; it tells
which entries must be the caller's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ledger_service.access.refusals import NotPermitted
from ledger_service.access.roles import Rights, Role
from ledger_service.domain.values.commands import Amendment, Annulment, Item, RecordCommand
from ledger_service.domain.values.entries import (
    DELIVERIES,
    Act,
    Commitment,
    RelationKind,
    Report,
    State,
)

#: The author of the first version of each of some entries that are there.
FirstAuthors = Callable[[Iterable[str]], Mapping[str, str]]

_CHECKS = frozenset({RelationKind.VERIFIES, RelationKind.REFUTES})
#: What may stand beside a check without moving anything.
_BESIDE_CHECKS = _CHECKS | {RelationKind.REFERS_TO, RelationKind.REVIEWS}
_EVERYTHING = frozenset({Role.RECORDER, Role.VERIFIER, Role.STEWARD})


class Recorder(NamedTuple):
    """Who records in a ledger: the rights there, and the author of what is recorded."""

    ledger: str
    rights: Rights
    author: str

    def must_be_own(self, command: RecordCommand) -> frozenset[str]:
        """The entries in a request that must have been recorded first by this author. Raises
        NotPermitted for what may not be recorded whoever did.
        """
        if self.rights.roles >= _EVERYTHING and self.rights.parties is None:
            return frozenset()
        own = set[str]()
        made = set[str]()
        for number, item in enumerate(command.items):
            self._check(f"items[{number}]", item)
            if isinstance(item, Amendment):
                if item.entry_id not in made:
                    own.add(item.entry_id)
            elif not isinstance(item, Annulment) and not command.accept_identical:
                made.add(item.entry_id)  # else it may be there, and of somebody else
        return frozenset() if Role.STEWARD in self.rights.roles else frozenset(own)

    def check_own(self, first_authors: Mapping[str, str]) -> None:
        """Raises NotPermitted for an entry that somebody else recorded first."""
        for entry_id, author in first_authors.items():
            if author != self.author:
                raise self._lacking(
                    f"The entry {entry_id!r} was recorded by another user, and amending it",
                    Role.STEWARD,
                )

    def _check(self, at: str, item: Item) -> None:
        roles = self.rights.roles
        if isinstance(item, Annulment):
            if Role.STEWARD not in roles:
                raise self._lacking(f"{at}: Annulling", Role.STEWARD)
            return
        if item.state is None:  # evidence that is added
            return
        if _is_check(item.state):
            if Role.VERIFIER not in roles:
                raise self._lacking(f"{at}: What verifies or refutes", Role.VERIFIER)
            return
        if isinstance(item, Amendment) and Role.STEWARD in roles:
            if _checks(item.state) and Role.VERIFIER not in roles:
                raise self._lacking(f"{at}: What verifies or refutes", Role.VERIFIER)
            return
        if isinstance(item.state, Report) and Role.VERIFIER in roles:
            return
        if Role.RECORDER not in roles:
            raise self._lacking(f"{at}: Recording this", Role.RECORDER)
        if _checks(item.state) and Role.VERIFIER not in roles:
            raise self._lacking(f"{at}: What verifies or refutes", Role.VERIFIER)
        self._check_parties(at, item.state)

    def _check_parties(self, at: str, state: State) -> None:
        parties = self.rights.parties
        if parties is None or isinstance(state, Report):
            return
        did: set[str] = set()
        match state:
            case Act():
                did = set(state.actors)
            case Commitment():
                did = {*state.made_by, *state.debtors}
        if not did or not did <= parties:
            who = ", ".join(sorted(parties))
            raise NotPermitted(
                f"{at}: In the ledger {self.ledger!r} you may record reports, and what these "
                f"parties alone did or promised: {who}."
            )

    def _lacking(self, what: str, role: Role) -> NotPermitted:
        return NotPermitted(f"{what} needs the role of {role} in the ledger {self.ledger!r}.")


def _checks(state: State) -> bool:
    """Whether a state verifies or refutes something."""
    relations = getattr(state, "relations", ())
    return any(each.kind in _CHECKS for each in relations)


def _is_check(state: State) -> bool:
    """Whether a state is an act that verifies or refutes, and does nothing else."""
    return (
        isinstance(state, Act)
        and _checks(state)
        and state.kind not in DELIVERIES
        and all(each.kind in _BESIDE_CHECKS for each in state.relations)
    )
