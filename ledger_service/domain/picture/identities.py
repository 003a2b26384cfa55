"""Which ids name one and the same party.

`same_as` is symmetric and transitive: parties that are tied by it, directly or through others,
are one, which goes by the smallest of their ids. It has no days: what was found out holds for
all time.
"""

from __future__ import annotations

from functools import partial
from typing import cast

from ledger_service.domain.picture.memo import CutPoint, Memo
from ledger_service.domain.picture.ties import Ties
from ledger_service.domain.values.stopping import look


class Identities:
    """The identities of the parties of a history, as far as their ties count."""

    def __init__(self, memo: Memo, at: CutPoint, ties: Ties, reading: str) -> None:
        self._memo = memo
        self._at = at
        self._ties = ties
        self._reading = reading

    def ids(self, party: str) -> tuple[str, ...]:
        """All ids of a party, the smallest first, by which it goes."""
        if not self._ties.of(party).same:
            return (party,)
        result = self._memo.recall(self._key(party), self._at)
        if result is None:
            found = self._memo.compute_together(partial(self._find, party))
            for each, told in found.items():
                self._memo.keep(self._key(each), told)
            result = found[party]
        return cast("tuple[str, ...]", self._memo.use(result))

    def _find(self, party: str) -> dict[str, tuple[str, ...]]:
        found = {party}
        waiting = [party]
        while waiting:
            look()
            for other in self._ties.of(waiting.pop()).same:
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return dict.fromkeys(found, tuple(sorted(found)))

    def _key(self, party: str) -> tuple[str, str, str]:
        return ("ids", self._reading, party)
