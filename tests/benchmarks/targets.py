"""What is wanted of each measure, in one table; rows come in its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import ge, le

RATIO, VALUE = "ratio", "value"


@dataclass(frozen=True)
class Target:
    """`limit` bounds a row's ratio to what stands beside it, or its value."""

    key: str
    wanted: str
    of: str
    holds: Callable[[float, float], bool]
    limit: float

    def met(self, value: float, ratio: float | None) -> bool | None:
        """None when there is nothing to compare with."""
        found = ratio if self.of == RATIO else value
        return None if found is None else self.holds(found, self.limit)


def _at_least(key: str, limit: float, wanted: str, of: str = RATIO) -> Target:
    return Target(key, f"at least {wanted}", of, ge, limit)


def _at_most(key: str, limit: float, wanted: str, of: str = RATIO) -> Target:
    return Target(key, f"at most {wanted}", of, le, limit)


_ALL = (
    _at_least("singles", 0.65, "0.65 of a no-op call, aim 0.9"),
    _at_least("callers", 3.0, "3 times UmaDB"),
    _at_least("batches-1", 1.0, "1.0 of UmaDB"),
    _at_least("batches-8", 0.7, "0.7 of UmaDB"),
    _at_least("bulk", 0.9, "0.9 of eight callers"),
    _at_most("bulk-memory", 100.0, "100 MB", VALUE),
    _at_least("plain", 30_000, "30,000/s", VALUE),
    _at_least("postgres-batches", 2.0, "2 times the library"),
    _at_least("read", 1.2, "1.2 times UmaDB"),
    _at_most("entry", 0.5, "0.5 ms", VALUE),
    _at_most("commitment", 2.0, "twice a no-op call"),
    _at_most("question", 2.0, "twice a no-op call"),
    _at_most("question-by-size", 1.3, "1.3 of the small ledger"),
    _at_most("difference-positions", 50.0, "50 ms", VALUE),
    _at_most("difference-days", 100.0, "100 ms", VALUE),
    _at_most("by-lifecycle", 100.0, "100 ms", VALUE),
    _at_most("listed-again", 20.0, "20 ms", VALUE),
    _at_most("agenda", 50.0, "50 ms", VALUE),
    _at_most("other", 4.0, "4 no-op calls"),
    _at_most("asked-memory", 400.0, "400 MB", VALUE),
    _at_most("text", 50.0, "50 ms", VALUE),
    _at_most("filtered", 3.0, "3 times the small ledger"),
    _at_most("replay", 50.0, "50 ms", VALUE),
    _at_most("owing", 5.0, "5 no-op calls, aim 2"),
    _at_most("dense-page", 500.0, "500 ms", VALUE),
    _at_most("dense-series", 300.0, "300 ms", VALUE),
    _at_most("dense-month", 50.0, "50 ms", VALUE),
    _at_least("rebuild", 30_000, "30,000/s, aim 50,000", VALUE),
    _at_most("behind", 1000.0, "1 s", VALUE),
    _at_most("delivered", 1.0, "UmaDB's"),
    _at_most("watches", 100.0, "100 MB", VALUE),
    _at_most("midnight", 2000.0, "2 s", VALUE),
    _at_most("start", 2000.0, "2 s", VALUE),
    _at_most("memory", 150.0, "150 MB", VALUE),
    _at_most("ledgers-start", 3000.0, "3 s", VALUE),
    _at_most("ledgers-memory", 300.0, "300 MB", VALUE),
    _at_most("ledgers-stop", 10_000.0, "10 s, `drain_seconds`", VALUE),
    _at_most("disk", 700.0, "700 bytes", VALUE),
    _at_most("refusal", 50.0, "50 ms", VALUE),
    _at_most("refusing-others", 2.0, "twice what it is before"),
    _at_most("attacked", 500.0, "500 MB", VALUE),
    _at_most("shapes", 15_000.0, "15 s for all of them", VALUE),
    _at_most("freed", 100.0, "100 ms", VALUE),
    _at_most("light", 3.0, "three times its idle p99"),
    _at_least("verify", 150_000, "150,000/s", VALUE),
)
TARGETS = {target.key: target for target in _ALL}
