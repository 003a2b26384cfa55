"""What clients asked of a ledger and what they were told, written down as it happened.

Nothing here judges: the checker holds a history against what the ledger holds in the end.
Times are those of one monotonic clock, in seconds, so that "before" means before.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

#: For what was asked and never answered.
NEVER = math.inf


class Fate(Enum):
    """What a caller knows of a request that it sent."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    #: The answer was lost, or said that it cannot be known.
    UNKNOWN = "unknown"


class Item(NamedTuple):
    """An entry that was sent. `entry_id` is empty where the service shall make one; `name`
    is said once only, so that the entry is known by it.
    """

    entry_id: str
    name: str


class Place(NamedTuple):
    """Where an item came to rest, as the service told."""

    entry_id: str
    version: int
    position: int
    recorded_at: str


@dataclass
class Attempt:
    """One call of Record. A retry is another attempt with the same request id."""

    request_id: str
    items: tuple[Item, ...]
    asked: float = field(default_factory=time.monotonic)
    told: float = NEVER
    fate: Fate = Fate.UNKNOWN
    #: The status of a call that failed, with its reason.
    why: str = ""
    places: tuple[Place, ...] = ()
    already_recorded: bool = False
    receipts: tuple[str, ...] = ()
    #: The time of day when the answer came, by a clock that nobody turns.
    day: str = ""


@dataclass
class Reading:
    """Records in the order in which they were sent: one call of ReadLog, or a subscription
    over all the connections that it needed.
    """

    after: int
    subscribes: bool = False
    asked: float = field(default_factory=time.monotonic)
    #: The end of the log, as a call of ReadLog told it.
    head: int = 0
    records: list[tuple[int, bytes]] = field(default_factory=list)
    ended: bool = False
    #: When the last record came.
    told: float = NEVER

    @property
    def reached(self) -> int:
        return self.records[-1][0] if self.records else self.after


@dataclass
class Answer:
    """A question about an entry, asked with the token of its recording."""

    entry_id: str
    at_least: int
    asked: float
    told: float
    #: The position of the answer's basis, and those of the versions of the entry.
    position: int
    versions: tuple[int, ...]


@dataclass
class SeenCheckpoint:
    """A signed checkpoint that a caller was given."""

    note: str
    asked: float
    told: float


@dataclass
class History:
    """Of all clients of one ledger."""

    attempts: list[Attempt] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    checkpoints: list[SeenCheckpoint] = field(default_factory=list)
    #: Each fault by its moment, for who reads the history.
    faults: list[tuple[float, str]] = field(default_factory=list)

    def note(self, fault: str) -> float:
        """Writes down a fault; the time."""
        now = time.monotonic()
        self.faults.append((now, fault))
        return now

    @property
    def acknowledged(self) -> list[Attempt]:
        return [each for each in self.attempts if each.fate is Fate.ACKNOWLEDGED]

    def by_request(self) -> dict[str, list[Attempt]]:
        """The attempts of each request, in the order in which they were made."""
        found: dict[str, list[Attempt]] = {}
        for each in self.attempts:
            found.setdefault(each.request_id, []).append(each)
        return found

    def save(self, path: Path) -> None:
        """As lines of JSON in order of time, to be read by people."""
        kinds = {
            "attempt": self.attempts,
            "reading": self.readings,
            "answer": self.answers,
            "checkpoint": self.checkpoints,
        }
        lines = [
            {"what": what, **asdict(each)} for what, events in kinds.items() for each in events
        ]
        lines += [{"what": "fault", "asked": when, "fault": told} for when, told in self.faults]
        lines.sort(key=lambda line: line["asked"])
        path.write_text("".join(json.dumps(line, default=_plain) + "\n" for line in lines))


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Fate) else value.decode(errors="replace")
