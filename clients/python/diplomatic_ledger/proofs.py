"""What AuditService offers of single records and sizes: checkpoints, proofs, receipts.

Nothing is checked here; `diplomatic_ledger.verify` does that, and needs no service.
"""

from __future__ import annotations

from diplomatic_ledger.connection import Connection
from diplomatic_ledger.v1.audit_service_pb2 import (
    GetCheckpointRequest,
    GetCheckpointResponse,
    GetConsistencyProofRequest,
    GetConsistencyProofResponse,
    GetInclusionProofRequest,
    GetInclusionProofResponse,
    GetReceiptRequest,
    GetReceiptResponse,
)


class Proofs(Connection):
    async def checkpoint(self, ledger: str, position: int = 0) -> GetCheckpointResponse:
        """The signed checkpoint of a position that ends a request, or the newest one."""
        request = GetCheckpointRequest(ledger=ledger, position=position)
        return await self._call(self._audit_service.GetCheckpoint, request)

    async def inclusion_proof(
        self, ledger: str, position: int, tree_size: int = 0
    ) -> GetInclusionProofResponse:
        """That a record is in the log of a size, by default that of the newest checkpoint."""
        request = GetInclusionProofRequest(
            ledger=ledger, position=position, tree_size=tree_size
        )
        return await self._call(self._audit_service.GetInclusionProof, request)

    async def consistency_proof(
        self, ledger: str, old_size: int, new_size: int = 0
    ) -> GetConsistencyProofResponse:
        """That the log only grew from one size to another, by default the newest signed."""
        request = GetConsistencyProofRequest(
            ledger=ledger, old_size=old_size, new_size=new_size
        )
        return await self._call(self._audit_service.GetConsistencyProof, request)

    async def receipt(
        self, ledger: str, entry_id: str = "", *, version: int = 0, position: int = 0
    ) -> GetReceiptResponse:
        """A receipt for a version of an entry, by default the last one, or for the record
        at a position.
        """
        request = GetReceiptRequest(
            ledger=ledger, entry_id=entry_id, version=version, position=position
        )
        return await self._call(self._audit_service.GetReceipt, request)
