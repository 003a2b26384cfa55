"""Sealed fields as a reader sees them: a cleared reader gets the value in its field, others an
empty field; both are told that the field is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from diplomatic_ledger.v1 import entries_pb2 as pb

from ledger_service.domain.values.entries import Sealed
from ledger_service.domain.values.sealing import Held, opened, sealed_fields


class Seals:
    """How one reader sees sealed fields. `unsealed` returns the values that are still kept, by
    their commitments. `met` is True once a sealed field was read.
    """

    def __init__(
        self, unsealed: Callable[[Collection[str]], Mapping[str, str]], *, cleared: bool
    ) -> None:
        self._unsealed = unsealed
        self._cleared = cleared
        self.met = False

    def read(self, held: Held) -> tuple[Held, list[pb.SealedField]]:
        """The state as this reader sees it, and its sealed fields. It reads values from the
        store, so it may block.
        """
        fields = sealed_fields(held)
        if not fields:
            return held, []
        self.met = True
        kept = self._unsealed([field.sealed.sealed for field in fields])
        return opened(held, kept if self._cleared else {}), [
            pb.SealedField(
                path=field.path,
                hash=field.sealed.sealed,
                state=self._state(kept=field.sealed.sealed in kept),
            )
            for field in fields
        ]

    def read_text(self, path: str, sealed: Sealed) -> tuple[str, pb.SealedField]:
        """A sealed text as this reader sees it, and what is told of its field."""
        self.met = True
        kept = self._unsealed([sealed.sealed])
        state = self._state(kept=sealed.sealed in kept)
        shown = kept.get(sealed.sealed, "") if self._cleared else ""
        return shown, pb.SealedField(path=path, hash=sealed.sealed, state=state)

    def _state(self, *, kept: bool) -> pb.SealState.ValueType:
        if not kept:
            return pb.SEAL_STATE_ERASED
        return pb.SEAL_STATE_DISCLOSED if self._cleared else pb.SEAL_STATE_WITHHELD
