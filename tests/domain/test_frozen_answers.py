"""Answers that an earlier program gave, about ledgers that use nothing newer.

`tests/golden/answers.jsonl.gz` has a random ledger on each line (`zcat` shows them): its entries
in the order of recording, the cuts, and what was answered: where each promise stood, and what
each pair of parties had given. Today's answers are the same, but for the changes that are listed
here with their rules (docs/rules.md). A new kind of difference is a fault, or a decision that
gets its line here.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger_service.domain.balance.balance import balance
from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Lifecycle, Standing
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    TYPE_NAMES,
    Change,
    Commitment,
    Nature,
    RelationKind,
    State,
    Version,
)
from tests.support.answers import PAIRS, unit
from tests.support.histories import MemoryHistory

FILE = Path(__file__).parent.parent / "golden" / "answers.jsonl.gz"
TYPES = {name: type_ for type_, name in TYPE_NAMES.items()}

#: An answer about a promise, as it is compared.
Answer = dict[str, Any]


@dataclass
class Promise:
    """A promise, and where it stands by today's rules."""

    picture: Picture
    terms: Commitment
    stands: Standing

    def is_over(self, commitment_id: str) -> bool:
        found = commitment_standing(self.picture, commitment_id)
        return found is not None and found.standing.lifecycle in OVER


OVER = {
    Lifecycle.FULFILLED,
    Lifecycle.BREACHED,
    Lifecycle.EXPIRED,
    Lifecycle.CANCELLED,
    Lifecycle.RELEASED,
    Lifecycle.SUPERSEDED,
}


def what_lies_ahead_is_scheduled(promise: Promise, said: Answer) -> None:
    """5.14: what falls due later was called due."""
    due = promise.terms.due
    if "due" in said["flags"] and due and due.from_day and due.from_day > promise.picture.as_of:
        swap(said, "due", "scheduled")


def both_sides_may_come_to_be_one(promise: Promise, said: Answer) -> None:
    """3.5.7: nothing was said of it."""
    if len(said["debtors"]) == 1 and said["debtors"] == said["creditors"]:
        swap(said, "", "one_party")


def a_breach_by_others_is_an_accusation(promise: Promise, said: Answer) -> None:
    """5.3.9: whoever accused the debtor was told that it was not entitled to break the promise."""
    accused = [c for c in promise.stands.conduct if c.relation is RelationKind.BREACHES]
    if any("breach_claimed" in each.flags for each in accused):
        swap(said, "", "breach_claimed")
        if not any("not_entitled" in each.flags for each in promise.stands.conduct):
            swap(said, "not_entitled", "")


def what_was_kept_to_its_end_is_whole(promise: Promise, said: Answer) -> None:
    """5.4.7: the share was that of the deeds, and they still added to it after the end."""
    if promise.terms.nature is Nature.MAINTENANCE and said["lifecycle"] == "fulfilled":
        said["share"] = said["share_at_least"] = "1"
        until = promise.stands.until
        for deed in promise.stands.conduct:
            if deed.relation is RelationKind.FULFILS and until and deed.day > until:
                said["conduct"] = [
                    [act, kind, effective and act != deed.act]
                    for act, kind, effective in said["conduct"]
                ]


def acts_that_meet_words_are_listed(promise: Promise, said: Answer) -> None:
    """5.3.10: what acts met was not among what was done about a promise."""
    meets = [c for c in promise.stands.conduct if c.relation is RelationKind.MEETS]
    said["conduct"] = sorted(said["conduct"] + [[c.act, "meets", c.effective] for c in meets])


def one_of_several_leaves_alone(promise: Promise, said: Answer) -> None:
    """5.11.1: any debtor called it off for all; now the others stay bound."""
    if said["lifecycle"] == "cancelled" and 0 < len(promise.stands.left_by) < len(
        said["debtors"]
    ):
        goes_on = answer(promise.stands)
        said["lifecycle"], said["flags"] = goes_on["lifecycle"], goes_on["flags"]


def what_can_no_longer_hold_comes_before_deeds(promise: Promise, said: Answer) -> None:
    """5.2.9: an early deed fulfilled a promise of which the deadline had passed when it was
    made.
    """
    antecedent = promise.terms.antecedent
    late = antecedent and antecedent.deadline and antecedent.deadline < promise.stands.day
    if late and said["lifecycle"] == "fulfilled" and not promise.stands.superseded_by:
        said["lifecycle"] = answer(promise.stands)["lifecycle"]


