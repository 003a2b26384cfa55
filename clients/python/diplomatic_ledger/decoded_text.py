"""Decodes entry files: UTF-8, or UTF-16 and UTF-32 where a byte order mark says so. What is
neither is refused with the line, the byte and the command that converts it.
"""

from __future__ import annotations

import codecs
from typing import Protocol

from diplomatic_ledger.entry_problems import EntryFileError

_BLOCK = 64 * 1024
#: The longer marks first, since one begins with another.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONGEST_MARK = 4
_WESTERN = "cp1252"
_SHOWN = 12


class Bytes(Protocol):
    """What is read from."""

    def read(self, size: int, /) -> bytes: ...


class DecodedText:
    """The text of a file of this name; `-` is standard input. Raises EntryFileError."""

    def __init__(self, file: Bytes, name: str = "-") -> None:
        self._file = file
        self._name = name
        self._decoder: codecs.IncrementalDecoder | None = None
        self._line = 1
        #: What of the line lies in blocks that were decoded before.
        self._line_bytes = 0

    def read(self, size: int = _BLOCK, /) -> str:
        """More text, of about this size; empty at the end."""
        while True:
            block = self._file.read(size)
            if self._decoder is None:
                block = self._begin(block)
            text = self._decoded(block)
            if text or not block:
                return text

    def _begin(self, block: bytes) -> bytes:
        while len(block) < _LONGEST_MARK and (more := self._file.read(_LONGEST_MARK)):
            block += more
        encoding = "utf-8"
        for mark, named in _MARKS:
            if block.startswith(mark):
                encoding, block = named, block[len(mark) :]
                break
        else:
            self._refuse_without_mark(block)
        self._decoder = codecs.getincrementaldecoder(encoding)()
        return block

    def _decoded(self, block: bytes) -> str:
        assert self._decoder is not None
        held = self._decoder.getstate()[0]
        try:
            text = self._decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise self._refusal(error) from None
        self._count(held + block)
        return text

    def _count(self, block: bytes) -> None:
        """Counts lines as they are in UTF-8; of other encodings no byte is told."""
        kept = self._decoder.getstate()[0] if self._decoder else b""
        done = block[: len(block) - len(kept)]
        self._line += done.count(b"\n")
        last = done.rfind(b"\n")
        self._line_bytes = len(done) - last - 1 if last >= 0 else self._line_bytes + len(done)

    def _refuse_without_mark(self, block: bytes) -> None:
        """A text has no bytes of 0: every other one is of UTF-16."""
        head = block[:_LONGEST_MARK]
        if b"\0" not in head:
            return
        encoding = "UTF-16LE" if head[1:2] == b"\0" else "UTF-16BE"
        told = f"line 1: this looks like {encoding}, and no byte order mark says so."
        raise EntryFileError([f"{told} {self._converted(encoding)}"])

    def _refusal(self, error: UnicodeDecodeError) -> EntryFileError:
        if not error.encoding.casefold().startswith("utf-8"):
            return EntryFileError(
                [f"This is not the {error.encoding.upper()} that its byte order mark says."]
            )
        before = error.object[: error.start]
        line = self._line + before.count(b"\n")
        last = before.rfind(b"\n")
        place = len(before) - last if last >= 0 else self._line_bytes + len(before) + 1
        byte = error.object[error.start]
        around = error.object[max(last + 1, error.start - _SHOWN) : error.start + _SHOWN]
        read = around.split(b"\n")[0].decode(_WESTERN, errors="replace").strip()
        told = (
            f"line {line}: byte {place} of the line (0x{byte:02X}) is not UTF-8. As WINDOWS-1252 "
            f"it reads {read!r}; if that is right: {self._converted('WINDOWS-1252')} If not, name "
            "the encoding that it has, such as ISO-8859-2, EUC-KR or SHIFT_JIS."
        )
        return EntryFileError([told])

    def _converted(self, encoding: str) -> str:
        """How to convert it, as a sentence."""
        command = f"iconv -f {encoding} -t UTF-8"
        if self._name == "-":
            return f"Put `{command}` into the pipe before ledgerctl."
        return f"Convert it: {command} {self._name} > NEW-FILE."
