"""`ledgerctl init` writes a file to begin a case with; `ledgerctl schema` prints what editors
complete entry files by.
"""

from __future__ import annotations

import re
from pathlib import Path

import click

from diplomatic_ledger.cli.commands import PLAIN, command
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.glossary import SCHEMA_NAME, schema_text
from diplomatic_ledger.cli.session import Session

_TEMPLATE = Path(__file__).with_name("first_entries.yaml")
_LONGEST_NAME = 40


@command(
    "init",
    formats=PLAIN,
    examples=[
        "ledgerctl init my-talks.yaml",
        "ledgerctl init case.yaml --ledger my-talks --title 'Talks between A and B'",
    ],
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--title", metavar="TEXT", help="Title of the ledger. [to be written]")
@click.option("--no-schema", is_flag=True, help=f"Leave out {SCHEMA_NAME}.")
def init(session: Session, file: Path, title: str | None, *, no_schema: bool) -> None:
    """Write FILE, an entry file with comments to begin a case with, and beside it the JSON
    Schema by which editors complete what one types. Neither replaces a file. No service is
    asked.
    """
    if file.suffix.casefold() in (".json", ".jsonl"):
        raise usage(f"What is written is YAML. Name it {file.with_suffix('.yaml')}.")
    told = session.ledger_name if "ledger_name" in session.said_here else ""
    name = told or _ledger_name(file.stem)
    if not name:
        raise usage(
            f"{file.stem!r} is no name of a ledger. Say it with --ledger: small letters, "
            "digits and dashes, at most 40, a letter first."
        )
    text = _TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("LEDGER", name).replace(
        "TITLE", _quoted(title or "Say what it is about")
    )
    if no_schema:
        text = "".join(text.splitlines(keepends=True)[1:])
    schema = file.with_name(SCHEMA_NAME)
    _write(file, text)
    wrote = [str(file)]
    if not no_schema and not schema.exists():
        _write(schema, schema_text())
        wrote.append(str(schema))
    if session.as_json:
        session.screen.json({"ledger": name, "wrote": wrote})
        return
    for each in wrote:
        session.screen.line(f"Wrote {each}")
    if (other := session.ledger_name) not in ("", name):
        session.tell(
            f"The file is for the ledger {name}; LEDGERCTL_LEDGER says {other}, so unset it, or "
            f"say --ledger {name}, to record the file."
        )
    session.screen.show("")
    session.screen.show("Put your own entries in, then:")
    session.screen.line(
        f"  {_record(session, '--check', str(file))}    says what is wrong, records nothing"
    )
    session.screen.line(
        f"  {_record(session, str(file))}            records it, as often as it has grown"
    )


@command(
    "schema",
    examples=["ledgerctl schema > entry-file.schema.json", "ledgerctl help commitment"],
    formats=("json",),
)
def schema(session: Session) -> None:
    """Print the JSON Schema of entry files. An editor with a YAML language server completes and
    checks a file whose first line is

    # yaml-language-server: $schema=entry-file.schema.json
    """
    session.screen.raw(schema_text().rstrip("\n"))


def _record(session: Session, *args: str) -> str:
    """The command that records the file, which names its ledger."""
    return session.command("record", *args, of_ledger=False)


def _ledger_name(stem: str) -> str:
    """The name of a ledger that a file's name suggests; empty when there is none."""
    name = re.sub(r"[^a-z0-9]+", "-", stem.casefold()).strip("-")
    return name if re.fullmatch(rf"[a-z][a-z0-9-]{{0,{_LONGEST_NAME - 1}}}", name) else ""


def _quoted(text: str) -> str:
    """A text as YAML: quoted, whatever it holds."""
    return "'" + " ".join(text.split()).replace("'", "''") + "'"


def _write(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise Failure(
            f"{file} is there already, and is left as it is. Name another file."
        ) from None
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}.") from None


COMMANDS = (init, schema)
