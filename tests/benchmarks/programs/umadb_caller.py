"""A Python program that uses UmaDB through its own client: it has the same facts in hand
and makes an event of each. Runs in an environment of its own, which has nothing else.

    python -m tests.benchmarks.programs.umadb_caller HOST:PORT NAME
"""

from __future__ import annotations

import json
import sys
import time
from threading import Event, Thread
from typing import Any

import umadb

from tests.benchmarks.facts import Fact, facts
from tests.benchmarks.programs.orders import obey

START_SECONDS = 15.0


def event(fact: Fact) -> Any:
    """One tag, the id of the fact: without it nobody could find it again."""
    return umadb.Event(
        event_type="act", data=json.dumps(fact).encode(), tags=[f"entry:{fact['id']}"]
    )


class Caller:
    def __init__(self, address: str, name: str) -> None:
        self._address, self._name = f"http://{address}", name
        self._clients = [umadb.Client(self._address)]
        self._facts: list[Fact] = []
        self._prepared = 0
        self._clients_wanted = 1

    def open_ledger(self) -> None:
        """Wait until the server answers."""
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self.head()
            except Exception:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
                self._clients = [umadb.Client(self._address)]
            else:
                return

    def head(self) -> int:
        return self._clients[0].head() or 0

    def prepare(self, count: int, clients: int = 1) -> None:
        """Have so many facts in hand that nobody has recorded yet."""
        self._prepared += 1
        self._clients_wanted = clients
        self._facts = facts(count, f"{self._name}-{self._prepared}")
        while len(self._clients) < clients:
            self._clients.append(umadb.Client(self._address))
        for client in self._clients:
            client.head()

    def record_one_by_one(self, callers: int) -> None:
        """Threads that each wait for their own event, in one program with one client."""
        left = iter(self._facts)

        def caller(client: Any) -> None:
            for fact in left:
                client.append([event(fact)])

        _at_once(caller, self._clients[:1] * callers)

    def record_batches(self, batch: int) -> str:
        """Each client has a request of its own on its way."""
        left = iter(range(0, len(self._facts), batch))

        def caller(client: Any) -> None:
            for first in left:
                client.append([event(fact) for fact in self._facts[first : first + batch]])

        _at_once(caller, self._clients[: self._clients_wanted])
        return ""

    def read(self) -> tuple[int, int]:
        """How many events the log holds, and the bytes of their data; each is looked at.
        By batches, which is its client's faster way.
        """
        count = size = 0
        response = self._clients[0].read()
        while found := response.next_batch():
            for each in found:
                size += len(each.event.data)
            count += len(found)
        return count, size

    def deliver(self, pause: float) -> list[float]:
        """Milliseconds from each call until a subscriber of this program has the event,
        with a pause of so many seconds between an answer and the next call.
        """
        client, arrived, ready = self._clients[0], list[float](), Event()

        def follow() -> None:
            for _ in client.subscribe(after=self.head()):
                arrived.append(time.perf_counter())
                ready.set()
                if len(arrived) == len(self._facts) + 1:
                    return

        follower = Thread(target=follow)
        follower.start()
        time.sleep(0.2)
        client.append([event(facts(1, f"first-{self._name}-{self._prepared}")[0])])
        ready.wait(START_SECONDS)
        called = []
        for fact in self._facts:
            called.append(time.perf_counter())
            client.append([event(fact)])
            time.sleep(pause)
        follower.join(START_SECONDS)
        return [1000 * (end - begun) for begun, end in zip(called, arrived[1:], strict=True)]


def _at_once(work: Any, clients: list[Any]) -> None:
    """In a thread for each client. What a thread raises is raised here."""
    errors: list[BaseException] = []

    def run(client: Any) -> None:
        try:
            work(client)
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


if __name__ == "__main__":
    caller = Caller(*sys.argv[1:])
    names = ("open_ledger", "head", "prepare", "record_one_by_one", "record_batches")
    obey({name: getattr(caller, name) for name in (*names, "read", "deliver")})
