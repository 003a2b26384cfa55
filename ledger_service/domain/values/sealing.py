"""Which texts of a state may be sealed, by their paths, and how texts of a state are replaced.

A path is relative to the state, such as `title`, `place.name`, `aliases[2]` or
`evidence[0].quote`. Where an amendment only adds evidence it is relative to the amendment:
`evidence_added[0].quote`. The path of the reason of an amendment or an annulment is `reason`;
no state has a field of that name. No rule reads a text that may be sealed, so an answer is the same
whether a text is sealed, shown or erased.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import (
    Any,
    Final,
    NamedTuple,
    TypeAlias,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from msgspec.structs import replace

from ledger_service.domain.values.commands import Amendment, Annulment, Item, NewEntry
from ledger_service.domain.values.entries import Evidence, SealableText, Sealed, State

#: The path of the reason of an amendment or an annulment.
REASON = "reason"

#: What holds the texts that an item can seal.
Holder: TypeAlias = State | Amendment
Held = TypeVar("Held", bound=Holder)
SomeItem = TypeVar("SomeItem", bound=NewEntry | Amendment)

_PATH = re.compile(
    r"(?P<field>[a-z_]+)(?:\[(?P<index>0|[1-9]\d{0,3})\])?(?:\.(?P<inner>[a-z_]+))?"
)

#: Stands for a seal that an amendment keeps until the version before is known. No text
#: and salt have this hash, as far as anybody will ever find out.
KEPT = Sealed("sha256:" + "0" * 64)


class _Field(NamedTuple):
    """A field that may be sealed: `name`, or the field `inner` of the value in it; of each
    element where it is a list.
    """

    name: str
    is_list: bool
    inner: str


def _fields(struct: type[msgspec.Struct]) -> Iterator[_Field]:
    """The fields of a struct that may be sealed, as their types say, in its order."""
    for name, hint in get_type_hints(struct).items():
        if _is_sealable(hint):
            yield _Field(name, is_list=False, inner="")
            continue
        is_list = get_origin(hint) is tuple
        for part in get_args(hint)[:1] if is_list else (hint, *get_args(hint)):
            if is_list and _is_sealable(part):
                yield _Field(name, is_list, "")
            elif isinstance(part, type) and issubclass(part, msgspec.Struct):
                for inner, held in get_type_hints(part).items():
                    if _is_sealable(held):
                        yield _Field(name, is_list, inner)


def _is_sealable(hint: Any) -> bool:
    return Sealed in get_args(hint)


#: The one table of all that may be sealed, by what holds it.
SEALABLE: Final[dict[type, tuple[_Field, ...]]] = {
    **{state: tuple(_fields(state)) for state in get_args(State)},
    Amendment: tuple(
        _Field("evidence_added", is_list=True, inner=each.name) for each in _fields(Evidence)
    ),
}


def shape(field: _Field) -> str:
    """How the path of a field that may be sealed is written: `evidence[n].quote`."""
    return field.name + "[n]" * field.is_list + (f".{field.inner}" if field.inner else "")


class SealedField(NamedTuple):
    """A field of a state that holds a seal."""

    path: str
    sealed: Sealed


def holder(item: NewEntry | Amendment) -> Holder:
    """What the paths of an item start from: its state, or the item itself where it only adds
    evidence.
    """
    if item.state is not None:
        return item.state
    assert isinstance(item, Amendment)
    return item


def with_holder(item: SomeItem, held: Holder) -> SomeItem:
    """The item with this in the place of its `holder`."""
    if isinstance(held, Amendment):
        return replace(item, evidence_added=held.evidence_added)
    return replace(item, state=held)


def text_of(item: Item, path: str) -> SealableText | None:
    """The text of an item in a field that may be sealed; None when it has no such field."""
    if path == REASON and not isinstance(item, NewEntry):
        return item.reason
    return None if isinstance(item, Annulment) else text_at(holder(item), path)


def with_texts_of(item: Item, texts: Mapping[str, SealableText]) -> Item:
    """The item with these texts at these paths. It must have a field at each of them."""
    held = {path: text for path, text in texts.items() if path != REASON}
    if REASON in texts and not isinstance(item, NewEntry):
        item = replace(item, reason=texts[REASON])
    if isinstance(item, Annulment) or not held:
        return item
    return with_holder(item, with_texts(holder(item), held))


def sealed_fields(held: Holder) -> list[SealedField]:
    """The sealed fields of a state in the order of the state."""
    return [SealedField(path, text) for path, text in _texts(held) if isinstance(text, Sealed)]


def sealable_paths(held: Holder) -> list[str]:
    """The paths of all fields of a state that may be sealed."""
    return [path for path, _ in _texts(held)]


def text_at(held: Holder, path: str) -> SealableText | None:
    """The text in a field that may be sealed; None when the state has no such field."""
    found = _find(held, path)
    return None if found is None else found.text


def with_texts(held: Held, texts: Mapping[str, SealableText]) -> Held:
    """The state with these texts at these paths. It must have a field at each of them."""
    changes: dict[str, Any] = {}
    for path, text in texts.items():
        found = _find(held, path)
        assert found is not None, path
        name, inner = found.field.name, found.field.inner
        before = changes.get(name, getattr(held, name))
        if not found.field.is_list:
            changes[name] = replace(before, **{inner: text}) if inner else text
            continue
        elements = changes[name] = before if isinstance(before, list) else list(before)
        element = elements[found.place]
        elements[found.place] = replace(element, **{inner: text}) if inner else text
    changed = {name: tuple(new) if type(new) is list else new for name, new in changes.items()}
    return replace(held, **changed)


def opened(held: Held, values: Mapping[str, str]) -> Held:
    """The state with each seal replaced by its value, or by an empty text when `values` has
    none for its commitment.
    """
    seals = sealed_fields(held)
    if not seals:
        return held
    return with_texts(
        held, {field.path: values.get(field.sealed.sealed, "") for field in seals}
    )


def with_kept(state: State, paths: Iterable[str]) -> State:
    """The state with a stand-in in each empty field whose seal is kept."""
    empty = {path: KEPT for path in paths if text_at(state, path) == ""}
    return with_texts(state, empty) if empty else state


class _Found(NamedTuple):
    """A field that may be sealed, the index of its element in a list, and its text."""

    field: _Field
    place: int
    text: SealableText


def _find(held: Holder, path: str) -> _Found | None:
    if (match := _PATH.fullmatch(path)) is None:
        return None
    index = match["index"]
    field = _Field(match["field"], index is not None, match["inner"] or "")
    if field not in SEALABLE[type(held)]:
        return None
    value = getattr(held, field.name)
    if index is not None:
        if int(index) >= len(value):
            return None
        value = value[int(index)]
    if field.inner and value is not None:
        value = getattr(value, field.inner)
    return None if value is None else _Found(field, int(index or 0), value)


def _texts(held: Holder) -> Iterator[tuple[str, SealableText]]:
    """All texts that may be sealed, with their paths. The fields of one value follow one
    another.
    """
    done = ""
    for name, is_list, inner in SEALABLE[type(held)]:
        value = getattr(held, name)
        if not is_list:
            if not inner:
                yield name, value
            elif value is not None:
                yield f"{name}.{inner}", getattr(value, inner)
        elif name != done:
            done = name
            yield from _texts_of_list(held, name, value)


def _texts_of_list(
    held: Holder, name: str, elements: tuple[Any, ...]
) -> Iterator[tuple[str, SealableText]]:
    inners = [each.inner for each in SEALABLE[type(held)] if each.name == name]
    for index, element in enumerate(elements):
        for inner in inners:
            path = f"{name}[{index}]"
            yield (f"{path}.{inner}", getattr(element, inner)) if inner else (path, element)
