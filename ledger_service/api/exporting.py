"""Exports as streams: a header, then the files of the bag in order, in chunks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import islice

import structlog
from diplomatic_ledger.v1 import audit_service_pb2 as pb

from ledger_service.api import callers
from ledger_service.api.dispatcher import Context
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.api.positions import inside_a_request, look_for
from ledger_service.api.query_call import QueryCall
from ledger_service.api.server_state import OpenLedger, ServerState
from ledger_service.application.ledger import Ledger
from ledger_service.audit.bag import Bag, BagFile, ExportScope
from ledger_service.domain.values.cuts import Basis, Cuts

MAX_CHUNK_BYTES = 256 * 1024

#: Frames that are made at once, beside the event loop.
_FRAMES_AT_ONCE = 8


class ExportStreams:
    """Streams the exports of all ledgers."""

    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def frames(
        self, request: pb.ExportRequest, context: Context
    ) -> AsyncIterator[pb.ExportResponse]:
        """The frames of an export. Raises Invalid, CutOutOfRange, LedgerDistrusted when the
        log was changed, or ShuttingDown, after which the caller can resume at another service
        or later.
        """
        query = QueryCall(self._state, request.ledger, context)
        opened = self._state.ledgers.get(request.ledger)
        ledger = opened.ledger
        await look_for(self._state, ledger, request.position, context)
        _check(request, ledger, query.problems)
        basis = await query.basis(await _cuts(request, query))
        if basis.position == 0 or basis.recorded_at is None:
            query.problems.add(
                "cuts", "These end before the first record. There is nothing to export yet."
            )
            query.problems.refuse()
        bag = await self._bag(request, basis, opened, query, context)
        self._tell(request, bag, redacted=not callers.is_cleared(ledger.name))
        structlog.contextvars.bind_contextvars(position=bag.size, files=len(bag.files))
        header = pb.ExportHeader(
            position=bag.size,
            origin=bag.origin,
            files=len(bag.files),
            bytes=bag.bytes,
            distrusted=ledger.audit.distrusted,
        )
        yield pb.ExportResponse(header=header)
        chunks = _chunks(bag, request.after_path.encode(), request.from_offset)
        while frames := await self._some(context, chunks):
            for frame in frames:
                yield frame
            self._state.refuse_when_stopping()

    def _tell(self, request: pb.ExportRequest, bag: Bag, *, redacted: bool) -> None:
        """Tells the trail before anything is sent. Raises StorageFailed."""
        if self._state.trail is None:
            return
        caller = callers.current()
        self._state.trail.tell(
            "exported",
            caller.permit.user,
            peer=caller.peer,
            call=caller.call_id,
            ledger=request.ledger,
            position=bag.size,
            sealed="left out" if redacted or request.redacted else "shown",
            commitment=request.select.commitment,
            parties=list(request.select.parties),
            after_path=request.after_path,
        )

    async def _bag(
        self,
        request: pb.ExportRequest,
        basis: Basis,
        opened: OpenLedger,
        query: QueryCall,
        context: Context,
    ) -> Bag:
        ledger, exports = opened.ledger, opened.exports
        selected = None
        if request.HasField("select"):
            select = request.select
            selected = await query.answer(
                lambda questions: exports.selected(
                    questions.history(basis),
                    basis.position,
                    select.commitment,
                    select.parties,
                )
            )
        signing = ledger.audit.checkpoint(basis.position)
        signed = await self._state.deadlines.within(context, signing)
        assert basis.recorded_at is not None
        redacted = request.redacted or not callers.is_cleared(ledger.name)
        recorded_on = basis.recorded_at.date()
        extent = ExportScope(signed.note, recorded_on, redacted=redacted, selected=selected)
        steps = exports.planning(extent)
        while (bag := await self._state.deadlines.aside(context, lambda: next(steps))) is None:
            pass
        return bag

    async def _some(
        self, context: Context, chunks: Iterator[pb.ExportResponse]
    ) -> list[pb.ExportResponse]:
        return await self._state.deadlines.aside(
            context, lambda: list(islice(chunks, _FRAMES_AT_ONCE))
        )


def _check(request: pb.ExportRequest, ledger: Ledger, problems: ReadingProblems) -> None:
    """Adds what is wrong with the selection, or with the position to resume from, to
    `problems`.
    """
    select = request.select
    parties = set(select.parties)
    if request.HasField("select"):
        if bool(select.commitment) == bool(select.parties):
            problems.add("select", "Choose a commitment or two parties, and not both.")
        elif select.parties and (len(select.parties), len(parties)) != (2, 2):
            problems.add("select.parties", "These must be two different ones.")
    resumed = request.after_path or request.from_offset
    if resumed and not request.position:
        problems.add(
            "position",
            "This is required to resume. Give that of the header of the first answer.",
        )
    if request.position and request.HasField("cuts"):
        problems.add("cuts", "These cannot be given beside a position.")
    if 0 < request.position <= ledger.head.position:
        inside = inside_a_request(ledger, request.position, "position")
        if inside:
            problems.add(inside.field, inside.problem)


async def _cuts(request: pb.ExportRequest, query: QueryCall) -> Cuts:
    if request.position:
        return Cuts(position=request.position)
    return await query.cuts(request.cuts, supposes=False)


def _chunks(bag: Bag, after: bytes, offset: int) -> Iterator[pb.ExportResponse]:
    """The chunks of all files after a path, in order; the first of these files is sent from
    `offset` on.
    """
    for file in bag.files:
        if file.path.encode() > after:
            yield from _file_chunks(file, offset)
            offset = 0


def _file_chunks(file: BagFile, offset: int) -> Iterator[pb.ExportResponse]:
    """The chunks of a file from an offset on: at least one; the last one is marked as such."""
    offset = min(offset, file.size)
    ended = False
    for data in _regrouped(file.read(), offset):
        ended = offset + len(data) == file.size
        yield _chunk(file.path, offset, data, last=ended)
        offset += len(data)
    if not ended:
        yield _chunk(file.path, offset, b"", last=True)


def _regrouped(parts: Iterator[bytes], skip: int) -> Iterator[bytes]:
    """The bytes of `parts` without the first `skip` ones, in pieces of equal size; the last
    one may be smaller.
    """
    kept = bytearray()
    for part in parts:
        if skip >= len(part):
            skip -= len(part)
            continue
        kept += part[skip:] if skip else part
        skip = 0
        while len(kept) > MAX_CHUNK_BYTES:
            yield bytes(kept[:MAX_CHUNK_BYTES])
            del kept[:MAX_CHUNK_BYTES]
    if kept:
        yield bytes(kept)


def _chunk(path: str, offset: int, data: bytes, *, last: bool) -> pb.ExportResponse:
    chunk = pb.ExportChunk(path=path, offset=offset, data=data, last=last)
    return pb.ExportResponse(chunk=chunk)
