"""Breaks what the service stands on, again and again, and tells what was lost.

make torture, or python -m tests.reliability
"""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import click

from tests.reliability import table
from tests.reliability.faults import FAULTS
from tests.reliability.rounds import Round, keep, play

_CACHE = Path(__file__).parents[2] / ".cache/torture"
_SHOWN = 3
#: No round is begun that could end after the time that was given.
_LONGEST_ROUND_SECONDS = 60.0

_EPILOG = """\b
Examples:
  make torture
  make torture TORTURE="--only kill --only 'power cut' --rounds 20"
  make torture TORTURE="--minutes 5 --seed 7"
  make torture TORTURE=--write-docs

A round that finds something leaves its history, its findings and the logs of the service
below .cache/torture; the same seed plays the same faults again.
"""


class Played:
    """The rounds of a run, as they come."""

    def __init__(self, kept: Path) -> None:
        self.rounds: dict[str, list[Round]] = {}
        self._kept = kept
        self._line = sys.stderr.isatty()

    def take(self, round_: Round, number: int, scratch: Path) -> None:
        self.rounds.setdefault(round_.fault, []).append(round_)
        if round_.findings:
            folder = self._kept / f"{round_.fault.replace(' ', '-')}-{number}"
            keep(round_, folder, scratch)
            self._clear()
            click.echo(
                f"{round_.fault}, round {number}: {len(round_.findings)} findings", err=True
            )
            for finding in round_.findings[:_SHOWN]:
                click.echo(f"  {str(finding)[:300]}", err=True)
            click.echo(f"  kept in {folder}", err=True)
        # What a run keeps of its rounds must not grow with what they recorded.
        round_.history.attempts.clear()
        round_.history.readings.clear()
        round_.said = ""

    def progress(self, text: str) -> None:
        if self._line:
            self._clear()
            click.echo(text, err=True, nl=False)

    def _clear(self) -> None:
        if self._line:
            click.echo("\r\x1b[K", err=True, nl=False)


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
    no_args_is_help=False,
)
@click.option(
    "--only", multiple=True, type=click.Choice(list(FAULTS)), help="This kind; repeat."
)
@click.option("--rounds", default=0, help="Rounds of each kind. 0: as many as the time allows.")
@click.option("--minutes", default=20.0, help="How long it may take.", show_default=True)
@click.option("--at-once", default=2, help="Rounds that run at a time.", show_default=True)
@click.option("--seed", default=1, help="Of all chances.", show_default=True)
@click.option("--write-docs", is_flag=True, help=f"Put the table into docs/{table.PAGE.name}.")
@click.option(
    "--only-write-docs", is_flag=True, help="The same with the last run, without one."
)
def main(
    only: tuple[str, ...],
    rounds: int,
    minutes: float,
    at_once: int,
    seed: int,
    write_docs: bool,
    only_write_docs: bool,
) -> None:
    """Run a service with clients, break what it stands on, and hold what the clients were
    told against what the ledger holds in the end. Exit code 1 if anything was found.
    """
    # What was started ends with us, whoever ends us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    last = _CACHE / "last.json"
    if only_write_docs:
        table.write(table.Run.load(last))
        return
    _CACHE.mkdir(parents=True, exist_ok=True)
    kept = _CACHE / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    began = time.monotonic()
    played = Played(kept)
    names = list(only or FAULTS)
    for name in names:
        if lacking := FAULTS[name]().lacking():
            click.echo(f"NOT RUN: {name}: {lacking}", err=True)
    asyncio.run(_play_all(names, rounds, began + 60 * minutes, at_once, seed, played))
    run = table.Run(
        [table.Row.of(FAULTS[name](), played.rounds.get(name, ())) for name in names],
        table.about(seed, (time.monotonic() - began) / 60),
    )
    run.save(last)
    played.progress("")
    click.echo(table.plain(run))
    if write_docs:
        table.write(run)
    if not all(row.held for row in run.rows):
        sys.exit(1)


async def _play_all(
    names: Sequence[str], rounds: int, end: float, at_once: int, seed: int, played: Played
) -> None:
    """Goes round the kinds in turn, so that each has its share when time runs out."""
    todo = _todo([name for name in names if not FAULTS[name]().lacking()], rounds)

    async def player() -> None:
        for name, number in todo:
            if time.monotonic() > end - _LONGEST_ROUND_SECONDS and number > 0:
                return
            await _play(name, number, seed, played)

    await asyncio.gather(*(player() for _ in range(at_once)))


def _todo(names: Sequence[str], rounds: int) -> Iterator[tuple[str, int]]:
    if names:
        for number in count() if rounds == 0 else range(rounds):
            for name in names:
                yield name, number


async def _play(name: str, number: int, seed: int, played: Played) -> None:
    chance = random.Random(f"{seed} {name} {number}")

    def tell(what: str) -> None:
        played.progress(f"{name}, round {number}: {what}")

    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as scratch:
        round_ = await play(FAULTS[name](), Path(scratch), chance, tell=tell)
        played.take(round_, number, Path(scratch))


if __name__ == "__main__":
    main(prog_name="make torture")
