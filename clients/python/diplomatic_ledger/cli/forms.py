"""The forms in which an answer is printed. Those of `PAGES` are written as a whole, when the
answer is complete.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import click

from diplomatic_ledger.cli import html_page, markdown, spreadsheet
from diplomatic_ledger.cli.document import Document, Drawing, Sentence
from diplomatic_ledger.cli.harmless import harmless

#: What writes each form, and how its lines end.
PAGES: Mapping[str, tuple[Callable[[Document], Iterator[str]], str]] = MappingProxyType(
    {
        "csv": (spreadsheet.written, ""),
        "markdown": (markdown.written, "\n"),
        "html": (html_page.written, "\n"),
    }
)


def write(form: str, document: Document) -> None:
    """Writes an answer to stdout, in UTF-8. What is no table goes to stderr where the form has
    only tables.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    written, end = PAGES[form]
    for line in written(document):
        sys.stdout.write(line + end)
    if form == "csv":
        for part in document.parts:
            if isinstance(part, (Sentence, Drawing)):
                click.echo(harmless(part.text), err=True)
