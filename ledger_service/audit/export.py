"""Plans an export in small steps, so that it can be given up when nobody waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import msgspec

from ledger_service.audit.bag import Bag, ExportedLog, ExportScope, ExtentSeals, bag, texts
from ledger_service.audit.bag_files import WholeFile
from ledger_service.audit.bag_selection import Selected

#: The types of records that name keys.
_NAMING = ("ledger.opened.v1", "key.rotated.v1", "ledger.succeeded.v1", "ledger.forked.v1")
_ERASED = "field.erased.v1"


class ExportPlan:
    """Each turn of `steps` does a little work; when it has ended, `bag` is there. Raises
    RecordAltered when the log is not what was signed.
    """

    bag: Bag

    def __init__(self, log: ExportedLog, extent: ExportScope, sealed: ExtentSeals) -> None:
        self._log = log
        self._extent = extent
        self._sealed = sealed

    def steps(self) -> Iterator[None]:
        kind = WholeFile if self._extent.selected is None else Selected
        payload = kind(self._log, self._extent, self._sealed)
        yield from payload.steps()
        files = [*payload.files, *texts(self._log, self._extent, self._keys())]
        self.bag = bag(self._extent, files)

    def _keys(self) -> list[str]:
        """The keys of the log, in the order in which its records name them."""
        records = [
            msgspec.json.decode(record)
            for kind in _NAMING
            for record in self._log.records_of(kind, self._extent.size)
        ]
        records.sort(key=lambda record: int(record["position"]))
        return list(dict.fromkeys(each["data"]["verification_key"] for each in records))


def sealed(log: ExportedLog, extent: ExportScope) -> ExtentSeals:
    """The seals as they are now. Values that are given may be erased later."""
    given = () if extent.redacted else log.disclosures(extent.size)
    return ExtentSeals(
        frozenset(each.commitment for each in given),
        frozenset(_values(log, extent.size, _ERASED, "commitment")),
    )


def _values(log: ExportedLog, size: int, record_type: str, name: str) -> Iterator[str]:
    """What records say that can be read; others are found when they are hashed."""
    for record in log.records_of(record_type, size):
        with suppress(msgspec.DecodeError, KeyError, TypeError):
            yield msgspec.json.decode(record)["data"][name]
