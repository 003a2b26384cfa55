"""Which texts of a state may be sealed, by their paths, and how texts of a state are replaced.

A path is relative to the state, such as `title` or `evidence[0].attribution`. No rule reads a
text that may be sealed, so an answer is the same whether a text is sealed, shown or erased.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from ledger_service.domain.values.entries import SealableText, Sealed, State

SEALABLE = ("attribution", "url", "title", "summary", "note")
_LISTS = ("evidence", "relations", "represents")

_PATH = re.compile(
    rf"(?:(?P<list>{'|'.join(_LISTS)})\[(?P<index>0|[1-9]\d{{0,3}})\]\.)?"
    rf"(?P<name>{'|'.join(SEALABLE)})"
)

#: Stands for a seal that an amendment keeps until the version before is known. No text
#: and salt have this hash, as far as anybody will ever find out.
KEPT = Sealed("sha256:" + "0" * 64)


class SealedField(NamedTuple):
    """A field of a state that holds a seal."""

    path: str
    sealed: Sealed


def sealed_fields(state: State) -> list[SealedField]:
    """The sealed fields of a state in the order of the state."""
    return [SealedField(path, text) for path, text in _texts(state) if isinstance(text, Sealed)]


def sealable_paths(state: State) -> list[str]:
    """The paths of all fields of a state that may be sealed."""
    return [path for path, _ in _texts(state)]


def text_at(state: State, path: str) -> SealableText | None:
    """The text in a field that may be sealed; None when the state has no such field."""
    found = _find(state, path)
    if found is None:
        return None
    text: SealableText = getattr(found.holder, found.name)
    return text


def with_texts(state: State, texts: Mapping[str, SealableText]) -> State:
    """The state with these texts at these paths. It must have a field at each of them."""
    changes: dict[str, Any] = {}
    for path, text in texts.items():
        found = _find(state, path)
        assert found is not None, path
        if found.list:
            elements = changes.setdefault(found.list, list(getattr(state, found.list)))
            elements[found.place] = replace(elements[found.place], **{found.name: text})
        else:
            changes[found.name] = text
    changed = {name: tuple(new) if type(new) is list else new for name, new in changes.items()}
    return replace(state, **changed)


def opened(state: State, values: Mapping[str, str]) -> State:
    """The state with each seal replaced by its value, or by an empty text when `values` has
    none for its commitment.
    """
    seals = sealed_fields(state)
    if not seals:
        return state
    return with_texts(
        state, {field.path: values.get(field.sealed.sealed, "") for field in seals}
    )


def with_kept(state: State, paths: Iterable[str]) -> State:
    """The state with a stand-in in each empty field whose seal is kept."""
    empty = {path: KEPT for path in paths if text_at(state, path) == ""}
    return with_texts(state, empty) if empty else state


class _Found(NamedTuple):
    """The value that holds a field, the name of the field, and the index when it is an element
    of a list.
    """

    holder: Any
    name: str
    list: str = ""
    place: int = 0


def _find(state: State, path: str) -> _Found | None:
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    found = _Found(state, match["name"])
    if name := match["list"]:
        elements, index = getattr(state, name, ()), int(match["index"])
        if index >= len(elements):
            return None
        found = _Found(elements[index], match["name"], name, index)
    return found if hasattr(found.holder, found.name) else None


def _texts(state: State) -> Iterator[tuple[str, SealableText]]:
    for name in state.__struct_fields__:
        value = getattr(state, name)
        if name in SEALABLE:
            yield name, value
        elif name in _LISTS:
            for index, element in enumerate(value):
                for inner in element.__struct_fields__:
                    if inner in SEALABLE:
                        yield f"{name}[{index}].{inner}", getattr(element, inner)
