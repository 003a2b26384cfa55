"""A folder that may be hostile: which plain files are in it, and reading them.

Only files that a scan found are ever opened, so no list in the export can lead outside.
Links and devices are never followed or opened, and nothing is read beyond a bound.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from diplomatic_ledger.verify.report import Broken, CannotCheck, Report

MAX_FILES = 1_000_000
MAX_FOLDERS_DEEP = 12
MAX_SMALL_FILE_BYTES = 1 << 20

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_CHUNK = 1 << 20


class Bag:
    """The plain files below a folder by their path, with `/`, and their sizes in bytes."""

    def __init__(self, folder: Path, report: Report) -> None:
        """Raises CannotCheck when there is no folder to look into."""
        if not folder.is_dir():
            raise CannotCheck(f"{folder} is not a folder.")
        self._folder = folder
        self.files: dict[str, int] = {}
        self._report = report
        self._scan("", 1)
        self._check_clashes()

    def open(self, path: str) -> BinaryIO:
        """Opens a file that the scan found. Raises Broken."""
        if path not in self.files:
            raise Broken("The file is missing.")
        try:
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            return os.fdopen(os.open(self._folder / path, flags), "rb")
        except OSError as error:
            raise Broken(f"The file cannot be read: {error.strerror}.") from None

    def read(self, path: str, limit: int = MAX_SMALL_FILE_BYTES) -> bytes:
        """The whole of a file of at most `limit` bytes. Raises Broken."""
        if self.files.get(path, 0) > limit:
            raise Broken(f"The file has more than {limit:,} bytes.")
        try:
            with self.open(path) as file:
                return file.read(limit)
        except OSError as error:
            raise Broken(f"The file cannot be read: {error.strerror}.") from None

    def lines(self, path: str, limit: int) -> Iterator[bytes]:
        """The lines of a file, without their newlines. Raises Broken at a line of more than
        `limit` bytes and at one that does not end.
        """
        with self.open(path) as file:
            while line := file.readline(limit + 1):
                if line[-1:] != b"\n":
                    raise Broken(
                        f"A line has more than {limit:,} bytes."
                        if len(line) > limit
                        else "The last line has no end: the file is cut off."
                    )
                yield line[:-1]

    def digest(self, path: str) -> bytes:
        """The SHA-256 of a file. Raises Broken."""
        hasher = sha256()
        left = self.files.get(path, 0)
        with self.open(path) as file:
            while left > 0 and (chunk := file.read(min(_CHUNK, left))):
                hasher.update(chunk)
                left -= len(chunk)
        return hasher.digest()

    def below(self, prefix: str) -> list[str]:
        """The paths that begin with `prefix`, sorted."""
        return sorted(path for path in self.files if path.startswith(prefix))

    def _scan(self, folder: str, depth: int) -> None:
        if depth > MAX_FOLDERS_DEEP:
            self._report.add(folder, "The folders are nested too deeply.")
            return
        try:
            with os.scandir(self._folder / folder) as entries:
                for entry in entries:
                    self._take(entry, folder, depth)
        except OSError as error:
            self._report.add(folder or ".", f"It cannot be read: {error.strerror}.")

    def _take(self, entry: os.DirEntry[str], folder: str, depth: int) -> None:
        path = f"{folder}{entry.name}"
        if not _NAME.fullmatch(entry.name):
            self._report.add(ascii(path), "No file of an export has such a name.")
        elif entry.is_dir(follow_symlinks=False):
            self._scan(f"{path}/", depth + 1)
        elif stat.S_ISREG((status := entry.stat(follow_symlinks=False)).st_mode):
            if len(self.files) >= MAX_FILES:
                raise CannotCheck(f"The folder holds more than {MAX_FILES:,} files.")
            self.files[path] = status.st_size
        else:
            self._report.add(path, "This is a link or a device, not a plain file.")

    def _check_clashes(self) -> None:
        seen: dict[str, str] = {}
        for path in self.files:
            if (other := seen.setdefault(path.lower(), path)) != path:
                problem = f"Its name differs from {other} in case only."
                self._report.add(path, problem, kind="case")
