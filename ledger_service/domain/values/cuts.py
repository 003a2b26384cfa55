"""The cuts of a question on the three clocks, as they were asked and as they were resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from ledger_service.domain.values.commands import Item


class Policy(StrEnum):
    """Which day of an interval date counts: its last (certain) or its first (possible)."""

    CERTAIN = "certain"
    POSSIBLE = "possible"


class EvidenceFilter(StrEnum):
    """Which deliveries a balance counts."""

    ANY = "any"
    ATTESTED = "attested"
    VERIFIED = "verified"


@dataclass(frozen=True)
class Supposition:
    """Items that a question supposes, in their normal form. `digest` is the SHA-256 of their
    canonical form, and `field` the path at which they stand in the question.
    """

    items: tuple[Item, ...]
    digest: bytes
    field: str


@dataclass(frozen=True)
class Supposed:
    """What a question supposes, as it was decided: each item names its entry, and has the full
    state of the version that it makes, with stand-ins for the texts that it seals. Those of one
    digest behind one position are the same. `texts` are the sealed texts of this question, by
    their stand-ins: no digest tells them.
    """

    digest: bytes
    items: tuple[Item, ...] = field(compare=False, repr=False)
    texts: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Cuts:
    """The cuts as they were asked. At most one of `position`, `token` and `recorded_at`
    is set; `at_least` is a consistency token to wait for; `suppose` is what to suppose behind
    the position.
    """

    as_of: date | None = None
    reported_by: date | None = None
    position: int | None = None
    token: str = ""
    recorded_at: datetime | None = None
    dates: Policy = Policy.CERTAIN
    at_least: str = ""
    suppose: Supposition | None = None


@dataclass(frozen=True)
class Basis:
    """The cuts as they were resolved: the same basis gives the same answer for ever. Where
    something is supposed there is no token. `distrusted` is no cut: why the log is not trusted
    at the time of the call; empty when it is.
    """

    ledger: str
    as_of: date
    reported_by: date | None
    position: int
    root_hash: bytes
    recorded_at: datetime | None
    provisional: bool
    dates: Policy
    view_version: str
    token: str
    evidence: EvidenceFilter | None = None
    scale: str = ""
    scale_version: str = ""
    supposed: Supposed | None = None
    distrusted: str = ""

    @property
    def to_keep(self) -> Basis:
        """An equal one for who remembers it: without the items of what is supposed, which its
        digest tells.
        """
        if self.supposed is None:
            return self
        return replace(self, supposed=Supposed(self.supposed.digest, ()))
