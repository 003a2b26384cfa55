"""Writes the JSON Schema of entry files (draft 7, which editors know best).

It says which fields there are and in which form each is written, so that an editor completes
them and marks what is wrong. What the ledger holds is for `ledgerctl record --check` to say.
"""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

from google.protobuf.descriptor import Descriptor

from deploy.development.entry_forms import forms
from deploy.development.entry_forms.comments import without_need
from deploy.development.entry_forms.forms import Field

Schema = dict[str, Any]

#: Texts that are numbers: YAML and JSON give them as such when no quotes are there.
_DECIMALS = frozenset(
    {
        ("Quantity", "value"),
        ("Relation", "extent"),
        ("Instalment", "share"),
        ("Instalment", "quantity"),
        ("Place", "latitude"),
        ("Place", "longitude"),
        ("Weight", "weight"),
    }
)
_END = r"(\d{4}(-\d{2}(-\d{2})?)?|\.\.)"
_DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_DATE: Schema = {
    "anyOf": [
        {"type": "string", "pattern": rf"^{_END}(/{_END})?$"},
        {"type": "integer", "minimum": 1, "maximum": 9999},
    ]
}
_SEAL: Schema = {
    "description": "A text that not everybody shall read.",
    "type": "object",
    "properties": {"seal": {"type": "string", "description": "The text."}},
    "required": ["seal"],
    "additionalProperties": False,
}
_KEEP: Schema = {
    "description": "In an amendment: the seal stays as it is.",
    "type": "object",
    "properties": {"sealed": {"const": "keep"}},
    "required": ["sealed"],
    "additionalProperties": False,
}
_AMOUNT: Schema = {"type": "string", "pattern": r"^\S*\d\S*\s+\S.*$"}
_ID: Schema = {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"}


def schema(told: dict[str, str]) -> str:
    """The schema as a text; `told` are the comments of the protos by full names."""
    definitions = {name: _part(message, told) for name, message in forms.descriptors().items()}
    definitions["seal"] = _SEAL
    definitions["keep"] = _KEEP
    definitions["date"] = _DATE
    definitions["Entry"] = _entry(told)
    for name, verb in (("Amendment", "amend"), ("Annulment", "annul")):
        definitions[name] = _change(name, verb, told)
    definitions["item"] = {
        "if": {"required": ["amend"]},
        "then": _ref("Amendment"),
        "else": {
            "if": {"required": ["annul"]},
            "then": _ref("Annulment"),
            "else": _ref("Entry"),
        },
    }
    head = forms.heading_message("CreateLedgerRequest")
    definitions["ledger"] = _object(head, told)
    items = {"type": "array", "items": _ref("item")}
    whole = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Entry file of a diplomatic ledger",
        "description": "A list of items, or a mapping with the ledger and the items.",
        "type": ["array", "object"],
        "items": _ref("item"),
        "properties": {
            "ledger": {**_ref("ledger")},
            "items": {"description": "What is to be recorded.", **items},
        },
        "required": ["items"],
        "additionalProperties": False,
        "definitions": dict(sorted(definitions.items())),
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _entry(told: dict[str, str]) -> Schema:
    properties: Schema = {
        "id": {"description": told[f"{forms.PACKAGE}.NewEntry.entry_id"], **_ID}
    }
    properties |= {noun: _described(noun, told) for noun in forms.NOUNS}
    return {
        "type": "object",
        "description": "A new entry: its id and one of its kinds.",
        "properties": properties,
        "additionalProperties": False,
        "oneOf": [{"required": [noun]} for noun in forms.NOUNS],
    }


def _change(name: str, verb: str, told: dict[str, str]) -> Schema:
    message = forms.heading_message(name)
    made = _object(message, told)
    path = f"{message.full_name}."
    first: Schema = {verb: {"description": without_need(told[f"{path}entry_id"]), **_ID}}
    made["properties"] = first | made["properties"]
    made["properties"]["expected_version"] = {
        "description": without_need(told[f"{path}expected_version"]),
        "type": "integer",
        "minimum": 1,
    }
    made["required"] = [verb, "reason"]
    if verb == "amend":
        made["properties"]["correction"]["const"] = True
        del made["properties"]["correction"]["$ref"]
        made["properties"]["new_information"] = {
            "description": told[f"{path}new_information"],
            **_ID,
        }
        made["properties"] |= {noun: _described(noun, told) for noun in forms.NOUNS}
        new = [{"required": [each]} for each in (*forms.NOUNS, "evidence_added")]
        cause = [{"required": [each]} for each in ("correction", "new_information")]
        made["allOf"] = [{"oneOf": cause}, {"oneOf": new}]
        made.pop("not", None)
    return made


def _part(message: Descriptor, told: dict[str, str]) -> Schema:
    """A message as it is written: a mapping, or a text where one will do."""
    made = _object(message, told)
    match message.name:
        case "Quantity":
            return {"anyOf": [_AMOUNT, made]}
        case "Place" | "PloverCode":
            return {"anyOf": [{"type": "string"}, made]}
        case "IntervalDate":
            made["required"] = ["date"]
            return {"anyOf": [*_DATE["anyOf"], made]}
        case "Condition":
            for each in ("all", "any"):
                made["properties"][each] |= {"type": "array", "items": _ref("Condition")}
                del made["properties"][each]["$ref"]
            made["properties"]["words"] |= {"type": "string"}
            del made["properties"]["words"]["$ref"]
            made["minProperties"] = 1
    return made


def _object(message: Descriptor, told: dict[str, str]) -> Schema:
    """A mapping with the fields of a message."""
    found = list(forms.fields(message))
    made: Schema = {
        "description": told[message.full_name],
        "type": "object",
        "properties": {each.name: _field(each, told) for each in found},
        "additionalProperties": False,
    }
    if required := [each.name for each in found if each.required]:
        made["required"] = required
    choices = {each.one_of for each in found if len(each.one_of) > 1}
    apart = [pair for choice in sorted(choices) for pair in combinations(choice, 2)]
    if apart:
        made["not"] = {"anyOf": [{"required": list(pair)} for pair in apart]}
    return made


def _field(field: Field, told: dict[str, str]) -> Schema:
    short = forms.SHORT_FIELDS.get(field.message, {}).get(field.name)
    if short is not None:
        form = {"type": "boolean"} if short.form == "true or false" else {"type": "string"}
        if short.form == "date":
            written = "; ".join(f"{text} ({means})" for text, means in forms.DATES.items())
            return {"description": f"{short.means} Write {written}.", **_ref("date")}
        return {"description": short.means, **form}
    described = {"description": told[field.full_name]}
    one = _one(field, told)
    if field.descriptor.is_repeated:
        one = {"type": "array", "items": one}
    if (field.message, field.name) == ("Party", "codes"):
        one = {"anyOf": [_texts(), one]}
    if (field.message, field.name) == ("Commitment", "instalments"):
        one = {"anyOf": [_series(), one]}
    return described | one


def _one(field: Field, told: dict[str, str]) -> Schema:
    descriptor = field.descriptor
    if descriptor.message_type is not None:
        return _ref(descriptor.message_type.name)
    if descriptor.enum_type is not None:
        words = forms.enum_words(descriptor.enum_type)
        path = descriptor.enum_type.full_name
        means = [told[f"{path}.{value}"] for value in words.values()]
        return {"enum": list(words), "markdownEnumDescriptions": means}
    if descriptor.type == descriptor.TYPE_BOOL:
        return {"type": "boolean"}
    if descriptor.type == descriptor.TYPE_UINT32:
        return {"type": "integer", "minimum": 0}
    if forms.is_day(field):
        return dict(_DAY)
    decimal = (field.message, field.name) in _DECIMALS
    text: Schema = {"type": ["string", "number"]} if decimal else {"type": "string"}
    if field.sealable:
        return {"anyOf": [text, _ref("seal"), _ref("keep")]}
    return text


def _texts() -> Schema:
    return {"type": "object", "additionalProperties": {"type": "string"}}


def _series() -> Schema:
    """Equal instalments, counted off."""
    date = _ref("date")
    return {
        "type": "object",
        "description": "Equal parts, one for each day, week, month, quarter or year.",
        "properties": {
            "every": {"enum": ["day", "week", "month", "quarter", "year"]},
            "from": date,
            "to": date,
            "quantity": _ref("Quantity"),
        },
        "required": ["every", "from", "to"],
        "additionalProperties": False,
    }


def _described(noun: str, told: dict[str, str]) -> Schema:
    name = noun.capitalize()
    return {"description": told[f"{forms.PACKAGE}.{name}"], **_ref(name)}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}
