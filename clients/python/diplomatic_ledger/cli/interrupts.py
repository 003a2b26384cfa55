"""Ctrl-C: the first one ends a command in order, a second one ends it at once. Neither prints a
traceback, wherever the program is just then.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

#: As a shell says it of a program that a Ctrl-C ended.
INTERRUPTED = 130
_SHOW_CURSOR = b"\x1b[?25h"


def end_quietly() -> None:
    """From now on a Ctrl-C is quiet; where it is ignored, as in the background, it stays so."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return
    signal.signal(signal.SIGINT, _first)
    shown = sys.unraisablehook

    def hook(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_type is KeyboardInterrupt:  # it came where nothing can be raised
            _at_once(signal.SIGINT, None)
        shown(unraisable)

    sys.unraisablehook = hook


def _first(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, _at_once)
    raise KeyboardInterrupt


def _at_once(_signal: int, _frame: FrameType | None) -> None:
    if os.isatty(2):
        os.write(2, _SHOW_CURSOR + b"\n")  # a bar of progress hides it
    os._exit(INTERRUPTED)
