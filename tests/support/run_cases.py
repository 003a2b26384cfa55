"""Runs case files against a service of its own: python -m tests.support.run_cases PLACE...

Each file becomes a ledger. Its items are recorded in their order, its questions asked, and each
answer is compared field by field with the one that the file states. A line for each question
says PASS or FAIL. The exit code is 1 when an answer is wrong, and 2 when a file cannot be read
or there is no service to ask.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from diplomatic_ledger import LedgerError, SyncLedgerClient
from diplomatic_ledger.batches import free_cuts
from diplomatic_ledger.v1.items_pb2 import RecordItem

from clients.examples.local_service import NotStarted, free_address, local_service
from tests.support.case_answers import Asker
from tests.support.case_files import Case, CaseFileError, Question, find, read


@dataclass(frozen=True)
class Outcome:
    """What came of a question; `wrong` says in words where the answer differs, if it does."""

    case: Case
    question: Question
    wrong: Sequence[str]

    def __str__(self) -> str:
        verdict = "FAIL" if self.wrong else "PASS"
        head = f"{verdict}  {self.case.path.name}:{self.question.line}  {_asked(self.question)}"
        return "\n".join([head, *(f"      {line}" for line in self.wrong)])


def run(client: SyncLedgerClient, case: Case, ledger: str) -> Iterator[Outcome]:
    """Records a case in a new ledger of this name, and asks its questions."""
    try:
        record(client, case, ledger)
    except LedgerError as error:
        for question in case.questions:
            yield Outcome(case, question, [f"was not recorded: {error}"])
        return
    asker = Asker(client, ledger, case)
    for question in case.questions:
        try:
            wrong = list(differences(question.answer, asker.ask(question)))
        except (LedgerError, ValueError) as error:
            wrong = [f"was not answered: {error}"]
        yield Outcome(case, question, wrong)


def record(client: SyncLedgerClient, case: Case, ledger: str) -> None:
    """Records the items one by one; those that name a later one share its request, since no
    request may name what is nowhere. So item n stands at position n + 1 in any case.
    """
    client.create_ledger(ledger, case.title, opens_on=case.opens_on or None)
    waiting: list[RecordItem] = []
    for item, free in zip(case.items, free_cuts(case.items), strict=True):
        waiting.append(item)
        if free:
            client.record(ledger, waiting)
            waiting = []


def shuffled(case: Case, seed: int) -> Case:
    """The case with its items in another order, where none of its answers may depend on it:
    nothing is amended, and no question cuts by position.
    """
    fixed = any(item.WhichOneof("item") != "entry" for item in case.items) or any(
        question.cuts.recorded_by is not None for question in case.questions
    )
    if fixed:
        return case
    items = list(case.items)
    random.Random(f"{seed} {case.path.name}").shuffle(items)
    return replace(case, items=items)


def differences(wanted: Any, came: Any, place: str = "") -> Iterator[str]:
    """Where an answer is not the one that is wanted. Mappings are compared by the keys that
    are wanted, all else as a whole.
    """
    if isinstance(wanted, Mapping) and isinstance(came, Mapping):
        for key, inner in wanted.items():
            where = f"{place}.{key}" if place else key
            try:
                yield from differences(inner, came[key], where)
            except KeyError:
                yield f"{where}: expected {_shown(inner)}, came nothing"
    elif wanted != came:
        yield f"{place or 'answer'}: expected {_shown(wanted)}, came {_shown(came)}"


def _asked(question: Question) -> str:
    cuts = question.cuts
    said = [
        f"as of {cuts.as_of}",
        f"reported by {cuts.reported_by}" if cuts.reported_by else "",
        "" if cuts.recorded_by is None else f"recorded by {cuts.recorded_by}",
        cuts.dates if cuts.dates != "certain" else "",
        f"supposing {len(cuts.suppose)}" if cuts.suppose else "",
    ]
    asked = ", ".join(f"{key} {_shown(value)}" for key, value in question.asked.items())
    return f"{asked} ({', '.join(each for each in said if each)})"


def _shown(value: Any) -> str:
    match value:
        case None:
            return "null"
        case list():
            return f"[{', '.join(_shown(each) for each in value)}]"
        case Mapping():
            return "{" + ", ".join(f"{k}: {_shown(v)}" for k, v in value.items()) + "}"
    return str(value)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("places", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--shuffle", type=int, metavar="SEED", help="Record in another order.")
@click.option("--failed", is_flag=True, help="Print only the questions that fail.")
def main(places: tuple[Path, ...], shuffle: int | None, *, failed: bool) -> None:
    """Asks a service the questions of case files, and compares the answers.

    PLACES are files, or folders of files that end in .yaml.
    """
    try:
        cases = [read(path) for path in find(places)]
        if shuffle is not None:
            cases = [shuffled(case, shuffle) for case in cases]
        right = wrong = 0
        for outcome in _outcomes(cases):
            right, wrong = right + (not outcome.wrong), wrong + bool(outcome.wrong)
            if outcome.wrong or not failed:
                click.echo(outcome)
    except CaseFileError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except NotStarted as error:
        click.echo(f"There is no service to ask. {error}", err=True)
        sys.exit(2)
    click.echo(f"{right + wrong} questions in {len(cases)} files: {right} pass, {wrong} fail.")
    sys.exit(1 if wrong else 0)


def _outcomes(cases: Sequence[Case]) -> Iterator[Outcome]:
    with (
        tempfile.TemporaryDirectory() as folder,
        local_service(Path(folder), free_address()) as address,
        SyncLedgerClient(address) as client,
    ):
        for number, case in enumerate(cases, start=1):
            yield from run(client, case, f"case-{number}")


if __name__ == "__main__":
    main()
