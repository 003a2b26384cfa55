"""`ledgerctl` and `ledger-service`, run by tests as processes of their own.

Importing what they need takes most of their time. So a process imports it once for all tests of a
worker and is forked for each run, by the fork server of `multiprocessing`. A run has its own
arguments, variables, folder, standard streams, signals and exit code, as from a shell. What is
about the start itself, about memory, a terminal or Ctrl-C, runs the program afresh.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from diplomatic_ledger.cli import root

#: To run them afresh.
LEDGERCTL = [sys.executable, "-c", "from diplomatic_ledger.cli import main; main()"]
LEDGER_SERVICE = [sys.executable, "-m", "ledger_service"]

_MODULES = {
    "ledgerctl": "diplomatic_ledger.cli",
    "ledger-service": "ledger_service.__main__",
}
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(
    [
        __name__,
        *_MODULES.values(),
        *(f"diplomatic_ledger.cli.{name}" for name in sorted(set(root._MODULES.values()))),
        "diplomatic_ledger.client",
        "ledger_service.service",
    ]
)


class Forked:
    """A program that runs, with what of `subprocess.Popen` tests use. Its standard streams are
    files.
    """

    def __init__(
        self,
        program: str,
        args: Sequence[str],
        streams: tuple[Path, Path, Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.args = [program, *args]
        given = dict(os.environ if env is None else env)
        how = (program, list(args), [str(each) for each in streams], given, str(cwd or ""))
        self._process = _FORKING.Process(target=_become, args=how, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[None, None]:
        self.wait(timeout)
        return None, None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def ledgerctl(
    *args: object,
    env: Mapping[str, str] | None = None,
    given: str | bytes = "",
    cwd: Path | None = None,
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Runs ledgerctl with `given` on its standard input. Raises subprocess.TimeoutExpired."""
    return _run("ledgerctl", args, env, given, cwd, timeout)


def ledger_service(
    *args: object,
    env: Mapping[str, str] | None = None,
    given: str | bytes = "",
    cwd: Path | None = None,
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Runs ledger-service with `given` on its standard input. Raises
    subprocess.TimeoutExpired.
    """
    return _run("ledger-service", args, env, given, cwd, timeout)


def _run(
    program: str,
    args: Sequence[object],
    env: Mapping[str, str] | None,
    given: str | bytes,
    cwd: Path | None,
    timeout: float,
) -> subprocess.CompletedProcess[str]:
    with TemporaryDirectory(prefix="run") as folder:
        taken, out, err = (Path(folder) / name for name in ("in", "out", "err"))
        taken.write_bytes(given.encode() if isinstance(given, str) else given)
        running = Forked(program, [str(a) for a in args], (taken, out, err), env=env, cwd=cwd)
        try:
            code = running.wait(timeout)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            raise
        said, beside = (each.read_bytes().decode() for each in (out, err))
        return subprocess.CompletedProcess(running.args, code, said, beside)


def _become(
    program: str, args: list[str], streams: list[str], env: dict[str, str], cwd: str
) -> None:
    """What the fork does: takes the streams, the variables and the folder, and runs."""
    for number, path in enumerate(streams):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    encoding = env.get("PYTHONIOENCODING", "utf-8")
    sys.stdin = open(0, encoding=encoding, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding=encoding, closefd=False)  # noqa: SIM115
    sys.stderr = open(  # noqa: SIM115
        2, "w", encoding=encoding, errors="backslashreplace", buffering=1, closefd=False
    )
    os.environ.clear()
    os.environ.update(env)
    if cwd:
        os.chdir(cwd)
    sys.argv = [program, *args]
    try:
        import_module(_MODULES[program]).main()
    finally:
        atexit._run_exitfuncs()
