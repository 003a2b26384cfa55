"""Writes docs/entry-files.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from google.protobuf.descriptor import Descriptor

from deploy.development.entry_forms import forms
from deploy.development.entry_forms.comments import without_need
from deploy.development.entry_forms.forms import Field

WHOLE = Path(__file__).with_name("whole.yaml")
#: Parts that have no section of their own: they are written as lists and texts.
_WITHIN = ("ConditionList", "WordsCondition")

_HEAD = """# Entry files

What one writes into a file for `ledgerctl record`: every noun, every field and every word, in the form in which they are written. The fields and their meanings are those of `protos/`; this page is made from them. [README](../README.md#record-something) records a first file, [the glossary](../GLOSSARY.md) settles the words, [the rules](rules.md) say what follows from them.

`ledgerctl init my-talks.yaml` writes a file to begin with. `ledgerctl schema` prints a JSON Schema of entry files: an editor with a YAML language server completes and checks as one types, once the first line of the file names it:

```yaml
# yaml-language-server: $schema=entry-file.schema.json
```

## The file

A file is YAML or JSON Lines, in UTF-8. In YAML it is a list of items, or a mapping with `ledger` and `items`; in JSON Lines each line is one item, and there is no head: `ledgerctl ledgers create` makes the ledger, and `--ledger` names it. Items that others name stand before them; within one request of up to 1000 items any order will do. Several documents of YAML are read as one list, with what anchors and merge keys (`<<: *name`) stand for. Of files that were joined, byte order marks are left out; UTF-16 is read where such a mark says so, and what is in another encoding is refused with the command that converts it. A line of JSON is ended by a newline alone. U+0085, U+2028 and U+2029, which other programs take for the end of one, are refused in texts, also as escapes: no record has them (in YAML, U+0085 is a newline). Write a newline or a space.

Each value means what its field says, and not what YAML makes of it: `no` is a text, `2018-06` a month. In JSON texts stand in quotes, also such as are digits: a number, a day or a truth value is not taken for a text, since 10 is not 010. Only where the number alone counts may it stand as one, as in `extent` and `value`. An interval of days is written as one text, an amount with its unit.
"""

#: What the comment of the proto says, but for who makes an id.
_ENTRY_ID = (
    "Unique in the ledger: [A-Za-z0-9][A-Za-z0-9._-]{0,127}. Without one, `ledgerctl` makes one "
    "of what the entry says and its rank among equals, so that a file that has grown is recorded "
    "again without counting anything twice."
)

_DATES = "\n".join(
    [
        "| written | means |",
        "|---|---|",
        *(f"| `{written}` | {means} |" for written, means in forms.DATES.items()),
        "",
        "Where more is to be said than the days, a mapping has the text as its `date`:",
        "",
    ]
)

_SEALS = """## Sealed texts

A text that not everybody shall read is written `{seal: TEXT}`. The log then holds a salted hash in its place; the text lies beside it, is shown to who is cleared, and can be erased for good. In an amendment `{sealed: keep}` leaves a seal as it is. What may be sealed is marked with ◇ in the tables: no rule reads it.
"""


def page(told: dict[str, str]) -> str:
    """The page; `told` are the comments of the protos by full names."""
    return "\n".join(_lines(told)).rstrip() + "\n"


def _lines(told: dict[str, str]) -> Iterator[str]:
    yield _HEAD
    yield "The head of a file creates its ledger where it is missing:\n"
    yield from _table(forms.heading_message("CreateLedgerRequest"), told)
    yield "## An item\n"
    yield (
        "A new entry is its id and exactly one of "
        + ", ".join(f"[`{noun}`](#{noun})" for noun in forms.NOUNS)
        + ". Without an id it gets one.\n"
    )
    yield (
        "| field | form | meaning | example |\n|---|---|---|---|\n"
        f"| `id` | id | {_cell(_ENTRY_ID)} "
        "| `id: withdrawal` |\n"
    )
    messages = forms.descriptors()
    for noun in forms.NOUNS:
        message = next(each for name, each in messages.items() if name.lower() == noun)
        yield from _section(message, told, items=_items(noun))
    yield from _changes(told)
    yield _SEALS
    yield "## Parts of entries\n"
    nouns = [each.capitalize() for each in forms.NOUNS]
    for name, message in messages.items():
        if name not in (*nouns, *_WITHIN):
            yield from _section(message, told, items="")
    yield "## Words\n"
    for enum in _enums(messages):
        yield f"### {_spaced(enum.name)}\n"
        yield f"{told[enum.full_name]}\n"
        yield "| word | means |\n|---|---|"
        for word, value in forms.enum_words(enum).items():
            yield f"| `{word}` | {_cell(told[f'{enum.full_name}.{value}'])} |"
        yield ""


def _section(message: Descriptor, told: dict[str, str], items: str) -> Iterator[str]:
    yield f"{'##' if items else '###'} {_title(message.name)}\n"
    yield f"{told[message.full_name]}\n"
    if items:
        yield f"```yaml\n{items}\n```\n"
    if message.name == "IntervalDate":
        yield _DATES
    yield from _table(message, told)


def _changes(told: dict[str, str]) -> Iterator[str]:
    yield "## Amendments and annulments\n"
    yield (
        "A change names the entry and says why. An amendment states the whole new state, as a "
        "new entry does, or just evidence that is added.\n"
    )
    yield f"```yaml\n{_items('amend')}\n{_items('annul')}\n```\n"
    for name in ("Amendment", "Annulment"):
        message = forms.heading_message(name)
        verb = "amend" if name == "Amendment" else "annul"
        yield f"### {name}\n"
        yield "| field | form | meaning | example |\n|---|---|---|---|"
        given = forms.examples()[name]
        for field, form, full in (
            (verb, "id", "entry_id"),
            ("expected_version", "whole number", "expected_version"),
        ):
            means = _cell(without_need(told[f"{message.full_name}.{full}"]))
            yield f"| {_named(field, field == verb)} | {form} | {means} | `{field}: {given[field]}` |"
        yield from _rows(message, told)
        yield ""


def _table(message: Descriptor, told: dict[str, str]) -> Iterator[str]:
    yield "| field | form | meaning | example |\n|---|---|---|---|"
    yield from _rows(message, told)
    yield ""


def _rows(message: Descriptor, told: dict[str, str]) -> Iterator[str]:
    given = forms.examples()[message.name]
    for field in forms.fields(message):
        short = forms.SHORT_FIELDS.get(message.name, {}).get(field.name)
        means = short.means if short else _means(field, told)
        form = short.form if short else _form(field, told)
        name = _named(field.name, field.required) + " ◇" * field.sealable
        yield f"| {name} | {form} | {_cell(means)} | `{field.name}: {given[field.name]}` |"


def _means(field: Field, told: dict[str, str]) -> str:
    means = without_need(told[field.full_name])
    others = [f"`{each}`" for each in field.one_of if each != field.name]
    if others and field.message != "Condition":
        means += f" Not beside {' or '.join(others)}."
    return means


def _form(field: Field, told: dict[str, str]) -> str:
    known = forms.FORMS.get(f"{field.message}.{field.name}")
    if known:
        return known
    descriptor = field.descriptor
    if descriptor.message_type is None and told[field.full_name].startswith(
        ("Id of ", "Ids of ")
    ):
        return "list of ids" if descriptor.is_repeated else "id"
    one = _one_form(field)
    return f"list of {one}" if descriptor.is_repeated else one


def _one_form(field: Field) -> str:
    descriptor = field.descriptor
    if descriptor.message_type is not None:
        title = _title(descriptor.message_type.name)
        return f"[{title.lower()}](#{_anchor(title)})"
    if descriptor.enum_type is not None:
        title = _spaced(descriptor.enum_type.name)
        return f"[word](#{_anchor(title)})"
    if descriptor.type == descriptor.TYPE_BOOL:
        return "true or false"
    if descriptor.type == descriptor.TYPE_UINT32:
        return "whole number"
    return "day" if forms.is_day(field) else "text"


def _named(name: str, required: bool) -> str:
    return f"**`{name}`**" if required else f"`{name}`"


def _enums(messages: dict[str, Descriptor]) -> list[object]:
    found = {
        field.enum_type.full_name: field.enum_type
        for message in messages.values()
        for field in message.fields
        if field.enum_type is not None
    }
    return list(found.values())


def _items(kind: str) -> str:
    """The items of the whole example that are of this kind, as they are written there."""
    blocks = WHOLE.read_text(encoding="utf-8").split("\n- ")[1:]
    found = [
        f"- {block.rstrip()}"
        for block in blocks
        if block.startswith(f"{kind}:") or (f"\n  {kind}:" in block and block.startswith("id:"))
    ]
    return "\n".join(found)


def _title(name: str) -> str:
    return forms.TITLES.get(name) or _spaced(name)


def _spaced(name: str) -> str:
    """`InstrumentKind` as `Instrument kind`."""
    words = "".join(f" {each.lower()}" if each.isupper() else each for each in name).strip()
    return words[:1].upper() + words[1:]


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
