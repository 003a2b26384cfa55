"""Asks the questions of a case through a client, in the words of a case file.

An answer is plain: texts, lists, mappings and None. Whole numbers and fractions are texts in
lowest terms, and so are true and false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from diplomatic_ledger import Cuts, EntryNotFound, SyncLedgerClient, words
from diplomatic_ledger.v1 import balances_pb2, standings_pb2
from diplomatic_ledger.v1.entries_pb2 import RelationKind

from tests.support.case_files import Case, Question

_RUBRICS = ("polimetre", "politifact", "g20", "pam")
_BUCKETS = (
    "active",
    "undated",
    "scheduled",
    "due",
    "overdue",
    "not_yet_dated",
    "maintenance",
    "contingent",
)

NOT_VISIBLE = "not visible"


class Tally(dict[str, str | None]):
    """How many there are of each; of what is not named there are none."""

    def __missing__(self, key: str) -> str:
        return "0"


class Asker:
    """Asks the questions of one case in the ledger that holds its items."""

    def __init__(self, client: SyncLedgerClient, ledger: str, case: Case) -> None:
        self._client = client
        self._ledger = ledger
        self._case = case

    def ask(self, question: Question) -> Any:
        """The whole answer. Raises LedgerError when the service refuses the question, and
        ValueError when there is no such question.
        """
        known: dict[str, Callable[[Mapping[str, Any], Cuts], Any]] = {
            "standing": self._standing,
            "evidence": self._evidence,
            "effect": self._effect,
            "balance": self._balance,
            "outstanding": self._outstanding,
            "instrument": self._instrument,
            "rating": self._rating,
            "name": self._name,
        }
        (kind,) = known.keys() & question.asked.keys() or ("",)
        if not kind:
            raise ValueError(f"there is no such question. Known: {', '.join(known)}")
        return known[kind](question.asked, question.cuts)

    def _standing(self, asked: Mapping[str, Any], cuts: Cuts) -> Any:
        try:
            found = self._client.commitment(self._ledger, asked["standing"], cuts)
        except EntryNotFound:
            return NOT_VISIBLE
        return _told_standing(found.commitment.standing)

    def _evidence(self, asked: Mapping[str, Any], cuts: Cuts) -> Any:
        finding = self._finding(asked["evidence"], cuts)
        if finding is None:
            return {"evidence": None, "hedged": None}
        return {
            "evidence": words.word(standings_pb2.EvidenceStatus.DESCRIPTOR, finding.status),
            "hedged": _truth(finding.hedged),
        }

    def _finding(self, entry_id: str, cuts: Cuts) -> standings_pb2.EvidenceFinding | None:
        """What the evidence on the existence of an entry amounts to; None if not visible."""
        try:
            match self._case.kind_of(entry_id):
                case "commitment":
                    found = self._client.commitment(self._ledger, entry_id, cuts)
                    return found.commitment.standing.existence
                case "instrument":
                    told = self._client.instrument(self._ledger, entry_id, cuts)
                    return told.instrument.evidence
        except EntryNotFound:
            return None
        views = self._client.acts(self._ledger, cuts, entry_ids=[entry_id]).all()
        return views[0].evidence if views else None

    def _effect(self, asked: Mapping[str, Any], cuts: Cuts) -> Any:
        """What the act did by that relation; where it did nothing worth a line, it had no
        effect and no flag says why.
        """
        target = asked["on"]
        if self._case.kind_of(target) == "instrument":
            conduct = self._client.instrument(self._ledger, target, cuts).instrument.conduct
        else:
            answer = self._client.commitment(self._ledger, target, cuts)
            conduct = answer.commitment.standing.conduct
        kind = words.number(RelationKind.DESCRIPTOR, asked["relation"])
        found = [
            each for each in conduct if (each.act, each.relation) == (asked["effect"], kind)
        ]
        effective = any(each.effective for each in found)
        why_not = 0 if effective or not found else found[0].why_not
        flag = words.word(standings_pb2.ConductFlag.DESCRIPTOR, why_not) or None
        return {"effective": _truth(effective), "flag": flag}

    def _balance(self, asked: Mapping[str, Any], cuts: Cuts) -> Any:
        found = self._asked_balance(asked["balance"], asked, cuts)
        return {
            "given": _told_given(found.given_ab),
            "received": _told_given(found.given_ba),
            "net": number(found.net_weight),
            "became": _by_party(found, "became"),
            "predecessors": _by_party(found, "predecessors"),
            "successors": _by_party(found, "successors"),
            "in_doubt": str(found.in_doubt),
        }

    def _outstanding(self, asked: Mapping[str, Any], cuts: Cuts) -> Any:
        owed = self._asked_balance(asked["outstanding"], asked, cuts).outstanding_ab
        return {name: _told_bucket(getattr(owed, name)) for name in _BUCKETS}

    def _asked_balance(
        self, parties: list[str], asked: Mapping[str, Any], cuts: Cuts
    ) -> balances_pb2.Balance:
        first, second = parties
        return self._client.balance(
            self._ledger,
            first,
            second,
            cuts,
            scale=asked.get("scale", "unit"),
            evidence=asked.get("filter", "any"),
            count_by=asked.get("count_by", "deeds"),
            with_predecessors=asked.get("with_predecessors") == "true",
        ).balance

    def _instrument(self, asked: Mapping[str, Any], cuts: Cuts) -> Any:
        rubric = asked.get("rubric", "g20")
        try:
            answer = self._client.instrument(
                self._ledger, asked["instrument"], cuts, rubric=rubric
            )
        except EntryNotFound:
            return NOT_VISIBLE
        found = answer.instrument
        return {
            "evidence": words.word(
                standings_pb2.EvidenceStatus.DESCRIPTOR, found.evidence.status
            ),
            "count": Tally({_lifecycle(e.lifecycle): str(e.count) for e in found.counts}),
            "ratings": {each.entry_id: each.rating for each in found.commitments},
            "rated": str(found.rated),
            "average": number(found.average),
        }

    def _rating(self, asked: Mapping[str, Any], cuts: Cuts) -> Any:
        try:
            found = self._client.commitment(
                self._ledger, asked["rating"], cuts, rubrics=_RUBRICS
            )
        except EntryNotFound:
            return NOT_VISIBLE
        return {each.rubric: each.rating for each in found.commitment.ratings}

    def _name(self, asked: Mapping[str, Any], cuts: Cuts) -> Any:
        return {"name": self._client.party(self._ledger, asked["name"], cuts).party.name}


def number(text: str) -> str | None:
    """A decimal or fraction in lowest terms; None when it is not known."""
    return str(Fraction(text)) if text else None


def _told_standing(found: standings_pb2.Standing) -> Any:
    return {
        "lifecycle": _lifecycle(found.lifecycle),
        "flags": words.flags(found),
        "share": number(found.share),
        "share_at_least": number(found.share_at_least),
        "held_by": {
            "debtors": sorted(found.held_by.debtors),
            "creditors": sorted(found.held_by.creditors),
        },
        "left_by": sorted(found.left_by),
        "against": sorted(found.against),
        "due_share": number(found.due_share),
        "behind": number(found.behind),
        "notice_given": found.notice_given or None,
        "last_reviewed": found.last_reviewed or None,
        "due": _told_due(found),
        "until": found.until or None,
        "in_doubt": str(found.in_doubt),
    }


def _told_due(found: standings_pb2.Standing) -> Any:
    if not found.HasField("due"):
        return None
    return {"from": found.due.from_day or None, "to": found.due.to_day or None}


def _told_given(given: balances_pb2.Given) -> Any:
    return {
        "count": str(given.count),
        "weight": number(given.weight),
        "quantities": _amounts(given.quantities),
        "why": [each.commitment or each.entry_ids[0] for each in given.deliveries],
        "flags": words.flags(given),
    }


def _told_bucket(bucket: balances_pb2.OutstandingBucket) -> Any:
    return {
        "count": str(bucket.count),
        "weight": number(bucket.weight),
        "quantities": _amounts(bucket.quantities),
    }


def _amounts(amounts: Iterable[balances_pb2.Amount]) -> Tally:
    return Tally({each.unit: number(each.value) for each in amounts})


def _by_party(found: balances_pb2.Balance, field: str) -> dict[str, list[str]]:
    return {
        asked.entry_id: sorted(getattr(asked, field))
        for asked in (found.asked_a, found.asked_b)
        if asked.entry_id
    }


def _lifecycle(number_of_it: int) -> str:
    return words.word(standings_pb2.Lifecycle.DESCRIPTOR, number_of_it)


def _truth(value: bool) -> str:
    return "true" if value else "false"