def nobody_waits_to_take_the_place_of_what_is_over(promise: Promise, said: Answer) -> None:
    """5.8: an acceptance went on waiting."""
    replaced = [r.target for r in promise.terms.relations if r.kind is RelationKind.SUPERSEDES]
    waits = any("waiting" in each.flags for each in promise.stands.conduct)
    if replaced and all(map(promise.is_over, replaced)) and not waits:
        swap(said, "waiting", "")


CHANGES: tuple[Callable[[Promise, Answer], None], ...] = (
    what_lies_ahead_is_scheduled,
    both_sides_may_come_to_be_one,
    a_breach_by_others_is_an_accusation,
    what_was_kept_to_its_end_is_whole,
    acts_that_meet_words_are_listed,
    one_of_several_leaves_alone,
    what_can_no_longer_hold_comes_before_deeds,
    nobody_waits_to_take_the_place_of_what_is_over,
)


def swap(said: Answer, flag: str, other: str) -> None:
    said["flags"] = sorted({*said["flags"], other} - {flag, ""})


def answer(standing: Standing) -> Answer:
    """Where a promise stands, as it is compared."""
    return {
        "lifecycle": str(standing.lifecycle),
        "flags": sorted(standing.flags),
        "share": str(standing.share),
        "share_at_least": str(standing.share_at_least),
        "debtors": list(standing.debtors),
        "creditors": list(standing.creditors),
        "superseded_by": standing.superseded_by,
        "conduct": sorted([c.act, str(c.relation), c.effective] for c in standing.conduct),
    }


def ledgers() -> Iterator[dict[str, Any]]:
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def picture(ledger: dict[str, Any]) -> Picture:
    versions = list[Version]()
    counted = Counter[str]()
    for position, entry in enumerate(ledger["entries"], 2):
        counted[entry["id"]] += 1
        versions.append(
            Version(
                entry["id"],
                counted[entry["id"]],
                position,
                datetime.fromisoformat(entry["at"]),
                Change(entry.get("change", "recorded")),
                state(entry),
                report=entry.get("told_by", ""),
            )
        )
    history = MemoryHistory(day(ledger["opens_on"]), versions)
    as_of, reported_by = date.fromisoformat(ledger["as_of"]), day(ledger["reported_by"])
    return Picture(history.at(history.head), as_of, reported_by, Policy(ledger["dates"]))


def state(entry: dict[str, Any]) -> State | None:
    return next((msgspec.convert(entry[t], TYPES[t]) for t in TYPES if t in entry), None)


def compared(ledger: dict[str, Any]) -> Iterator[tuple[str, Answer, Answer, set[str]]]:
    """Of each promise what was said, with the changes of the rules, and what is said today;
    and which changes mattered.
    """
    seen = picture(ledger)
    for promise_id, frozen in ledger["commitments"].items():
        found = commitment_standing(seen, promise_id)
        assert found is not None, promise_id
        promise = Promise(seen, found.commitment, found.standing)
        said: Answer = {"superseded_by": "", **frozen}
        said["flags"] = sorted(said["flags"])
        mattered = set[str]()
        for change in CHANGES:
            before = dict(said)
            change(promise, said)
            if said != before:
                mattered.add(change.__name__)
        yield promise_id, said, answer(found.standing), mattered


def test_answers_of_an_earlier_program_are_given_still_but_for_the_changes_of_its_rules() -> (
    None
):
    mattered = set[str]()
    for number, ledger in enumerate(ledgers(), 1):
        for promise_id, said, today, changes in compared(ledger):
            assert today == said, (number, promise_id)
            mattered |= changes
    assert mattered == {change.__name__ for change in CHANGES}


def test_balances_are_those_that_an_earlier_program_gave() -> None:
    for number, ledger in enumerate(ledgers(), 1):
        seen = picture(ledger)
        for a, b in PAIRS:
            found = balance(seen, a, b, unit())
            given, back = found.given_ab, found.given_ba
            today = [
                *(given.count, back.count, str(given.weight), str(back.weight)),
                [list(each.entry_ids) for each in given.deliveries],
            ]
            said = ledger["balances"].get(f"{a} {b}", [0, 0, "0", "0", []])
            assert today == said, (number, a, b)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_each_change_names_a_rule_that_there_is(change: Callable[..., None]) -> None:
    number = (change.__doc__ or "").partition(":")[0]
    rules = Path("docs/rules.md").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith((f"{number} ", f"### {number} ")) for line in rules), number
