"""The words that an option or an argument chooses from: one way for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import click

from diplomatic_ledger import meanings, words

#: What joins the parts of a word.
_JOINTS = re.compile(r"[\s_-]+")
#: A shorter beginning may be that of anything.
_LEAST_BEGINNING = 3


class WordType(click.Choice):  # type: ignore[type-arg]
    """One of some words: in any case, in the singular or the plural, and joined by spaces, as
    answers print it, or otherwise. The beginning of a word is not taken for it, since another one
    may be meant, and more words may come; it is suggested. `enum` is the name of the enum that
    has the words, by which is known what people mean by others.
    """

    def __init__(self, known: Sequence[str], enum: str = "") -> None:
        super().__init__(known)
        self._enum = enum

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        said = _bare(str(value))
        by_bare = {_bare(each): each for each in self.choices}
        meant = next((by_bare[form] for form in _forms(said) if form in by_bare), None)
        if meant is None:
            self.fail(f"{value!r} is not one of its words. {self._remedy(said)}", param, ctx)
        return meant

    def _remedy(self, said: str) -> str:
        if told := meanings.of(self._enum, said):
            return told
        begun = [each for each in self.choices if _bare(each).startswith(said)]
        if len(begun) == 1 and len(said) >= _LEAST_BEGINNING:
            return f"Did you mean {begun[0]}?"
        return words.advice(said, self.choices)


def _bare(word: str) -> str:
    return _JOINTS.sub("_", word.strip()).casefold()


def _forms(word: str) -> Iterator[str]:
    """A word as it was said, then in the singular and in the plural."""
    yield word
    if word.endswith("ies"):
        yield f"{word[:-3]}y"
    if word.endswith("s"):
        yield word[:-1]
    else:
        yield f"{word}s"
    if word.endswith("y"):
        yield f"{word[:-1]}ies"
