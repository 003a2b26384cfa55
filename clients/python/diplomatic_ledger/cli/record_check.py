"""`ledgerctl record --check`: all that is wrong with a file, told in one round, and what was
written in short, spelled out. Nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from diplomatic_ledger import entry_places, json_form, yaml_text
from diplomatic_ledger.batches import Limits
from diplomatic_ledger.checking import Checked
from diplomatic_ledger.cli import placed, progress
from diplomatic_ledger.cli.case_plans import Amending, Plan
from diplomatic_ledger.cli.case_target import Target
from diplomatic_ledger.cli.failures import Failure, failure
from diplomatic_ledger.cli.files import wrong
from diplomatic_ledger.cli.interrupts import INTERRUPTED
from diplomatic_ledger.cli.nearest import Ids, is_nowhere
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.cli.unread import follows
from diplomatic_ledger.entry_file import EntryFile, name_of
from diplomatic_ledger.entry_problems import by_line
from diplomatic_ledger.entry_spool import EntrySpool
from diplomatic_ledger.errors import LedgerError, Violation
from diplomatic_ledger.v1.items_pb2 import RecordItem

#: Of a file that is wrong throughout, more would help nobody.
_MOST_REFUSED = 1000
_MOST_NAMED = 10
#: So many items that are wrong are asked about at a time, since what is said of a few is told
#: whole, and so many in all.
_FEW, _MOST_ASKED = 8, 200


@contextmanager
def if_stopped(file: str, entries: EntrySpool) -> Iterator[None]:
    """Where somebody stops what is asked about a file in which something is wrong, raises Failure
    with what is known of that.
    """
    try:
        yield
    except KeyboardInterrupt:
        if not entries.problems:
            raise
        told = wrong(file, entries.problems, "stopped, and nothing was recorded")
        raise Failure(told.sentence, told.lines, code=INTERRUPTED) from None


@contextmanager
def if_not_asked(session: Session, file: str, entries: EntrySpool) -> Iterator[None]:
    """Where something is wrong with a file and the service cannot be asked about the rest of it,
    raises Failure with both.
    """
    try:
        yield
    except LedgerError as error:
        if not entries.problems:
            raise
        told = wrong(file, entries.problems)
        raise Failure(told.sentence, [*told.lines, _not_asked(session, error)]) from None
    except Failure as error:
        if not entries.problems:
            raise
        told = wrong(file, entries.problems)
        why = f"The service was not asked about the rest: {error.sentence}"
        raise Failure(told.sentence, [*told.lines, why, *error.lines]) from None


def check(
    session: Session,
    file: str,
    entries: EntrySpool,
    target: Target,
    plan: Plan,
    amending: Amending,
    *,
    keep_description: bool,
) -> None:
    """Raises Failure with all that is wrong."""
    problems = [] if keep_description else list(target.differences)
    differing = plan.telling.lines(session) if plan.telling.differs else []
    if plan.telling.leaves_all:
        differing += plan.telling.since.lines(session)
    found = _found(session, target.ledger, plan, entries, amending)
    problems += by_line([*entries.problems, *differing, *found.refused])
    if problems:
        only = len(problems) == len(found.refused)
        explained = plan.telling.explained if plan.telling.differs else 0
        several = plural(len(problems) - explained, "problem")
        sentence = found.sentence(file) if only else f"{file} has {several}"
        if found.is_cut:
            sentence += " at least"
        if found.unchecked:
            session.tell(_not_checked(found))
        sentence += "; nothing was recorded"
        helps = plan.telling.what_helps
        raise Failure(f"{sentence}. {helps}" if helps else f"{sentence}:", problems)
    for remark in by_line(found.remarks):
        session.tell(remark)
    plan.tell(session, file, whole=True)
    if session.as_json:
        _tell_as_json(session, entries, target.ledger, plan, found)
    else:
        _tell(session, file, entries, target.ledger, plan, found)


@dataclass
class _Found:
    """What the service says of the new items of a file."""

    items: int = 0
    #: So many of the first of them were held against all that stands before.
    wholly: int = 0
    refused: list[str] = field(default_factory=list)
    are_remarks: bool = True
    remarks: list[str] = field(default_factory=list)
    remarks_as_json: list[dict[str, str]] = field(default_factory=list)
    #: Where the items stand that could not be checked.
    unchecked: list[str] = field(default_factory=list)
    is_cut: bool = False

    def sentence(self, file: str) -> str:
        return placed.sentence(len(self.refused), file, are_remarks=self.are_remarks)


def _found(
    session: Session, ledger: str, plan: Plan, entries: EntrySpool, amending: Amending
) -> _Found:
    """What the service says of what could be read. What follows from items that could not be
    read is left out.
    """
    found = _Found()
    if plan.new:
        _ask(session, ledger, plan, entries, amending, found)
    try:
        found.refused += _of_unread(session, ledger, entries)
    except LedgerError as error:
        found.refused.append(_not_asked(session, error))
    found.refused = list(dict.fromkeys(found.refused))
    return found


def _ask(
    session: Session,
    ledger: str,
    plan: Plan,
    entries: EntrySpool,
    amending: Amending,
    found: _Found,
) -> None:
    with (
        progress.items("Checking", plan.new) as reached,
        closing(session.client.check_all(ledger, plan.items(amending))) as parts,
    ):
        try:
            for part in parts:
                _add(session, found, part, plan, entries, amending)
                reached(found.items)
                if len(found.refused) >= _MOST_REFUSED:
                    found.is_cut = found.items < plan.new
                    break
        except LedgerError as error:
            found.are_remarks = False
            found.refused += _lines(session, error, found.items, plan, entries)


def _of_unread(session: Session, ledger: str, entries: EntrySpool) -> list[str]:
    """What else is wrong with items that cannot be read as a whole: what they name that is neither
    in the ledger nor anywhere in the file, and the rules that they break, unless that may follow
    from what cannot be read.
    """
    told: list[tuple[str, EntryFile, Violation]] = []
    broken: list[str] = []
    for start in range(0, _MOST_ASKED, _FEW):
        some = entries.partly(start, _FEW)
        if not some.items:
            break
        with closing(session.client.check_all(ledger, map(_nameless, some.items))) as parts:
            found = [each for part in parts for each in part.violations]
        told += [
            (entry_places.value(some, each.field), some, each)
            for each in found
            if is_nowhere(each.problem)
        ]
        broken += placed.of_violations(
            [each for each in found if _is_of_rest(each, some, entries)], some
        )
    missing = {named for named, _, _ in told} - entries.unreadable
    if missing:
        missing -= {name_of(each) for each in entries.items() if each.HasField("entry")}
    ids = Ids(session, entries.part(0, Limits.items), entries.unreadable)
    nowhere = (
        line
        for named, some, each in told
        if named in missing
        for line in placed.of_violations([each], some, ids=ids)
    )
    return [*broken, *nowhere]


def _is_of_rest(violation: Violation, some: EntryFile, entries: EntrySpool) -> bool:
    """Whether a rule is broken whatever stands in what cannot be read."""
    index, _ = entry_places.item_of(violation.field)
    if is_nowhere(violation.problem) or not 0 <= index < len(some.items):
        return False
    return not follows(violation, entries.unread(some.sources[index]))


def _nameless(item: RecordItem) -> RecordItem:
    """The item without the id that it gives, which may be taken."""
    copy = RecordItem()
    copy.CopyFrom(item)
    if copy.HasField("entry"):
        copy.entry.entry_id = ""
    return copy


def _add(
    session: Session,
    found: _Found,
    part: Checked,
    plan: Plan,
    entries: EntrySpool,
    amending: Amending,
) -> None:
    found.items += part.items - part.unchecked
    found.wholly += 0 if part.after_others else part.items
    if not (part.violations or part.remarks or part.unchecked):
        return
    some, skipped = plan.part(part.first, part.items), -part.first
    if part.violations:
        found.are_remarks = False
        found.refused += placed.of_violations(
            part.violations,
            some,
            skipped,
            entries.unreadable,
            ids=Ids(session, some, entries.unreadable),
        )
    remarks = [placed.remark(some, each.path, each.text, skipped) for each in part.remarks]
    if amending.odd == "refuse":
        found.refused += remarks
    else:
        found.remarks += remarks
        found.remarks_as_json += [
            placed.remark_as_json(some, each, skipped) for each in part.remarks
        ]
    if part.unchecked:
        found.unchecked.append(placed.place(some, "items[0]"))


def _lines(
    session: Session, error: LedgerError, done: int, plan: Plan, entries: EntrySpool
) -> list[str]:
    """A line for what ends a check."""
    if lines := placed.lines(error, plan.request(done)):
        return lines
    if not entries.problems:
        told = failure(error, server=session.address, timeout=session.timeout)
        raise Failure(told.sentence, told.lines, code=told.code) from None
    return [_not_asked(session, error)]


def _not_asked(session: Session, error: LedgerError) -> str:
    told = failure(error, server=session.address, timeout=session.timeout)
    return f"The service could not be asked about the rest: {told.sentence}"


def _tell_as_json(
    session: Session, entries: EntrySpool, ledger: str, plan: Plan, found: _Found
) -> None:
    head: dict[str, Any] = {
        "ledger": ledger,
        "checked": found.items + plan.there,
        "new": plan.new - plan.amended,
        "amended": plan.amended,
        "there": plan.there,
        "anew": plan.telling.anew,
        "remarks": found.remarks_as_json,
        "unchecked": found.unchecked,
    }
    items = (json_form.write_item(item) for item in entries.items())
    session.screen.json_list(head, "items", items)


def _tell(
    session: Session, file: str, entries: EntrySpool, ledger: str, plan: Plan, found: _Found
) -> None:
    for number, item in enumerate(entries.spelled_out()):
        if not number:
            session.screen.heading("Written in short, and recorded as")
        for line in yaml_text.write([json_form.write_item(item)]).splitlines():
            session.screen.line(line)
    session.screen.show("")
    there = f" {plan.there} of them are there already." if plan.there else ""
    changed = f" {plan.amended} would be amended." if plan.amended else ""
    anew = plan.telling.anew
    if anew:
        there += f" {anew} of them {'is' if anew == 1 else 'are'} recorded anew."
    gone = len(plan.telling.since.ids("annulled"))
    if gone:
        there += f" {gone} of them {'was' if gone == 1 else 'were'} annulled since, and {'stays' if gone == 1 else 'stay'} so."
    odd = f", with {plural(len(found.remarks), 'remark')}" if found.remarks else ""
    session.screen.show(
        f"Nothing is wrong with {plural(found.items + plan.there + gone, 'item')} of {file} for "
        f"{ledger}{odd}.{there}{changed} Nothing was recorded."
    )
    if found.unchecked:
        session.screen.show(_not_checked(found))
    if found.wholly < found.items:
        session.screen.show(
            f"Whether a relation changes something, and whether a year is far from all others, "
            f"was looked at for its first {plural(found.wholly, 'new item')}: for the others it "
            "is when they are recorded, since it rests on all that stands before."
        )


def _not_checked(found: _Found) -> str:
    more = len(found.unchecked) - _MOST_NAMED
    others = f" and {more} more" if more > 0 else ""
    return (
        f"{plural(len(found.unchecked), 'item')} could not be checked before recording, since "
        "what is named there is more than one request can have: "
        f"{'; '.join(found.unchecked[:_MOST_NAMED])}{others}."
    )
