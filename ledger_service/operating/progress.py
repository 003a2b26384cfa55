"""Shows on a terminal how far something is that takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Shows on a terminal how far something is."""
    if not sys.stderr.isatty():
        yield lambda _done, _upto: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, upto: int) -> None:
            bar.length = max(1, upto)
            bar.update(max(0, done - bar.pos))

        yield show
