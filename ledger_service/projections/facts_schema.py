"""The tables in which facts about commitments are kept, and what their rows take."""

from __future__ import annotations

from ledger_service.domain.picture.memo import ALL_OUT, CutPoint

#: What rows take at most, in bytes, with all their indexes.
FACT_BYTES = 80
REST_BYTES = 32
LEAN_BYTES = 48
SHARED_BYTES = 64
MEMBER_BYTES = 8

#: Behind every position, as the table has it: END takes two bytes more.
OPEN = 1 << 47
LAST_DAY = ALL_OUT + 1

# A fact holds at positions, days of events and days of publication, each from the first to
# before the end. What ends at OPEN holds up to the position that was reached. Of a commitment
# all facts are there at positions before `complete_end`. The entries on which facts rest go by
# hashes: of two with the same hash both are taken for touched.
# A commitment leans on lists as long as it has facts that are open. Lists of its own are
# numbered upwards from 1, shared ones downwards from -1. A shared one is found by the least of
# its members; sets that are nearly the same have the same least one nearly always.
SCHEMA = """
CREATE TABLE commitments (
    number INTEGER PRIMARY KEY,
    entry TEXT NOT NULL UNIQUE,
    since INTEGER NOT NULL,
    is_new INTEGER NOT NULL,
    complete_end INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX new_ones ON commitments (number) WHERE is_new;
CREATE INDEX completeness ON commitments (complete_end);
CREATE TABLE facts (
    commitment INTEGER NOT NULL,
    position_first INTEGER NOT NULL,
    day_first INTEGER NOT NULL,
    out_first INTEGER NOT NULL,
    position_end INTEGER NOT NULL,
    day_end INTEGER NOT NULL,
    out_end INTEGER NOT NULL,
    marks INTEGER NOT NULL,
    day INTEGER NOT NULL,
    due INTEGER NOT NULL
) STRICT;
CREATE INDEX facts_of_one ON facts (commitment);
CREATE INDEX facts_in_order ON facts (marks, day);
CREATE TABLE rests (
    entry INTEGER NOT NULL,
    entry_list INTEGER NOT NULL,
    PRIMARY KEY (entry, entry_list)
) STRICT, WITHOUT ROWID;
CREATE TABLE leans (
    commitment INTEGER NOT NULL,
    entry_list INTEGER NOT NULL,
    PRIMARY KEY (commitment, entry_list)
) STRICT, WITHOUT ROWID;
CREATE INDEX leaning ON leans (entry_list);
CREATE TABLE shared (
    least INTEGER PRIMARY KEY,
    entry_list INTEGER NOT NULL,
    members BLOB NOT NULL
) STRICT;
"""

#: Of facts: that they hold at a point (see `point_of`).
HOLDS = """
position_first <= :position AND position_end > :position
AND day_first <= :as_of AND day_end > :as_of
AND out_first <= :out AND out_end > :out
"""

#: The bytes that all rows take.
TAKEN = f"""
SELECT (SELECT count(*) FROM facts) * {FACT_BYTES}
+ (SELECT count(*) FROM rests) * {REST_BYTES}
+ (SELECT count(*) FROM leans) * {LEAN_BYTES}
+ (SELECT count(*) * {SHARED_BYTES} + ifnull(sum(length(members)), 0) FROM shared)
"""  # noqa: S608


def point_of(at: CutPoint) -> dict[str, object]:
    """What HOLDS asks for."""
    return {"position": at.position, "as_of": at.day, "out": at.published}
