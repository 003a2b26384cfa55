"""Finds open promises that two parties owe alike: those weigh on neither side, so they stand
in no balance.
"""

from __future__ import annotations

from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import pinned
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.uncounted import Uncounted
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import balances_pb2, cuts_pb2

_OPEN = ("active", "conditional")
#: Of so many it is looked at whether they are mutual.
_LOOKED_AT = 100


class OpenOfBoth:
    """The open promises of both sides of a balance, at its basis."""

    def __init__(
        self,
        session: Session,
        found: balances_pb2.Balance,
        basis: cuts_pb2.Basis,
        cuts: Cuts,
    ) -> None:
        self._session = session
        self._pictured = pinned(basis, cuts.suppose)
        self._a, self._b = found.outstanding_ab.debtor, found.outstanding_ab.creditor
        listed = session.client.commitments(
            session.ledger,
            self._pictured,
            facets=["lifecycle"],  # so that they are counted, and only a page of them is read
            lifecycles=_OPEN,
            parties=[self._b],
            debtors=[self._a],
            creditors=[self._a],
        )
        first = listed.first(_LOOKED_AT)
        others = sum(not each.commitment.mutual for each in first)
        self.count = listed.match_count - others

    def nothing_else(self, sentence: str) -> str:
        """`sentence`, which says that nothing is owed and ends with that, such that it is true
        also where both sides owe something.
        """
        return f"{sentence} by one side alone." if self.count else f"{sentence}."

    @property
    def uncounted(self) -> list[Uncounted]:
        """How many there are, with the command that lists them; nothing where there are none."""
        if not self.count:
            return []
        both = (self._a, self._b)
        of_a = ("--debtor", self._a, "--creditor", self._a, "--party", self._b)
        is_open = [word for each in _OPEN for word in ("--lifecycle", each)]
        command = self._session.command("commitments", *is_open, *of_a, cuts=self._pictured)
        promises = spoken.plural(self.count, "promise", "promises")
        told = (
            f"Open, and weighing on neither side: {promises} of {self._a} and {self._b} to each "
            "other."
        )
        return [Uncounted("open_of_both", self.count, told, command, both, both)]
