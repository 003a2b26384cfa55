"""Reads and writes YAML without converting scalars: each is the text that was written, so that
`no` stays a word and `2018-06` a month. A long list is read element by element. The only module
that needs PyYAML.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import yaml
from yaml.emitter import Emitter
from yaml.representer import SafeRepresenter
from yaml.resolver import BaseResolver
from yaml.serializer import Serializer

from diplomatic_ledger.json_form.problems import Path

_NOTHING = frozenset({"", "~", "null"})
_MERGE = "<<"
#: No item that can be recorded has as many.
_MOST_VALUES = 100_000


class YamlError(ValueError):
    """The text is not YAML, or has a key twice; the message names the line. `remedy` says what
    often leads to it; `line` is 0 where it is not known.
    """

    def __init__(self, line: int, problem: str, remedy: str = "") -> None:
        super().__init__(f"line {line}: {problem}" if line else problem)
        self.line = line
        self.remedy = remedy


class Text(Protocol):
    """What YAML is read from."""

    def read(self, size: int = ..., /) -> str: ...


class Part(NamedTuple):
    """A part of a document with the lines of its values. `path` begins with the number of an
    element of the long list, or is the key of another field. It is empty for the long list
    itself, which comes without elements before they do, and for a document that is neither a
    list nor a mapping.
    """

    path: Path
    value: Any
    lines: dict[Path, int]


def parse(text: Text | str) -> tuple[Any, dict[Path, int]]:
    """The document as mappings, lists and the text of its scalars, and the line on which
    each value stands, by its path from the top. Raises YamlError.
    """
    with _told():
        node = yaml.compose(text, Loader=_LOADER)
    values = _Values()
    return values.of(node, ()), values.lines


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
        mark = error.problem_mark or error.context_mark
        told = f"this is not YAML: {error.problem}."
        raise YamlError(
            mark.line + 1 if mark else 0, told, _remedy(str(error.problem))
        ) from None
    except yaml.YAMLError:
        raise YamlError(0, "A character stands here that YAML does not allow.") from None


#: What often leads to what the parser says.
_REMEDIES = {
    "mapping values are not allowed": "A text in which a colon and a space stand goes in quotes.",
    "cannot start any token": "A text that begins with @, % or ` goes in quotes.",
    "',' or ']'": "Inside of [...] a text with a comma, a colon or a quote goes in quotes.",
    "',' or '}'": "Inside of {...} a text with a comma, a colon or a quote goes in quotes.",
    "expected ':'": "Look for a key without its colon, or for a text that goes on in a next line.",
    "expected key": "Look at how this line is indented, and for quotes inside of quotes.",
    "'-' indicator": "Look at how this line is indented: the items of a list stand one below "
    "the other.",
    "unexpected end of stream": "Look for a quote that is opened and not closed.",
    "alias": "A text that begins with * goes in quotes.",
    "anchor": "A text that begins with & goes in quotes.",
    "tag": "A text that begins with ! goes in quotes.",
}


def _remedy(problem: str) -> str:
    return next((remedy for part, remedy in _REMEDIES.items() if part in problem), "")


class _Parts:
    """Puts a document together from the events of its parser, and holds no more of it than the
    part that is read, and what has an anchor.
    """

    def __init__(self, text: Text, listed: str) -> None:
        self._parser = _LOADER(text)
        self._listed = listed
        self._anchors: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Part]:
        """Of several documents, one after the other, as if it were one list."""
        self._next()
        number = 0
        while isinstance(self._next(), yaml.DocumentStartEvent):
            self._anchors.clear()
            event = self._next()
            if isinstance(event, yaml.SequenceStartEvent):
                number = yield from self._elements(event, number)
            elif isinstance(event, yaml.MappingStartEvent):
                number = yield from self._fields(number)
            else:
                yield self._part((), event)
            self._next()

    def _next(self) -> Any:
        return self._parser.get_event()

    def _elements(self, start: Any, number: int) -> Generator[Part, None, int]:
        """Returns the number of the next element."""
        yield Part((), [], {(): start.start_mark.line + 1})
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            yield self._part((number,), event)
            number += 1
        return number

    def _fields(self, number: int) -> Generator[Part, None, int]:
        seen: dict[str, int] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event)
            name = _name(key, seen)
            event = self._next()
            if name == self._listed and isinstance(event, yaml.SequenceStartEvent):
                number = yield from self._elements(event, number)
                continue
            yield self._part((name,), event, key.start_mark.line + 1)
        return number

    def _part(self, path: Path, event: Any, line: int = 0) -> Part:
        values = _Values({path: line} if line else {})
        return Part(path, values.of(self._node(event), path), values.lines)

    def _node(self, event: Any) -> Any:
        """The value that begins with an event."""
        kind = type(event)
        if kind is yaml.AliasEvent:
            if event.anchor not in self._anchors:
                line = event.start_mark.line + 1
                told = f"nothing is called &{event.anchor} before this."
                raise YamlError(line, told, _REMEDIES["alias"])
            return self._anchors[event.anchor]
        tag = event.tag or ""
        if kind is yaml.ScalarEvent:
            node: Any = yaml.ScalarNode(tag, event.value, event.start_mark, style=event.style)
        elif kind is yaml.SequenceStartEvent:
            node = yaml.SequenceNode(tag, [], event.start_mark)
        else:
            node = yaml.MappingNode(tag, [], event.start_mark)
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


class _Values:
    """The values of one part as mappings, lists and texts, with the line of each. Names (`&a`,
    `*a`) may stand for much, but not for more than any item can hold.
    """

    def __init__(self, lines: dict[Path, int] | None = None) -> None:
        self.lines: dict[Path, int] = {} if lines is None else lines
        self._count = 0
        #: The nodes within which the next one lies.
        self._around: set[int] = set()

    def of(self, node: Any, path: Path) -> Any:
        """The value of a node."""
        if node is None:
            return None
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self._hold(node, line)
        if isinstance(node, yaml.ScalarNode):
            return None if not node.style and node.value in _NOTHING else node.value
        self._around.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._fields(node, path)
            return [self.of(inner, (*path, i)) for i, inner in enumerate(node.value)]
        finally:
            self._around.discard(id(node))

    def _hold(self, node: Any, line: int) -> None:
        """Raises YamlError for what has no meaning, or too much of it."""
        self._count += 1
        if self._count > _MOST_VALUES:
            problem = (
                f"the names in this item (&, *) stand for more than {_MOST_VALUES:,} values."
            )
            raise YamlError(line, problem, "No item can hold so many. Write fewer.")
        if id(node) in self._around:
            raise YamlError(line, "a name (*) stands inside of what it names. Take it out.")
        if len(node.tag or "") > 1 and node.tag.startswith("!"):
            raise YamlError(line, f"{node.tag} is a tag, which says nothing.", _REMEDIES["tag"])

    def _fields(self, node: Any, path: Path) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        seen: dict[str, int] = {}
        merged: list[Any] = []
        for key, inner in node.value:
            name = _name(key, seen)
            if name == _MERGE and not key.style:
                merged += _mappings(inner)
                continue
            self.lines.setdefault((*path, name), key.start_mark.line + 1)
            fields[name] = self.of(inner, (*path, name))
        for each in merged:
            self._merge(fields, each, path)
        return fields

    def _merge(self, fields: dict[str, Any], node: Any, path: Path) -> None:
        """Adds the fields of another mapping that are not there yet."""
        self._hold(node, node.start_mark.line + 1)
        self._around.add(id(node))
        for name, value in self._fields(node, path).items():
            fields.setdefault(name, value)
        self._around.discard(id(node))


def _mappings(node: Any) -> list[Any]:
    """The mappings that a merge key names. Raises YamlError."""
    named = node.value if isinstance(node, yaml.SequenceNode) else [node]
    for each in named:
        if not isinstance(each, yaml.MappingNode):
            line = each.start_mark.line + 1
            raise YamlError(line, "<< takes the fields of a mapping, or of a list of them.")
    return list(named)


def _name(key: Any, seen: dict[str, int]) -> str:
    line = key.start_mark.line + 1
    if not isinstance(key, yaml.ScalarNode):
        raise YamlError(
            line, "a key is a word.", "A text that begins with [ or { goes in quotes."
        )
    name = str(key.value)
    if name in seen:
        first = f", first on line {seen[name]}" if seen[name] != line else ""
        raise YamlError(line, f"the key {name!r} stands twice{first}. Keep one.")
    seen[name] = line
    return name
