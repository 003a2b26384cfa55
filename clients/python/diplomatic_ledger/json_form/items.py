"""Items of an entry file: new entries, amendments and annulments in their short form.

`{id: F013, act: {...}}`, `{amend: F016, reason: ..., correction: true, act: {...}}`, the same
with `evidence_added: [...]` in place of the state, and `{annul: F016, reason: ...}`. A text
that can be sealed may stand as `{seal: TEXT}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from diplomatic_ledger.json_form import quick, reading, seals, severally, unknown
from diplomatic_ledger.json_form.problems import Path, PlainError, Problem
from diplomatic_ledger.json_form.writing import Plain, write
from diplomatic_ledger.v1.entries_pb2 import EntryState
from diplomatic_ledger.v1.items_pb2 import Amendment, RecordItem

TYPES = tuple(field.name for field in EntryState.DESCRIPTOR.fields)
_CHANGE = ("reason", "expected_version")
_CAUSES = ("correction", "new_information")
_ADDED = "evidence_added"
_VERBS = ("amend", "annul")


def read_items(value: Any, path: Path = ()) -> list[RecordItem]:
    """The items that a mapping describes: one, or one for each debtor of a commitment that
    several make severally. `path` is the place of the mapping, for messages. Raises PlainError.
    """
    if (item := quick.read_entry(value)) is not None:
        return [item]
    items, problems = _read_severally(value, path)
    if problems:
        raise PlainError(problems)
    return items


def read_partly(value: Any, path: Path = ()) -> list[RecordItem]:
    """The items that a mapping describes in which something is wrong, as far as they can be
    read: what is wrong is left out.
    """
    items, _ = _read_severally(value, path)
    return items


def _read_severally(value: Any, path: Path) -> tuple[list[RecordItem], list[Problem]]:
    problems: list[Problem] = []
    items: list[RecordItem] = []
    for each in severally.one_each(value, path, problems):
        found: list[Problem] = []
        items.append(_read(each, path, found))
        # What is wrong with all that is said of several is told once.
        problems.extend(problem for problem in found if problem not in problems)
    return items, problems


def read_item(value: Any, path: Path = ()) -> RecordItem:
    """The item that a mapping describes. `path` is the place of the mapping, for messages.
    Raises PlainError.
    """
    quickly = quick.read_entry(value)
    return read_carefully(value, path) if quickly is None else quickly


def read_carefully(value: Any, path: Path = ()) -> RecordItem:
    """What `read_item` does, with a word for all that is wrong."""
    problems: list[Problem] = []
    item = _read(value, path, problems)
    if problems:
        raise PlainError(problems)
    return item


def _read(value: Any, path: Path, problems: list[Problem]) -> RecordItem:
    item = RecordItem()
    fields = reading.mapping(value, path, problems)
    if "amend" in fields:
        _read_amendment(item.amendment, fields, path, problems)
    elif "annul" in fields:
        _read_annulment(item.annulment, fields, path, problems)
    elif "entry" in fields:
        _refuse_others(fields, ("entry",), path, problems)
        inner = reading.mapping(fields["entry"], (*path, "entry"), problems)
        _read_entry(item.entry, inner, (*path, "entry"), problems)
    elif verb := unknown.meant_verb(fields, _VERBS):
        said = unknown.field_of_item(verb, fields[verb], _VERBS)
        problems.append(Problem((*path, verb), said))
    elif not problems:
        _read_entry(item.entry, fields, path, problems)
    return item


def read_state(value: Any) -> Amendment:
    """An amendment with the state that a mapping `{act: {...}}` describes, or with the evidence
    of `{evidence_added: [...]}`, and with the texts to seal in it. Raises PlainError.
    """
    problems: list[Problem] = []
    amendment = _read_new_state(value, problems)
    if problems:
        raise PlainError(problems)
    return amendment


def read_state_partly(value: Any) -> Amendment:
    """The same without what is wrong with it."""
    return _read_new_state(value, [])


def _read_new_state(value: Any, problems: list[Problem]) -> Amendment:
    amendment = Amendment()
    fields = reading.mapping(value, (), problems)
    _refuse_others(fields, (*TYPES, _ADDED), (), problems)
    _read_amended(amendment, fields, (), problems)
    return amendment


def write_item(item: RecordItem) -> Plain:
    """The short form of an item."""
    match item.WhichOneof("item"):
        case "amendment":
            return {
                "amend": item.amendment.entry_id,
                **_written_change(item.amendment),
                **_written_state(item.amendment),
            }
        case "annulment":
            return {"annul": item.annulment.entry_id, **_written_change(item.annulment)}
        case _:
            known = {"id": item.entry.entry_id} if item.entry.entry_id else {}
            return {**known, **_written_state(item.entry)}


def write_state(state: EntryState, sealed: Mapping[str, Plain] | None = None) -> Plain:
    """The state as `{act: {...}}`, also when the act has no fields. `sealed` has texts that
    replace sealed fields, by their paths.
    """
    kind = state.WhichOneof("state")
    if not kind:
        return {}
    inner = getattr(state, kind)
    return {kind: seals.put_in(inner, write(inner), sealed or {})}


def _read_entry(
    entry: Any, fields: Mapping[str, Any], path: Path, problems: list[Problem]
) -> None:
    _refuse_others(fields, ("id", *TYPES), path, problems)
    _read_entry_id(entry, "id", fields, path, problems)
    taken = _read_state(entry.state, fields, path, problems)
    entry.seal.extend(taken.seal)
    problems.extend(
        Problem((*path, each), "a new entry has no seal to keep. Write {seal: TEXT}")
        for each in taken.keep
    )


def _read_amendment(
    amendment: Any, fields: Mapping[str, Any], path: Path, problems: list[Problem]
) -> None:
    known = ("amend", *_CHANGE, *_CAUSES, *TYPES, _ADDED)
    _refuse_others(fields, known, path, problems)
    _read_change(amendment, "amend", fields, path, problems)
    causes = [cause for cause in _CAUSES if fields.get(cause) is not None]
    if len(causes) != 1:
        remedy = "Write either correction: true or new_information: REPORT"
        problems.append(Problem(path, f"an amendment has exactly one cause. {remedy}"))
    elif causes == ["correction"]:
        _read_correction(amendment, fields["correction"], path, problems)
    else:
        amendment.new_information.SetInParent()
        report = {"report": fields["new_information"]}
        _read_field(amendment.new_information, "report", report, path, problems)
    _read_amended(amendment, fields, path, problems)


def _read_amended(
    amendment: Any, fields: Mapping[str, Any], path: Path, problems: list[Problem]
) -> None:
    if fields.get(_ADDED) is None:
        taken = _read_state(amendment.state, fields, path, problems)
    else:
        taken = _read_added(amendment, fields, path, problems)
    amendment.seal.extend(taken.seal)
    amendment.keep_sealed.extend(taken.keep)


def _read_added(
    amendment: Any, fields: Mapping[str, Any], path: Path, problems: list[Problem]
) -> seals.Taken:
    taken = seals.Taken()
    beside = [kind for kind in TYPES if fields.get(kind) is not None]
    if beside:
        problem = f"this stands beside {_ADDED}. Write the whole new state, or what is added"
        problems.append(Problem((*path, beside[0]), problem))
    said = seals.take_out({_ADDED: fields[_ADDED]}, path, taken, problems)
    reading.fill(amendment, said, path, problems)
    return taken


def _read_correction(amendment: Any, value: Any, path: Path, problems: list[Problem]) -> None:
    if value is True or value == "true":
        amendment.correction.SetInParent()
    else:
        problem = f"{value!r} has no meaning. Write true, or new_information: REPORT"
        problems.append(Problem((*path, "correction"), problem))


def _read_annulment(
    annulment: Any, fields: Mapping[str, Any], path: Path, problems: list[Problem]
) -> None:
    _refuse_others(fields, ("annul", *_CHANGE), path, problems)
    _read_change(annulment, "annul", fields, path, problems)


def _read_change(
    change: Any, verb: str, fields: Mapping[str, Any], path: Path, problems: list[Problem]
) -> None:
    _read_entry_id(change, verb, fields, path, problems)
    _read_reason(change, fields.get(seals.REASON), path, problems)
    if not fields.get("reason"):
        problems.append(Problem((*path, "reason"), f"say why you {verb} the entry"))
    if fields.get("expected_version") is not None:
        exactly = {"exactly": fields["expected_version"]}
        _read_field(change.expected_version, "exactly", exactly, path, problems)


def _read_reason(change: Any, value: Any, path: Path, problems: list[Problem]) -> None:
    taken = seals.Taken()
    said = seals.take_out({seals.REASON: value}, path, taken, problems)
    reading.fill(change, said, path, problems)
    change.seal.extend(taken.seal)
    problems.extend(
        Problem((*path, each), "each change has a reason of its own. Write {seal: TEXT}")
        for each in taken.keep
    )


def _read_state(
    state: Any, fields: Mapping[str, Any], path: Path, problems: list[Problem]
) -> seals.Taken:
    taken = seals.Taken()
    present = [kind for kind in TYPES if fields.get(kind) is not None]
    if len(present) == 1:
        inner = getattr(state, present[0])
        inner.SetInParent()
        place = (*path, present[0])
        said = seals.take_out(fields[present[0]], place, taken, problems)
        reading.fill(inner, said, place, problems)
    else:
        found = f"{len(present)} of them stand here" if present else "none stands here"
        choices = f"{', '.join(TYPES[:-1])} or {TYPES[-1]}"
        problems.append(Problem(path, f"an entry has exactly one of {choices}; {found}"))
    return taken


def _read_entry_id(
    message: Any, key: str, fields: Mapping[str, Any], path: Path, problems: list[Problem]
) -> None:
    """Reads the id of an entry, which a file states under a key of its own."""
    found: list[Problem] = []
    _read_field(message, "entry_id", {"entry_id": fields.get(key)}, path, found)
    problems.extend(Problem((*path, key), each.problem) for each in found)


def _read_field(
    message: Any, name: str, fields: Mapping[str, Any], path: Path, problems: list[Problem]
) -> None:
    only = {name: fields[name]} if fields.get(name) is not None else {}
    reading.fill(message, only, path, problems)


def _refuse_others(
    fields: Mapping[str, Any], known: Iterable[str], path: Path, problems: list[Problem]
) -> None:
    for key in fields:
        if key not in known:
            problem = unknown.field_of_item(str(key), fields[key], known)
            problems.append(Problem((*path, str(key)), problem))


def _written_state(change: Any) -> Plain:
    """The state of an item, or the evidence that it adds."""
    written = _written_seals(change)
    if change.state.WhichOneof("state") or not getattr(change, _ADDED, ()):
        return write_state(change.state, written)
    added = [write(each) for each in change.evidence_added]
    return seals.put_in(change, {_ADDED: added}, written)


def _written_seals(item: Any) -> dict[str, Plain]:
    written: dict[str, Plain] = {
        path: {"seal": seals.text_at(seals.holder_of(item, path), path)}
        for path in item.seal
        if path != seals.REASON
    }
    for path in getattr(item, "keep_sealed", ()):
        written[path] = {"sealed": seals.KEEP}
    return written


def _written_change(change: Any) -> dict[str, Plain]:
    fields: dict[str, Plain] = {}
    if change.reason:
        sealed = seals.REASON in change.seal
        fields["reason"] = {"seal": change.reason} if sealed else change.reason
    if change.expected_version.WhichOneof("expected") == "exactly":
        fields["expected_version"] = change.expected_version.exactly
    cause = (
        change.WhichOneof("cause") if "correction" in change.DESCRIPTOR.fields_by_name else ""
    )
    if cause == "correction":
        fields["correction"] = True
    elif cause:
        fields["new_information"] = change.new_information.report
    return fields
