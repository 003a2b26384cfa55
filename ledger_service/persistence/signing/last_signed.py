"""What is kept of a ledger beside its keys, apart from its log: the largest checkpoint that
was signed, and why the log is no longer trusted.

It outlives the file of the log, so that an older copy of that file is noticed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from ledger_service.domain.values.limits import LEDGER_NAME
from ledger_service.persistence.files import names_in, sync_folder, write_whole

_SEEN = ".seen"


class LastSigned:
    """Two files in the folder of keys: `<name>.seen` and `<name>.distrusted`. They are those of
    the log at home: for one that lies `apart` nothing is read from them and nothing written.
    """

    def __init__(self, folder: Path, name: str, *, apart: bool = False) -> None:
        # Changed once, on the thread that writes, when the log is adopted.
        self.apart = apart
        self._checkpoint = folder / f"{name}{_SEEN}"
        self._finding = folder / f"{name}.distrusted"

    @property
    def path(self) -> Path:
        """The file of the checkpoint."""
        return self._checkpoint

    def checkpoint(self) -> str:
        """The note of the largest checkpoint that was signed; empty when none was."""
        return "" if self.apart else _text(self._checkpoint)

    def remember(self, note: str) -> None:
        if not self.apart:
            write_whole(self._checkpoint, note.encode())

    def finding(self) -> str:
        """Why the log is not trusted; empty when it is."""
        return "" if self.apart else _text(self._finding).strip()

    def distrust(self, finding: str) -> None:
        if not self.apart:
            write_whole(self._finding, f"{finding}\n".encode())

    def trust(self) -> None:
        """Deletes the finding, after a check found that the log fits."""
        if not self.apart and self._finding.exists():
            self._finding.unlink()
            sync_folder(self._finding.parent)


def remembered(folders: Iterable[Path], but: Collection[str] = ()) -> dict[str, str]:
    """The notes in these folders by the names of their ledgers, without those in `but`, which
    are not read. A file whose name no ledger can have is ignored.
    """
    found = {
        name.removesuffix(_SEEN): folder / name
        for folder in folders
        for name in names_in(folder)
        if name.endswith(_SEEN)
    }
    return {
        name: _text(path)
        for name, path in sorted(found.items())
        if name not in but and LEDGER_NAME.fullmatch(name)
    }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
