"""Sealed fields as a reader sees them: a cleared reader gets the value in its field, others an
empty field; both are told that the field is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar, cast

from diplomatic_ledger.v1 import entries_pb2 as pb

from ledger_service.domain.values.entries import State
from ledger_service.domain.values.sealing import opened, sealed_fields

SomeState = TypeVar("SomeState", bound=State)


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

    def read(self, state: SomeState) -> tuple[SomeState, list[pb.SealedField]]:
        """The state as this reader sees it, and its sealed fields. It reads values from the
        store, so it may block.
        """
        fields = sealed_fields(state)
        if not fields:
            return state, []
        kept = self._kept(fields)
        shown = cast("SomeState", opened(state, kept if self._cleared else {}))
        return shown, self._told(fields, kept)

    def read_evidence(
        self, evidence: Sequence[Evidence], path: str
    ) -> tuple[Sequence[Evidence], list[pb.SealedField]]:
        """As `read`, of some evidence by itself. Its sealed fields lie at `path`."""
        fields = sealed_in_evidence(evidence, path)
        if not fields:
            return evidence, []
        kept = self._kept(fields)
        values = kept if self._cleared else {}
        shown = [opened_evidence(each, values) for each in evidence]
        return shown, self._told(fields, kept)

    def _kept(self, fields: Sequence[SealedField]) -> Mapping[str, str]:
        self.met = True
        return self._unsealed([field.sealed.sealed for field in fields])

    def _told(
        self, fields: Sequence[SealedField], kept: Mapping[str, str]
    ) -> list[pb.SealedField]:
        return [
            pb.SealedField(
                path=field.path,
                commitment=field.sealed.sealed,
                state=self._state(kept=field.sealed.sealed in kept),
            )
            for field in fields
        ]

    def _state(self, *, kept: bool) -> pb.SealState.ValueType:
        if not kept:
            return pb.SEAL_STATE_ERASED
        return pb.SEAL_STATE_DISCLOSED if self._cleared else pb.SEAL_STATE_WITHHELD
