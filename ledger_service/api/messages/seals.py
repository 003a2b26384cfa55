"""Sealed fields as a reader sees them: a cleared reader gets the value in its field, others an
empty field; both are told that the field is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from diplomatic_ledger.v1 import entries_pb2 as pb

from ledger_service.domain.values.entries import Sealed
from ledger_service.domain.values.sealing import Held, opened, sealed_fields

T = TypeVar("T")


class Seals:
    """How one reader sees sealed fields: all when `cleared`, else those that `own` returns of
    some commitments. `unsealed` returns the values that are still kept, by their commitments.
    `met` is True once a sealed field was read; `tell` is called with the commitments of texts
    before they are shown.
    """

    def __init__(
        self,
        unsealed: Callable[[Collection[str]], Mapping[str, str]],
        *,
        cleared: bool,
        own: Callable[[Collection[str]], Collection[str]] = lambda _: (),
        tell: Callable[[Collection[str]], object] = lambda _: None,
    ) -> None:
        self._unsealed = unsealed
        self._cleared = cleared
        self._own = own
        self._tell = tell
        self.met = False

    def observe(self, show: Callable[[], T]) -> tuple[T, bool]:
        """The result of `show`, and whether it read a sealed field."""
        before, self.met = self.met, False
        try:
            return show(), self.met
        finally:
            self.met |= before

    def read(self, held: Held) -> tuple[Held, list[pb.SealedField]]:
        """The state as this reader sees it, and its sealed fields. It reads values from the
        store, so it may block.
        """
        fields = sealed_fields(held)
        if not fields:
            return held, []
        self.met = True
        kept = self._unsealed([field.sealed.sealed for field in fields])
        shown = self._shown(kept)
        return opened(held, shown), [
            pb.SealedField(
                path=field.path,
                hash=field.sealed.sealed,
                state=_state(field.sealed.sealed, kept, shown),
            )
            for field in fields
        ]

    def read_text(self, path: str, sealed: Sealed) -> tuple[str, pb.SealedField]:
        """A sealed text as this reader sees it, and what is told of its field."""
        self.met = True
        kept = self._unsealed([sealed.sealed])
        shown = self._shown(kept)
        state = _state(sealed.sealed, kept, shown)
        text = shown.get(sealed.sealed, "")
        return text, pb.SealedField(path=path, hash=sealed.sealed, state=state)

    def _shown(self, kept: Mapping[str, str]) -> Mapping[str, str]:
        shown = kept
        if kept and not self._cleared:
            shown = {commitment: kept[commitment] for commitment in self._own(kept.keys())}
        if shown:
            self._tell(shown.keys())
        return shown


def _state(
    commitment: str, kept: Mapping[str, str], shown: Mapping[str, str]
) -> pb.SealState.ValueType:
    if commitment not in kept:
        return pb.SEAL_STATE_ERASED
    return pb.SEAL_STATE_DISCLOSED if commitment in shown else pb.SEAL_STATE_WITHHELD
