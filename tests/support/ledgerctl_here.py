"""ledgerctl in this process, for tests that take its place in something, such as a keyring or a
call to the service. All others run it as a process: tests/support/programs.py.
"""

import io
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple
from unittest import mock

from diplomatic_ledger.cli import root


class Done(NamedTuple):
    """How a run ended, as `subprocess.run` tells it."""

    returncode: int
    stdout: str
    stderr: str


def ledgerctl(*args: str, environment: Mapping[str, str], given: str = "") -> Done:
    """What a run of ledgerctl with these variables says when this is `given` on stdin."""
    out, beside = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "stdin", io.StringIO(given)),
        redirect_stdout(out),
        redirect_stderr(beside),
    ):
        code = root.run(list(args))
    return Done(code, out.getvalue(), beside.getvalue())
