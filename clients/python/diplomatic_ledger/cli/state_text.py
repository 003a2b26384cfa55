"""What a service says of the new state of an entry that somebody wrote, at the lines where that
stands in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from diplomatic_ledger import entry_places, yaml_text
from diplomatic_ledger.cli.nearest import Ids, is_nowhere
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.unread import follows
from diplomatic_ledger.entry_file import EntryFile, nearest
from diplomatic_ledger.entry_places import without_item
from diplomatic_ledger.errors import InvalidRequest, LedgerError, Violation
from diplomatic_ledger.json_form.problems import Problem, steps
from diplomatic_ledger.v1.items_pb2 import Amendment, RecordItem

_REASON = ("reason",)


def of_service(session: Session, violations: Iterable[Violation], text: str) -> Iterator[str]:
    """A line for each field that was refused."""
    _, lines = yaml_text.parse(text)
    ids = Ids(session, EntryFile((), {}))
    for each in violations:
        field, problem = without_item(each.field), without_item(each.problem)
        path = steps(field)
        line = nearest(path, lines) if path[:1] in lines else 0  # options stand in no text
        place = f"line {line}: {field}" if line else field
        near = ids.advice(each.field, each.problem)
        yield f"{place}: {problem} {near}".rstrip() if place else problem


def of_rest(
    session: Session, amendment: Amendment, unread: Iterable[Problem], text: str
) -> list[str]:
    """What is wrong with an amendment beside what of its text cannot be read: names that are
    nowhere, and rules that it breaks whatever stands there. Nothing where the service cannot be
    asked: it is told once all can be read.
    """
    problems = tuple(unread)
    if not problems:  # the text as a whole cannot be read
        return []
    try:
        session.client.check(session.ledger, [RecordItem(amendment=amendment)])
    except InvalidRequest as error:
        found = [
            each
            for each in error.violations
            if is_nowhere(each.problem)
            or not (follows(each, problems) or _waits(each, amendment))
        ]
        return list(of_service(session, found, text))
    except LedgerError:
        pass
    return []


def _waits(violation: Violation, amendment: Amendment) -> bool:
    """Whether it is about a reason that has not been asked for yet."""
    return not amendment.reason and entry_places.item_of(violation.field)[1] == _REASON
