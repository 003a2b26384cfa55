"""No look at a value can forget a field of it: the program does not even start."""

import inspect
import subprocess
import sys
from typing import get_args, get_type_hints

import msgspec
import pytest

from ledger_service.domain.checks import (
    acts,
    catalogue,
    command,
    commitments,
    fields,
    instruments,
    parties,
    terms,
    ties,
    trees,
)
from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.values.commands import RecordCommand
from ledger_service.domain.values.entries import Sealed, Value

#: The modules of the close look.
LOOKS = (
    acts,
    catalogue,
    command,
    commitments,
    fields,
    instruments,
    parties,
    terms,
    ties,
    trees,
)

#: Run before the service is imported: an act may say at which venue it took place.
NEW_FIELD = """
from ledger_service.domain.values import entries
class Act(entries.Act, frozen=True):
    venue: str = ""
entries.Act = Act
import ledger_service.domain.checks.{}
"""


class Word(Value, frozen=True):
    report: str
    attribution: str = ""
    asserted_by: str = ""


class Told(Word, frozen=True):
    place: str = ""


def test_a_look_that_forgets_a_field_cannot_be_defined():
    with pytest.raises(
        TypeError, match=r"test_every_field\..*look does not look at Told.place"
    ):

        @every_field(Told)
        def look(at, /, report, attribution, asserted_by): ...


def test_a_look_at_what_is_no_field_cannot_be_defined():
    with pytest.raises(TypeError, match=r"at Word\.place, which is no field"):

        @every_field(Word)
        def look(report, attribution, asserted_by, place): ...


def test_a_look_that_mixes_the_fields_up_cannot_be_defined():
    with pytest.raises(TypeError, match="another order than they are given in: report, attr"):

        @every_field(Word)
        def look(report, asserted_by, attribution): ...


def test_a_field_about_which_nothing_can_be_wrong_says_so_and_others_stand_beside():
    @every_field(Told)
    def look(found, /, report, _attribution, asserted_by_, place, *, at):
        return found, report, place, at

    assert look("f", *msgspec.structs.astuple(Told("A1", place="x")), at=1) == (
        "f",
        "A1",
        "x",
        1,
    )


@pytest.mark.parametrize("room", ["fast_path", "acts", "references"])
def test_with_a_field_that_has_no_rule_the_program_does_not_start(room):
    start = [sys.executable, "-c", NEW_FIELD.format(room)]
    ended = subprocess.run(start, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 1
    last = ended.stderr.strip().splitlines()[-1]
    assert last.startswith("TypeError: ledger_service.domain.checks.")
    assert "does not look at Act.venue. Give it a rule there" in last


def test_all_that_a_request_may_hold_is_taken_apart_by_the_close_look():
    looked_at = set()
    for module in LOOKS:
        source = inspect.getsource(module)
        looked_at |= {
            line.strip().removeprefix("@every_field(").removesuffix(")")
            for line in source.splitlines()
            if line.startswith("@every_field(")
        }
    held: set[type] = set()
    waiting = [RecordCommand]
    while waiting:
        if (struct := waiting.pop()) not in held:
            held.add(struct)
            for hint in get_type_hints(struct).values():
                waiting += _structs(hint)
    assert {each.__name__ for each in held - {RecordCommand, Sealed}} == looked_at


def _structs(hint) -> list[type]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return [hint]
    return [struct for part in get_args(hint) for struct in _structs(part)]
