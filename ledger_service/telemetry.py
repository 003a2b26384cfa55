"""The log of the service: one line on stderr for each thing that happened.

JSON for machines, a readable form on a terminal. Lines name calls and their outcome,
never what was recorded.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import Processor


def configure(form: str, level: str, stream: TextIO | None = None) -> None:
    """Send all logging, that of libraries too, to `stream` (default: stderr). `form` is
    auto, json or human; `level` the least level that is written.
    """
    target = stream or sys.stderr
    human = form == "human" or (form == "auto" and target.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending = _human(target) if human else _json()
    structlog.configure(
        processors=[*shared, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    _bridge(shared, ending, target, level)


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _human(target: TextIO) -> list[Processor]:
    plain = structlog.dev.plain_traceback  # others show the values of variables
    return [structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=plain)]


def _bridge(
    shared: list[Processor], ending: list[Processor], target: TextIO, level: str
) -> None:
    """Give what the standard library is told the same form: our own lines from `level` on,
    those of libraries when they warn at least.
    """
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(_number(level), logging.WARNING))
    logging.getLogger(__package__).setLevel(_number(level))


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
