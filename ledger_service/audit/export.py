"""Plans a bag in small steps, so that whoever waits for it can be told and can give up."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ledger_service.audit.bag import Bag, Extent, Log, Sealed, bag, texts
from ledger_service.audit.bag_files import Whole
from ledger_service.audit.bag_selection import Selected

_OPENED = "ledger.opened.v1"
_ROTATED = "key.rotated.v1"
_ERASED = "field.erased.v1"


class Planning:
    """`steps` works a little at each turn; when it ends, `bag` is there. Raises
    RecordAltered when the log is not what was signed.
    """

    bag: Bag

    def __init__(self, log: Log, extent: Extent) -> None:
        self._log = log
        self._extent = extent

    def steps(self) -> Iterator[None]:
        payload = self._payload()
        yield from payload.steps()
        files = [*payload.files, *texts(self._log, self._extent, self._keys())]
        self.bag = bag(self._extent, files)

    def _payload(self) -> Whole | Selected:
        sealed = Sealed(self._given(), frozenset(self._values(_ERASED, "commitment")))
        if self._extent.selected is None:
            return Whole(self._log, self._extent, sealed)
        return Selected(self._log, self._extent, sealed)

    def _given(self) -> frozenset[str]:
        """Commitments of the sealed fields whose values are given."""
        if self._extent.redacted:
            return frozenset()
        found = self._log.disclosures(self._extent.size)
        return frozenset(each.commitment for each in found)

    def _keys(self) -> list[str]:
        """The keys of the log in the order in which it names them."""
        opened = self._values(_OPENED, "verification_key")
        rotated = self._values(_ROTATED, "verification_key")
        return [*opened, *rotated]

    def _values(self, record_type: str, name: str) -> Iterator[str]:
        for record in self._log.records_of(record_type, self._extent.size):
            yield msgspec.json.decode(record)["data"][name]
