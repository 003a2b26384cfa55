"""What a check finds."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """`OK`: it was looked at and nothing is wrong. `NOTE`: worth a thought. `WARNING`: it will
    go wrong. `FAULT`: it is wrong now.
    """

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    FAULT = "fault"


class DoctorFinding(NamedTuple):
    """`part` is one of few words for what was looked at; `text` says what is so, and `remedy`
    what to do, both in sentences. What is OK has no remedy.
    """

    part: str
    level: Severity
    text: str
    remedy: str = ""


def ok(part: str, text: str) -> DoctorFinding:
    return DoctorFinding(part, Severity.OK, text)


def note(part: str, text: str, remedy: str) -> DoctorFinding:
    return DoctorFinding(part, Severity.NOTE, text, remedy)


def warning(part: str, text: str, remedy: str) -> DoctorFinding:
    return DoctorFinding(part, Severity.WARNING, text, remedy)


def fault(part: str, text: str, remedy: str) -> DoctorFinding:
    return DoctorFinding(part, Severity.FAULT, text, remedy)
