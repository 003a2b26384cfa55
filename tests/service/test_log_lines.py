"""A line of the log is one line, whatever a caller brings into it."""

import io
import json
import logging
import re
import threading

import pytest
import structlog

from ledger_service import logging_setup
from ledger_service.few_tracebacks import MOST, SECONDS, FewTracebacks

#: Escape sequences, a new line that forges another, what turns the reading order.
HOSTILE = (
    "\x1b[2J\x1b]0;title\x07",
    "\x9b31m",
    "first\n2030-01-01 [info] forged",
    "a\rb",
    "a\u2028b\u2029c\x85d",
    "\u202eright to left\u2066",
    "\u061c\u200e\u200f\x7f\x00\x08",
)
SAFE_BY_ITSELF = frozenset(map(chr, range(0x20, 0x7F)))


def written(form: str, tell: str, hostile: str) -> str:
    """What one line has that carries a hostile text in all its parts."""
    stream = io.StringIO()
    logging_setup.configure(form, "info", stream)
    if tell == "structlog":
        structlog.get_logger().warning(
            hostile, ledger=hostile, names=[hostile], odd=Odd(hostile), **{hostile: hostile}
        )
    else:
        logging.getLogger("ledger_service.test").warning("The ledger %s. %r", hostile, hostile)
    return stream.getvalue()


class Odd:
    """Shows itself as it likes."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


@pytest.mark.parametrize("tell", ["structlog", "stdlib"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_of_a_caller_commands_a_terminal(hostile: str, tell: str) -> None:
    line = written("human", tell, hostile)
    assert line.endswith("\n")
    assert set(line[:-1]) <= SAFE_BY_ITSELF


@pytest.mark.parametrize("tell", ["structlog", "stdlib"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_line_of_json_is_one_line(hostile: str, tell: str) -> None:
    line = written("json", tell, hostile)
    assert set(line[:-1]) <= SAFE_BY_ITSELF
    assert hostile in json.loads(line)["event"]


@pytest.mark.parametrize("tell", ["structlog", "stdlib"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_text_of_an_error_commands_no_terminal(hostile: str, tell: str) -> None:
    stream = io.StringIO()
    logging_setup.configure("human", "info", stream)
    error = ValueError(hostile)
    error.__cause__ = OSError(hostile)
    if tell == "structlog":
        structlog.get_logger().error("fault", exc_info=error)
    else:
        logging.getLogger("ledger_service.test").error("It broke.", exc_info=error)
    first, *rest = stream.getvalue().splitlines()
    assert set("".join([first, *rest])) <= SAFE_BY_ITSELF
    assert any("ValueError" in line for line in rest)
    assert all(line.startswith("    ") or not line for line in rest)


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_command_is_told_the_error_alone(form: str) -> None:
    stream = io.StringIO()
    logging_setup.configure(form, "info", stream, tracebacks=False)
    try:
        int("x")
    except ValueError as error:
        structlog.get_logger().error("fault", exc_info=error)
        structlog.get_logger().error("fault", exc_info=True)
        logging.getLogger("ledger_service.test").exception("It broke.")
    lines = stream.getvalue().splitlines()
    assert len(lines) == 3
    assert all("ValueError: invalid literal" in line for line in lines)


def break_in(place: str) -> None:
    if place == "here":
        raise ValueError("broken")
    raise ValueError("broken elsewhere")


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_fault_of_every_call_does_not_fill_the_log_with_tracebacks(
    form: str,
) -> None:
    now = [0.0]
    stream = io.StringIO()
    logging_setup.configure(form, "info", stream, now=lambda: now[0])

    def fail(place: str) -> str:
        stream.seek(0)
        stream.truncate()
        try:
            break_in(place)
        except ValueError as error:
            structlog.get_logger().error("fault", exc_info=error)
        return stream.getvalue()

    whole = [fail("here") for _ in range(MOST)]
    assert all("Traceback" in told for told in whole)
    short = [fail("here") for _ in range(20)]
    assert all("Traceback" not in told and "ValueError: broken" in told for told in short)
    assert all(told.count("\n") == 1 for told in short)
    assert "Traceback" in fail("elsewhere"), "another fault is told in full"
    now[0] += SECONDS + 1
    again = fail("here")
    assert "Traceback" in again
    assert re.search('tracebacks_left_out"?[=:] ?20', again)
    assert "left_out" not in fail("here")


def test_an_error_that_a_destructor_logs_meanwhile_is_admitted_too() -> None:
    admitted = list[int | None]()

    def now() -> float:
        """A collection of garbage may begin here, as anywhere."""
        if not admitted:
            admitted.append(None)
            admitted[0] = few.admit(KeyError("a task whose error nobody read"))
        return 0.0

    few = FewTracebacks(now)
    outer = threading.Thread(
        target=lambda: admitted.append(few.admit(ValueError("broken"))), daemon=True
    )
    outer.start()
    outer.join(timeout=10)
    assert admitted == [0, 0]


def test_colours_of_our_own_stay() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    logging_setup.configure("human", "info", stream)
    structlog.get_logger().warning("ready", ledger="\x1b[31mred")
    assert "\x1b[" in stream.getvalue()
    assert "\x1b[31mred" not in stream.getvalue()
    assert "\\x1b[31mred" in stream.getvalue()
