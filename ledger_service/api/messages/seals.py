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
    some commitments; nothing where there is none. `unsealed` returns the values that are still
    kept, by their commitments. What the reader supposes is seen as if the reader had sealed it.
    `met` is True once a sealed field was read; `tell` is called with the commitments of texts
    before they are shown.
    """

    def __init__(
        self,
        unsealed: Callable[[Collection[str]], Mapping[str, str]],
        *,
        cleared: bool,
        own: Callable[[Collection[str]], Collection[str]] | None = None,
        tell: Callable[[Collection[str]], object] = lambda _: None,
    ) -> None:
        self._unsealed = unsealed
        self._cleared = cleared
        self._own = own
        self._tell = tell
        self._supposed: dict[str, str] = {}
        self.met = False

    def suppose(self, texts: Mapping[str, str]) -> None:
        """Takes in texts that the question of this reader seals, by their stand-ins. They are
        in no log, so nobody is told that they were shown.
        """
        self._supposed.update(texts)

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
        kept = self._kept([field.sealed.sealed for field in fields])
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
        kept = self._kept([sealed.sealed])
        shown = self._shown(kept)
        state = _state(sealed.sealed, kept, shown)
        text = shown.get(sealed.sealed, "")
        return text, pb.SealedField(path=path, hash=sealed.sealed, state=state)

    def _kept(self, seals: Collection[str]) -> Mapping[str, str]:
        if not self._supposed:
            return self._unsealed(seals)
        recorded = [each for each in seals if each not in self._supposed]
        supposed = {each: self._supposed[each] for each in seals if each in self._supposed}
        return {**(self._unsealed(recorded) if recorded else {}), **supposed}

    def _shown(self, kept: Mapping[str, str]) -> Mapping[str, str]:
        if not kept or (not self._cleared and self._own is None):
            return {}
        recorded = kept.keys() - self._supposed.keys()
        if not self._cleared and self._own is not None:
            recorded = set(self._own(recorded)) if recorded else set()
        if recorded:
            self._tell(recorded)
        return {seal: kept[seal] for seal in kept if seal in recorded or seal in self._supposed}


def _state(
    commitment: str, kept: Mapping[str, str], shown: Mapping[str, str]
) -> pb.SealState.ValueType:
    if commitment not in kept:
        return pb.SEAL_STATE_ERASED
    return pb.SEAL_STATE_DISCLOSED if commitment in shown else pb.SEAL_STATE_WITHHELD
