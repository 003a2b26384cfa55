"""What a service refused of an entry file, or remarked on it, at the lines where that stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from diplomatic_ledger import entry_places
from diplomatic_ledger.cli.nearest import Ids
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.entry_file import EntryFile, name_of
from diplomatic_ledger.errors import InvalidRequest, LedgerError, Violation
from diplomatic_ledger.v1.ledger_service_pb2 import Remark, RemarkReason


def lines(
    error: LedgerError,
    entries: EntryFile,
    skipped: int = 0,
    beside: Collection[str] = frozenset(),
    *,
    ids: Ids | None = None,
) -> list[str]:
    """A line for each problem of which the place in the file is known, in the file's order, with
    one of `ids` that may have been meant. `skipped` items of the file stand before those of the
    request; where it is negative, so many stand in the request before those of the file. What is said of fields that name one of the entries `beside`, which were not sent,
    is left out.
    """
    if isinstance(error, InvalidRequest):
        return of_violations(error.violations, entries, skipped, beside, ids=ids)
    named = error.metadata.get("entry_id", "")
    for index, item in enumerate(entries.items):
        if named and index >= skipped and name_of(item) == named:
            return [remark(entries, f"items[{index - skipped}]", error.message, skipped)]
    return []


def of_violations(
    violations: Iterable[Violation],
    entries: EntryFile,
    skipped: int = 0,
    beside: Collection[str] = frozenset(),
    *,
    ids: Ids | None = None,
) -> list[str]:
    """The same for what breaks rules."""
    found = [
        (
            *entry_places.place(entries, each.field, skipped),
            _said(entries, each, skipped, ids),
        )
        for each in violations
        if entry_places.value(entries, each.field, skipped) not in beside
    ]
    found.sort(key=lambda placed: placed[0])
    return [f"{place}: {said}" if place else said for _, place, said in found]


def sentence(count: int, file: str, *, are_remarks: bool) -> str:
    """How many problems or remarks the service has."""
    if are_remarks:
        return f"The service has {plural(count, 'remark')} on {file}"
    return f"The service found {plural(count, 'problem')} in {file}"


def remark(entries: EntryFile, field: str, text: str, skipped: int = 0) -> str:
    """A line for what is said of a field of a request."""
    _, place = entry_places.place(entries, field, skipped)
    return f"{place}: {entry_places.retold(entries, text, field, skipped)}"


def without_file(remarks: Iterable[Remark]) -> Iterator[str]:
    """A line for each remark on what stands in no file, with the field where there is one."""
    for each in remarks:
        _, _, field = each.path.partition(".state.")
        yield f"{field}: {each.text}" if field else each.text


def place(entries: EntryFile, field: str, skipped: int = 0) -> str:
    """Where in the file a field of a request stands."""
    return entry_places.place(entries, field, skipped)[1]


def remark_as_json(entries: EntryFile, remark: Remark, skipped: int = 0) -> dict[str, str]:
    """What is said of a field of a request, as a program reads it, with its place."""
    return {
        "path": remark.path,
        "place": entry_places.place(entries, remark.path, skipped)[1],
        "reason": RemarkReason.Name(remark.reason).removeprefix("REMARK_REASON_").lower(),
        "text": remark.text,
    }


def _said(entries: EntryFile, each: Violation, skipped: int, ids: Ids | None) -> str:
    told = entry_places.retold(entries, each.problem, each.field, skipped)
    near = ids.advice(each.field, each.problem) if ids is not None else ""
    return f"{told} {near}".rstrip()
