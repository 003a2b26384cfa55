"""Holds what clients were told against what a ledger holds in the end.

Each check is a promise of the service. A finding is a promise that was not kept; no
finding means that the history could have happened in a ledger without faults.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from diplomatic_ledger.verify import Checkpoint, Receipt, VerificationKey
from diplomatic_ledger.verify.report import Broken
from diplomatic_ledger.verify.tree import CompactRange, extends, leaf_hash

from tests.reliability.history import Attempt, Fate, History, Reading

#: Refusals of a retry that runs into what its own request recorded.
_TAKES_ITSELF_FOR_ANOTHER = ("ALREADY_EXISTS", "ABORTED")
_A_DAY = timedelta(days=1, minutes=1)


class Kind(Enum):
    """Which promise was not kept."""

    LOST = "lost"
    DOUBLED = "doubled"
    GAP = "gap in the log"
    MISPLACED = "not where it was said to be"
    CHANGED = "other bytes"
    NOT_REFUSED = "refused and recorded"
    HALF = "half of a request"
    RETRY = "a retry told something else"
    ORDER = "out of order"
    CLOCK = "recorded in the future"
    READ = "a read was no prefix"
    SUBSCRIPTION = "a subscription was no prefix"
    BEHIND = "a subscription stopped before the end"
    STALE = "an answer or view did not follow the log"
    CHECKPOINT = "a checkpoint does not fit"
    RECEIPT = "a receipt does not fit"
    EXPORT = "the export does not verify"
    CHECK = "the service's own check found something"
    STUCK = "did not recover"
    ENDED = "the process ended by itself"
    UNTIDY = "an answer that says nothing"


class Finding(NamedTuple):
    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.text}"


class Proof(NamedTuple):
    """What the service answers when it is asked to prove that its log only grew."""

    old_size: int
    old_root: bytes
    hashes: tuple[bytes, ...]


@dataclass
class Outcome:
    """What a ledger holds after all faults: the stored bytes by position, and what else
    was found when it was looked at as an operator and as an auditor would.
    """

    records: list[tuple[int, bytes]]
    verification_key: str
    proofs: list[Proof] = field(default_factory=list)
    #: How the views differ from ones that are built anew from the log.
    views: list[str] = field(default_factory=list)
    #: What diplomatic_ledger.verify found in the export.
    export: list[str] = field(default_factory=list)
    #: What the operator's own check found.
    check: list[str] = field(default_factory=list)

    @cached_property
    def lines(self) -> dict[int, bytes]:
        return dict(self.records)

    @cached_property
    def decoded(self) -> dict[int, dict[str, Any]]:
        return {position: json.loads(line) for position, line in self.records}

    @cached_property
    def requests(self) -> dict[str, list[int]]:
        """The positions of each request."""
        found: dict[str, list[int]] = defaultdict(list)
        for position, record in self.decoded.items():
            found[str(record.get("requestid"))].append(position)
        return found

    @cached_property
    def names(self) -> Counter[str]:
        """How often each entry is there, by what it says."""
        return Counter(_name(record) for record in self.decoded.values())

    @cached_property
    def roots(self) -> list[bytes]:
        """The root of the tree of each size, from the empty one on."""
        tree = CompactRange()
        found = [tree.root()]
        for _, line in self.records:
            tree.append(leaf_hash(line))
            found.append(tree.root())
        return found


def check(history: History, outcome: Outcome) -> list[Finding]:
    """Every promise that was not kept."""
    return [
        *_positions(outcome),
        *_times(outcome),
        *_clock(history),
        *_acknowledged(history, outcome),
        *_requests(history, outcome),
        *_retries(history),
        *_real_time(history),
        *_reads(history, outcome),
        *_subscriptions(history, outcome),
        *_answers(history, outcome),
        *_checkpoints(history, outcome),
        *_receipts(history, outcome),
        *_proofs(outcome),
        *_untidy(history),
        *(Finding(Kind.STALE, text) for text in outcome.views),
        *(Finding(Kind.EXPORT, text) for text in outcome.export),
        *(Finding(Kind.CHECK, text) for text in outcome.check),
    ]


def _positions(outcome: Outcome) -> Iterator[Finding]:
    """Positions are 1, 2, 3 ... without gaps, and each record knows its own."""
    for wanted, (position, line) in enumerate(outcome.records, start=1):
        if position != wanted:
            yield Finding(Kind.GAP, f"position {wanted} is followed by {position}")
            return
        said = json.loads(line)["position"]
        if int(said) != position:
            yield Finding(Kind.MISPLACED, f"the record at position {position} says {said}")


def _times(outcome: Outcome) -> Iterator[Finding]:
    """`recorded_at` strictly increases, whatever the clock of the machine does."""
    before = ""
    for position, record in outcome.decoded.items():
        if record["time"] <= before:
            yield Finding(Kind.ORDER, f"position {position} is not later than the one before")
        before = record["time"]


def _clock(history: History) -> Iterator[Finding]:
    """No clock that is wrong by more than a day is believed: times never go back, so it
    would date all that comes after.
    """
    for attempt in history.acknowledged:
        told = datetime.fromisoformat(attempt.places[-1].recorded_at)
        if attempt.day and told > datetime.fromisoformat(attempt.day) + _A_DAY:
            yield Finding(Kind.CLOCK, f"{attempt.request_id} at {told}")


def _acknowledged(history: History, outcome: Outcome) -> Iterator[Finding]:
    """What was acknowledged is there once, at its position, with what was sent."""
    for attempt in history.acknowledged:
        for item, place in zip(attempt.items, attempt.places, strict=True):
            count = outcome.names[item.name]
            if count == 0:
                yield Finding(Kind.LOST, f"{item.name} of {attempt.request_id}, {place}")
                continue
            if count > 1:
                yield Finding(Kind.DOUBLED, f"{item.name} of {attempt.request_id}")
            record = outcome.decoded.get(place.position, {})
            if (record.get("subject"), _name(record)) != (place.entry_id, item.name):
                told = f"{item.name} was said to be at position {place.position}"
                yield Finding(Kind.MISPLACED, f"{told}, where {_name(record)!r} is")
            elif (record["time"], record["requestid"]) != (
                place.recorded_at,
                attempt.request_id,
            ):
                yield Finding(Kind.CHANGED, f"time or request id at position {place.position}")


def _requests(history: History, outcome: Outcome) -> Iterator[Finding]:
    """A refused request is absent; one whose answer was lost is there as a whole or not
    at all, as neighbours.
    """
    for request_id, attempts in history.by_request().items():
        positions = outcome.requests.get(request_id, [])
        if not positions:
            continue
        items = len(attempts[0].items)
        if all(each.fate is Fate.REFUSED for each in attempts):
            yield Finding(Kind.NOT_REFUSED, f"{request_id}: {attempts[0].why}")
        elif any(each.why.startswith(_TAKES_ITSELF_FOR_ANOTHER) for each in attempts):
            text = f"{request_id} was recorded, and a retry of it taken for another request"
            yield Finding(Kind.RETRY, text)
        if len(positions) > items:
            yield Finding(Kind.DOUBLED, f"{request_id} has {len(positions)} of {items} records")
        elif len(positions) < items:
            yield Finding(Kind.HALF, f"{request_id} has {len(positions)} of {items} records")
        elif positions != list(range(positions[0], positions[0] + items)):
            yield Finding(Kind.HALF, f"{request_id} lies apart, at {positions}")


def _retries(history: History) -> Iterator[Finding]:
    """All answers to a request id tell the same places, and `already_recorded` is true
    exactly when an earlier attempt was what recorded it.
    """
    for request_id, attempts in history.by_request().items():
        answered = [each for each in attempts if each.fate is Fate.ACKNOWLEDGED]
        if len({each.places for each in answered}) > 1:
            yield Finding(Kind.RETRY, f"{request_id} was told two places")
        fresh = [each for each in answered if not each.already_recorded]
        if len(fresh) > 1:
            yield Finding(Kind.RETRY, f"{request_id} was told twice to be recorded just now")
        if len(attempts) == 1 and answered and not fresh:
            yield Finding(Kind.RETRY, f"{request_id} was recorded before it was asked")
        refused_after = [
            each
            for each in attempts
            if each.fate is Fate.REFUSED and answered and each.asked > answered[0].told
        ]
        if refused_after:
            yield Finding(Kind.RETRY, f"{request_id} was refused again: {refused_after[0].why}")


def _real_time(history: History) -> Iterator[Finding]:
    """What is recorded after an answer lies behind it: positions follow the order of real
    time, and an attempt that says it recorded just now cannot lie before what was known
    when it began.
    """
    answered = sorted(history.acknowledged, key=lambda each: each.told)
    asked = sorted(
        (each for each in answered if not each.already_recorded), key=lambda each: each.asked
    )
    known = number = 0
    for attempt in asked:
        while number < len(answered) and answered[number].told < attempt.asked:
            known = max(known, answered[number].places[-1].position)
            number += 1
        first = attempt.places[0].position
        if first <= known:
            told = f"{attempt.request_id} was recorded at {first}"
            yield Finding(Kind.ORDER, f"{told}, after position {known} was acknowledged")


def _reads(history: History, outcome: Outcome) -> Iterator[Finding]:
    """A read is a stretch of the log without gaps, and holds all that was acknowledged
    before it began.
    """
    answered = sorted((each.told, each.places[-1].position) for each in history.acknowledged)
    for reading in history.readings:
        if reading.subscribes:
            continue
        yield from _stretch(reading, outcome, Kind.READ)
        known = max((at for told, at in answered if told < reading.asked), default=0)
        if reading.head and reading.head < known:
            text = f"the log ended at {reading.head}, after {known} was acknowledged"
            yield Finding(Kind.READ, text)
        if reading.ended and reading.reached < reading.head:
            text = f"it ended at {reading.reached} of {reading.head}"
            yield Finding(Kind.READ, text)


def _subscriptions(history: History, outcome: Outcome) -> Iterator[Finding]:
    """A subscription sends each record once, in order, up to the end of the log."""
    for reading in history.readings:
        if not reading.subscribes:
            continue
        yield from _stretch(reading, outcome, Kind.SUBSCRIPTION)
        if reading.reached < len(outcome.records):
            text = f"at {reading.reached} of {len(outcome.records)}"
            yield Finding(Kind.BEHIND, text)


def _stretch(reading: Reading, outcome: Outcome, kind: Kind) -> Iterator[Finding]:
    for wanted, (position, line) in enumerate(reading.records, start=reading.after + 1):
        if position != wanted:
            yield Finding(kind, f"position {wanted} was due, {position} came")
            return
        if outcome.lines.get(position) != line:
            there = "are other bytes" if position in outcome.lines else "is nothing"
            yield Finding(kind, f"at position {position} of what was sent {there}")
            return


def _answers(history: History, outcome: Outcome) -> Iterator[Finding]:
    """An answer is no older than the token that was sent along, and tells the versions
    that the log holds up to its basis.
    """
    versions: dict[str, list[int]] = defaultdict(list)
    for position, record in outcome.decoded.items():
        versions[str(record.get("subject"))].append(position)
    for answer in history.answers:
        if answer.position < answer.at_least:
            text = f"{answer.entry_id}: as of {answer.position}, not {answer.at_least}"
            yield Finding(Kind.STALE, text)
        there = tuple(p for p in versions[answer.entry_id] if p <= answer.position)
        if answer.versions != there:
            text = f"{answer.entry_id} has versions at {there}; told were {answer.versions}"
            yield Finding(Kind.STALE, text)


def _checkpoints(history: History, outcome: Outcome) -> Iterator[Finding]:
    """Every checkpoint is signed, and the final tree grew out of it (RFC 6962): its root
    is that of the first records of the final log.
    """
    key = VerificationKey.parse(outcome.verification_key)
    known: list[tuple[float, int]] = []
    for seen in sorted(history.checkpoints, key=lambda each: each.told):
        try:
            checkpoint = Checkpoint.parse(seen.note.encode())
            signed = bool(checkpoint.note.signers([key]))
        except Broken as broken:
            yield Finding(Kind.CHECKPOINT, str(broken))
            continue
        if not signed:
            yield Finding(Kind.CHECKPOINT, f"the one of size {checkpoint.size} is not signed")
        if checkpoint.size >= len(outcome.roots):
            text = f"size {checkpoint.size} was signed, the log has {len(outcome.records)}"
            yield Finding(Kind.CHECKPOINT, text)
        elif outcome.roots[checkpoint.size] != checkpoint.root:
            yield Finding(Kind.CHECKPOINT, f"another root at size {checkpoint.size}")
        largest = max((size for told, size in known if told < seen.asked), default=0)
        if checkpoint.size < largest:
            text = f"size {checkpoint.size} came after {largest}"
            yield Finding(Kind.CHECKPOINT, text)
        known.append((seen.told, checkpoint.size))


def _receipts(history: History, outcome: Outcome) -> Iterator[Finding]:
    """A receipt proves the bytes that are stored."""
    for attempt in history.acknowledged:
        for place, text in zip(attempt.places, attempt.receipts, strict=False):
            receipt = Receipt.parse(text.encode())
            line = outcome.lines.get(place.position)
            if line is None:
                continue  # told as lost already
            if receipt.position != place.position or not receipt.proves(line):
                yield Finding(Kind.RECEIPT, f"that of position {place.position}")


def _proofs(outcome: Outcome) -> Iterator[Finding]:
    size, root = len(outcome.records), outcome.roots[-1]
    for proof in outcome.proofs:
        if not extends(proof.old_size, proof.old_root, size, root, proof.hashes):
            text = f"the proof from {proof.old_size} to {size} shows nothing"
            yield Finding(Kind.CHECKPOINT, text)


def _untidy(history: History) -> Iterator[Finding]:
    """Whatever breaks, a caller is told what to do: never INTERNAL, never UNKNOWN; and a
    log that only suffered is never called a forged one.
    """
    for attempt in history.attempts:
        if attempt.why.startswith(("INTERNAL", "UNKNOWN ")) or "DISTRUSTED" in attempt.why:
            yield Finding(Kind.UNTIDY, attempt.why)


def _name(record: dict[str, Any]) -> str:
    return str(record.get("data", {}).get("name", ""))


def attempts_told_twice(history: History) -> list[Attempt]:
    """Retries that found their request recorded: the lost answers that the id resolved."""
    return [each for each in history.acknowledged if each.already_recorded]
