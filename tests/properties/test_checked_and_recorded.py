"""A request that is only checked is refused exactly as if it were recorded, but for ids and
versions that are taken: random requests, wrong in random places, sent to a whole service.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import entries_pb2, items_pb2
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.api.messages import writing
from ledger_service.domain.values.entries import (
    About,
    ActKind,
    ActOccurred,
    AtLeast,
    CommitmentFulfilled,
    DueAfter,
    Identity,
    Instalment,
    Membership,
    Nature,
    PartyName,
    Quantity,
    Relation,
    RelationKind,
    Succession,
    Withdrawal,
)
from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.support.examples import (
    a_commitment,
    a_ledgerful,
    a_party,
    a_report,
    a_scale,
    an_act,
    an_amendment,
    an_annulment,
    an_antecedent,
    an_instrument,
    entry,
    on,
)
from tests.support.runs import looks_at
from tests.support.wire import Api, Refusal, record_request, taken_apart

TAKEN = ("ENTRY_EXISTS", "VERSION_CONFLICT", "REQUEST_ID_REUSED")
#: Recorded before each request; F007 has two versions, and F008 was annulled.
BEFORE = (
    *a_ledgerful(),
    entry("F005", an_act(title="sealed", note="too")),
    entry("F006", an_act(kind=ActKind.DEMAND)),
    entry("F007", an_act()),
    entry("F008", an_act()),
    entry("C5", a_commitment(antecedent=an_antecedent())),
    entry("C6", a_commitment(nature=Nature.MAINTENANCE)),
    entry("T1", an_instrument()),
    an_amendment("F007", an_act(title="Otherwise")),
    an_annulment("F008"),
)
IDS = (
    *("N1", "N1", "N2", "us", "dprk", "A1", "C1", "C5", "C6", "T1"),
    *("F001", "F005", "F006", "F007", "F008"),
)
WRONG_IDS = ("", "nobody", "bad id", "$ledger", "-", "x" * 129)
TEXTS = (
    "",
    " ",
    "so",
    "x" * 501,
    "x" * 4001,
    "a\u202eb",
    "e\u0301" * 40,
    "2018-02-30",
    "1/3",
    "7",
)
PATHS = (
    "title",
    "note",
    "summary",
    "evidence[0].attribution",
    "evidence[7].attribution",
    "evidence_added[0].attribution",
    "evidence_added[0].quote",
    "place.name",
    "aliases[0]",
    "name",
    "actor",
)
STATES = (
    a_party(),
    a_report(),
    a_scale(),
    an_act(),
    an_act(relations=(Relation(RelationKind.FULFILS, "C1", extent="1/3"),)),
    an_act(relations=(Relation(RelationKind.MEETS, "C5", condition="release"),)),
    an_act(relations=(Relation(RelationKind.REFUTES, "C1", about=About.EXISTENCE),)),
    a_commitment(),
    a_commitment(antecedent=an_antecedent()),
    a_commitment(relations=(Relation(RelationKind.SAME_AS, "C1"),)),
    an_act(
        actor="us",
        counterparties=("dprk", "pompeo"),
        relations=(
            Relation(RelationKind.CANCELS, "T1", takes_effect=date(2018, 12, 1)),
            Relation(RelationKind.SUSPENDS, "C5", until=date(2019, 1, 1)),
            Relation(RelationKind.RESCHEDULES, "C1", due=on("2019-01-01")),
            Relation(RelationKind.RESCHEDULES, "C6", until=date(2019, 1, 1)),
            Relation(RelationKind.REVERSES, "F001", extent="1/2"),
            Relation(RelationKind.WITHDRAWS, "F007"),
        ),
    ),
    a_commitment(
        quantity=Quantity("3", "t"),
        instrument="T1",
        provision="Art. I",
        instalments=(
            Instalment(on("2018-10-01"), quantity="1"),
            Instalment(on("2018-11-01"), quantity="2"),
        ),
    ),
    a_commitment(
        due_after=DueAfter(act="F001", months=6), withdrawal=Withdrawal(notice_days=9)
    ),
    a_commitment(
        nature=Nature.MAINTENANCE,
        until_condition=an_antecedent(
            condition=AtLeast(1, (ActOccurred("F001"), CommitmentFulfilled("C1")))
        ),
    ),
    an_instrument(relations=(Relation(RelationKind.FOLLOWS, "F001"),)),
    a_party(
        names=(PartyName("Corea"),),
        succeeds=(Succession("us", date(1991, 12, 26), reports=("A1",)),),
        composed_of=(Membership("pompeo"),),
        same_as=(Identity("dprk", ("A1",)),),
    ),
)
_names = count()


class Running:
    """A service, and a loop that runs as long as a test waits for an answer."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._service = Service(
            Settings(data_dir=folder / "d", keys_dir=folder / "k", listen="127.0.0.1:0")
        )
        self.run(self._service.start())
        self.api = self.run(self._connected())

    async def _connected(self) -> Api:
        return Api(grpc.aio.insecure_channel(self._service.address))

    def run(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)

    def record(self, request: pb.RecordRequest) -> pb.RecordResponse:
        async def recorded() -> pb.RecordResponse:
            return await self.api.ledgers.Record(request)

        return self.run(recorded())

    def close(self) -> None:
        self.run(self.api.channel.close())
        self.run(self._service.stop())
        self._loop.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("service"))
    yield running
    running.close()


