"""The view of texts: an index of the words and keys of each version, as the record at its
position tells them. An amendment that only adds evidence is marked, since the rest of its
version stands in the versions before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from sqlite3 import Connection
from typing import NamedTuple

from ledger_service.domain.picture.found_by import (
    NAMING,
    keys_of,
    keys_of_evidence,
    texts_of,
    texts_of_evidence,
)
from ledger_service.domain.values.words import Phrase, words
from ledger_service.persistence.records import RECORD_TYPES
from ledger_service.projections.database import insert
from ledger_service.projections.record_projection import (
    ProjectedRecords,
)

# It holds no texts, nor where in them a word stands, and words as the domain cuts them. To its
# tokenizer all that is not ASCII belongs to a word; what is ASCII it cuts and folds as the domain
# does. The row of a version has its position. `texts_words` tells which row has which word.
SCHEMA = """
CREATE VIRTUAL TABLE texts USING fts5(
    said, content='', columnsize=0, detail=none, tokenize='ascii'
);
CREATE VIRTUAL TABLE texts_words USING fts5vocab(texts, instance);
"""

# In one row: for each the statement would give the interpreter lock away and take it back.
_MATCHING = """
SELECT count(*), json_group_array(rowid) FROM (
    SELECT rowid FROM texts WHERE texts MATCH :asked AND rowid <= :upto LIMIT :most
)
"""
_ENTRIES = """
SELECT DISTINCT versions.entry
FROM json_each(?) AS found CROSS JOIN versions ON versions.position = found.value
"""
_ANY = "SELECT 1 FROM texts WHERE texts MATCH ? AND rowid <= ? LIMIT 1"
_HAS = "SELECT 1 FROM texts WHERE texts MATCH ? AND rowid = ?"
_ROWS = "SELECT count(DISTINCT doc) FROM texts_words WHERE doc <= ?"

_COLUMNS = "texts (rowid, said)"
#: A word that no text has, and no key, in the rows of evidence that was added.
_ADDED = "\ue0ff"
_TYPES = {record: type_ for type_, record in RECORD_TYPES.items()}
#: More phrases in one question take longer than to look at all entries.
_MOST_PHRASES = 300
#: So many beginnings of words are looked up. For each the lists of all words that begin so are
#: merged before the first row is found, whatever else is asked.
_MOST_BEGINNINGS = 3
#: So many words at the beginning and at the end of a row are looked up when it is checked.
_CHECKED = 12


class _Row(NamedTuple):
    """What is indexed of a version: texts, and keys. `is_added`: evidence that was added has
    them.
    """

    position: int
    texts: list[str]
    keys: list[str]
    is_added: bool


def apply(connection: Connection, told: ProjectedRecords) -> None:
    insert(connection, _COLUMNS, [(row.position, _said(row)) for row in _rows(told)])


def _said(row: _Row) -> str:
    """A row as it is inserted. What is ASCII the index cuts faster itself."""
    parts = [text if text.isascii() else " ".join(words(text)) for text in row.texts]
    if row.is_added:
        parts.append(_ADDED)
    return " ".join(parts + row.keys)


def _rows(told: ProjectedRecords) -> Iterator[_Row]:
    for version in told.versions:
        state = version.state
        texts: list[str] = []
        keys: list[str] = []
        if type_ := _TYPES.get(version.type):
            texts, keys = texts_of(state, type_), keys_of(state, type_)
        if evidence := state.evidence or state.evidence_added:
            texts += texts_of_evidence(evidence)
            keys += keys_of_evidence(evidence)
        if texts or keys:
            yield _Row(version.position, texts, keys, bool(state.evidence_added))


def matching(
    connection: Connection, clauses: Sequence[Collection[Phrase]], upto: int, most: int
) -> list[str] | None:
    """Entries among which are all that have, in some version up to a position, one phrase of
    each clause at least. None where there may be more than `most`, or too much is asked.
    """
    if not clauses or sum(map(len, clauses)) > _MOST_PHRASES:
        return None
    needed = _needed(clauses)
    is_added = connection.execute(_ANY, [f'"{_ADDED}"', upto]).fetchone() is not None
    asked = {"asked": _match(needed, is_added), "upto": upto, "most": most + 1}
    ((count, found),) = connection.execute(_MATCHING, asked)
    if count > most:
        return None
    return [entry for (entry,) in connection.execute(_ENTRIES, [found])]


def naming(parties: Collection[str]) -> str:
    """What is asked of the index to find the versions that name one of some parties. It finds
    exactly these.
    """
    return " OR ".join(_quoted(role.asked(each)) for each in parties for role in NAMING)


def _needed(clauses: Sequence[Collection[Phrase]]) -> list[Collection[Phrase]]:
    """The clauses by which entries are looked up: without those that another one implies, and
    of many beginnings of words the longest ones, since fewest words begin so.
    """
    alone = dict.fromkeys(phrase for clause in clauses if len(clause) == 1 for phrase in clause)
    beginnings = [each for each in alone if each.prefix]
    implied = {
        each
        for each in beginnings
        if any(other != each and _implies(other, each) for other in alone)
    }
    longest = sorted(
        (each for each in beginnings if each not in implied),
        key=lambda each: -len(each.words[-1]),
    )
    left_out = implied.union(longest[_MOST_BEGINNINGS:])
    return [
        *(clause for clause in clauses if len(clause) != 1),
        *([each] for each in alone if each not in left_out),
    ]


def _implies(phrase: Phrase, beginning: Phrase) -> bool:
    """Whether a row that has a phrase also has the beginning of a word."""
    if len(beginning.words) > 1:
        return False
    return any(word.startswith(beginning.words[0]) for word in phrase.words)


def _match(clauses: Sequence[Collection[Phrase]], is_added: bool) -> str:
    """The question to the index. Where part of a version is told by an amendment that only adds
    evidence, what was asked for stands in several rows, and something of it in that one.
    `is_added`: there is such an amendment; else nothing is looked up a second time for it.
    """
    parts = [" OR ".join(map(_quoted, clause)) for clause in clauses]
    if len(parts) == 1:
        return parts[0]
    together, apart = (how.join(f"({part})" for part in parts) for how in (" AND ", " OR "))
    return f'({together}) OR ("{_ADDED}" AND ({apart}))' if is_added else together


def _quoted(phrase: Phrase) -> str:
    """The question for the words of a phrase, in whatever order: where they stand the index
    does not tell.
    """
    quoted = " AND ".join(f'"{word}"' for word in phrase.words)
    if phrase.prefix:
        quoted += "*"
    return quoted if len(phrase.words) == 1 else f"({quoted})"


def misses(connection: Connection, told: ProjectedRecords) -> int | None:
    """The position of a record whose row is not there, or does not have its words; None when
    all are. Of long rows the beginning and the end are looked up.
    """
    for row in _rows(told):
        there = [*(word for text in row.texts for word in words(text)), *row.keys]
        for some in (there[:_CHECKED], there[-_CHECKED:]):
            asked = _quoted(Phrase((*some, *((_ADDED,) if row.is_added else ()))))
            if some and not connection.execute(_HAS, (asked, row.position)).fetchone():
                return row.position
    return None


def count_rows(connection: Connection, upto: int) -> int:
    """The number of rows up to a position."""
    ((count,),) = connection.execute(_ROWS, [upto])
    return int(count)


def count_told(told: ProjectedRecords) -> int:
    """The number of rows that some records give."""
    return sum(1 for _ in _rows(told))
