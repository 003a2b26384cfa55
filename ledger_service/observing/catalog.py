"""All metrics by name: what kind each is, its labels, and what it says. Names keep the
conventions of OpenMetrics: the unit at the end, `_total` behind a counter.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    INFO = "info"


class Metric(NamedTuple):
    """`name` is that of the samples: with `_total` of a counter, with `_info` of an info, and
    without `_bucket` of a histogram.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str


_CALLS = (
    Metric(
        "ledger_calls_total",
        Kind.COUNTER,
        ("method", "code", "caller"),
        "Calls that ended, by their status and by what their callers showed.",
    ),
    Metric(
        "ledger_call_duration_seconds",
        Kind.HISTOGRAM,
        ("method",),
        "How long calls with one answer took.",
    ),
    Metric(
        "ledger_calls_open", Kind.GAUGE, ("method",), "Calls that are open; subscribers too."
    ),
    Metric(
        "ledger_refusals_total",
        Kind.COUNTER,
        ("reason",),
        "Calls that were refused, by the reason of the error: OVERLOADED and LIMIT_REACHED are "
        "those of limits.",
    ),
    Metric("ledger_streams", Kind.GAUGE, (), "Streams that are open."),
    Metric("ledger_streams_limit", Kind.GAUGE, (), "Streams that may be open."),
    Metric(
        "ledger_requests_held_bytes", Kind.GAUGE, (), "Requests that are dealt with, in bytes."
    ),
    Metric(
        "ledger_requests_held_limit_bytes", Kind.GAUGE, (), "How many of these there may be."
    ),
)

_QUESTIONS = (
    Metric("ledger_questions_computing", Kind.GAUGE, ("lane",), "Questions that compute."),
    Metric(
        "ledger_questions_waiting", Kind.GAUGE, ("lane",), "Questions that wait for their turn."
    ),
    Metric(
        "ledger_questions_wait_seconds",
        Kind.GAUGE,
        ("lane",),
        "How long the first of them has waited.",
    ),
    Metric(
        "ledger_event_loop_delay_seconds",
        Kind.GAUGE,
        (),
        "How much later than it wanted the last look at the service began: all calls wait so.",
    ),
)

_RECORDING = (
    Metric(
        "ledger_commit_requests",
        Kind.HISTOGRAM,
        (),
        "Requests of each group that was committed.",
    ),
    Metric(
        "ledger_commit_duration_seconds",
        Kind.HISTOGRAM,
        (),
        "How long a group took until it was decided and durable.",
    ),
    Metric(
        "ledger_sync_duration_seconds",
        Kind.HISTOGRAM,
        (),
        "How long the database took to have a transaction on the disk.",
    ),
    Metric("ledger_commit_failures_total", Kind.COUNTER, (), "Groups whose commit failed."),
    Metric("ledger_records_written_total", Kind.COUNTER, (), "Records that were written."),
    Metric("ledger_queue_requests", Kind.GAUGE, (), "Requests that wait to be recorded."),
    Metric("ledger_queue_bytes", Kind.GAUGE, (), "What these will store, in bytes."),
)

