"""Asks the questions of case files and compares the answers with the right ones.

    python -m tests.reference.cases DIR_OR_FILE... [--domain]

asks the reference; with `--domain` the domain itself. One line for each question.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.reference.case_files import Case, Cuts, Data, Question, read_case

Answering = Callable[[Case, Data, Cuts], Data | str]


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where an answer is not the right one. Maps are compared by the keys named, lists whole;
    a key that is not there is a count of nothing.
    """
    if isinstance(expected, dict) and isinstance(found, dict):
        for name, value in expected.items():
            yield from differences(value, found.get(name), f"{path}.{name}" if path else name)
    elif _plain(expected) != _plain(found):
        yield f"{path}: {_plain(found)!r}, not {_plain(expected)!r}"


def _plain(value: Any) -> Any:
    """Numbers and truth as their text; nothing as 0 is not 0."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return str(value)


def check(case: Case, question: Question, answering: Answering) -> list[str]:
    return list(differences(question.answer, answering(case, question.asked, question.cuts)))


def files(arguments: list[str]) -> Iterator[Path]:
    for argument in arguments:
        path = Path(argument)
        yield from sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def main(arguments: list[str]) -> int:
    paths = [each for each in arguments if not each.startswith("--")]
    failed = asked = 0
    for path in files(paths):
        case = read_case(path)
        for number, question in enumerate(case.questions, 1):
            asked += 1
            problems = _problems(case, question, "--domain" in arguments)
            failed += bool(problems)
            told = "pass" if not problems else "FAIL"
            line = f"{told} {path.stem} {number}: {dict(question.asked)} {_cuts(question)}"
            _say(line, *(f"     {problem}" for problem in problems))
    _say(f"{asked - failed} of {asked} right")
    return 1 if failed else 0


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _problems(case: Case, question: Question, domain: bool) -> list[str]:
    try:
        return check(case, question, _answering(domain=domain))
    except Exception:  # noqa: BLE001 - told like any other wrong answer
        return traceback.format_exc().strip().splitlines()[-6:]


def _answering(*, domain: bool) -> Answering:
    if domain:
        from tests.support import domain_answers

        return domain_answers.answer
    from tests.reference import answers

    return answers.answer


def _cuts(question: Question) -> str:
    cuts = question.cuts
    named = [f"as of {cuts.as_of}"]
    named += [f"reported by {cuts.reported_by}"] if cuts.reported_by else []
    named += [f"recorded by {cuts.position}"] if cuts.position else []
    return ", ".join([*named, cuts.policy.value])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
