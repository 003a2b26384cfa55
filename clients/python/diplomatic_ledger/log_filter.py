"""Which records of a log a caller wants to read or to follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from diplomatic_ledger.arguments import hold_fields
from diplomatic_ledger.cuts import number
from diplomatic_ledger.v1 import history_service_pb2 as pb


@dataclass(frozen=True)
class LogFilter:
    """Records to which everything applies that is given; of several values any may apply.

    `record_types` are the types of records, such as `act.recorded.v1`, the only ones that
    also let through what is of no entry. `entry_types` are `party`, `report`, `instrument`,
    `commitment`, `act` and `scale`: amendments and annulments of such entries are let through
    too. `changes` are `recorded`, `correction`, `new_information` and `annulment`.
    `entry_ids` and `id_prefixes` choose by id. `parties` lets through entries that name one of
    them, and `related_to` entries that point at another one, from their first version on that
    does: what is amended later belongs to it, also where it takes the party away.
    """

    record_types: Iterable[str] = ()
    entry_types: Iterable[str] = ()
    changes: Iterable[str] = ()
    entry_ids: Iterable[str] = ()
    id_prefixes: Iterable[str] = ()
    parties: Iterable[str] = ()
    related_to: str = ""

    def message(self) -> pb.LogFilter:
        """The form on the wire. Raises InvalidArgument for a word that is unknown, and for
        a value of a wrong kind.
        """
        told = hold_fields(self)
        entry_type, change = pb.EntryType.DESCRIPTOR, pb.Change.DESCRIPTOR
        return pb.LogFilter(
            record_types=told["record_types"],
            entry_types=[number(entry_type, word) for word in told["entry_types"]],
            changes=[number(change, word) for word in told["changes"]],
            entry_ids=told["entry_ids"],
            id_prefixes=told["id_prefixes"],
            parties=told["parties"],
            related_to=told["related_to"],
        )


EVERYTHING = LogFilter()
