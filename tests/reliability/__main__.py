"""Breaks what the service stands on, again and again, and tells what was lost.

make torture, or python -m tests.reliability
"""

from __future__ import annotations

import shutil
import signal
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import count
from pathlib import Path

import click

from tests.reliability import table
from tests.reliability.faults import FAULTS
from tests.reliability.pool import Task, played, players
from tests.reliability.rounds import Round

_CACHE = Path(__file__).parents[2] / ".cache/torture"
_SHOWN = 3
_WIDTH = 300
#: No round is begun that could end after the time that was given.
_LONGEST_ROUND_SECONDS = 60.0

_EPILOG = f"""\b
Faults:
{textwrap.fill(", ".join(FAULTS), 76, initial_indent="  ", subsequent_indent="  ")}

\b
Examples:
  make torture
  make torture TORTURE="--only kill --only 'power cut' --rounds 20"
  make torture TORTURE="--minutes 5 --seed 7"
  make torture TORTURE=--write-docs

A round that finds something leaves its history, its findings and the logs of the service
below .cache/torture; the same seed plays the same faults again.
"""


class Progress:
    """One line on a terminal, and a few for each round that found something."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._began = time.monotonic()
        self._done = 0

    def take(self, task: Task, round_: Round) -> None:
        self._done += 1
        self.clear()
        if round_.findings:
            click.echo(f"{task.fault}: {len(round_.findings)} findings", err=True)
            for finding in round_.findings[:_SHOWN]:
                click.echo(f"  {str(finding)[:_WIDTH]}", err=True)
            click.echo(f"  kept in {task.kept}", err=True)
        if self._terminal:
            minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
            line = f"{minutes}:{seconds:02} {self._done} rounds; the last one: {task.fault}"
            click.echo(line, err=True, nl=False)

    def clear(self) -> None:
        if self._terminal:
            click.echo("\r\x1b[K", err=True, nl=False)


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
    no_args_is_help=False,
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(list(FAULTS)),
    metavar="FAULT",
    help="Only this one; may be repeated.",
)
@click.option("--rounds", default=0, help="Rounds of each kind. 0: as many as the time allows.")
@click.option("--minutes", default=20.0, help="How long it may take.", show_default=True)
@click.option("--at-once", default=2, help="Rounds that run at a time.", show_default=True)
@click.option("--seed", default=1, help="Of all chances.", show_default=True)
@click.option("--write-docs", is_flag=True, help=f"Put the table into docs/{table.PAGE.name}.")
@click.option(
    "--only-write-docs", is_flag=True, help="The same with the last run, without one."
)
@click.option("--cache", default=_CACHE, type=Path, help="Where runs and rounds are kept.")
def main(
    only: tuple[str, ...],
    rounds: int,
    minutes: float,
    at_once: int,
    seed: int,
    write_docs: bool,
    only_write_docs: bool,
    cache: Path,
) -> None:
    """Run a service with clients, break what it stands on, and hold what the clients were
    told against what the ledger holds in the end. Exit code 1 if anything was found, or
    could not be tried.
    """
    # What was started ends with us, whoever ends us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    last = cache / "last.json"
    if only_write_docs:
        table.write(table.Run.load(last))
        return
    cache.mkdir(parents=True, exist_ok=True)
    kept = cache / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    began = time.monotonic()
    names = list(only or FAULTS)
    for name in names:
        if lacking := FAULTS[name]().lacking():
            click.echo(f"NOT RUN: {name}: {lacking}", err=True)
    progress = Progress()
    found: dict[str, list[Round]] = {name: [] for name in names}
    end = began + 60 * minutes - _LONGEST_ROUND_SECONDS
    for task, round_ in _played(_tasks(names, rounds, seed, kept), at_once, end):
        found[task.fault].append(round_)
        progress.take(task, round_)
    progress.clear()
    run = table.Run(
        [table.Row.of(FAULTS[name](), found[name]) for name in names],
        table.about(seed, (time.monotonic() - began) / 60),
    )
    run.save(last)
    click.echo(table.plain(run))
    if write_docs:
        table.write(run)
    if not all(row.held for row in run.rows):
        sys.exit(1)


def _tasks(names: Sequence[str], rounds: int, seed: int, kept: Path) -> Iterator[Task]:
    """Goes round the kinds in turn, so that each has its share when time runs out."""
    able = [name for name in names if not FAULTS[name]().lacking()]
    for number in count() if able and rounds == 0 else range(rounds):
        for name in able:
            folder = kept / f"{name.replace(' ', '-')}-{number}"
            yield Task(name, f"{seed} {name} {number}", kept=folder)


def _played(tasks: Iterator[Task], at_once: int, end: float) -> Iterator[tuple[Task, Round]]:
    """Plays them, `at_once` at a time; none is begun after `end`."""
    with players(at_once) as pool:
        running: dict[Future[Round], Task] = {}
        while True:
            while (
                len(running) < at_once
                and time.monotonic() < end
                and (task := next(tasks, None))
            ):
                running[pool.submit(played, task)] = task
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for each in done:
                yield running.pop(each), each.result()


if __name__ == "__main__":
    main(prog_name="make torture")
