"""What others can check of one ledger: its checkpoints, and the proofs that lead to them.

Checkpoints are signed as the log grows, at most one in an interval, and whenever one is asked
for. This belongs to the event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol, TypeVar

import structlog

from ledger_service.application.head_signer import HeadSigner
from ledger_service.application.proving import Proofs
from ledger_service.audit.notes import SignedCheckpoint
from ledger_service.background import Background, in_thread
from ledger_service.domain.values.refusals import (
    ReadOnlyService,
    ShuttingDown,
)
from ledger_service.health import LedgerHealth
from ledger_service.persistence.integrity.scrub import Scrub
from ledger_service.persistence.signing.signer import Signing
from ledger_service.persistence.signing.trust import Trust
from ledger_service.persistence.storage.log import LogRecorder

Answer = TypeVar("Answer")

_told = structlog.get_logger(__name__)

#: A step of a check that runs beside the service, and the rest after it, in its lengths: a
#: step computes for about 2 ms, and whoever asks meanwhile waits for it.
_STEP_RECORDS = 100
_REST = 9.0
_CHECK_RECORDS = 2_000
#: The check beside the service begins again after so many seconds at the soonest.
_SHORTEST_PERIOD = 1.0


class CheckResult(NamedTuple):
    """How many records were hashed again, and what does not fit."""

    records: int
    findings: list[str]


class WriterThread(Protocol):
    """The thread that writes the log."""

    def run(self, work: Callable[[], Answer]) -> Coroutine[Any, Any, Answer]: ...


class Auditing:
    """Signs and checks one log. `reopened` is called on the thread that writes when another file
    may have been taken for the log. `passes` counts the complete passes of the background check,
    `passed_at` is when the last one ended, or when they began, on the monotonic clock, and
    `progress` the part of the present one that is done, from 0 to 1.
    """

    def __init__(
        self,
        recorder: LogRecorder,
        signing: Signing,
        trust: Trust,
        head_signer: HeadSigner,
        writer: WriterThread,
        health: LedgerHealth,
        reopened: Callable[[], object] = lambda: None,
    ) -> None:
        # Set for good. What they hold is theirs to guard.
        self._reopened = reopened
        self._recorder = recorder
        self._signing = signing
        self._trust = trust
        self._head_signer = head_signer
        self._writer = writer
        self._health = health
        self.proofs = Proofs(recorder, trust)
        # The event loop's.
        self._period = 0.0
        self._first_after = 0.0
        self.passes = 0
        self.passed_at = time.monotonic()
        self.progress = 0.0
        self._grew = asyncio.Event()
        self._regular = Background(
            self._sign_as_it_grows, health, "signing", "Signing the log", usable=True
        )
        self._watching = Background(
            self._watch, health, "check", "The check of the log", usable=True
        )

    @property
    def distrusted(self) -> str:
        """Why the log is no longer trusted; empty when nothing was found."""
        return self._trust.finding

    @property
    def behind(self) -> bool:
        """Whether the head of the log is not signed."""
        return self._head_signer.behind

    @property
    def check_fails(self) -> bool:
        """Whether the background check breaks off."""
        return bool(self._watching.problem)

    @property
    def newest(self) -> SignedCheckpoint | None:
        """The largest checkpoint that was signed."""
        return self._signing.newest

    def withdraw(self, finding: str) -> None:
        """Reports that the log does not fit: from now on it is read only. Any thread may call
        it.
        """
        self._trust.withdraw(finding)
        self.proofs.forget()

    async def checkpoint(self, position: int) -> SignedCheckpoint:
        """The checkpoint at a position, which must end a request. Raises LedgerDistrusted when
        it was not signed while the log was trusted.
        """
        found = await asyncio.to_thread(self._signing.stored, position)
        if found is not None:
            return found
        return await self._writer.run(lambda: self._signing.sign(position))

    async def covering(self, position: int) -> SignedCheckpoint:
        """A checkpoint over at least this many records; the head is signed when there is none
        yet.
        """
        if (newest := self._covers(position)) is not None:
            return newest
        signed = await self._writer.run(lambda: self._covers(position) or self._signing.sign())
        if signed.checkpoint.size < position:
            raise ReadOnlyService  # others have not signed so far yet
        return signed

    def grown(self) -> None:
        """Has the new head signed, now or at the end of the interval."""
        self._grew.set()
        self._regular.start()

    def watch(self, period: float, first_after: float = 0.0) -> None:
        """Starts the background check of the log: a first pass after `first_after`, then one in
        each `period` (both in seconds).
        """
        self._period = period
        self._first_after = first_after
        if first_after:
            self.passed_at = time.monotonic() + first_after - period
        self._watching.start()

    async def check(self) -> CheckResult:
        """Hashes all records again. A finding withdraws the trust in the log; without one the
        log is trusted again.
        """
        checked = await self._hash_all()
        if self._trust.finding and not checked.findings:
            await self._writer.run(self._restore)
        return checked

    async def check_beside_seals(self) -> CheckResult:
        """Hashes all records again, without the sealed texts. It changes no trust."""
        scrub = self._scrub(seals=False)
        while not scrub.done:
            await in_thread(lambda: scrub.step(_CHECK_RECORDS))
        return await self._ended(scrub)

    async def _hash_all(self, *, rest: float = 0.0, period: float = 0.0) -> CheckResult:
        """Hashes all records. After each step it rests for `rest` times the length of the
        step, and long enough to spread all steps over `period` (in seconds).
        """
        scrub = self._scrub()
        count = _STEP_RECORDS if rest else _CHECK_RECORDS
        while not scrub.done:
            began = time.monotonic()
            scrub.keys = self._signing.named
            await in_thread(lambda: scrub.step(count))
            self._distrust(scrub.findings)
            took = time.monotonic() - began
            if rest:
                self.progress = scrub.position / max(1, scrub.last)
            if not scrub.done:
                await asyncio.sleep(max(rest * took, period * count / scrub.last - took))
        checked = await self._ended(scrub)
        self._distrust(checked.findings)
        return checked

    def _scrub(self, *, seals: bool = True) -> Scrub:
        return Scrub(self._recorder, self._signing.lineage, self._signing.named, seals=seals)

    async def _ended(self, scrub: Scrub) -> CheckResult:
        self.proofs.forget()
        misfit = await in_thread(self._signing.check)
        findings = [misfit, *scrub.findings] if misfit else scrub.findings
        return CheckResult(scrub.position, findings)

    def _distrust(self, findings: Sequence[str]) -> None:
        """Withdraws the trust as soon as something is found, and not at the end of a slow
        check.
        """
        if findings:
            self.withdraw(findings[0])

    async def close(self) -> None:
        """Ends the background work, and has the head signed if it can be."""
        await self._watching.stop()
        await self._regular.stop()
        with suppress(ShuttingDown):  # it was closed before
            await self._writer.run(self._head_signer.sign)

    def _restore(self) -> None:
        self._recorder.reopen(accept_loss=True)
        self._trust.restore()
        self._reopened()
        self._signing.open()

    def _covers(self, position: int) -> SignedCheckpoint | None:
        newest = self._signing.newest
        return newest if newest is not None and newest.checkpoint.size >= position else None

    async def _sign_as_it_grows(self) -> None:
        while True:
            await self._grew.wait()
            self._grew.clear()
            while self._head_signer.should_sign:
                await asyncio.sleep(self._head_signer.pause)
                await self._writer.run(self._head_signer.sign)

    async def _watch(self) -> None:
        """Checks again and again. The first pass only rests between its steps; later ones take
        the whole period.
        """
        period = 0.0
        await asyncio.sleep(self._first_after)
        while True:
            began = time.monotonic()
            self.progress = 0.0
            checked = await self._hash_all(rest=_REST, period=period)
            self.passes += 1
            self.passed_at = time.monotonic()
            self._watching.gets_on()
            _told.info(
                "log_checked",
                ledger=self._health.ledger,
                records=checked.records,
                findings=len(checked.findings),
                seconds=round(time.monotonic() - began, 1),
            )
            period = self._period
            await asyncio.sleep(max(_SHORTEST_PERIOD, began + period - time.monotonic()))
