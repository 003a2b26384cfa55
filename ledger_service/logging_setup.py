"""Sets up logging: one line on stderr for each event.

The form is JSON for machines and a readable one on a terminal. Lines name calls and their
outcome, never recorded content. All texts that a caller can influence are escaped. Code that
logs never gets an error and never waits for long.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from ledger_service.few_tracebacks import FewTracebacks
from ledger_service.harmless import harmless, harmless_line
from ledger_service.log_file import LogFile

#: What the human form writes over several lines, by its own formatter.
_OVER_LINES = ("exc_info", "exception", "stack")


def configure(
    form: str,
    level: str,
    stream: TextIO | None = None,
    *,
    tracebacks: bool = True,
    now: Callable[[], float] = time.monotonic,
) -> LogFile:
    """Sends all logging, that of libraries too, to `stream` (default: stderr). `form` is auto,
    json or human; `level` is the lowest level that is written. Without `tracebacks` only the
    text of an error is written, and with them no more of one fault than `FewTracebacks` admits
    by the clock `now`.
    """
    target: TextIO | None = stream or sys.stderr  # there is none when it was closed
    terminal = target is not None and target.isatty()
    human = form == "human" or (form == "auto" and terminal)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending = _human(terminal) if human else _json()
    ending = [_Bounded(FewTracebacks(now)) if tracebacks else _name_error, *ending]
    rendering = _Rendering([*shared, *ending])
    file = LogFile(target, rendering.lost)
    structlog.configure(
        processors=[rendering],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=lambda *_: _Logger(file),
        cache_logger_on_first_use=False,
    )
    _bridge(shared, ending, file, level)
    return file


class _Logger:
    """What structlog writes to: a method for each level."""

    def __init__(self, file: LogFile) -> None:
        self.msg = self.debug = self.info = self.warning = file.write
        self.error = self.critical = self.exception = self.fatal = self.log = file.write


class _Rendering:
    """Renders an event as a line. An event that cannot be rendered gets a line that says so."""

    def __init__(self, processors: Sequence[Processor]) -> None:
        self._processors = processors

    def __call__(self, logger: WrappedLogger, level: str, event: EventDict) -> str:
        rendered: Any = event
        try:
            for processor in self._processors:
                rendered = processor(logger, level, rendered)
        except Exception as error:  # noqa: BLE001 - a value may refuse to be shown
            return _unfit(level, error)
        return str(rendered)

    def lost(self, count: int) -> str:
        return self(None, "warning", {"event": "log_lines_lost", "count": count})


class _Handler(logging.Handler):
    """Writes the records of the standard library's logging."""

    def __init__(self, file: LogFile) -> None:
        super().__init__()
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception as error:  # noqa: BLE001 - as above
            line = _unfit(record.levelname.lower(), error)
        self._file.write(line)


def _unfit(level: str, error: Exception) -> str:
    """The event that replaces one that could not be rendered."""
    return json.dumps({"event": "line_unfit", "level": level, "error": type(error).__name__})


class _Bounded:
    """Leaves out the tracebacks of a fault that come too often; its text stays."""

    def __init__(self, few: FewTracebacks) -> None:
        self._few = few

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        error = _error_of(event)
        if error is None:
            return event
        before = self._few.admit(error)
        if before is None:
            return _name_error(logger, name, event)
        if before:
            event["tracebacks_left_out"] = before
        return event


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _human(terminal: bool) -> list[Processor]:
    renderer = structlog.dev.ConsoleRenderer(
        colors=terminal, exception_formatter=_write_traceback
    )
    return [_escape, renderer]


def _name_error(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    error = _error_of(event)
    event.pop("exc_info", None)
    if error is not None:
        event["error"] = f"{type(error).__name__}: {error}"
    return event


def _error_of(event: EventDict) -> BaseException | None:
    """The error of which an event tells, in whatever form it was given."""
    found = event.get("exc_info")
    error = sys.exc_info()[1] if found is True else found
    if isinstance(error, tuple):
        error = error[1]
    return error if isinstance(error, BaseException) else None


def _escape(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Escapes texts for the human form; the JSON form escapes them by itself."""
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
    """Writes a traceback without the values of variables. Each line is indented, so that no
    line of an error's text looks like one of the log.
    """
    written = io.StringIO()
    structlog.dev.plain_traceback(written, exc_info)
    lines = harmless(written.getvalue()).split("\n")
    stream.write("\n".join(f"    {line}" if line else line for line in lines))


def _bridge(
    shared: list[Processor], ending: list[Processor], file: LogFile, level: str
) -> None:
    """Gives records of the standard library's logging the same form: our own from `level` on,
    those of libraries from `warning` on.
    """
    handler = _Handler(file)
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
