"""What AuditService offers of a whole ledger: its export, as a stream of file chunks."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeAlias

from diplomatic_ledger.arguments import Position, hold_fields
from diplomatic_ledger.connection import Connection
from diplomatic_ledger.cuts import Cuts, Moment
from diplomatic_ledger.v1.audit_service_pb2 import (
    ExportChunk,
    ExportHeader,
    ExportRequest,
)

ExportFrame: TypeAlias = ExportHeader | ExportChunk


@dataclass(frozen=True)
class Wanted:
    """What to export: the records up to `recorded_by` (a position, a token or a time; default:
    all), with the values of sealed fields unless `redacted`. With `commitment`, or with two
    `parties`, only the records about them.
    """

    recorded_by: Moment | None = None
    redacted: bool = False
    commitment: str = ""
    parties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reached:
    """How far an interrupted export got: its position, the last whole file, and the number of
    bytes of the next file.
    """

    position: Position
    after_path: str = ""
    from_offset: Position = 0


class Exporting(Connection):
    async def export(
        self, ledger: str, wanted: Wanted | None = None, *, reached: Reached | None = None
    ) -> AsyncGenerator[ExportFrame]:
        """An export: a BagIt bag with the whole log or a part of it, as a stream. The same
        basis and options give the same bytes. `ledgerctl export` writes it into a folder.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            wanted: What to export. Default: everything that is recorded.
            reached: How far an interrupted export came; it goes on there. Default: from the
                beginning.

        Yields:
            The header, then the chunks of all files in order of their paths.

        Raises:
            EntryNotFound: a selected commitment or party is not there.
            InvalidRequest: a selection of both a commitment and parties, or of one party.
            LedgerDistrusted: the log was changed.
            LedgerNotFound: there is no ledger of this name.
            CutOutOfRange, InvalidToken: a cut lies beyond the log, or is of another one.
        """
        wanted = wanted or Wanted()
        request = _request(ledger, wanted)
        if reached is None:
            request.cuts.CopyFrom(self._cuts(ledger, Cuts(recorded_by=wanted.recorded_by)))
        else:
            hold_fields(reached)
            request.position = reached.position
            request.after_path = reached.after_path
            request.from_offset = reached.from_offset
        async with aclosing(self._frames(self._audit_service.Export, request)) as frames:
            async for frame in frames:
                match frame.WhichOneof("frame"):
                    case "header":
                        yield frame.header
                    case "chunk":
                        yield frame.chunk


def _request(ledger: str, wanted: Wanted) -> ExportRequest:
    told = hold_fields(wanted)
    request = ExportRequest(ledger=ledger, redacted=told["redacted"])
    parties = [*told["parties"]]
    if told["commitment"] or parties:
        request.select.commitment = told["commitment"]
        request.select.parties.extend(parties)
    return request
