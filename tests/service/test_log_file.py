"""Where the service's own log goes: whatever happens there, who logs goes on."""

import errno
import io
import json
import logging
import os
from typing import Any, TextIO

import pytest
import structlog

from ledger_service import logging_setup
from ledger_service.log_file import LogFile


class Disk(io.StringIO):
    full = False

    def write(self, text: str, /) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(text)


@pytest.fixture
def disk() -> Disk:
    return Disk()


def test_what_was_lost_is_counted_and_told_when_writing_works_again(disk: Disk) -> None:
    heard: list[str] = []
    logging_setup.configure("json", "info", disk).listen(heard.append)
    log = structlog.get_logger()
    log.info("before")
    disk.full = True
    log.info("lost")
    logging.getLogger("elsewhere").error("lost too: %s", "x")
    disk.full = False
    log.info("after")
    events = [json.loads(line) for line in disk.getvalue().splitlines()]
    assert [each["event"] for each in events] == ["before", "log_lines_lost", "after"]
    assert (events[1]["count"], events[1]["level"]) == (2, "warning")
    assert heard == ["[Errno 28] No space left on device", ""]


def test_a_line_that_was_cut_off_does_not_spoil_the_next(tmp_path: Any) -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        file = LogFile(stream, lambda count: f"lost {count}")
        long = "x" * 100_000  # more than a pipe holds
        file.write(long)
        file.write("lost as well")
        held = b""
        while file.problem:
            held += os.read(reader, 1 << 20)
            file.write("whole")
        held += os.read(reader, 1 << 20)
    os.close(reader)
    cut, *lines = held.decode().splitlines()
    assert cut
    assert set(cut) == {"x"}
    assert lines == ["lost 2", "whole"]


def test_a_stream_that_is_closed_is_no_error(disk: Disk) -> None:
    logging_setup.configure("human", "info", disk)
    disk.close()
    structlog.get_logger().error("nobody reads this", exc_info=ValueError("x"))
    logging.getLogger("elsewhere").error("nor this")


@pytest.mark.parametrize("form", ["json", "human"])
def test_a_value_that_cannot_be_shown_is_no_error(disk: Disk, form: str) -> None:
    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError

    logging_setup.configure(form, "info", disk)
    structlog.get_logger().warning("odd", value=Shy())
    logging.getLogger("elsewhere").error("%d", "no number")
    assert [json.loads(line)["event"] for line in disk.getvalue().splitlines()] == [
        "line_unfit",
        "line_unfit",
    ]


def test_where_there_is_no_stderr_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    none: TextIO | None = None
    monkeypatch.setattr("sys.stderr", none)
    file = logging_setup.configure("auto", "info")
    structlog.get_logger().info("to nowhere")
    assert file.problem == "There is no stderr."
