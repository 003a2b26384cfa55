"""One good example of each entry and request, to change one thing at a time."""

from __future__ import annotations

from datetime import date
from typing import Any

from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Antecedent,
    Coding,
    Commitment,
    DateBasis,
    EventCode,
    Evidence,
    Instrument,
    InstrumentKind,
    IntervalDate,
    Mandate,
    Party,
    PartyCode,
    PartyKind,
    Place,
    PloverCode,
    Precision,
    Quantity,
    Relation,
    RelationKind,
    Report,
    Representation,
    Scale,
    SourceGrade,
    State,
    Weight,
    Words,
)


def on(day: str, until: str = "") -> IntervalDate:
    """The day, or the days from the first to the last."""
    first, last = date.fromisoformat(day), date.fromisoformat(until or day)
    precision = Precision.DAY if first == last else Precision.RANGE
    return IntervalDate(from_day=first, to_day=last, precision=precision)


def a_party(**changes: Any) -> Party:
    fields: dict[str, Any] = {
        "name": "North Korea",
        "kind": PartyKind.STATE,
        "aliases": ("DPRK",),
        "codes": (PartyCode("iso3", "PRK"),),
        "note": "",
    }
    return Party(**fields | changes)


def a_representative(**changes: Any) -> Party:
    fields: dict[str, Any] = {
        "name": "The Secretary of State",
        "kind": PartyKind.PERSON,
        "represents": (a_representation(),),
    }
    return Party(**fields | changes)


def a_representation(**changes: Any) -> Representation:
    fields: dict[str, Any] = {
        "principal": "us",
        "from_day": date(2018, 4, 26),
        "to_day": date(2021, 1, 20),
        "mandate": (Mandate.PROMISE, Mandate.FULFIL),
    }
    return Representation(**fields | changes)


def a_report(**changes: Any) -> Report:
    fields: dict[str, Any] = {
        "title": "Talks end with a promise",
        "publisher": "The Morning Paper",
        "url": "https://news.example/2018/07/talks",
        "published": on("2018-07-09"),
        "source_grade": SourceGrade.B,
        "summary": "Both sides speak of progress.",
    }
    return Report(**fields | changes)


def an_evidence(**changes: Any) -> Evidence:
    fields: dict[str, Any] = {"report": "A1", "attribution": "the article", "credibility": 2}
    return Evidence(**fields | changes)


def a_relation(**changes: Any) -> Relation:
    fields: dict[str, Any] = {"kind": RelationKind.REFERS_TO, "target": "F002"}
    return Relation(**fields | changes)


def an_antecedent(**changes: Any) -> Antecedent:
    fields: dict[str, Any] = {
        "condition": Words(text="three detained people are released", label="release"),
        "deadline": date(2018, 7, 1),
    }
    return Antecedent(**fields | changes)


def a_commitment(**changes: Any) -> Commitment:
    fields: dict[str, Any] = {
        "debtors": ("dprk",),
        "creditors": ("us",),
        "consequent": "return the remains of the fallen",
        "consequent_code": EventCode(cameo="0842"),
        "occurred": on("2018-06-12"),
        "evidence": (an_evidence(),),
    }
    return Commitment(**fields | changes)


def an_instrument(**changes: Any) -> Instrument:
    fields: dict[str, Any] = {
        "title": "Joint statement of the summit",
        "kind": InstrumentKind.JOINT_STATEMENT,
        "participants": ("us", "dprk"),
        "occurred": on("2018-06-12"),
        "evidence": (an_evidence(),),
    }
    return Instrument(**fields | changes)


def an_act(**changes: Any) -> Act:
    fields: dict[str, Any] = {
        "kind": ActKind.FULFILMENT,
        "actor": "dprk",
        "counterparties": ("us",),
        "title": "Remains are handed over",
        "occurred": IntervalDate(
            from_day=date(2018, 7, 20),
            to_day=date(2018, 8, 18),
            precision=Precision.RANGE,
            basis=DateBasis.DERIVED,
        ),
        "place": Place("Wonsan"),
        "quantity": Quantity(value="55", unit="sets of remains"),
        "code": EventCode(cameo="0842", plover=PloverCode(type="RETREAT", mode="release")),
        "evidence": (an_evidence(),),
    }
    return Act(**fields | changes)


def a_scale(**changes: Any) -> Scale:
    fields: dict[str, Any] = {
        "title": "Three weights of our own",
        "version": "1",
        "source": "a committee of three",
        "licence": "CC0-1.0",
        "coding": Coding.CAMEO,
        "weights": (Weight(code="08", weight="5"), Weight(code="0842", weight="7.5")),
    }
    return Scale(**fields | changes)


def entry(entry_id: str, state: State) -> NewEntry:
    return NewEntry(entry_id=entry_id, state=state)


def an_amendment(entry_id: str, state: State | None, **changes: Any) -> Amendment:
    fields: dict[str, Any] = {
        "entry_id": entry_id,
        "reason": "a slip of the pen",
        "state": state,
    }
    return Amendment(**fields | changes)


def an_addition(entry_id: str, *evidence: Evidence, **changes: Any) -> Amendment:
    """An amendment that only adds evidence."""
    return an_amendment(entry_id, None, evidence_added=evidence, **changes)


def an_annulment(entry_id: str, **changes: Any) -> Annulment:
    fields: dict[str, Any] = {"entry_id": entry_id, "reason": "recorded by mistake"}
    return Annulment(**fields | changes)


def a_command(*items: Item, request_id: str = "") -> RecordCommand:
    """A request for the items; without any, one that records `a_ledgerful`."""
    return RecordCommand(items=items or a_ledgerful(), request_id=request_id)


def a_ledgerful() -> tuple[Item, ...]:
    """One entry of each type and all that they mention: parties us, dprk and pompeo,
    report A1, commitment C1, act F001 that fulfils it in part, scale ours."""
    fulfils = Relation(kind=RelationKind.FULFILS, target="C1", extent="0.25")
    return (
        entry(
            "us", a_party(name="United States", aliases=(), codes=(PartyCode("iso3", "USA"),))
        ),
        entry("dprk", a_party()),
        entry("pompeo", a_representative()),
        entry("A1", a_report()),
        entry("C1", a_commitment()),
        entry("F001", an_act(relations=(fulfils,))),
        entry("ours", a_scale()),
    )