def new_ledger(running: Running) -> str:
    """With what was recorded before, two fields of it sealed."""
    name = f"ledger-{next(_names)}"
    running.run(running.api.open_ledger(name))
    request = record_request(*BEFORE, ledger=name)
    for item in request.items:
        if item.entry.entry_id == "F005":
            item.entry.seal.extend(["title", "note"])
    running.record(request)
    return name


def outcome(running: Running, request: pb.RecordRequest) -> Refusal | None:
    """None when it is answered. The ids of both calls differ, and are left out."""
    try:
        running.record(request)
    except grpc.aio.AioRpcError as error:
        return replace(taken_apart(error), request_id="")
    return None


def checked_and_recorded(
    running: Running, request: pb.RecordRequest
) -> tuple[Refusal | None, Refusal | None]:
    request.validate_only = True
    checked = outcome(running, request)
    request.validate_only = False
    return checked, outcome(running, request)


def an_id(chance: Random) -> str:
    return chance.choice(WRONG_IDS if chance.random() < 0.15 else IDS)


def a_state(chance: Random) -> Any:
    state = writing.state(chance.choice(STATES))
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        spoil(state, chance)
    return state


def an_item(chance: Random) -> items_pb2.RecordItem:
    match chance.choice(("entry", "entry", "amendment", "annulment")):
        case "entry":
            made = items_pb2.NewEntry(entry_id=an_id(chance), state=a_state(chance))
            made.seal.extend(some_paths(chance))
            return items_pb2.RecordItem(entry=made)
        case "amendment":
            amended = items_pb2.Amendment(
                entry_id=an_id(chance), reason="so", state=a_state(chance)
            )
            if chance.random() < 0.5:
                amended.correction.SetInParent()
            else:
                amended.new_information.report = an_id(chance)
            expect(amended, chance)
            amended.seal.extend(some_paths(chance))
            for path in some_paths(chance):
                amended.keep_sealed.append(path)
                state = getattr(amended.state, amended.state.WhichOneof("state") or "act")
                if path in ("title", "note") and hasattr(state, path):
                    setattr(state, path, "")
            return items_pb2.RecordItem(amendment=amended)
        case "addition":
            return items_pb2.RecordItem(amendment=an_addition(chance))
    annulled = items_pb2.Annulment(entry_id=an_id(chance), reason=chance.choice(("so", *TEXTS)))
    expect(annulled, chance)
    return items_pb2.RecordItem(annulment=annulled)


def an_addition(chance: Random) -> items_pb2.Amendment:
    """An amendment that only adds evidence, if nothing is wrong."""
    told = entries_pb2.Evidence(report=chance.choice((an_id(chance), "A1")), quote="said so")
    added = items_pb2.Amendment(
        entry_id=an_id(chance),
        reason="told again",
        evidence_added=[told] * chance.choice((0, 1, 1, 1, 2, 201)),
        correction=items_pb2.Correction(),
    )
    if added.evidence_added and chance.random() < 0.3:
        spoil(added.evidence_added[0], chance)
    if chance.random() < 0.1:
        added.state.CopyFrom(a_state(chance))
    expect(added, chance)
    added.seal.extend(some_paths(chance))
    if chance.random() < 0.1:
        added.keep_sealed.extend(some_paths(chance))
    return added


