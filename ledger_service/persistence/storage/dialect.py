"""The words in which SQLite and PostgreSQL differ.

A statement that both understand but for a few words is written once, as a template. Its
fields are named after what they mean:

    SELECT {position}, state FROM stored_events WHERE {position} > {value}

Each recorder has a dialect, which gives every field its words. What only one database is
ever told stands beside its recorder, in that database's own words.
"""

from __future__ import annotations

from typing import NamedTuple


class DialectTerms(NamedTuple):
    """What each field of a template stands for in one database.

    `value` is a parameter. `position` is the column of `stored_events` that holds the
    position, under the name by which the event sourcing library reads it. `in_list` follows
    a column, and compares it with each element of a parameter that is a list.
    `state_contains` is true of rows whose state has the bytes of a parameter in it;
    `joined_states` is all states of a query with line feeds between them. The others are
    words of `CREATE TABLE`: how it begins, its types, and what ends a table that is only
    found by its primary key.
    """

    value: str
    position: str
    in_list: str
    state_contains: str
    joined_states: str
    integer: str
    text: str
    blob: str
    without_rowid: str
    create_table: str = "CREATE TABLE IF NOT EXISTS"


class Dialect:
    """Turns templates into the statements of one database. Any thread may use it."""

    def __init__(self, words: DialectTerms) -> None:
        self._words = words._asdict()
        #: By template; these are constants of the program, so it stays small. Threads that
        #: make the same one at once make equal ones.
        self._statements: dict[str, str] = {}

    def statement(self, template: str) -> str:
        """The statement of a template. Raises KeyError for a field that no dialect has."""
        try:
            return self._statements[template]
        except KeyError:
            made = self._statements[template] = template.format_map(self._words)
            return made
