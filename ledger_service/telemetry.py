"""The log of the service: one line on stderr for each thing that happened.

JSON for machines, a readable form on a terminal. Lines name calls and their outcome,
never what was recorded. Whatever a caller can bring into a line is escaped there.
"""

from __future__ import annotations

import io
import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from ledger_service.harmless import harmless, harmless_line

#: What the human form writes over several lines, by its own formatter.
_OVER_LINES = ("exc_info", "exception", "stack")


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
    renderer = structlog.dev.ConsoleRenderer(
        colors=target.isatty(), exception_formatter=_write_traceback
    )
    return [_escape, renderer]


def _escape(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """JSON escapes by itself; the human form writes texts as they are."""
    return {
        harmless_line(key): harmless(value)
        if key in _OVER_LINES and isinstance(value, str)
        else value
        if key in _OVER_LINES
        else _escaped(value)
        for key, value in event.items()
    }


def _escaped(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return harmless_line(value if isinstance(value, str) else repr(value))


def _write_traceback(stream: TextIO, exc_info: ExcInfo) -> None:
    """Without the values of variables. Each line is indented, so that none of an error's
    text looks like one of the log.
    """
    written = io.StringIO()
    structlog.dev.plain_traceback(written, exc_info)
    lines = harmless(written.getvalue()).split("\n")
    stream.write("\n".join(f"    {line}" if line else line for line in lines))


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
