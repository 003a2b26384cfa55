"""The index of texts has the words that the domain has."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from hypothesis import example, given
from hypothesis import strategies as st

from ledger_service.domain.values.entries import Report
from ledger_service.domain.values.words import words
from ledger_service.persistence.records import RECORD_TYPES
from ledger_service.projections import texts
from ledger_service.projections.record_projection import (
    ProjectedRecord,
    ProjectedRecords,
    State,
)
from tests.support.runs import short_run

_ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1)


@short_run
@given(st.lists(st.one_of(_ASCII, st.text(min_size=1)), min_size=1, max_size=3))
@example(["It's the U.S.-DPRK's 1st (of 2) e-mails_to: \"Kim\"", "Çà et là, 김정은은", "!?"])
def test_what_is_indexed_are_the_words_of_a_text(said: list[str]) -> None:
    state = State(title=said[0], summary="".join(said[1:2]), note="".join(said[2:]))
    report = ProjectedRecord(7, "2026-01-01T00:00:00.000000Z", RECORD_TYPES[Report], state)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(texts.SCHEMA)
        texts.apply(connection, ProjectedRecords([report], [], [], [], []))
        assert _indexed(connection) == sorted({word for text in said for word in words(text)})
        assert texts.misses(connection, ProjectedRecords([report], [], [], [], [])) is None


def _indexed(connection: sqlite3.Connection) -> list[str]:
    return sorted(term for (term,) in connection.execute("SELECT term FROM texts_words"))
