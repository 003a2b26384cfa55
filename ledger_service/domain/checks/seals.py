"""Rules of what a request seals. The limits and the form of a text are checked before it is
sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ledger_service.domain.checks.fields import Violations
from ledger_service.domain.values.commands import Amendment, Annulment, Item, NewEntry
from ledger_service.domain.values.entries import Evidence, SealableText, State
from ledger_service.domain.values.limits import SEALS
from ledger_service.domain.values.sealing import (
    KEPT,
    SEALABLE,
    Holder,
    holder,
    sealable_paths,
    shape,
    text_at,
    text_of,
    with_texts,
)


def check_seals(found: Violations, path: str, item: Item) -> None:
    """`path` is that of the item, such as `items[0].entry`."""
    _check_paths(
        found, f"{path}.seal", item.seal, partial(text_of, item), partial(_told_of, item)
    )
    for number, field in enumerate(item.seal[:SEALS]):
        if text_of(item, field) == "":
            found.add(
                f"{path}.seal[{number}]", f"{field!r} is empty: there is nothing to seal."
            )
    if isinstance(item, Amendment):
        _check_kept(found, path, item)


def _check_kept(found: Violations, path: str, item: Amendment) -> None:
    state = item.state
    if state is None:
        for number in range(len(item.keep_sealed)):
            found.add(
                f"{path}.keep_sealed[{number}]",
                "All that was sealed stays so where evidence is only added. Leave this out.",
            )
        return
    _check_paths(
        found,
        f"{path}.keep_sealed",
        item.keep_sealed,
        partial(text_at, state),
        partial(_told, state),
    )
    anew = set(item.seal)
    for number, field in enumerate(item.keep_sealed[:SEALS]):
        at = f"{path}.keep_sealed[{number}]"
        if field in anew:
            found.add(at, f"{field!r} is sealed anew, too. Do one of both.")
        elif isinstance(text_at(state, field), str):
            found.add(at, f"{field!r} stays sealed as it is. Leave it empty, or seal it anew.")


def _check_paths(
    found: Violations,
    path: str,
    fields: Sequence[str],
    find: Callable[[str], SealableText | None],
    tell: Callable[[], str],
) -> None:
    """`find` gives the text at a path, and `tell` says at which paths there are some."""
    found.size(path, fields, SEALS)
    found.distinct(path, fields[:SEALS])
    told = ""
    for number, field in enumerate(fields[:SEALS]):
        if find(field) is None:
            told = told or tell()
            shown = field if len(field) <= 60 else field[:60] + "..."
            found.add(
                f"{path}[{number}]",
                f"{shown!r} is no field of this entry that can be sealed. {told}",
            )


def _told_of(item: Item) -> str:
    if isinstance(item, Annulment):
        return "Sealable is the reason."
    told = _told(holder(item))
    return told if isinstance(item, NewEntry) else f"{told} So is the reason."


def _told(held: Holder) -> str:
    """Which fields can be sealed, and which of them there are."""
    shapes = ", ".join(map(shape, SEALABLE[type(held)]))
    paths = sealable_paths(held)
    here = ", ".join(paths[:12]) + (" and more" if len(paths) > 12 else "")
    return f"Sealable are {shapes}; here: {here}."


def stored(item: NewEntry | Amendment) -> State | tuple[Evidence, ...]:
    """What is stored of an item, its state or the evidence that it adds, with stand-ins for its
    seals, which are as long as any seal.
    """
    held = holder(item)
    texts = {field: KEPT for field in item.seal if isinstance(text_at(held, field), str)}
    if texts:
        held = with_texts(held, texts)
    return held.evidence_added if isinstance(held, Amendment) else held
