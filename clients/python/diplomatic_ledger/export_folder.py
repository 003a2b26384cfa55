"""Writes an export into a folder. Until it is complete and checked, the folder is called
`<folder>.partial`; an interrupted export goes on from there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from diplomatic_ledger.exporting import ExportFrame, Reached, Wanted
from diplomatic_ledger.v1.audit_service_pb2 import ExportChunk, ExportHeader
from diplomatic_ledger.verify.bag import Bag
from diplomatic_ledger.verify.manifests import check_package
from diplomatic_ledger.verify.report import Report

_STATE = "export.json"
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*){0,11}", re.ASCII)


class ExportFailed(Exception):
    """The export cannot be written, or is not complete. The text says why and what to do."""


class ExportFolder:
    """Takes an export of a ledger frame by frame. Raises ExportFailed when the folder is
    there already, or when an interrupted export of something else waits there.
    """

    def __init__(self, folder: Path, ledger: str, wanted: Wanted) -> None:
        self.folder = folder
        self._partial = folder.with_name(f"{folder.name}.partial")
        self._asked = {"ledger": ledger, **_plain(wanted)}
        self._header: dict[str, Any] = {}
        self._path = ""
        self._file: BinaryIO | None = None
        self._files_left = self._bytes_left = 0
        if folder.exists():
            raise ExportFailed(
                f"{folder} is there already. Choose another folder, or remove it first."
            )
        if self._partial.exists():
            self._take_up()

    @property
    def reached(self) -> Reached | None:
        """Where an interrupted export goes on; None when there is none."""
        if not self._header:
            return None
        paths = self._paths()
        before = paths[-2] if len(paths) > 1 else ""
        offset = (self._partial / paths[-1]).stat().st_size if paths else 0
        return Reached(self._header["position"], before, offset)

    @property
    def received(self) -> int:
        """The number of bytes of the bag that were received."""
        return sum((self._partial / path).stat().st_size for path in self._paths())

    def take(self, frame: ExportFrame) -> None:
        """Takes a frame, which is the header or the next chunk. Raises ExportFailed."""
        if isinstance(frame, ExportHeader):
            self.begin(frame)
        else:
            self.write(frame)

    def begin(self, header: ExportHeader) -> None:
        """Takes the header. Raises ExportFailed when it is that of another export than the
        interrupted one.
        """
        told = {
            "position": header.position,
            "origin": header.origin,
            "files": header.files,
            "bytes": header.bytes,
        }
        if self._header and self._header != told:
            raise ExportFailed(
                f"The service gives other files than those in {self._partial}: a sealed value "
                "was erased since, or it is another ledger. Remove that folder, and export anew."
            )
        self._header = told
        self._close()
        self._path = (self.reached or Reached(0)).after_path
        self._files_left = header.files - len(self._paths())
        self._bytes_left = header.bytes - self.received
        self._partial.mkdir(parents=True, exist_ok=True)
        state = {"asked": self._asked, "header": told}
        self._state.write_text(json.dumps(state, indent=2), encoding="utf-8")

    def write(self, chunk: ExportChunk) -> None:
        """Writes a chunk. Raises ExportFailed for one that does not follow the one before."""
        if self._file is None:
            self._open(chunk.path)
        assert self._file is not None
        if chunk.path != self._path or chunk.offset != self._file.tell():
            raise ExportFailed("The service sent the files out of order. Export again.")
        self._bytes_left -= len(chunk.data)
        if self._bytes_left < 0:
            raise self._too_much()
        self._file.write(chunk.data)
        if chunk.last:
            self._close()

    def finish(self, tell: Callable[[int], None] = lambda _: None) -> None:
        """Checks size and digest of every file, then renames the folder. `tell` is called with
        the number of bytes of each file that was read again. Raises ExportFailed.
        """
        self._close()
        paths, received = self._paths(), self.received
        if (len(paths), received) != (self._header["files"], self._header["bytes"]):
            raise ExportFailed(
                f"The export has {len(paths)} files and {received} bytes, not those announced. "
                f"Remove {self._partial}, and export anew."
            )
        self._state.unlink()
        report = Report()
        check_package(Bag(self._partial, report), report, tell)
        if report.findings:
            raise ExportFailed(
                f"The export in {self._partial} is damaged: {report.findings[0]} "
                "Remove that folder, and export anew."
            )
        self._partial.rename(self.folder)

    def close(self) -> None:
        """Closes the file that is being written. What was received stays, to go on from later."""
        self._close()

    @property
    def _state(self) -> Path:
        return self._partial / _STATE

    def _take_up(self) -> None:
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            asked, self._header = state["asked"], state["header"]
        except (OSError, ValueError, KeyError, TypeError):
            raise ExportFailed(
                f"{self._partial} is no interrupted export. Remove it, or choose another folder."
            ) from None
        if asked != self._asked:
            raise ExportFailed(
                f"{self._partial} holds an interrupted export with other options. Repeat those, "
                "or remove it."
            )

    def _paths(self) -> list[str]:
        found = (path for path in self._partial.rglob("*") if path.is_file())
        names = (path.relative_to(self._partial).as_posix() for path in found)
        return sorted(name for name in names if name != _STATE)

    def _open(self, path: str) -> None:
        if not _PATH.fullmatch(path) or path <= self._path or path == _STATE:
            raise ExportFailed(f"The service sent a file of the name {ascii(path)[:200]}.")
        place = self._partial / path
        self._files_left -= not place.exists()
        if self._files_left < 0:
            raise self._too_much()
        place.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = place.open("ab")

    def _too_much(self) -> ExportFailed:
        if not self._header:
            return ExportFailed("The service sent a file before it said what the export holds.")
        files, size = self._header["files"], self._header["bytes"]
        return ExportFailed(
            f"The service sent more than the {files} files and {size} bytes that it announced. "
            f"Remove {self._partial}, and export anew."
        )

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _plain(wanted: Wanted) -> dict[str, Any]:
    plain = asdict(wanted)
    when = plain["recorded_by"]
    plain["recorded_by"] = when.isoformat() if isinstance(when, datetime) else when
    plain["parties"] = list(plain["parties"])
    return plain
