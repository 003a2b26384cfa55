"""Work that is done one piece after the other, in order, on threads that all share: what writes
one log, or follows it into its views, needs no thread of its own while it has nothing to do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from threading import Condition
from typing import Any, ParamSpec, TypeVar

Answer = TypeVar("Answer")
Given = ParamSpec("Given")

#: More are never at work at once: each belongs to an open ledger. A thread is begun when there
#: is work and none is free.
_MOST_THREADS = 4_096
#: Of this process. It has no thread before somebody has work.
_SHARED = ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="in-order")


class InOrder(Executor):
    """Whatever is submitted runs alone and in order, as on a thread of its own, but not always
    on the same one. Any thread may submit.
    """

    def __init__(self) -> None:
        # Guards the fields below, for a few instructions; `shutdown` waits for it to be
        # notified.
        self._changed = Condition()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._is_at_work = False
        self._closed = False

    def submit(
        self, work: Callable[Given, Answer], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Answer]:
        """Raises RuntimeError after `shutdown`."""
        future: Future[Answer] = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError("No more work is taken.")
            self._waiting.append((future, lambda: work(*args, **kwargs)))
            begins, self._is_at_work = not self._is_at_work, True
        if begins:
            _SHARED.submit(self._work)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Takes no more work; what waits is done. Returns when it is, if it is to wait."""
        with self._changed:
            self._closed = True
            if cancel_futures:
                while self._waiting:
                    self._waiting.popleft()[0].cancel()
            if wait:
                self._changed.wait_for(lambda: not self._is_at_work)

    def _work(self) -> None:
        while (following := self._next()) is not None:
            _do(*following)

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._changed:
            if self._waiting:
                return self._waiting.popleft()
            self._is_at_work = False
            self._changed.notify_all()
            return None


def _do(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        answer = work()
    except BaseException as error:  # noqa: BLE001 - who waits for it gets it
        future.set_exception(error)
    else:
        future.set_result(answer)
