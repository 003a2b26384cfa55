"""Export over the wire: the same bytes for the same basis, from any place on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import audit_service_pb2 as pb
from diplomatic_ledger.v1 import ledger_service_pb2
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.verify import Anchor, VerificationKey, verify_bag

from ledger_service.api import exporting
from ledger_service.domain.values.commands import NewEntry
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Evidence,
    IntervalDate,
    Party,
    PartyKind,
    Precision,
    Relation,
    RelationKind,
)
from ledger_service.service import Service
from tests.support.examples import a_commitment, a_ledgerful, an_instrument
from tests.support.wire import NAME, Api, message, refused, refused_stream

DAY = IntervalDate(date(2018, 6, 12), date(2018, 6, 12), Precision.DAY)


@pytest.fixture
def audit(channel: grpc.aio.Channel) -> Any:
    return AuditServiceStub(channel)


async def frames(audit: Any, **request: Any) -> list[pb.ExportResponse]:
    """All but heartbeats, which come where the machine is slow."""
    told = audit.Export(pb.ExportRequest(ledger=NAME, **request))
    return [each async for each in told if each.WhichOneof("frame")]


def files(got: Sequence[pb.ExportResponse]) -> dict[str, bytes]:
    """The files of an answer; fails unless the chunks follow one another."""
    found: dict[str, bytes] = {}
    ended: set[str] = set()
    for frame in got:
        if frame.HasField("chunk"):
            chunk = frame.chunk
            assert chunk.path not in ended
            assert chunk.offset == len(found.get(chunk.path, b""))
            found[chunk.path] = found.get(chunk.path, b"") + chunk.data
            if chunk.last:
                ended.add(chunk.path)
    assert ended == set(found)
    return found


def another_party(entry_id: str) -> NewEntry:
    return NewEntry(entry_id, Party(name=entry_id, kind=PartyKind.STATE))


async def test_a_header_then_all_files_in_order(api: Api, audit: Any):
    await api.record()
    header, *chunks = await frames(audit)
    got = files([header, *chunks])
    assert list(got) == sorted(got)
    assert header.header.files == len(got)
    assert header.header.bytes == sum(map(len, got.values()))
    assert header.header.position == await api.head()
    assert header.header.origin.endswith(f"/{NAME}")


async def test_the_same_position_gives_the_same_bytes_whatever_came_later(api: Api, audit: Any):
    await api.record()
    position = await api.head()
    before = files(await frames(audit))
    token = (await api.record(another_party("rok"))).token
    again = files(await frames(audit, cuts=Cuts(position=position)))
    assert again == before
    assert files(await frames(audit, cuts=Cuts(at_least=token))) != before


async def test_it_goes_on_from_any_chunk(api: Api, audit: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exporting, "MAX_CHUNK_BYTES", 700)
    await api.record()
    whole = await frames(audit)
    position = whole[0].header.position
    previous, last_path = "", ""
    for number, frame in enumerate(whole[1:], 1):
        chunk = frame.chunk
        if chunk.path != last_path:
            previous, last_path = last_path, chunk.path
        rest = await frames(
            audit, after_path=previous, from_offset=chunk.offset, position=position
        )
        assert rest[0] == whole[0]
        assert rest[1:] == whole[number:]


async def test_it_goes_on_after_a_whole_file_whose_end_was_not_heard_of(api: Api, audit: Any):
    await api.record()
    header, first, *others = await frames(audit)
    rest = await frames(
        audit, from_offset=len(first.chunk.data), position=header.header.position
    )
    assert (rest[1].chunk.path, rest[1].chunk.data) == (first.chunk.path, b"")
    assert rest[1].chunk.last
    assert rest[2:] == others


async def test_no_chunk_is_larger_than_256_kib(api: Api, audit: Any):
    parties = [Party(name="p", kind=PartyKind.STATE, note="n" * 3_000) for _ in range(100)]
    await api.record(*(NewEntry(f"p{n}", party) for n, party in enumerate(parties)))
    got = await frames(audit)
    sizes = [len(frame.chunk.data) for frame in got]
    assert max(sizes) == 256 * 1024
    files(got)


async def test_what_is_asked_wrongly_is_refused(api: Api, audit: Any):
    await api.record()
    for request, field in [
        ({"after_path": "bagit.txt"}, "position"),
        ({"position": 3}, "position"),
        ({"position": 1, "cuts": Cuts(position=1)}, "cuts"),
        ({"cuts": Cuts(position=0)}, "cuts"),
        ({"select": pb.ExportSelection()}, "select"),
        ({"select": pb.ExportSelection(commitment="F1", parties=["us", "dprk"])}, "select"),
        ({"select": pb.ExportSelection(parties=["us"])}, "select.parties"),
        ({"select": pb.ExportSelection(parties=["us", "us"])}, "select.parties"),
    ]:
        refusal = await refused(frames(audit, **request))
        assert (refusal.code, list(refusal.fields)) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            [field],
        ), request
    beyond = await refused(frames(audit, position=1_000))
    assert beyond.code is grpc.StatusCode.OUT_OF_RANGE
    unknown = pb.ExportSelection(commitment="nothing")
    assert (await refused(frames(audit, select=unknown))).code is grpc.StatusCode.NOT_FOUND
    stranger = await refused(frames(audit, select=pb.ExportSelection(parties=["us", "x"])))
    assert stranger.text == "The entry 'x' is not a party of this ledger at these cuts."
    missing = await refused(_other_ledger(audit))
    assert missing.reason == "LEDGER_NOT_FOUND"


async def _other_ledger(audit: Any) -> None:
    async for _ in audit.Export(pb.ExportRequest(ledger="nowhere")):
        pass


# Selections


def act(entry_id: str, actor: str, counterparty: str, *relations: Relation) -> NewEntry:
    evidence = (Evidence("A1"),)
    state = Act(
        kind=ActKind.STATEMENT,
        actor=actor,
        title="Says so",
        counterparties=(counterparty,),
        occurred=DAY,
        relations=relations,
        evidence=evidence,
    )
    return NewEntry(entry_id, state)


def subjects(got: dict[str, bytes]) -> set[str]:
    lines = got["data/records/selected.jsonl"].splitlines()
    return {json.loads(line).get("subject", "") for line in lines}


async def test_a_selection_about_a_commitment_holds_what_relates_to_it(api: Api, audit: Any):
    await api.record()
    (promise, *_) = [
        e.entry_id for e in a_ledgerful() if type(e.state).__name__ == "Commitment"
    ]
    fulfils = Relation(RelationKind.REFERS_TO, promise)
    await api.record(act("about-it", "us", "dprk", fulfils), act("apart", "us", "dprk"))
    got = files(await frames(audit, select=pb.ExportSelection(commitment=promise)))
    assert {"", promise, "about-it", "us", "dprk", "A1"} <= subjects(got)
    assert "apart" not in subjects(got)


async def test_a_selection_about_a_commitment_holds_its_instrument(api: Api, audit: Any):
    await api.record()
    promise = a_commitment(instrument="I1")
    leaves = act("leaves", "us", "dprk", Relation(RelationKind.CANCELS, "I1"))
    await api.record(
        NewEntry("I1", an_instrument()),
        NewEntry("promise", promise),
        NewEntry("another", promise),
        leaves,
    )
    got = files(await frames(audit, select=pb.ExportSelection(commitment="promise")))
    assert {"promise", "I1", "leaves", "us", "dprk", "A1"} <= subjects(got)
    assert "another" not in subjects(got)


async def test_a_selection_between_two_parties_holds_what_ties_them(api: Api, audit: Any):
    await api.record()
    await api.record(another_party("rok"), act("tied", "rok", "us"), act("apart", "us", "dprk"))
    chosen = pb.ExportSelection(parties=["us", "rok"])
    got = files(await frames(audit, select=chosen))
    assert {"", "tied", "us", "rok", "A1"} <= subjects(got)
    assert not {"apart", "dprk"} & subjects(got)


# Sealed fields

SECRET = "a colonel of the second bureau"
CLEARED = pytest.mark.parametrize("changes", [{"disclose_sealed": True}])


@pytest.fixture
async def sealed(api: Api) -> Api:
    """The API over a ledger with a sealed attribution."""
    evidence = (Evidence("A1", attribution=SECRET),)
    state = Act(kind=ActKind.CLAIM, actor="us", title="Says so", evidence=evidence)
    item = message(NewEntry("told", state))
    item.entry.seal.append("evidence[0].attribution")
    await api.record()
    await api.ledgers.Record(ledger_service_pb2.RecordRequest(ledger=NAME, items=[item]))
    return api


def salts(tmp_path: Path) -> list[bytes]:
    log = tmp_path / "data/ledgers" / NAME / "log.sqlite"
    connection = sqlite3.connect(log)
    found = [row[0] for row in connection.execute("SELECT salt FROM sealed_values")]
    connection.close()
    assert len(found) == 1
    return found


def verified(api_key: str, got: dict[str, bytes], folder: Path) -> list[str]:
    for path, content in got.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    anchor = Anchor(keys=(VerificationKey.parse(api_key),))
    return [str(finding) for finding in verify_bag(folder, anchor).findings]


async def key(api: Api) -> str:
    request = ledger_service_pb2.GetLedgerRequest(ledger=NAME)
    return (await api.ledgers.GetLedger(request)).ledger.verification_key


@CLEARED
async def test_who_is_cleared_gets_the_sealed_values_apart(sealed: Api, audit: Any, tmp_path):
    got = files(await frames(audit))
    (line,) = got.pop("data/disclosed.jsonl").splitlines()
    assert json.loads(line)["value"] == SECRET
    assert SECRET.encode() not in b"".join(got.values())
    assert b"withheld" not in got["data/withheld.csv"]
    assert verified(await key(sealed), files(await frames(audit)), tmp_path / "bag") == []


@pytest.mark.parametrize(
    ("changes", "redacted"), [({"disclose_sealed": True}, True), ({}, False), ({}, True)]
)
async def test_a_redacted_export_and_one_for_who_is_not_cleared_has_no_value_and_no_salt(
    sealed: Api, audit: Any, redacted: bool, tmp_path: Path
):
    got = files(await frames(audit, redacted=redacted))
    assert "data/disclosed.jsonl" not in got
    every = b"".join(got.values())
    for secret in (SECRET.encode(), *salts(tmp_path)):
        assert secret not in every
        assert secret.hex().encode() not in every
    assert b"evidence[0].attribution" in got["data/withheld.csv"]
    assert verified(await key(sealed), got, tmp_path / "bag") == []


@CLEARED
async def test_an_erased_value_is_in_no_export_and_the_log_still_verifies(
    sealed: Api, audit: Any, service: Service, tmp_path: Path
):
    before = await sealed.head()
    ledger = service.registry.get(NAME).ledger
    await ledger.erase("told", "evidence[0].attribution", "The source is at risk.")
    for position, state in ((before, b",withheld\n"), (before + 1, b",erased\n")):
        got = files(await frames(audit, cuts=Cuts(position=position)))
        assert SECRET.encode() not in b"".join(got.values())
        assert got["data/withheld.csv"].endswith(state)
        assert verified(await key(sealed), got, tmp_path / str(position)) == []


# A log that was changed


async def test_a_changed_record_ends_it_and_the_ledger_is_read_only(
    api: Api, audit: Any, tmp_path: Path
):
    await api.record()
    log = tmp_path / "data/ledgers" / NAME / "log.sqlite"
    with sqlite3.connect(log) as connection:
        connection.execute(
            "UPDATE stored_events SET state = replace(state, 'North', 'South') WHERE rowid = 3"
        )
    connection.close()
    got, refusal = await refused_stream(audit.Export(pb.ExportRequest(ledger=NAME)))
    assert (got, refusal.reason) == ([], "LEDGER_DISTRUSTED")
    assert "position 3 " in refusal.text
    assert (await refused(api.record(another_party("rok")))).reason == "LEDGER_DISTRUSTED"
