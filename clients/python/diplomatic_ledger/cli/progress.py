"""How far a long command is, beside its answer; nothing where nobody looks at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from diplomatic_ledger.cli.harmless import harmless


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")


@contextmanager
def items(what: str, total: int) -> Iterator[Callable[[int], object]]:
    """Gives what is told how many items are done."""
    with _bar(BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn()) as bar:
        task = bar.add_task(harmless(what), total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def bytes_read(what: str) -> Iterator[Callable[[int, int], object]]:
    """Gives what is told how many bytes of how many were read."""
    with _bar(BarColumn(), TaskProgressColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task(harmless(what), total=None)
        yield lambda read, size: bar.update(task, completed=read, total=size)


def _bar(*columns: ProgressColumn) -> Progress:
    console = Console(stderr=True, highlight=False)
    name = TextColumn("{task.description}", markup=False)
    return Progress(
        name, *columns, console=console, transient=True, disable=not console.is_terminal
    )
