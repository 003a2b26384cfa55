"""Keeps a background task going, such as following a log: when it fails, it is begun again
after a pause, and the failure is told to health and to the service's log until the task gets
on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from typing import Any, TypeVar

import structlog

from ledger_service.health import LedgerHealth

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 10.0

Answer = TypeVar("Answer")

_log = structlog.get_logger(__name__)


class Background:
    """A background task on the event loop: the coroutine function `work` is called again each
    time it fails, and not when it returns. Problems are told to health under `part` of a
    ledger; `doing` says in words what does not get on. `failed` is called with each failure,
    before the pause.
    """

    def __init__(
        self,
        work: Callable[[], Coroutine[Any, Any, None]],
        health: LedgerHealth,
        part: str,
        doing: str,
        *,
        usable: bool = False,
        failed: Callable[[Exception], object] = lambda _: None,
        longest_pause: float = _LONGEST_PAUSE_SECONDS,
    ) -> None:
        self._work = work
        self._health = health
        self._part = part
        self._doing = doing
        self._usable = usable
        self._failed = failed
        self._longest_pause = longest_pause
        # All of these are the event loop's.
        self._pause = _FIRST_PAUSE_SECONDS
        self._problem = ""
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.failures = 0

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def problem(self) -> str:
        """The last failure in words; empty while the task gets on."""
        return self._problem

    def start(self) -> None:
        """Starts the task on the running event loop; does nothing while it runs."""
        if not self.running:
            name = f"{self._part} {self._health.ledger}".rstrip()
            # Whatever call has it start is not what it works for.
            self._task = asyncio.get_running_loop().create_task(
                self._keep_on(), name=name, context=Context()
            )

    async def stop(self) -> None:
        """Cancels the task and returns when it has ended. It can be started again."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            self.gets_on()

    async def finish(self) -> None:
        """Returns once the task has ended by itself; from now on it pauses no more."""
        self._hurry.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    def gets_on(self) -> None:
        """For the task itself: it is past what failed before, so its problem is over."""
        if not self.failures:
            return
        self.failures, self._problem, self._pause = 0, "", _FIRST_PAUSE_SECONDS
        self._health.clear(self._part)

    async def _keep_on(self) -> None:
        while True:
            try:
                await self._work()
            except asyncio.CancelledError as error:
                if _is_cancelled():
                    raise
                self._note(RuntimeError(f"What it waited for was cancelled: {error!r}"))
            except Exception as error:  # noqa: BLE001 - whatever it is, the work goes on
                self._note(error)
            else:
                self.gets_on()
                return
            await self._rest()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause):
                await self._hurry.wait()
        self._pause = min(2 * self._pause, self._longest_pause)

    def _note(self, error: Exception) -> None:
        """Tells of a failure. Whatever fails in doing so is caught too."""
        try:
            self._tell(error)
            self._failed(error)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("background_failure_not_told", part=self._part)

    def _tell(self, error: Exception) -> None:
        """Tells health and the log. A failure that repeats in the same words is logged once."""
        self.failures += 1
        told = f"{type(error).__name__}: {error}"
        self._health.tell(
            self._part,
            f"{self._doing} does not get on. {told.rstrip('.')}. It is tried again.",
            usable=self._usable,
        )
        if told != self._problem:
            self._problem = told
            _log.error(
                "background_work_failed",
                ledger=self._health.ledger,
                part=self._part,
                retry_in_seconds=self._pause,
                exc_info=error,
            )


async def in_thread(work: Callable[[], Answer]) -> Answer:
    """Runs `work` on a thread and returns its result. Cancelling the caller waits for the
    thread, so that no work is left behind on it.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        raise


def _is_cancelled() -> bool:
    """Whether the current task is being cancelled, and not only something that it awaits."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
