"""AuditService: checkpoints, proofs, receipts and exports, which others can check without
trusting the service.
"""

# ruff: noqa: N802 - the protos name the methods

from __future__ import annotations

from collections.abc import AsyncIterator

from diplomatic_ledger.v1 import audit_service_pb2 as pb
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceServicer

from ledger_service.api.dispatcher import Context
from ledger_service.api.exporting import ExportStreams
from ledger_service.api.positions import inside_a_request, look_for
from ledger_service.api.server_state import ServerState
from ledger_service.application.auditing import Auditing
from ledger_service.application.ledger import Ledger
from ledger_service.audit.notes import SignedCheckpoint
from ledger_service.domain.values.refusals import (
    CutOutOfRange,
    EntryNotFound,
    Invalid,
    Violation,
)


class AuditServicer(AuditServiceServicer):
    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._exporting = ExportStreams(state)

    async def GetCheckpoint(
        self, request: pb.GetCheckpointRequest, context: Context
    ) -> pb.GetCheckpointResponse:
        ledger = self._ledger(request.ledger)
        await look_for(self._state, ledger, request.position, context)
        signed = await self._state.deadlines.within(
            context, _checkpoint(ledger, request.position, "position")
        )
        return pb.GetCheckpointResponse(
            checkpoint=signed.note,
            position=signed.checkpoint.size,
            distrusted=ledger.audit.distrusted,
        )

    async def GetInclusionProof(
        self, request: pb.GetInclusionProofRequest, context: Context
    ) -> pb.GetInclusionProofResponse:
        ledger = self._ledger(request.ledger)
        furthest = max(request.position, request.tree_size)
        await look_for(self._state, ledger, furthest, context)
        _check_position(ledger, request.position)
        size = request.tree_size or await self._covered(ledger, request.position, context)
        _check_size(ledger, size, "tree_size")
        if request.position > size:
            raise _invalid("position", f"This lies beyond the tree of {size} records.")
        proof = await self._state.deadlines.aside(
            context, lambda: ledger.audit.proofs.inclusion(request.position, size)
        )
        return pb.GetInclusionProofResponse(
            leaf_index=proof.leaf_index,
            leaf_hash=proof.leaf,
            tree_size=proof.size,
            root_hash=proof.root,
            hashes=proof.hashes,
            distrusted=ledger.audit.distrusted,
        )

    async def GetConsistencyProof(
        self, request: pb.GetConsistencyProofRequest, context: Context
    ) -> pb.GetConsistencyProofResponse:
        ledger = self._ledger(request.ledger)
        furthest = max(request.old_size, request.new_size)
        await look_for(self._state, ledger, furthest, context)
        _check_size(ledger, request.old_size, "old_size")
        new = request.new_size or await self._covered(ledger, request.old_size, context)
        _check_size(ledger, new, "new_size")
        if request.old_size > new:
            raise _invalid("old_size", f"This is larger than the new size, {new}.")
        proof = await self._state.deadlines.aside(
            context, lambda: ledger.audit.proofs.consistency(request.old_size, new)
        )
        return pb.GetConsistencyProofResponse(
            old_size=proof.old,
            old_root_hash=proof.old_root,
            new_size=proof.new,
            new_root_hash=proof.new_root,
            hashes=proof.hashes,
            distrusted=ledger.audit.distrusted,
        )

    async def GetReceipt(
        self, request: pb.GetReceiptRequest, context: Context
    ) -> pb.GetReceiptResponse:
        ledger = self._ledger(request.ledger)
        position = await self._position(ledger, request, context)
        await look_for(self._state, ledger, position, context)
        _check_position(ledger, position)
        signed = await self._state.deadlines.within(context, ledger.audit.covering(position))

        def answer() -> pb.GetReceiptResponse:
            (receipt,) = ledger.audit.proofs.receipts([position], signed)
            ((_, record),) = ledger.reader.records(position, position)
            return pb.GetReceiptResponse(
                receipt=receipt,
                record=record,
                position=position,
                distrusted=ledger.audit.distrusted,
            )

        return await self._state.deadlines.aside(context, answer)

    async def Export(
        self, request: pb.ExportRequest, context: Context
    ) -> AsyncIterator[pb.ExportResponse]:
        async for frame in self._exporting.frames(request, context):
            yield frame

    def _ledger(self, name: str) -> Ledger:
        return self._state.ledgers.get(name).ledger

    async def _covered(self, ledger: Ledger, position: int, context: Context) -> int:
        """The size of a checkpoint that covers `position`; one is signed when there is none
        yet.
        """
        signed = await self._state.deadlines.within(context, ledger.audit.covering(position))
        return signed.checkpoint.size

    async def _position(
        self, ledger: Ledger, request: pb.GetReceiptRequest, context: Context
    ) -> int:
        """The position of the record that the request names, by position or by entry and
        version. Raises Invalid or EntryNotFound.
        """
        if bool(request.entry_id) == bool(request.position):
            raise _invalid("entry_id", "Give an entry or a position, and not both.")
        if request.position:
            return request.position
        versions = await self._state.deadlines.aside(
            context, lambda: ledger.reader.versions(request.entry_id)
        )
        if not versions:
            raise EntryNotFound(request.entry_id)
        if request.version > len(versions):
            raise EntryNotFound(request.entry_id, f"has no version {request.version}")
        return versions[request.version - 1].position


async def _checkpoint(ledger: Ledger, position: int, field: str) -> SignedCheckpoint:
    """The checkpoint at a position, or the newest one for 0. Raises Invalid or CutOutOfRange."""
    audit: Auditing = ledger.audit
    if position == 0:
        return audit.newest or await audit.covering(1)
    _check_size(ledger, position, field)
    if inside := inside_a_request(ledger, position, field):
        raise Invalid((inside,))
    return await audit.checkpoint(position)


def _check_position(ledger: Ledger, position: int) -> None:
    if position == 0:
        raise _invalid("position", "This is required. The first one is 1.")
    _check_size(ledger, position, "position")


def _check_size(ledger: Ledger, size: int, field: str) -> None:
    if size > (head := ledger.head.position):
        raise CutOutOfRange(f"The {field}", str(size), head)


def _invalid(field: str, problem: str) -> Invalid:
    return Invalid((Violation(field, problem),))