def add_what_is_unknown(message: Message, chance: Random) -> None:
    """A field that the service does not know, in the message or in one within it."""
    inner = [value for field, value in message.ListFields() if field.message_type is not None]
    if not inner or chance.random() < 0.3:
        message.MergeFromString(b"\x98\x06\x01")
        return
    within: Any = chance.choice(inner)
    add_what_is_unknown(
        within if isinstance(within, Message) else chance.choice(within), chance
    )


def some_paths(chance: Random) -> list[str]:
    return chance.choices(PATHS, k=chance.choice((0, 0, 0, 1, 2)))


def expect(item: Any, chance: Random) -> None:
    if chance.random() < 0.3:
        item.expected_version.exactly = chance.choice((0, 1, 1, 2, 7))


def spoil(message: Message, chance: Random) -> None:
    """Changes a field of the message or of a message in it."""
    fields = [field for field, _ in message.ListFields()]
    if not fields or chance.random() < 0.2:
        fields = list(message.DESCRIPTOR.fields)
    field = chance.choice(fields)
    value: Any = getattr(message, field.name)
    if field.message_type is not None and not field.is_repeated:
        if chance.random() < 0.8:
            value.SetInParent()
            spoil(value, chance)
        else:
            message.ClearField(field.name)
    elif field.is_repeated:
        if not value or chance.random() < 0.3:
            del value[:]
        elif field.message_type is not None and chance.random() < 0.6:
            spoil(chance.choice(value), chance)
        else:
            value.extend(list(value) * chance.choice((1, 60, 300)))
    elif field.type == field.TYPE_STRING:
        pool = (*IDS, *WRONG_IDS) if chance.random() < 0.6 else TEXTS
        setattr(message, field.name, chance.choice(pool))
    elif field.type == field.TYPE_BOOL:
        setattr(message, field.name, not value)
    else:
        setattr(message, field.name, chance.choice((0, 1, 2, 5, 99)))


def padding(chance: Random) -> list[items_pb2.RecordItem]:
    """Entries that make a request so large that it is dealt with in another way."""
    how_many = chance.choice((0, 0, 0, 0, 8, 40))
    long = writing.state(an_act(note="x" * 4000))
    return [
        items_pb2.RecordItem(entry=items_pb2.NewEntry(entry_id=f"P{n}", state=long))
        for n in range(how_many)
    ]


@given(st.randoms(use_true_random=False))
@looks_at(50)
def test_what_is_only_checked_is_refused_exactly_as_if_recorded(running, chance) -> None:
    request = pb.RecordRequest(ledger=new_ledger(running))
    request.request_id = chance.choice(("", "", "", "r1", "bad id"))
    request.items.extend(padding(chance))
    request.items.extend(an_item(chance) for _ in range(chance.choice((0, 1, 1, 2, 3, 5))))
    if request.items and chance.random() < 0.1:
        chance.choice(request.items).Clear()
    if chance.random() < 0.05 and request.ByteSize() < 20_000:
        request.items.extend([*request.items] * 300)
    if chance.random() < 0.05:
        add_what_is_unknown(request, chance)
    checked, recorded = checked_and_recorded(running, request)
    assert "INTERNAL" not in {each.reason for each in (checked, recorded) if each}
    if recorded is None or recorded.reason not in TAKEN:
        assert checked == recorded


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([an_annulment("nobody")], id="an unknown annulment"),
        pytest.param([an_amendment("nobody", an_act())], id="an unknown amendment"),
        pytest.param(
            [an_annulment("nobody"), entry("N1", an_act(actor="none"))],
            id="and an unknown reference",
        ),
        pytest.param(
            [an_annulment("nobody"), entry("N1", an_act(title=""))], id="and a broken rule"
        ),
        pytest.param(
            [an_annulment("N1"), entry("N1", an_act())], id="annulled before it is new"
        ),
        pytest.param([an_amendment("us", an_act())], id="of another type"),
        pytest.param(
            [an_annulment(f"nobody-{number}") for number in range(1000)],
            id="many unknown annulments",
        ),
        pytest.param(
            [entry("", an_act(actor=f"nobody-{number}")) for number in range(1000)],
            id="many unknown references",
        ),
        pytest.param(
            [entry("", an_act(title="", actor="nobody")) for _ in range(1000)],
            id="many broken rules",
        ),
        pytest.param(
            [an_amendment("us", an_act()) for _ in range(500)], id="many of another type"
        ),
        pytest.param([entry("", a_party()) for _ in range(1001)], id="too many"),
        pytest.param(
            [entry("N1", an_act(note="x" * 4000, summary="x" * 4000)) for _ in range(2)],
            id="one id twice",
        ),
    ],
)
def test_both_refuse_alike(running, items) -> None:
    request = record_request(*items, ledger=new_ledger(running))
    checked, recorded = checked_and_recorded(running, request)
    assert checked is not None
    assert checked == recorded


