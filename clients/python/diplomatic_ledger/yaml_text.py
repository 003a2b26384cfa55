"""Reads and writes YAML without converting scalars: each is the text that was written, so that
`no` stays a word and `2018-06` a month. A long list is read element by element. The only module
that needs PyYAML.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import yaml
from yaml.emitter import Emitter
from yaml.representer import SafeRepresenter
from yaml.resolver import BaseResolver
from yaml.serializer import Serializer

from diplomatic_ledger.json_form.problems import Path

_NOTHING = frozenset({"", "~", "null"})


class YamlError(ValueError):
    """The text is not YAML, or has a key twice; the message names the line."""


class Text(Protocol):
    """What YAML is read from."""

    def read(self, size: int, /) -> str: ...


class Part(NamedTuple):
    """A part of a document with the lines of its values. `path` begins with the number of an
    element of the long list, or is the key of another field. It is empty for the long list
    itself, which comes without elements before they do, and for a document that is neither a
    list nor a mapping.
    """

    path: Path
    value: Any
    lines: dict[Path, int]


def parse(text: str) -> tuple[Any, dict[Path, int]]:
    """The document as mappings, lists and the text of its scalars, and the line on which
    each value stands, by its path from the top. Raises YamlError.
    """
    with _told():
        node = yaml.compose(text, Loader=_LOADER)
    lines: dict[Path, int] = {}
    return _value(node, (), lines), lines


def parts(text: Text, listed: str) -> Iterator[Part]:
    """The parts of a document: the elements of the list that it is, or of the list in its field
    `listed`, one by one, and its other fields. Raises YamlError.
    """
    with _told():
        yield from _Parts(text, listed)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise YamlError(f"line {line}: this is not YAML: {error.problem}.") from None
    except yaml.YAMLError as error:
        raise YamlError(f"This is not YAML: {error}.") from None


class _Parts:
    """Puts a document together from the events of its parser, and holds no more of it than the
    part that is read, and what has an anchor.
    """

    def __init__(self, text: Text, listed: str) -> None:
        self._parser = _LOADER(text)
        self._listed = listed
        self._anchors: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Part]:
        self._next()
        if not isinstance(self._next(), yaml.DocumentStartEvent):
            return
        event = self._next()
        if isinstance(event, yaml.SequenceStartEvent):
            yield from self._elements(event)
        elif isinstance(event, yaml.MappingStartEvent):
            yield from self._fields()
        else:
            yield self._part((), event)
        self._next()
        if not isinstance(after := self._next(), yaml.StreamEndEvent):
            line = after.start_mark.line + 1
            raise YamlError(f"line {line}: a second document begins here. Write one list.")

    def _next(self) -> Any:
        return self._parser.get_event()

    def _elements(self, start: Any) -> Iterator[Part]:
        yield Part((), [], {(): start.start_mark.line + 1})
        number = 0
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            yield self._part((number,), event)
            number += 1

    def _fields(self) -> Iterator[Part]:
        seen: set[str] = set()
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event)
            name = _name(key, seen)
            event = self._next()
            if name == self._listed and isinstance(event, yaml.SequenceStartEvent):
                yield from self._elements(event)
                continue
            yield self._part((name,), event, key.start_mark.line + 1)

    def _part(self, path: Path, event: Any, line: int = 0) -> Part:
        lines = {path: line} if line else {}
        return Part(path, _value(self._node(event), path, lines), lines)

    def _node(self, event: Any) -> Any:
        """The value that begins with an event."""
        kind = type(event)
        if kind is yaml.AliasEvent:
            if event.anchor not in self._anchors:
                line = event.start_mark.line + 1
                raise YamlError(f"line {line}: nothing is called &{event.anchor} before this.")
            return self._anchors[event.anchor]
        if kind is yaml.ScalarEvent:
            node: Any = yaml.ScalarNode("", event.value, event.start_mark, style=event.style)
        elif kind is yaml.SequenceStartEvent:
            node = yaml.SequenceNode("", [], event.start_mark)
        else:
            node = yaml.MappingNode("", [], event.start_mark)
        if event.anchor:
            self._anchors[event.anchor] = node
        if isinstance(node, yaml.SequenceNode):
            while not isinstance(inner := self._next(), yaml.SequenceEndEvent):
                node.value.append(self._node(inner))
        elif isinstance(node, yaml.MappingNode):
            while not isinstance(inner := self._next(), yaml.MappingEndEvent):
                node.value.append((self._node(inner), self._node(self._next())))
        return node


def write(value: Any) -> str:
    """Mappings, lists, texts, numbers and truth values as YAML that `parse` reads back."""
    return yaml.dump(_texts(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


class _Dumper(Emitter, Serializer, SafeRepresenter, BaseResolver):
    """Writes texts as they are: `2018-06` needs no quotes where nothing is converted."""

    def __init__(self, stream: Any, **options: Any) -> None:
        emitting = ("canonical", "indent", "width", "allow_unicode", "line_break")
        Emitter.__init__(self, stream, **{key: options.get(key) for key in emitting})
        Serializer.__init__(self)
        SafeRepresenter.__init__(self, default_flow_style=False, sort_keys=False)
        BaseResolver.__init__(self)

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text(dumper: Any, text: str) -> Any:
    """A text that would be read as nothing stands in quotes."""
    style = "'" if text in _NOTHING else None
    return dumper.represent_scalar(BaseResolver.DEFAULT_SCALAR_TAG, text, style=style)


_Dumper.add_representer(str, _text)


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_texts(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


#: The loader in C is ten times as fast, where it was built.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _value(node: Any, path: Path, lines: dict[Path, int]) -> Any:
    """A node as mappings, lists and the text of its scalars; notes the line of each."""
    if node is None:
        return None
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _fields(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_value(inner, (*path, i), lines) for i, inner in enumerate(node.value)]
    return None if not node.style and node.value in _NOTHING else node.value


def _fields(node: Any, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    seen: set[str] = set()
    for key, inner in node.value:
        name = _name(key, seen)
        lines[(*path, name)] = key.start_mark.line + 1
        fields[name] = _value(inner, (*path, name), lines)
    return fields


def _name(key: Any, seen: set[str]) -> str:
    name = str(key.value)
    if name in seen:
        line = key.start_mark.line + 1
        raise YamlError(f"line {line}: the key {name!r} stands twice. Keep one.")
    seen.add(name)
    return name
