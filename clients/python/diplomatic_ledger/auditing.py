"""What AuditService offers of single positions: checkpoints, proofs and receipts.

They are only answers of a service until they are verified; see `diplomatic_ledger.verify`.
"""

from __future__ import annotations

from diplomatic_ledger.arguments import Count, Position
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
    async def checkpoint(self, ledger: str, position: Position = 0) -> GetCheckpointResponse:
        """A signed checkpoint: a C2SP note with the size and the root of the tree.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            position: Size of the tree; it must end a request. Default 0: the newest signed one.

        Returns:
            The note as text, and the size of its tree.

        Raises:
            CutOutOfRange: the position is beyond the log.
            InvalidRequest: the position ends no request; the message names its neighbours.
            LedgerNotFound: there is no ledger of this name.
        """
        request = GetCheckpointRequest(ledger=ledger, position=position)
        return await self._call(self._audit_service.GetCheckpoint, request)

    async def inclusion_proof(
        self, ledger: str, position: Position, *, tree_size: Position = 0
    ) -> GetInclusionProofResponse:
        """The proof that a record is in the tree: an RFC 6962 audit path.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            position: Position of the record, from 1.
            tree_size: Size of the tree. Default 0: that of the newest checkpoint.

        Returns:
            The leaf hash, the path and the root; hashes are 32 bytes each.

        Raises:
            CutOutOfRange: the position or the tree is beyond the log.
            InvalidRequest: the position is 0 or not in that tree.
            LedgerDistrusted: the stored tree does not fit.
            LedgerNotFound: there is no ledger of this name.
        """
        request = GetInclusionProofRequest(
            ledger=ledger, position=position, tree_size=tree_size
        )
        return await self._call(self._audit_service.GetInclusionProof, request)

    async def consistency_proof(
        self, ledger: str, old_size: Position, new_size: Position = 0
    ) -> GetConsistencyProofResponse:
        """The proof that the log only grew between two sizes, after RFC 6962.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            old_size: The smaller size, in records.
            new_size: The larger one. Default 0: that of the newest checkpoint.

        Returns:
            Both roots and the proof; hashes are 32 bytes each.

        Raises:
            CutOutOfRange: a size is beyond the log.
            InvalidRequest: the old size is larger than the new one.
            LedgerDistrusted: the stored tree does not fit.
            LedgerNotFound: there is no ledger of this name.
        """
        request = GetConsistencyProofRequest(
            ledger=ledger, old_size=old_size, new_size=new_size
        )
        return await self._call(self._audit_service.GetConsistencyProof, request)

    async def receipt(
        self, ledger: str, entry_id: str = "", *, version: Count = 0, position: Position = 0
    ) -> GetReceiptResponse:
        """A receipt: a C2SP tlog-proof of one record, which can be checked without the service.

        Args:
            ledger: Name of the ledger, such as `us-dprk-2018`.
            entry_id: Id of the entry. Default: none; then give `position`.
            version: Version of the entry. Default 0: the last one.
            position: Position of the record, instead of an entry. Default 0: none.

        Returns:
            The receipt as text, and the record that it is for, as stored bytes.

        Raises:
            EntryNotFound: there is no such entry or version.
            InvalidRequest: neither or both of entry and position are given.
            CutOutOfRange: the position is beyond the log.
            LedgerNotFound: there is no ledger of this name.
        """
        request = GetReceiptRequest(
            ledger=ledger, entry_id=entry_id, version=version, position=position
        )
        return await self._call(self._audit_service.GetReceipt, request)
