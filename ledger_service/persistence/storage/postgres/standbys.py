"""Whether a standby of the database can be promoted without what was acknowledged here. A failover
to such a one loses records; and where the old primary lives on, both go on from there, and sign
two histories.
"""

from __future__ import annotations

import psycopg
from psycopg.rows import tuple_row

from ledger_service.persistence.storage.postgres.pools import connect

#: Who follows a logical slot has no log that could be promoted.
_SELECT_STANDBYS = """
    SELECT COALESCE(NULLIF(application_name, ''), host(client_addr), pid::text),
        COALESCE(sync_state, 'unknown')
    FROM pg_stat_replication
    WHERE pid NOT IN (
        SELECT active_pid FROM pg_replication_slots
        WHERE slot_type = 'logical' AND active_pid IS NOT NULL
    )
    ORDER BY 1
"""
_SELECT_SETTINGS = """
    SELECT pg_is_in_recovery(), current_setting('synchronous_standby_names'),
        current_setting('synchronous_commit')
"""
#: What a commit waits for.
_WAITED_FOR = frozenset({"sync", "quorum"})
_NOT_WAITING = frozenset({"off", "local"})


def standby_risk(url: str) -> str:
    """What can be lost by a failover, with the remedy; empty where nothing can, where there is
    no standby, and where the database does not tell.
    """
    try:
        with connect(url) as connection, connection.cursor(row_factory=tuple_row) as cursor:
            settings = cursor.execute(_SELECT_SETTINGS).fetchone()
            standbys = cursor.execute(_SELECT_STANDBYS).fetchall()
    except psycopg.Error:
        return ""
    if settings is None or settings[0] or not standbys:
        return ""
    _, names, commit = settings
    return _told([str(name) for name, _ in standbys], standbys, names, commit)


def _told(names: list[str], states: list[tuple[str, str]], waits: str, commit: str) -> str:
    waiting = bool(waits.strip()) and commit not in _NOT_WAITING
    if waiting and any(state in {*_WAITED_FOR, "potential"} for _, state in states):
        behind = [name for name, state in states if state == "async"]
    elif waiting and all(state == "unknown" for _, state in states):
        return ""  # the role may not see it, and the setting says that commits wait
    else:
        behind = names
    if not behind:
        return ""
    remedy = "Set synchronous_standby_names so"
    if waits.strip() and commit in _NOT_WAITING:
        remedy = "Set synchronous_commit to on, not for this role alone, so"
    return (
        f"The database can fail over to {', '.join(behind)}, which may lack what was "
        f"acknowledged here, since no commit waits for it. {remedy} that commits wait for each "
        "standby that may be promoted."
    )
