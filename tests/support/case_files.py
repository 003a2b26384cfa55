"""Reads case files: a small ledger, questions about it and their answers.

A file is YAML with `ledger` (title, perhaps opens_on), `items` in the form of an entry file,
and `ask`: questions with their cuts and answers; perhaps `about`, what the case is taken from. Every scalar is kept as the text that was
written, so that a day stays a day and `0.10` a decimal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from diplomatic_ledger import Cuts, json_form, yaml_text
from diplomatic_ledger.v1.items_pb2 import RecordItem

_TOP = ("about", "ledger", "items", "ask")
_ASKED = ("question", "cuts", "answer")
_CUTS = ("as_of", "reported_by", "recorded_by", "policy")


class CaseFileError(Exception):
    """A file or folder holds no cases; the text says where and why."""


@dataclass(frozen=True)
class Question:
    """What is asked, at which cuts, and the answer that is right. It stands on `line`."""

    line: int
    asked: Mapping[str, Any]
    cuts: Cuts
    answer: Any


@dataclass(frozen=True)
class Case:
    """A ledger's items in the order of recording, and the questions about it."""

    path: Path
    title: str
    opens_on: str
    items: Sequence[RecordItem]
    questions: Sequence[Question]

    def kind_of(self, entry_id: str) -> str:
        """The type of an entry: `act`, `commitment`, `instrument`."""
        for item in self.items:
            if item.entry.entry_id == entry_id:
                return item.entry.state.WhichOneof("state") or ""
        raise CaseFileError(f"{self.path}: a question names {entry_id!r}, which is no entry.")


def find(places: Sequence[Path]) -> list[Path]:
    """The case files among these files and in these folders, by name. Raises CaseFileError."""
    found: list[Path] = []
    for place in places:
        if not place.exists():
            raise CaseFileError(f"{place}: there is no such file or folder.")
        inside = sorted(place.glob("*.yaml")) if place.is_dir() else [place]
        if not inside:
            raise CaseFileError(f"{place}: the folder holds no file that ends in .yaml.")
        found.extend(inside)
    return found


def read(path: Path) -> Case:
    """The case in a file. Raises CaseFileError."""
    try:
        document, lines = yaml_text.parse(path.read_text(encoding="utf-8"))
        _only(document, _TOP, "the file")
        ledger = document["ledger"]
        return Case(
            path,
            ledger["title"],
            ledger.get("opens_on", ""),
            items_of(document["items"]),
            list(_questions(document["ask"], lines)),
        )
    except KeyError as error:
        raise CaseFileError(f"{path}: {error.args[0]} is missing.") from None
    except (AttributeError, TypeError):
        raise CaseFileError(f"{path}: it has not the shape of a case.") from None
    except (ValueError, OSError) as error:
        raise CaseFileError(f"{path}: {error}") from None


def items_of(plain: Sequence[Any]) -> list[RecordItem]:
    """Items as in an entry file. Raises ValueError."""
    return [
        item
        for index, each in enumerate(plain)
        for item in json_form.read_items(each, ("items", index))
    ]


def _questions(plain: Sequence[Any], lines: Mapping[Any, int]) -> Iterator[Question]:
    for index, each in enumerate(plain):
        _only(each, _ASKED, f"question {index + 1}")
        asked, cuts = each["question"], _cuts(each["cuts"])
        if "suppose" in asked:
            cuts = replace(cuts, suppose=items_of(asked["suppose"]))
            asked = asked["then"]
        yield Question(lines[("ask", index)], asked, cuts, each["answer"])


def _cuts(plain: Mapping[str, str]) -> Cuts:
    _only(plain, _CUTS, "cuts")
    position = plain.get("recorded_by")
    policy = plain.get("policy", "certain")
    if policy not in ("certain", "possible"):
        raise ValueError(f"{policy!r} is no policy: certain or possible")
    return Cuts(
        as_of=plain["as_of"],
        reported_by=plain.get("reported_by"),
        recorded_by=None if position is None else int(position),
        dates=policy,
    )


def _only(plain: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in plain:
        if key not in known:
            raise ValueError(f"{where} has no {key!r}; it has {', '.join(known)}")
