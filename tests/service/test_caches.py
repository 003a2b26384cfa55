"""Caches come and go with their ledgers; what they counted is kept."""

from __future__ import annotations

import gc

from ledger_service.caches import Caches
from ledger_service.projections.weighted_lru import WeightedLru


def asked(caches: Caches, key: str) -> WeightedLru[str, int]:
    """A cache with one value in it, in which one was found and one was not."""
    cache = WeightedLru[str, int](10)
    caches.add("days", cache)
    cache.put("monday", 1)
    cache.get("monday")
    cache.get(key)
    return cache


def test_those_of_one_name_are_told_together() -> None:
    caches = Caches()
    kept = [asked(caches, "tuesday"), asked(caches, "monday")]
    assert caches.counts() == {"days": (2, 3, 1)}
    assert [each.size for each in kept] == [1, 1]


def test_what_is_gone_was_counted_and_holds_nothing() -> None:
    caches = Caches()
    for _ in range(3):
        asked(caches, "tuesday")
        gc.collect()
    assert caches.counts() == {"days": (0, 3, 3)}
    there = asked(caches, "tuesday")
    assert caches.counts() == {"days": (there.size, 4, 4)}