def test_an_entry_that_nobody_recorded_cannot_be_annulled(running) -> None:
    request = record_request(an_annulment("nobody"), ledger=new_ledger(running))
    for refusal in checked_and_recorded(running, request):
        assert refusal is not None
        assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
        assert refusal.reason == "UNKNOWN_REFERENCE"
        assert list(refusal.fields) == ["items[0].annulment.entry_id"]


def test_what_is_unknown_is_told_together_with_a_broken_rule(running) -> None:
    items = (
        entry("N1", an_act(title="", actor="nobody")),
        an_annulment("no-entry"),
        an_annulment("bad id"),
    )
    request = record_request(*items, ledger=new_ledger(running))
    for refusal in checked_and_recorded(running, request):
        assert refusal is not None
        assert refusal.reason == "VALIDATION_FAILED"
        assert sorted(refusal.fields) == [
            "items[0].entry.state.act.actor",
            "items[0].entry.state.act.title",
            "items[1].annulment.entry_id",
            "items[2].annulment.entry_id",
        ]
        assert "There is no entry 'no-entry'" in refusal.fields["items[1].annulment.entry_id"]
        assert "There is no" not in refusal.fields["items[2].annulment.entry_id"]


def test_only_a_seal_can_be_kept(running) -> None:
    ledger = new_ledger(running)
    for path, refusals in (("title", 0), ("summary", 2)):
        request = record_request(
            an_amendment("F005", an_act(title="", summary="")), ledger=ledger
        )
        request.items[0].amendment.keep_sealed.append(path)
        if path == "summary":
            request.items[0].amendment.state.act.title = "said"
        found = checked_and_recorded(running, request)
        assert [each.reason for each in found if each] == ["VALIDATION_FAILED"] * refusals
        assert found[0] == found[1]


@pytest.mark.parametrize("state", [a_party(), None], ids=["another type", "no state"])
def test_a_seal_cannot_be_kept_where_there_is_no_field_for_it(running, state) -> None:
    request = record_request(
        an_amendment("F005", state or an_act(title="")), ledger=new_ledger(running)
    )
    amendment = request.items[0].amendment
    amendment.keep_sealed.append("title")
    if state is None:
        amendment.state.Clear()
    checked, recorded = checked_and_recorded(running, request)
    assert checked == recorded
    assert checked is not None
    assert checked.reason == "VALIDATION_FAILED"
    assert any(field.startswith("items[0].amendment") for field in checked.fields)


def test_a_seal_of_the_same_request_can_be_kept(running) -> None:
    sealing = entry("N1", an_act(title="sealed now"))
    for first in (sealing, an_amendment("F005", an_act(title="sealed now"))):
        kept = an_amendment("N1" if first is sealing else "F005", an_act(title=""))
        request = record_request(first, kept, ledger=new_ledger(running))
        made = request.items[0].entry if first is sealing else request.items[0].amendment
        made.seal.append("title")
        request.items[1].amendment.keep_sealed.append("title")
        assert checked_and_recorded(running, request) == (None, None)


def test_taken_ids_and_versions_are_no_matter_of_a_check(running) -> None:
    ledger = new_ledger(running)
    for item, reason in (
        (entry("us", a_party()), "ENTRY_EXISTS"),
        (an_annulment("us", expected_version=7), "VERSION_CONFLICT"),
    ):
        checked, recorded = checked_and_recorded(running, record_request(item, ledger=ledger))
        assert checked is None
        assert recorded is not None
        assert recorded.reason == reason
