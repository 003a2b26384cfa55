"""What AuditService offers of single positions: checkpoints, proofs and receipts.

They are only answers of a service until they are verified; see `diplomatic_ledger.verify`.
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


class Auditing(Connection):
    async def checkpoint(self, ledger: str, position: int = 0) -> GetCheckpointResponse:
        """The signed checkpoint of a position that ends a request; 0: the newest one."""
        request = GetCheckpointRequest(ledger=ledger, position=position)
        return await self._call(self._audit_service.GetCheckpoint, request)

    async def inclusion_proof(
        self, ledger: str, position: int, *, tree_size: int = 0
    ) -> GetInclusionProofResponse:
        """That a record is in the tree of a size; 0: that of the newest checkpoint."""
        request = GetInclusionProofRequest(
            ledger=ledger, position=position, tree_size=tree_size
        )
        return await self._call(self._audit_service.GetInclusionProof, request)

    async def consistency_proof(
        self, ledger: str, old_size: int, new_size: int = 0
    ) -> GetConsistencyProofResponse:
        """That the log only grew between two sizes; 0: that of the newest checkpoint."""
        request = GetConsistencyProofRequest(
            ledger=ledger, old_size=old_size, new_size=new_size
        )
        return await self._call(self._audit_service.GetConsistencyProof, request)

    async def receipt(
        self, ledger: str, entry_id: str = "", *, version: int = 0, position: int = 0
    ) -> GetReceiptResponse:
        """A receipt of a version of an entry (0: the last one), or of a position; with the
        record that it is for.
        """
        request = GetReceiptRequest(
            ledger=ledger, entry_id=entry_id, version=version, position=position
        )
        return await self._call(self._audit_service.GetReceipt, request)
