"""Whom to believe: the keys and checkpoints that the caller brought, and what follows.

Nothing is believed because the export says so. A key that the log names later on is
trusted once a checkpoint by a trusted key covers the record that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from diplomatic_ledger.verify.notes import ED25519, Checkpoint, VerificationKey
from diplomatic_ledger.verify.report import Broken, CannotCheck, Report

HOW_TO_GET_A_KEY = (
    "There is no key to verify with. Ask whoever keeps the ledger for its verification key, "
    "over a way that you trust and that is not this export, or use a checkpoint that you kept."
)


#: More keys than a ledger has in centuries; each of them costs time at each checkpoint.
MAX_KEYS = 1_000


@dataclass(frozen=True)
class Anchor:
    """What the caller trusts: keys of the ledger, or a checkpoint, or both. The old
    checkpoints are only held against the log.
    """

    keys: tuple[VerificationKey, ...] = ()
    checkpoint: Checkpoint | None = None
    old_checkpoints: tuple[Checkpoint, ...] = ()

    @property
    def origin(self) -> str:
        """The one ledger that is meant. Raises CannotCheck."""
        names = [key.name for key in self.keys]
        if self.checkpoint is not None:
            names.append(self.checkpoint.origin)
        if not names:
            raise CannotCheck(HOW_TO_GET_A_KEY)
        if len(set(names)) > 1:
            raise CannotCheck(
                f"You trust keys of several ledgers: {', '.join(sorted(set(names)))}. Of one "
                "that goes on for another, give its own."
            )
        return names[0]

    @property
    def pinned(self) -> list[tuple[str, Checkpoint]]:
        """The checkpoints that the caller brought, with their names for messages."""
        found = [("the old checkpoint", old) for old in self.old_checkpoints]
        if self.checkpoint is not None:
            found.append(("the trusted checkpoint", self.checkpoint))
        return found


@dataclass
class Trust:
    """Grows the set of trusted keys along a log."""

    anchor: Anchor
    named: list[tuple[int, VerificationKey]] = field(default_factory=list)
    reach: int = 0
    #: The origins of the log, each with the position from which on it is its own.
    origins: list[tuple[int, str]] = field(default_factory=list)

    def name_origin(self, position: int, origin: str) -> None:
        """Takes an origin under which the log goes on from a position on."""
        if not self.origins or self.origins[-1][1] != origin:
            self.origins.append((position, origin))

    def may_sign(self, origin: str, size: int) -> bool:
        """Whether an origin may have signed a tree of this size: the last one any, one before
        it what it left to the next.
        """
        ends = [begins for begins, _ in self.origins[1:]]
        left = zip(self.origins, ends, strict=False)
        return origin == self.anchor.origin or any(
            before == origin and size < end for (_, before), end in left
        )

    def name_key(self, position: int, text: str) -> None:
        """Takes a key that a record names. Raises Broken."""
        key = VerificationKey.parse(text)
        own = self.origins[-1][1] if self.origins else self.anchor.origin
        if key.kind != ED25519 or key.name != own:
            raise Broken("The key that it names is not one of this ledger.")
        if len(self.named) >= MAX_KEYS:
            raise Broken(f"It names one more key than the {MAX_KEYS:,} that a ledger may have.")
        self.named.append((position, key))

    def known(self) -> list[VerificationKey]:
        """Every key that may have signed."""
        return list(dict.fromkeys([*self.anchor.keys, *(key for _, key in self.named)]))

    def trusted(self) -> list[VerificationKey]:
        """The keys that the caller brought, and those that came after them by records that
        are covered.
        """
        keys = list(self.anchor.keys)
        begins = self._first_trusted()
        keys += [key for at, key in self.named if begins <= at <= self.reach]
        return list(dict.fromkeys(keys))

    def settle(
        self, main: Checkpoint, earlier: Iterable[Callable[[], Checkpoint]]
    ) -> list[VerificationKey]:
        """Which trusted keys signed the main checkpoint. `earlier` reads the other ones
        that agree with the log, smallest first. Raises Broken.
        """
        if signers := main.note.signers(self.trusted()):
            self.reach = main.size
            return signers
        for read in earlier:
            self._extend(read())
            if signers := main.note.signers(self.trusted()):
                self.reach = main.size
                return signers
        return []

    def _extend(self, checkpoint: Checkpoint) -> None:
        if checkpoint.size > self.reach and checkpoint.note.signers(self.trusted()):
            self.reach = checkpoint.size

    def _first_trusted(self) -> int:
        """From which position on named keys are successors of what the caller trusts."""
        if self.anchor.checkpoint is not None:
            return 0
        return min((at for at, key in self.named if key in self.anchor.keys), default=1 << 64)


def check_pinned(
    anchor: Anchor,
    size: int,
    roots: dict[int, bytes],
    report: Report,
    trust: Trust | None = None,
) -> int:
    """Holds the checkpoints that the caller brought against the log; returns how far the
    trusted one covers it. `trust` knows under which origins the log was signed.
    """
    trust = trust or Trust(anchor)
    for name, pinned in anchor.pinned:
        if not trust.may_sign(pinned.origin, pinned.size):
            report.add(name, _foreign(pinned, anchor, trust))
        elif pinned.size > size:
            report.add(
                name,
                f"It covers {pinned.size:,} records, and the export only {size:,}: the export "
                "is older, or records were removed at its end.",
            )
        elif roots.get(pinned.size) != pinned.root:
            report.add(
                name,
                f"The first {pinned.size:,} records of the export have another root: the "
                "history was forked or rewritten.",
            )
        elif pinned is anchor.checkpoint:
            return pinned.size
    return 0


def _foreign(pinned: Checkpoint, anchor: Anchor, trust: Trust) -> str:
    for (_, origin), (end, _) in pairwise(trust.origins):
        if origin == pinned.origin:
            return (
                f"It covers {pinned.size:,} records of {origin}, of which only {end - 1:,} were "
                f"inherited by {anchor.origin}: the others are lost, or were not to be trusted."
            )
    return f"It is of {pinned.origin}, not of {anchor.origin}."
