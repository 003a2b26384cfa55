"""`ledgerctl rubrics`: the public ways to rate promises, and what their ratings mean."""

from __future__ import annotations

from rich.console import RenderableType

from diplomatic_ledger import json_form
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.v1 import rubrics_pb2


@command("rubrics", examples=["ledgerctl rubrics", "ledgerctl rubrics --format json"])
def rubrics(session: Session) -> None:
    """List the rubrics that --rubric takes, with what their ratings mean in their sources."""
    found = session.client.rubrics()
    if session.as_json:
        session.screen.json(json_form.write(found))
        return
    for rubric in found.rubrics:
        session.screen.heading(f"{rubric.name}  {rubric.title}")
        session.screen.show(ratings_table(rubric))
        session.screen.note(f"Source: {rubric.source}")
    session.screen.note("")
    session.screen.note(
        "A promise is not rated when nobody owes it, or when the source has no rating for "
        "where it stands."
    )


def ratings_table(rubric: rubrics_pb2.Rubric) -> RenderableType:
    return table(
        [("rating", "word"), ("what it means", "text")],
        [(each.rating, each.definition) for each in rubric.ratings],
    )


COMMANDS = (rubrics,)
