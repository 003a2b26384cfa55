"""What goes wrong, as sentences on stderr and exit codes.

0 answered, 1 refused, 2 wrong usage, 3 not found, 4 unreachable or out of time,
130 stopped by Ctrl-C.
"""

from __future__ import annotations

from collections.abc import Sequence

from diplomatic_ledger.errors import (
    DeadlineExceeded,
    InvalidRequest,
    LedgerError,
    NotFound,
    Overloaded,
    Unavailable,
)

REFUSED, USAGE, NOT_FOUND, UNREACHABLE = 1, 2, 3, 4
#: As a shell says it of a program that a Ctrl-C ended.
INTERRUPTED = 130


class Failure(Exception):
    """Ends the run with a sentence, perhaps some lines of detail, and an exit code."""

    def __init__(
        self, sentence: str, lines: Sequence[str] = (), *, code: int = REFUSED
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.lines = tuple(lines)
        self.code = code


def usage(sentence: str) -> Failure:
    return Failure(sentence, code=USAGE)


def failure(error: LedgerError, *, server: str, timeout: float) -> Failure:
    """What to tell a person about an error of a call."""
    if isinstance(error, Unavailable) and not error.reason:
        return Failure(
            f"No ledger service answers at {server}. Start one with `ledger-service serve`, "
            "or say where it is with --server.",
            code=UNREACHABLE,
        )
    if isinstance(error, DeadlineExceeded) and not error.reason:
        return Failure(
            f"No answer from {server} within {timeout:g} s. Wait longer with --timeout.",
            code=UNREACHABLE,
        )
    if isinstance(error, InvalidRequest) and error.violations:
        return Failure(_refusal(error), [f"{v.field}: {v.problem}" for v in error.violations])
    return Failure(error.message, code=exit_code(error))


def exit_code(error: LedgerError) -> int:
    if isinstance(error, NotFound):
        return NOT_FOUND
    if isinstance(error, Unavailable | DeadlineExceeded | Overloaded):
        return UNREACHABLE
    return REFUSED


def _refusal(error: InvalidRequest) -> str:
    count = len(error.violations)
    return "The service refused this:" if count == 1 else f"The service found {count} problems:"
