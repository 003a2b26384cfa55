"""The view of texts: an index of the words and keys of each version, as the record at its
position tells them. An amendment that only adds evidence has what it adds in a column of its
own, since the rest of its version stands in the versions before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from sqlite3 import Connection

from ledger_service.domain.picture.found_by import index_of
from ledger_service.domain.values.words import Phrase
from ledger_service.projections.database import insert
from ledger_service.projections.record_projection import (
    ProjectedRecord,
    ProjectedRecords,
    State,
)

# It holds no texts, and words as the domain cuts them: to its tokenizer, all that is not ASCII
# belongs to a word. The row of a version has its position.
SCHEMA = """
CREATE VIRTUAL TABLE texts USING fts5(said, added, content='', tokenize='ascii');
"""

_MATCHING = """
SELECT DISTINCT versions.entry FROM (
    SELECT rowid FROM texts WHERE texts MATCH :asked AND rowid <= :upto LIMIT :most
) AS found CROSS JOIN versions ON versions.position = found.rowid
"""
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM texts WHERE texts MATCH :asked LIMIT :most)"
_HAS = "SELECT 1 FROM texts WHERE texts MATCH ? AND rowid = ?"
_ROWS = "SELECT count(*) FROM texts_docsize WHERE id <= ?"

_COLUMNS = "texts (rowid, said, added)"
_NO_STATE = State()
#: More phrases in one question take longer than to look at all entries.
_MOST_PHRASES = 300
#: So many words at the beginning and at the end of a row are looked up when it is checked.
_CHECKED = 12


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [(v.position, *columns) for v, *columns in _rows(told)]
    insert(connection, _COLUMNS, rows)


def _rows(told: ProjectedRecords) -> Iterator[tuple[ProjectedRecord, str, str]]:
    for version in told.versions:
        state = version.state
        if state.evidence_added:
            yield version, "", " ".join(index_of(_NO_STATE, state.evidence_added))
        elif said := index_of(state, state.evidence):
            yield version, " ".join(said), ""


def matching(
    connection: Connection, clauses: Sequence[Collection[Phrase]], upto: int, most: int
) -> list[str] | None:
    """Entries among which are all that have, in some version up to a position, one phrase of
    each clause at least. None where there may be more than `most`, or too much is asked.
    """
    if not clauses or sum(map(len, clauses)) > _MOST_PHRASES:
        return None
    asked = {"asked": _match(clauses), "upto": upto, "most": most + 1}
    ((count,),) = connection.execute(_COUNT, asked)
    if count > most:
        return None
    return [entry for (entry,) in connection.execute(_MATCHING, asked)]


def _match(clauses: Sequence[Collection[Phrase]]) -> str:
    """The question to the index. Where part of a version is told by an amendment that only adds
    evidence, what was asked for stands in several rows, and something of it in that one.
    """
    parts = [" OR ".join(map(_quoted, clause)) for clause in clauses]
    if len(parts) == 1:
        return parts[0]
    together, apart = (how.join(f"({part})" for part in parts) for how in (" AND ", " OR "))
    return f"({together}) OR added : ({apart})"


def _quoted(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.words)}"{"*" if phrase.prefix else ""}'


def misses(connection: Connection, told: ProjectedRecords) -> int | None:
    """The position of a record whose row is not there, or does not have its words; None when
    all are. Of long rows the beginning and the end are looked up.
    """
    for version, *columns in _rows(told):
        for name, said in zip(("said", "added"), columns, strict=True):
            there = said.split(" ") if said else []
            for some in (there[:_CHECKED], there[-_CHECKED:]):
                asked = f"{name} : {_quoted(Phrase(tuple(some)))}"
                if some and not connection.execute(_HAS, (asked, version.position)).fetchone():
                    return version.position
    return None


def count_rows(connection: Connection, upto: int) -> int:
    """The number of rows up to a position."""
    ((count,),) = connection.execute(_ROWS, [upto])
    return int(count)


def count_told(told: ProjectedRecords) -> int:
    """The number of rows that some records give."""
    return sum(1 for _ in _rows(told))