_LEDGERS = (
    Metric("ledger_serving", Kind.GAUGE, (), "1 while the service serves, else 0."),
    Metric(
        "ledger_ledgers",
        Kind.GAUGE,
        ("state",),
        "Ledgers that take reads and writes (serving), and that do not (not_serving).",
    ),
    Metric("ledger_ledgers_open", Kind.GAUGE, (), "Ledgers that are open."),
    Metric(
        "ledger_problems",
        Kind.GAUGE,
        ("part", "usable"),
        "Problems that health tells of, by the part that has them; usable is no where reads or "
        "writes fail.",
    ),
    Metric("ledger_log_records", Kind.GAUGE, (), "Records of all open ledgers."),
    Metric(
        "ledger_log_bytes",
        Kind.GAUGE,
        (),
        "What their logs take, in bytes; with PostgreSQL as of the last five minutes.",
    ),
    Metric(
        "ledger_view_lag_records",
        Kind.GAUGE,
        (),
        "Records that the views of a ledger have not taken in; of the ledger with most.",
    ),
    Metric(
        "ledger_view_lag_seconds",
        Kind.GAUGE,
        (),
        "How long the views of a ledger have been behind; of the ledger with most.",
    ),
    Metric(
        "ledger_checkpoint_age_seconds",
        Kind.GAUGE,
        (),
        "How long the head of a log has not been signed; of the ledger with most, 0 for none.",
    ),
    Metric(
        "ledger_check_progress_ratio",
        Kind.GAUGE,
        ("of",),
        "Part of the present check of logs, or views, that is done; of the ledger with least.",
    ),
    Metric(
        "ledger_check_age_seconds",
        Kind.GAUGE,
        ("of",),
        "How long ago the last complete check ended, or the first began; of the ledger with "
        "most.",
    ),
)

_EACH = (
    Metric("ledger_each_serving", Kind.GAUGE, ("ledger",), "As ledger_serving, of one ledger."),
    Metric("ledger_each_log_records", Kind.GAUGE, ("ledger",), "Records of one ledger."),
    Metric(
        "ledger_each_view_lag_records",
        Kind.GAUGE,
        ("ledger",),
        "As ledger_view_lag_records, of one ledger.",
    ),
    Metric(
        "ledger_each_checkpoint_age_seconds",
        Kind.GAUGE,
        ("ledger",),
        "As ledger_checkpoint_age_seconds, of one ledger.",
    ),
    Metric(
        "ledger_each_queue_requests",
        Kind.GAUGE,
        ("ledger",),
        "As ledger_queue_requests, of one ledger.",
    ),
)

_BACKUPS = (
    Metric(
        "ledger_backup_last_good_timestamp_seconds",
        Kind.GAUGE,
        (),
        "When the last good backup of a ledger was made, as far as this process knows; of the "
        "ledger whose last one is oldest.",
    ),
    Metric(
        "ledger_backup_missing_ledgers",
        Kind.GAUGE,
        (),
        "Ledgers, open or closed, of which this process knows no good backup.",
    ),
    Metric("ledger_backups_total", Kind.COUNTER, (), "Backups that this process made."),
    Metric(
        "ledger_backup_failures_total",
        Kind.COUNTER,
        (),
        "Backups on schedule that could not be made.",
    ),
)

_PROCESS = (
    Metric(
        "ledger_cache_entries",
        Kind.GAUGE,
        ("cache",),
        "Values that a cache holds; of one that each ledger has, those of all open ledgers.",
    ),
    Metric(
        "ledger_cache_requests_total",
        Kind.COUNTER,
        ("cache", "result"),
        "How often a value was found in a cache (hit), and was not (miss); ledgers that were "
        "closed since are counted too.",
    ),
    Metric(
        "ledger_tls_expiry_timestamp_seconds",
        Kind.GAUGE,
        ("certificate",),
        "When the first certificate of a file ends.",
    ),
    Metric(
        "ledger_disk_free_bytes",
        Kind.GAUGE,
        ("folder",),
        "Room on the disk of the data, and of the keys.",
    ),
    Metric("ledger_disk_size_bytes", Kind.GAUGE, ("folder",), "Size of these disks."),
    Metric(
        "ledger_build_info",
        Kind.INFO,
        ("version", "commit", "store"),
        "Version and commit of the program, and the kind of its store.",
    ),
)

METRICS: tuple[Metric, ...] = (
    *_CALLS,
    *_QUESTIONS,
    *_RECORDING,
    *_LEDGERS,
    *_EACH,
    *_BACKUPS,
    *_PROCESS,
)
#: The labels of each metric, by its name.
NAMES: dict[str, tuple[str, ...]] = {each.name: each.labels for each in METRICS}
