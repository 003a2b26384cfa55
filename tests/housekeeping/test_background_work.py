"""Whatever goes on beside the calls is looked after: a task or a thread that is started
elsewhere than in `background` would die of its first error in silence.
"""

import re
from pathlib import Path

SERVICE = Path(__file__).parents[2] / "ledger_service"
STARTS = re.compile(r"create_task\(|ensure_future\(|threading\.Thread\(")

#: Where else one may be started, how many, and who looks after it.
LOOKED_AFTER = {
    "background.py": (2, "it is what looks after the others"),
    "access/jwt_keys.py": (1, "the next call begins another one where it failed"),
    "application/ledgers.py": (1, "who asked for a ledger waits for its opening"),
    "ledger_registry.py": (1, "who needs the place of a ledger waits for its closing"),
    "api/record_batches.py": (1, "the call that reads ahead waits for it and ends it"),
    "api/history_servicer.py": (2, "the subscription waits for both and ends them"),
    "api/gathering.py": (1, "each call answers itself what was not answered"),
    "api/heartbeats.py": (1, "the stream that it speaks for ends it"),
    "api/shared_runs.py": (3, "who waits for a run ends it; who keeps time waits for both"),
    "api/standing_watches.py": (4, "the watch waits for each and ends it"),
    "api/server.py": (2, "stopping waits for both"),
    "observing/port.py": (
        1,
        "it ends with the service; Prometheus tells of a port that is silent",
    ),
    "projections/views.py": (1, "following goes on whatever becomes of it"),
    "persistence/storage/postgres/notifications.py": (
        2,
        "their loops end with the service only",
    ),
}


def test_tasks_and_threads_are_started_only_where_somebody_looks_after_them() -> None:
    found = {
        str(path.relative_to(SERVICE)): len(STARTS.findall(path.read_text("utf-8")))
        for path in SERVICE.rglob("*.py")
    }
    assert {name: count for name, count in found.items() if count} == {
        name: count for name, (count, _) in LOOKED_AFTER.items()
    }
