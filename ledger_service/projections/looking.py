"""How far the views of a ledger are, seen without opening them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ledger_service.persistence.storage.sqlite.glances import connect_to_look
from ledger_service.projections.projector import VERSION


def reached_by_views(folder: Path) -> int | None:
    """The position that the views in the folder of a ledger have reached; None where there are
    none of this version that can be read.
    """
    path = folder / f"views-{VERSION}.sqlite"
    if not path.exists():
        return None
    try:
        with closing(connect_to_look(path)) as file:
            (position,) = file.execute("SELECT position FROM followed").fetchone()
    except (sqlite3.Error, TypeError):
        return None
    return int(position)
