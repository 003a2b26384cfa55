"""15.1: a party that is annulled and named all the same is remarked on, whichever field names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from diplomatic_ledger.v1 import ledger_service_pb2 as pb

from ledger_service.domain.checks import references
from ledger_service.domain.values.commands import Item, NewEntry, RecordCommand
from ledger_service.domain.values.entries import (
    Identity,
    Membership,
    Party,
    PartyKind,
    State,
    Succession,
)
from tests.support.examples import (
    a_commitment,
    a_party,
    a_report,
    a_representation,
    an_act,
    an_addition,
    an_annulment,
    an_evidence,
    an_instrument,
    entry,
    on,
)
from tests.support.wire import Api, record_request

pytestmark = pytest.mark.rule("15.1")

DAY = date(2018, 1, 1)


def _party(**ties: Any) -> Party:
    return a_party(name="Somebody", kind=PartyKind.BODY, aliases=(), codes=(), **ties)


def _told(party: str) -> Any:
    return (an_evidence(asserted_by=party),)


#: By each field of an entry that names a party, an entry that does.
NAMED_BY: dict[str, Callable[[str], State]] = {
    "party.represents.principal": lambda p: _party(represents=(a_representation(principal=p),)),
    "party.succeeds.predecessor": lambda p: _party(succeeds=(Succession(p, DAY),)),
    "party.composed_of.member": lambda p: _party(composed_of=(Membership(p),)),
    "party.same_as.party": lambda p: _party(same_as=(Identity(p),)),
    "instrument.participants": lambda p: an_instrument(participants=("us", p)),
    "instrument.third_parties": lambda p: an_instrument(third_parties=(p,)),
    "instrument.evidence.asserted_by": lambda p: an_instrument(evidence=_told(p)),
    "commitment.debtors": lambda p: a_commitment(debtors=("dprk", p)),
    "commitment.creditors": lambda p: a_commitment(creditors=("us", p)),
    "commitment.made_by": lambda p: a_commitment(made_by=(p,)),
    "commitment.evidence.asserted_by": lambda p: a_commitment(evidence=_told(p)),
    "act.actor": lambda p: an_act(actor=p),
    "act.co_actors": lambda p: an_act(co_actors=(p,)),
    "act.counterparties": lambda p: an_act(counterparties=("us", p)),
    "act.evidence.asserted_by": lambda p: an_act(evidence=_told(p)),
}
NUMBERED = [*enumerate(NAMED_BY.items())]


@pytest.fixture
async def api(api: Api) -> Api:
    """A ledger with a party for each field, which nothing names yet."""
    await api.record(
        entry("us", a_party(name="United States", aliases=(), codes=())),
        entry("dprk", a_party()),
        entry("A1", a_report(published=on("2018-08-18"))),
        *(
            entry(f"p{n}", a_party(name=f"Party {n}", aliases=(), codes=()))
            for n, _ in NUMBERED
        ),
    )
    return api


async def remarked(api: Api, *items: Item) -> dict[str, str]:
    """What is said of annulled parties in a request that is only checked, by path."""
    request = record_request(*items)
    request.validate_only = True
    return {
        each.path: each.text
        for each in (await api.ledgers.Record(request)).remarks
        if each.reason == pb.REMARK_REASON_ANNULLED_PARTY
    }


def _field(path: str) -> str:
    """A field of a state, without the item and the places in lists."""
    return re.sub(r"\[\d+\]", "", path).partition("state.")[2]


def test_each_field_that_names_a_party_is_here() -> None:
    named = {
        _field(each.field)
        for type_ in get_args(State)
        for each in references(RecordCommand((NewEntry("x", _filled(type_)),)))
        if Party in each.allowed
    }
    assert named == {*NAMED_BY}


async def test_one_that_is_annulled_and_named_by_any_field(api: Api) -> None:
    await api.record(*_naming())
    found = await remarked(api, *(an_annulment(f"p{n}") for n, _ in NUMBERED))
    assert {
        field: found.get(f"items[{n}].annulment.entry_id", "") for n, (field, _) in NUMBERED
    } == {
        field: f"The party 'p{n}' is still named by 'n{n}'. Amend them to name another one, or "
        "leave the party as it is."
        for n, (field, _) in NUMBERED
    }


async def test_one_that_any_field_names_although_it_is_annulled(api: Api) -> None:
    await api.record(*(an_annulment(f"p{n}") for n, _ in NUMBERED))
    found = await remarked(api, *_naming())
    assert sorted(map(_field, found)) == sorted(NAMED_BY)


async def test_one_that_is_annulled_with_all_that_names_it(api: Api) -> None:
    await api.record(*_naming())
    gone = [an_annulment(f"{of}{n}") for n, _ in NUMBERED for of in "np"]
    assert await remarked(api, *gone) == {}


async def test_one_that_evidence_names_which_was_added(api: Api) -> None:
    await api.record(entry("F1", an_act()), an_addition("F1", *_told("p0")))
    assert [*await remarked(api, an_annulment("p0"))] == ["items[0].annulment.entry_id"]
    await api.record(an_annulment("p1"))
    found = await remarked(api, an_addition("F1", *_told("p1")))
    assert [*found] == ["items[0].amendment.evidence_added[0].asserted_by"]


def _naming() -> Iterator[Item]:
    """For each field an entry that names a party of its own by it."""
    for n, (_, state) in NUMBERED:
        yield entry(f"n{n}", state(f"p{n}"))


def _filled(type_: Any) -> Any:
    """A value of a type, with something in each field."""
    args = [each for each in get_args(type_) if each is not type(None)]
    if get_origin(type_) is tuple:
        return (_filled(args[0]),)
    if args:
        return _filled(args[-1])  # the first conditions have others in them, without an end
    if issubclass(type_, msgspec.Struct):
        hints = get_type_hints(type_)
        return type_(**{name: _filled(hints[name]) for name in type_.__struct_fields__})
    return "x" if type_ is str else next(iter(type_)) if issubclass(type_, Enum) else DAY
