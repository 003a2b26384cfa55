"""Rules of what a request seals. The limits and the form of a text are checked before it is
sealed.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger_service.domain.checks.fields import Violations
from ledger_service.domain.values.commands import Amendment, NewEntry
from ledger_service.domain.values.entries import State
from ledger_service.domain.values.limits import SEALS
from ledger_service.domain.values.sealing import (
    KEPT,
    SEALABLE,
    sealable_paths,
    text_at,
    with_texts,
)


def check_seals(found: Violations, path: str, item: NewEntry | Amendment) -> None:
    """`path` is that of the item, such as `items[0].entry`."""
    _check_paths(found, f"{path}.seal", item.state, item.seal)
    for number, field in enumerate(item.seal[:SEALS]):
        if text_at(item.state, field) == "":
            found.add(
                f"{path}.seal[{number}]", f"{field!r} is empty: there is nothing to seal."
            )
    if isinstance(item, Amendment):
        _check_kept(found, path, item)


def _check_kept(found: Violations, path: str, item: Amendment) -> None:
    _check_paths(found, f"{path}.keep_sealed", item.state, item.keep_sealed)
    anew = set(item.seal)
    for number, field in enumerate(item.keep_sealed[:SEALS]):
        at = f"{path}.keep_sealed[{number}]"
        if field in anew:
            found.add(at, f"{field!r} is sealed anew, too. Do one of both.")
        elif isinstance(text_at(item.state, field), str):
            found.add(at, f"{field!r} stays sealed as it is. Leave it empty, or seal it anew.")


def _check_paths(found: Violations, path: str, state: State, fields: Sequence[str]) -> None:
    found.size(path, fields, SEALS)
    found.distinct(path, fields[:SEALS])
    here = ""
    for number, field in enumerate(fields[:SEALS]):
        if text_at(state, field) is None:
            here = here or _here(state)
            shown = field if len(field) <= 60 else field[:60] + "..."
            found.add(
                f"{path}[{number}]",
                f"{shown!r} is no field of this entry that can be sealed. Sealable are "
                f"{', '.join(SEALABLE)}; here: {here}.",
            )


def _here(state: State) -> str:
    paths = sealable_paths(state)
    return ", ".join(paths[:12]) + (" and more" if len(paths) > 12 else "")


def stored_state(item: NewEntry | Amendment) -> State:
    """The state with stand-ins for its seals, which are as long as any seal."""
    texts = {field: KEPT for field in item.seal if isinstance(text_at(item.state, field), str)}
    return with_texts(item.state, texts) if texts else item.state
