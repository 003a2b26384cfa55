"""The index of texts has the words that the domain has."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger_service.domain.values.entries import Report
from ledger_service.domain.values.stopping import Stop, Stopped, heeding
from ledger_service.domain.values.words import Phrase, phrases, words
from ledger_service.persistence.records import RECORD_TYPES
from ledger_service.projections import texts, versions
from ledger_service.projections.database import ViewsDatabase
from ledger_service.projections.history import LoggedHistory
from ledger_service.projections.memory import Memory
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


class Looks(Stop):
    """A flag that counts how often it was looked at, and is set after so many times."""

    def __init__(self, most: float = math.inf) -> None:
        super().__init__()
        self.count = 0
        self._most = most

    def look(self) -> bool:
        self.count += 1
        if self.count > self._most:
            self.set()
        return super().look()


class TestLookingUp:
    @pytest.fixture
    def database(self, tmp_path: Path) -> Iterator[ViewsDatabase]:
        database = ViewsDatabase(tmp_path / "views.sqlite")
        database.create([versions.SCHEMA, texts.SCHEMA], "1", b"")
        with database.writing(3000, b"", few=True) as connection:
            for position in range(1, 3001):
                values = (position, f"E{position}", None, None)
                connection.execute("INSERT INTO versions VALUES (?, ?, ?, ?)", values)
                said = "does donate" if position % 1000 else "withdraw all dozens"
                connection.execute(
                    "INSERT INTO texts (rowid, said) VALUES (?, ?)", (position, said)
                )
        yield database
        database.close()

    @pytest.fixture
    def history(self, database: ViewsDatabase) -> LoggedHistory:
        log: Any = None
        return LoggedHistory(log, database, 3000, Memory())

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What the index is asked."""
        asked, match = list[str](), texts._match

        def listed(*told: Any) -> str:
            asked.append(match(*told))
            return asked[-1]

        monkeypatch.setattr(texts, "_match", listed)
        return asked

    def test_it_is_looked_often_whether_a_search_is_still_wanted(
        self, history: LoggedHistory
    ) -> None:
        looks = Looks()
        found = heeding(looks, lambda: history.matching([[Phrase(("d",), True)]]))
        assert found is not None
        assert len(found) == 3000
        # A row takes some steps.
        assert looks.count > 20

    def test_a_search_ends_when_it_is_stopped(self, history: LoggedHistory) -> None:
        with pytest.raises(Stopped):
            heeding(Looks(3), lambda: history.matching([[Phrase(("d",), True)]]))

    def test_a_beginning_is_not_looked_up_beside_a_word_that_begins_so(
        self, history: LoggedHistory, asked: list[str]
    ) -> None:
        found = history.matching([[each] for each in phrases("d* do* doz* dozens withdraw*")])
        assert sorted(found or ()) == ["E1000", "E2000", "E3000"]
        assert asked == ['("dozens") AND ("withdraw"*)']

    def test_of_many_beginnings_the_longest_ones_are_looked_up(
        self, history: LoggedHistory, asked: list[str]
    ) -> None:
        found = history.matching(
            [[each] for each in phrases("a* with* e* doz* wi* withd* b* do*")]
        )
        assert sorted(found or ()) == ["E1000", "E2000", "E3000"]
        assert asked == ['("a"*) AND ("doz"*) AND ("withd"*)']

    def test_nothing_is_looked_up_twice_unless_evidence_was_added(
        self, history: LoggedHistory, asked: list[str]
    ) -> None:
        wanted = [[each] for each in phrases("withdraw report*")]
        assert history.matching(wanted) == []
        with history.database.writing(3001, b"", few=True) as connection:
            connection.execute("INSERT INTO versions VALUES (3001, 'E1000', NULL, NULL)")
            connection.execute(
                "INSERT INTO texts (rowid, said) VALUES (3001, ?)", ("reported \ue0ff",)
            )
        assert history.matching(wanted) == []
        later = LoggedHistory(history._source, history.database, 3001, Memory())
        assert later.matching(wanted) == ["E1000"]
        assert [each.count("report") for each in asked] == [1, 1, 2]


def _indexed(connection: sqlite3.Connection) -> list[str]:
    return sorted(term for (term,) in connection.execute("SELECT term FROM texts_words"))
