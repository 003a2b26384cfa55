"""The disk after a loss of power, made from what power_cut.c wrote down.

What a sync covered is there. Of the rest, each sector is there or not, by chance; after a
sync that failed nobody promises anything, so what it should have covered counts as not
written, even when a later sync succeeds (as Linux does it). A name is there as the last
sync of its folder left it.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_SOURCE = Path(__file__).with_name("power_cut.c")
_HEADER = struct.Struct("=c7xQQQ")
_SECTOR = 512


class Entry(NamedTuple):
    what: str
    file: int
    offset: int
    data: bytes


def built(folder: Path) -> Path:
    """The library to be loaded before a process. Needs gcc."""
    library = folder / "power_cut.so"
    if not library.exists():
        command = ["gcc", "-O2", "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl", "-pthread"]
        subprocess.run(command, check=True, capture_output=True)
    return library


@dataclass
class _File:
    """What is surely on the disk, and the changes since, in their order."""

    content: bytearray = field(default_factory=bytearray)
    waiting: list[Entry] = field(default_factory=list)
    #: How many changes had been made when each thread began to sync.
    begun: dict[int, int] = field(default_factory=dict)

    def synced(self, thread: int, *, well: bool) -> None:
        covered = self.begun.pop(thread, 0)
        if well:
            for each in self.waiting[:covered]:
                _change(self.content, each)
        self.waiting = self.waiting[covered:]
        self.begun = {each: max(0, at - covered) for each, at in self.begun.items()}

    def after_a_cut(self, chance: random.Random | None) -> bytes:
        """Without a source of chance, nothing that was not synced."""
        content = bytearray(self.content)
        for each in self.waiting if chance is not None else ():
            assert chance is not None
            for part in _sectors(each):
                if chance.random() < 0.5:
                    _change(content, part)
        return bytes(content)


class Disk:
    """Begins as the files of a folder are, all of them safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._kept = {
            path: path.read_bytes() for path in self._folder.rglob("*") if path.is_file()
        }
        self._files: dict[int, _File] = {}
        self._names: dict[Path, int] = {}

    def follow(self, log: Path) -> None:
        """Takes in what a process did; the last entry may be half written."""
        for entry in _entries(log.read_bytes()):
            self._take(entry)

    def cut(self, chance: random.Random | None) -> None:
        """Leaves in the folder what is on the disk after the cut. Files that are there stay the
        same files (inodes), by which a log knows its place.
        """
        found = {
            path: self._files.get(number, _File()).after_a_cut(chance)
            for path, number in self._names.items()
        }
        for path in self._folder.rglob("*"):
            if (path.is_file() or path.is_socket()) and path not in found:
                path.unlink()
        for path, content in found.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o600)

    def _take(self, entry: Entry) -> None:
        if entry.what == "L":
            self._list(entry.data.decode())
            return
        file = self._files.setdefault(entry.file, _File())
        if entry.what in "WT":
            file.waiting.append(entry)
        elif entry.what == "B":
            file.begun[entry.offset] = len(file.waiting)
        else:
            file.synced(entry.offset, well=entry.what == "E")

    def _list(self, text: str) -> None:
        """The names of a folder are those of now, and none other."""
        where, *lines = text.splitlines()
        self._names = {
            path: number for path, number in self._names.items() if path.parent != Path(where)
        }
        for line in lines:
            number, _, name = line.partition(" ")
            path = Path(where) / name
            self._names[path] = int(number)
            if int(number) not in self._files and path in self._kept:
                self._files[int(number)] = _File(bytearray(self._kept[path]))


def fresh(folder: Path) -> Path:
    """A path for the log of the next process."""
    number = len(list(folder.glob("power-*.log")))
    return folder / f"power-{number}.log"


def forget(folder: Path) -> None:
    """Removes the logs, which are large."""
    shutil.rmtree(folder, ignore_errors=True)


def _entries(raw: bytes) -> Iterator[Entry]:
    at = 0
    while at + _HEADER.size <= len(raw):
        what, file, offset, length = _HEADER.unpack_from(raw, at)
        at += _HEADER.size
        if at + length > len(raw):
            return
        yield Entry(what.decode(), file, offset, raw[at : at + length])
        at += length


def _sectors(entry: Entry) -> Iterator[Entry]:
    """A write may tear between sectors; the length of a file does not."""
    if entry.what == "T":
        yield entry
        return
    end = entry.offset + len(entry.data)
    start = entry.offset
    while start < end:
        stop = min(end, (start // _SECTOR + 1) * _SECTOR)
        part = entry.data[start - entry.offset : stop - entry.offset]
        yield entry._replace(offset=start, data=part)
        start = stop


def _change(content: bytearray, entry: Entry) -> None:
    if entry.what == "T":
        del content[entry.offset :]
        content.extend(bytes(entry.offset - len(content)))
        return
    content.extend(bytes(max(0, entry.offset - len(content))))
    content[entry.offset : entry.offset + len(entry.data)] = entry.data
