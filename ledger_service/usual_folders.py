"""Where ledgers and their keys lie when nobody says where: in the folder that the platform has
for the data of its user.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PROGRAM = "ledger-service"
#: What was used before, in the folder in which the service was started.
_FORMER_DATA, _FORMER_KEYS = Path("ledger-data"), Path("ledger-keys")


def of_data() -> Path:
    return platformdirs.user_data_path(_PROGRAM) / "data"


def of_keys() -> Path:
    return platformdirs.user_data_path(_PROGRAM) / "keys"


def of_keys_for(data: Path) -> Path:
    """The keys of data that do not lie in the usual folder: beside them, so that no two folders
    of data share one of keys.
    """
    whole = Path(os.path.abspath(data))  # noqa: PTH100 - `..` has no name to go by
    return whole.with_name(f"{whole.name or 'ledger'}-keys")


def left_behind() -> str:
    """That ledgers lie here in folders which were the usual ones before, with what helps; empty
    where there are none.
    """
    data, keys = (Path(os.path.abspath(each)) for each in (_FORMER_DATA, _FORMER_KEYS))  # noqa: PTH100
    if not any(data.glob("ledgers/*/log.sqlite")):
        return ""
    return (
        f"Ledgers lie in {data}, which was the folder for them before, and are not served from "
        f"there any more. Give --data-dir {data} --keys-dir {keys}, or move both folders, while "
        f"no service runs, to {of_data()} and {of_keys()}."
    )
