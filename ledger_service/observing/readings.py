"""Reads from the parts of a service what the metrics say. Nothing is kept: each scrape reads
anew.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cryptography import x509

from ledger_service.api.server_state import ServerState
from ledger_service.application.backing_up import Backups
from ledger_service.application.backup_schedule import BackupSchedule
from ledger_service.caches import Caches
from ledger_service.counting import Counted
from ledger_service.health import Health
from ledger_service.observing.log_sizes import LogSizes
from ledger_service.observing.lookout import FollowedLedger, Lookout
from ledger_service.persistence.write_counts import WriteCounts
from ledger_service.settings import Settings

#: The values of a metric, each with those of its labels.
Readings: TypeAlias = dict[str, list[tuple[tuple[str, ...], float | Counted]]]


@dataclass(frozen=True)
class Parts:
    """What is read from. `followed` gives all open ledgers, on any thread; `serves` tells, on
    the event loop, whether the service serves as a whole; `version` and `commit` are those of
    the program.
    """

    settings: Settings
    state: ServerState
    written: WriteCounts
    backups: Backups
    schedule: BackupSchedule | None
    health: Health
    lookout: Lookout
    followed: Callable[[], Sequence[FollowedLedger]]
    sizes: LogSizes
    serves: Callable[[], bool]
    version: str
    commit: str


class _Reading:
    def __init__(self) -> None:
        self.found: Readings = defaultdict(list)

    def put(self, name: str, value: float | Counted, *labels: str) -> None:
        self.found[name].append((labels, value))


def on_the_loop(parts: Parts) -> Readings:
    """What belongs to the event loop, which must be the one that runs."""
    reading = _Reading()
    _calls(parts, reading)
    _questions(parts, reading)
    _ledgers(parts, reading)
    _backups(parts, reading)
    return reading.found


def anywhere(parts: Parts) -> Readings:
    """What any thread may read. It may wait for the disk."""
    reading = _Reading()
    _writing(parts.written, reading)
    _health(parts.health, reading)
    _files(parts, reading)
    _caches(parts.state.caches, reading)
    reading.put("ledger_build_info", 1, parts.version, parts.commit, _store(parts.settings))
    return reading.found


def _calls(parts: Parts, reading: _Reading) -> None:
    calls, capacity = parts.state.calls, parts.state.capacity
    for key, count in calls.ended.items():
        reading.put("ledger_calls_total", count, *key)
    for method, seconds in calls.seconds.items():
        reading.put("ledger_call_duration_seconds", seconds.counted(), method)
    for method, count in calls.open.items():
        reading.put("ledger_calls_open", count, method)
    for reason, count in calls.refused.items():
        reading.put("ledger_refusals_total", count, reason)
    reading.put("ledger_streams", capacity.streams)
    reading.put("ledger_streams_limit", capacity.max_streams)
    reading.put("ledger_requests_held_bytes", capacity.bytes)
    reading.put("ledger_requests_held_limit_bytes", capacity.max_bytes)


def _questions(parts: Parts, reading: _Reading) -> None:
    for lane, load in zip(("light", "heavy"), parts.state.lanes.load(), strict=True):
        reading.put("ledger_questions_computing", load.computing, lane)
        reading.put("ledger_questions_waiting", load.waiting, lane)
        reading.put("ledger_questions_wait_seconds", load.seconds, lane)
    reading.put("ledger_serving", parts.serves())
    reading.put("ledger_event_loop_delay_seconds", parts.lookout.delay)


def _ledgers(parts: Parts, reading: _Reading) -> None:
    """Sums over open ledgers, and the worst of them; and some ledgers by name."""
    followed = parts.followed()
    now = time.monotonic()
    queues = [each.ledger.queue for each in followed]
    heads = [each.ledger.head.position for each in followed]
    behind = [
        max(0, head - each.views.following.position)
        for each, head in zip(followed, heads, strict=True)
    ]
    lags = [parts.lookout.lags(each.ledger.name) for each in followed]
    reading.put("ledger_ledgers_open", len(followed))
    reading.put("ledger_queue_requests", sum(queue.requests for queue in queues))
    reading.put("ledger_queue_bytes", sum(queue.bytes for queue in queues))
    reading.put("ledger_log_records", sum(heads))
    reading.put("ledger_view_lag_records", max(behind, default=0))
    reading.put("ledger_view_lag_seconds", max((x.views.seconds for x in lags), default=0.0))
    unsigned = [each.checkpoint.seconds for each in lags]
    reading.put("ledger_checkpoint_age_seconds", max(unsigned, default=0.0))
    for of, checks in (
        ("log", [each.ledger.audit for each in followed]),
        ("views", [each.check for each in followed]),
    ):
        done = min((check.progress for check in checks), default=1.0)
        oldest = min((check.passed_at for check in checks), default=now)
        reading.put("ledger_check_progress_ratio", done, of)
        reading.put("ledger_check_age_seconds", now - oldest, of)
    serving = parts.health.ledgers()
    for each, head, lag, records, queue in sorted(
        zip(followed, heads, lags, behind, queues, strict=True),
        key=lambda row: row[0].ledger.name,
    )[: parts.settings.metrics_ledgers]:
        name = each.ledger.name
        reading.put("ledger_each_serving", serving.get(name, False), name)
        reading.put("ledger_each_log_records", head, name)
        reading.put("ledger_each_view_lag_records", records, name)
        reading.put("ledger_each_checkpoint_age_seconds", lag.checkpoint.seconds, name)
        reading.put("ledger_each_queue_requests", queue.requests, name)


def _backups(parts: Parts, reading: _Reading) -> None:
    last, names = parts.backups.last, parts.state.ledgers.names()
    made = [last[name].made_at.timestamp() for name in names if name in last]
    if made:
        reading.put("ledger_backup_last_good_timestamp_seconds", min(made))
    reading.put("ledger_backup_missing_ledgers", len(names) - len(made))
    reading.put("ledger_backups_total", parts.backups.made)
    if parts.schedule is not None:
        reading.put("ledger_backup_failures_total", parts.schedule.failures)


def _caches(caches: Caches, reading: _Reading) -> None:
    for name, cache in caches.counts().items():
        reading.put("ledger_cache_entries", cache.size, name)
        reading.put("ledger_cache_requests_total", cache.hits, name, "hit")
        reading.put("ledger_cache_requests_total", cache.misses, name, "miss")


def _writing(written: WriteCounts, reading: _Reading) -> None:
    reading.put("ledger_commit_requests", written.group_requests.counted())
    reading.put("ledger_commit_duration_seconds", written.commit_seconds.counted())
    reading.put("ledger_sync_duration_seconds", written.sync_seconds.counted())
    reading.put("ledger_commit_failures_total", written.failures)
    reading.put("ledger_records_written_total", written.records)


def _health(health: Health, reading: _Reading) -> None:
    serving = [*health.ledgers().values()]
    reading.put("ledger_ledgers", sum(serving), "serving")
    reading.put("ledger_ledgers", len(serving) - sum(serving), "not_serving")
    problems: dict[tuple[str, str], int] = defaultdict(int)
    for problem in health.problems():
        problems[problem.part, "yes" if problem.usable else "no"] += 1
    for labels, count in problems.items():
        reading.put("ledger_problems", count, *labels)


def _files(parts: Parts, reading: _Reading) -> None:
    settings = parts.settings
    for folder, path in (("data", settings.data_dir), ("keys", settings.keys_dir)):
        try:
            disk = os.statvfs(path)
        except OSError:
            continue  # what needs it tells of it
        reading.put("ledger_disk_free_bytes", disk.f_bavail * disk.f_frsize, folder)
        reading.put("ledger_disk_size_bytes", disk.f_blocks * disk.f_frsize, folder)
    ledgers = [each.ledger.name for each in parts.followed()]
    reading.put("ledger_log_bytes", parts.sizes.bytes(ledgers))
    for name, certificate in (
        ("service", settings.tls_certificate),
        ("client_ca", settings.tls_client_ca),
    ):
        if certificate is not None and (ends := _ends(certificate)) is not None:
            reading.put("ledger_tls_expiry_timestamp_seconds", ends, name)


def _store(settings: Settings) -> str:
    return "sqlite" if settings.store == "sqlite" else "postgresql"


def _ends(path: Path) -> float | None:
    """When the first of the certificates of a file ends, in seconds since 1970."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return None  # health tells of it
    return min((each.not_valid_after_utc.timestamp() for each in found), default=None)
