"""The cuts of a question on the three clocks, as they were asked and as they were resolved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


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
class Cuts:
    """The cuts as they were asked. At most one of `position`, `token` and `recorded_at`
    is set; `at_least` is a consistency token to wait for.
    """

    as_of: date | None = None
    reported_by: date | None = None
    position: int | None = None
    token: str = ""
    recorded_at: datetime | None = None
    dates: Policy = Policy.CERTAIN
    at_least: str = ""


@dataclass(frozen=True)
class Basis:
    """The cuts as they were resolved: the same basis gives the same answer for ever."""

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
