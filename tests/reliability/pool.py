"""Rounds in processes of their own, several at a time: they wait more than they compute."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from ledger_service.logging_setup import configure
from tests.reliability.faults import FAULTS
from tests.reliability.rounds import PATIENCE_SECONDS, Round, play


class Task(NamedTuple):
    """A round to be played. The same `chance` strikes in the same way."""

    fault: str
    chance: str
    short: bool = False
    #: A bug to be put into the service.
    seed: str = ""
    patience: float = PATIENCE_SECONDS
    #: Where to keep what a round that finds something leaves.
    kept: Path | None = None


def players(at_once: int) -> ProcessPoolExecutor:
    """Processes that begin anew: gRPC does not survive a fork. Its handlers of forks would
    now and then break a child before it becomes another program, such as pg_ctl.
    """
    os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(at_once, mp_context=context, initializer=_say_little)


def _say_little() -> None:
    """Views are built here too; stdout is for the table."""
    configure("auto", "warning")


def played(task: Task) -> Round:
    """Blocks until the round is over. Its folder is gone then."""
    with tempfile.TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as scratch:
        return asyncio.run(
            play(
                FAULTS[task.fault](),
                Path(scratch),
                random.Random(task.chance),
                short=task.short,
                seed=task.seed,
                patience=task.patience,
                kept=task.kept,
            )
        )
