"""Reads and writes YAML without converting scalars: each is the text that was written, so that
`no` stays a word and `2018-06` a month. The only module that needs PyYAML.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml.emitter import Emitter
from yaml.representer import SafeRepresenter
from yaml.resolver import BaseResolver
from yaml.serializer import Serializer

from diplomatic_ledger.json_form.problems import Path

_NOTHING = frozenset({"", "~", "null"})


class YamlError(ValueError):
    """The text is not YAML, or has a key twice; the message names the line."""


def parse(text: str) -> tuple[Any, dict[Path, int]]:
    """The document as mappings, lists and the text of its scalars, and the line on which
    each value stands, by its path from the top. Raises YamlError.
    """
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise YamlError(f"line {line}: this is not YAML: {error.problem}.") from None
    except yaml.YAMLError as error:
        raise YamlError(f"This is not YAML: {error}.") from None
    lines: dict[Path, int] = {}
    return _value(node, (), lines), lines


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
    for key, inner in node.value:
        name = str(key.value)
        if name in fields:
            line = key.start_mark.line + 1
            raise YamlError(f"line {line}: the key {name!r} stands twice. Keep one.")
        lines[(*path, name)] = key.start_mark.line + 1
        fields[name] = _value(inner, (*path, name), lines)
    return fields
