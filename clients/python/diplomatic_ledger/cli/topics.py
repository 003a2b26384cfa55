"""`ledgerctl help`: what a word means, and how it is written in an entry file."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import click
from rich.console import RenderableType

from diplomatic_ledger import words
from diplomatic_ledger.cli import glossary
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.failures import usage
from diplomatic_ledger.cli.glossary import Field, Term
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.session import Session


@command(
    "help",
    examples=[
        "ledgerctl help",
        "ledgerctl help commitment",
        "ledgerctl help in doubt",
        "ledgerctl help fulfils",
        "ledgerctl help balance",
    ],
)
@click.argument("topic", nargs=-1)
@click.pass_context
def help_on(context: click.Context, session: Session, topic: tuple[str, ...]) -> None:
    """Say what TOPIC means: a term of the glossary, a kind of entry, a field or a word of entry
    files, or a command. Without a topic, list those that there are.
    """
    wanted = " ".join(topic)
    if not wanted:
        _list(session)
        return
    known = [each for each in glossary.terms() if _means(each.names, wanted)]
    written = [each for each in glossary.fields() if _means((each.name,), wanted)]
    kind = wanted.casefold() if wanted.casefold() in glossary.kinds() else ""
    inner = [each for each in glossary.fields() if kind and each.holder.casefold() == kind]
    asked = _command(context, wanted)
    if session.as_json:
        session.screen.json(
            {
                "topic": wanted,
                "terms": [each._asdict() for each in known],
                "fields": [each._asdict() for each in (*inner, *written)],
                "command": f"ledgerctl {wanted}" if asked else "",
            }
        )
        return
    if not (known or written or inner or asked):
        raise usage(f"There is no topic {wanted!r}. {_near(wanted)}")
    _show(session, known, inner, written)
    if asked is not None:
        session.screen.show("")
        session.screen.show(f"`ledgerctl {wanted}` is a command: ledgerctl {wanted} --help")


def _show(
    session: Session, known: list[Term], inner: list[Field], written: list[Field]
) -> None:
    for term in known:
        session.screen.heading(", ".join(term.names))
        session.screen.show(_plain(term.means))
    if inner:
        session.screen.heading("In an entry file")
        session.screen.show(_fields(inner))
    if written:
        session.screen.heading("In entry files, as a field or a word")
        session.screen.show(
            table(
                [("of", "word"), ("written", "word"), ("means", "text")],
                [(_holder(each), each.name, each.means) for each in written],
            )
        )


def _fields(found: Iterable[Field]) -> RenderableType:
    return table(
        [("field", "word"), ("means", "text")], [(each.name, each.means) for each in found]
    )


def _list(session: Session) -> None:
    sections = groupby(glossary.terms(), key=lambda term: term.section)
    listed = [
        (section, ", ".join(name for term in found for name in term.names))
        for section, found in sections
    ]
    if session.as_json:
        session.screen.json(
            {"topics": [{"section": s, "names": n.split(", ")} for s, n in listed]}
        )
        return
    session.screen.show("ledgerctl help TOPIC tells what one of these means:")
    for section, names in listed:
        session.screen.heading(section)
        session.screen.show(names)
    session.screen.show("")
    session.screen.show("ledgerctl --help lists the commands.")


def _command(context: click.Context, wanted: str) -> click.Command | None:
    root = context.find_root().command
    return root.get_command(context, wanted) if isinstance(root, click.Group) else None


def _means(names: Iterable[str], wanted: str) -> bool:
    """Whether a topic is one of these names; `in doubt` and `in_doubt` are one."""
    return _bare(wanted) in map(_bare, names)


def _bare(name: str) -> str:
    return name.casefold().replace("_", " ").replace("-", " ")


def _near(wanted: str) -> str:
    known = {name for term in glossary.terms() for name in term.names}
    near = words.advice(wanted, sorted(known))
    return near if near.startswith("Did you mean") else "ledgerctl help lists them."


def _holder(field: Field) -> str:
    """`Act.kind` as `act kind`."""
    spaced = "".join(f" {each.lower()}" if each.isupper() else each for each in field.holder)
    return spaced.strip().replace(".", " ")


def _plain(text: str) -> str:
    """Markdown as it reads on a terminal."""
    return text.replace("`", "").replace("**", "")


COMMANDS = (help_on,)
