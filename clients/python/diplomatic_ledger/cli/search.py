"""`ledgerctl search`: words, wherever they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from rich.console import RenderableType
from rich.text import Text

from diplomatic_ledger import json_form
from diplomatic_ledger.cli import acts, instruments, spoken
from diplomatic_ledger.cli.asking import supposes
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.citing import Citations, Noting, names_sources, unnoted
from diplomatic_ledger.cli.commands import Whole, command
from diplomatic_ledger.cli.commitments import consequent, who
from diplomatic_ledger.cli.failures import usage
from diplomatic_ledger.cli.harmless import harmless
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.composing import NOUNS, Found
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.found_words import Place

#: The heading for each noun, and the command that lists it.
_PLURAL = {
    "commitment": "commitments",
    "act": "acts",
    "instrument": "instruments",
    "report": "reports",
    "party": "parties",
}
#: So many places of an entry are shown.
_MOST_PLACES = 3


@command(
    "search",
    examples=[
        "ledgerctl search remains",
        "ledgerctl search 'test site' --in act --limit 50",
        "ledgerctl search denuclear* --as-of 2018-07-23 --reported-by 2018-07-23",
        "ledgerctl search 김정은 --format json",
    ],
)
@click.argument("words", nargs=-1, required=True, metavar="WORDS")
@click.option(
    "--in",
    "nouns",
    multiple=True,
    type=WordType(NOUNS, "EntryType"),
    metavar="WORD",
    help=f"Only in these: {', '.join(NOUNS)}.",
)
@click.option(
    "--limit",
    type=Whole(min=1),
    default=10,
    metavar="N",
    help="So many of each at most. [10]",
)
@names_sources(by_default=False)
@supposes
def search(
    session: Session,
    words: tuple[str, ...],
    nouns: tuple[str, ...],
    limit: int,
    named_sources: bool,
    cuts: Cuts,
) -> None:
    """Look for words in commitments, acts, instruments, reports and parties: the newest first,
    with where they stand. An entry is found when it has all of them; denuclear* finds what
    begins so.
    """
    text = " ".join(words)
    if not text.strip():
        raise usage("WORDS is empty. Say what to look for.")
    found = session.client.search(session.ledger, text, cuts, nouns=nouns or NOUNS, limit=limit)
    citations = Citations(session, found, cuts, wanted=named_sources)
    items = [each.item for each in found.found]
    if session.as_json:
        told = {
            "basis": json_form.write(found.basis),
            "found": [_written(each) for each in found.found],
            "more": list(found.more),
        }
        session.screen.json(citations.add(told, *items))
        return
    citations.look_up(*items)
    for noun in NOUNS:
        some = [each for each in found.found if each.noun == noun]
        if not some:
            continue
        session.screen.heading(_PLURAL[noun].capitalize())
        session.screen.show(found_table(some, citations.noted))
        if noun in found.more:
            more = session.command(_PLURAL[noun], "--text", text, cuts=cuts)
            session.screen.line("and more:")
            session.screen.line(f"  {more}")
    if not found.found:
        session.screen.show(f"Nothing has {text!r} in its texts at these cuts.")
    session.screen.note("")
    session.screen.basis(found.basis)


def _written(each: Found) -> dict[str, Any]:
    return {
        "noun": each.noun,
        "places": [{"field": place.field, "excerpt": place.excerpt} for place in each.places],
        **json_form.write(each.item),
    }


def found_table(some: Sequence[Found], noted: Noting = unnoted) -> RenderableType:
    return table(
        [("day", "day"), ("id", "id"), ("who", "who"), ("where it was found", "text")],
        [
            (_day(each), each.entry_id, _who(each), noted(_where(each), each.item))
            for each in some
        ],
    )


def _day(each: Found) -> str:
    """When it happened, was promised or came out, as far as that is known."""
    match each.noun:
        case "party":
            return ""
        case "report":
            return spoken.when(each.item.report.published)
        case noun:
            return spoken.when(getattr(each.item, noun).occurred)


def _who(each: Found) -> str:
    match each.noun:
        case "commitment":
            return who(each.item)
        case "act":
            return acts.who(each.item)
        case "instrument":
            return ", ".join(each.item.instrument.participants)
        case "report":
            return str(each.item.report.publisher)
        case _:
            return ""


def _where(each: Found) -> Text:
    """The title, and the places in which words stand, with these marked."""
    lines = list(each.places[:_MOST_PLACES])
    if not lines or lines[0].field not in ("title", "what is promised", "name"):
        lines.insert(0, Place("", _title(each), ()))
    told = Text("\n").join(_marked(place) for place in lines)
    if (left := len(each.places) - _MOST_PLACES) > 0:
        told.append(f"\nand in {spoken.plural(left, 'more text')}", style="dim")
    return told


def _title(each: Found) -> str:
    match each.noun:
        case "commitment":
            return consequent(each.item)
        case "act":
            return spoken.title(each.item)
        case "instrument":
            return instruments.title(each.item)
        case "report":
            return str(each.item.report.title)
        case _:
            return str(each.item.name)


def _marked(place: Place) -> Text:
    named = place.field not in ("", "title", "what is promised", "name")
    told, at = Text(f"{place.field}: " if named else ""), 0
    for start, end in place.marks:
        told.append(harmless(place.excerpt[at:start]))
        told.append(harmless(place.excerpt[max(at, start) : end]), style="bold reverse")
        at = max(at, end)
    told.append(harmless(place.excerpt[at:]))
    return told


COMMANDS = (search,)
