"""Values in one line, as one writes them in a file, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diplomatic_ledger.case_file import Difference
from diplomatic_ledger.cli import spoken

_LONGEST = 120


def written(value: Any) -> str:
    """A value in one line, as one writes it in a file; cut off where that is long."""
    text = _flow(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def change(found: Difference) -> str:
    """What is recorded in a field, and what it would become: `Comes → Goes`."""
    if found.offered is not None and found.offered == found.recorded:
        return "another sealed text"
    both = (found.recorded, found.offered)
    return spoken.became(*(None if each is None else written(each) for each in both))


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        if value.keys() == {"value", "unit"}:
            return f"{value['value']} {value['unit']}"
        return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
