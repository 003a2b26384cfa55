"""UmaDB, an event store in Rust with gRPC, through its own Python client."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from threading import Thread
from typing import Any

from local_service import free_address

from tests.benchmarks.measuring import stopwatch

try:
    import umadb
except ImportError:
    umadb = None

_START_SECONDS = 15.0
_SERVE = "import sys; from umadb.umadb_server_cli import main; sys.exit(main())"


@contextmanager
def server() -> Iterator[str]:
    """Its address; all of its data goes when it ends."""
    address = free_address()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _SERVE, "--listen", address, "--db-path", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _wait_until_it_answers(address)
            yield address
        finally:
            process.terminate()
            process.wait()


def _wait_until_it_answers(address: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            umadb.Client(f"http://{address}").head()
        except Exception:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def append_rate(address: str, callers: int, batch: int, appends: int, data: bytes) -> float:
    """Events per second when so many threads share the appends, each waiting until its
    own is durable. The events are made within the time.
    """
    client = umadb.Client(f"http://{address}")
    before = client.head() or 0
    left, numbers = iter(range(appends)), count()
    threads = [
        Thread(target=_append, args=(client, left, numbers, batch, data))
        for _ in range(callers)
    ]
    with stopwatch() as elapsed:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = elapsed()
    assert client.head() - before == appends * batch
    return appends * batch / seconds


def _append(client: Any, left: Any, numbers: Any, batch: int, data: bytes) -> None:
    for _ in left:
        events = [
            umadb.Event(event_type="act", data=data, tags=[f"act-{next(numbers)}"])
            for _ in range(batch)
        ]
        client.append(events)
