"""What others check of a log: checkpoints, proofs and receipts, over the wire."""

from base64 import b64decode
from hashlib import sha256

import pytest
from diplomatic_ledger.v1 import audit_service_pb2 as pb
from diplomatic_ledger.v1 import history_service_pb2, ledger_service_pb2
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub

from ledger_service.audit.notes import VerificationKey, parse
from ledger_service.audit.proofs import check_consistency, check_inclusion
from tests.support.examples import a_party, entry
from tests.support.slow_tree import root_by_definition
from tests.support.wire import Api, record_request, refused


def parties(*ids: str):
    return [entry(each, a_party()) for each in ids]


@pytest.fixture
def changes():
    return {"checkpoint_seconds": 3600.0}


@pytest.fixture
def audit(channel) -> AuditServiceStub:
    return AuditServiceStub(channel)


async def ledger_of(api: Api) -> ledger_service_pb2.LedgerInfo:
    request = ledger_service_pb2.GetLedgerRequest(ledger="us-dprk")
    return (await api.ledgers.GetLedger(request)).ledger


async def leaves_of(api: Api) -> list[bytes]:
    read = history_service_pb2.ReadLogRequest(ledger="us-dprk")
    frames = [frame async for frame in api.history.ReadLog(read)]
    records = [each for frame in frames for each in frame.batch.lines.split(b"\n")]
    return [sha256(b"\x00" + record).digest() for record in records]


async def test_a_new_ledger_is_signed_at_once(api: Api, audit) -> None:
    answer = await audit.GetCheckpoint(pb.GetCheckpointRequest(ledger="us-dprk"))
    info = await ledger_of(api)
    assert (answer.position, info.checkpoint_position) == (1, 1)
    assert info.distrusted == ""
    signed = parse(answer.checkpoint)
    assert signed.checkpoint == (info.origin, 1, info.root_hash)
    assert signed.signed_by([VerificationKey.parse(info.verification_key)])


async def test_a_checkpoint_can_be_had_of_every_request_and_stays_the_same(api, audit) -> None:
    for number in range(3):
        await api.record(*parties(f"a{number}", f"b{number}"))
    leaves = await leaves_of(api)
    for position in (3, 7, 5, 1):
        request = pb.GetCheckpointRequest(ledger="us-dprk", position=position)
        answer = await audit.GetCheckpoint(request)
        assert parse(answer.checkpoint).checkpoint.root == root_by_definition(leaves[:position])
        assert await audit.GetCheckpoint(request) == answer
    newest = await audit.GetCheckpoint(pb.GetCheckpointRequest(ledger="us-dprk"))
    assert newest.position == 7


@pytest.mark.parametrize(
    ("position", "reason"), [(2, "VALIDATION_FAILED"), (4, "CUT_OUT_OF_RANGE")]
)
async def test_no_checkpoint_is_signed_within_a_request_or_beyond_the_log(
    api, audit, position: int, reason: str
) -> None:
    await api.record(*parties("us", "dprk"))
    request = pb.GetCheckpointRequest(ledger="us-dprk", position=position)
    assert (await refused(audit.GetCheckpoint(request))).reason == reason


async def test_a_position_within_a_request_is_refused_with_those_around_it(api, audit) -> None:
    await api.record(*parties("us", "dprk", "rok"))
    await api.record(*parties("china", "japan"))
    request = pb.GetCheckpointRequest(ledger="us-dprk", position=3)
    refusal = await refused(audit.GetCheckpoint(request))
    said = "3 does not end a request. The nearest that do are 1 and 4."
    assert refusal.fields == {"position": said}


async def test_proofs_hold_against_the_records_themselves(api, audit) -> None:
    await api.record(*parties(*(f"p{n}" for n in range(300))))
    leaves = await leaves_of(api)
    for position, size in ((1, 301), (256, 256), (257, 301), (301, 0)):
        request = pb.GetInclusionProofRequest(
            ledger="us-dprk", position=position, tree_size=size
        )
        proof = await audit.GetInclusionProof(request)
        assert proof.leaf_hash == leaves[position - 1]
        assert proof.root_hash == root_by_definition(leaves[: proof.tree_size])
        path = list(proof.hashes)
        check_inclusion(
            proof.leaf_hash, proof.leaf_index, proof.tree_size, proof.root_hash, path
        )
    for old, new in ((0, 301), (1, 301), (256, 257), (301, 0)):
        growth = await audit.GetConsistencyProof(
            pb.GetConsistencyProofRequest(ledger="us-dprk", old_size=old, new_size=new)
        )
        check_consistency(
            old, growth.old_root_hash, growth.new_size, growth.new_root_hash, growth.hashes
        )
        assert growth.new_root_hash == root_by_definition(leaves[: growth.new_size])


@pytest.mark.parametrize(
    ("position", "size", "reason"),
    [(0, 1, "VALIDATION_FAILED"), (3, 1, "VALIDATION_FAILED"), (4, 0, "CUT_OUT_OF_RANGE")],
)
async def test_what_is_not_in_the_tree_has_no_proof(api, audit, position, size, reason) -> None:
    await api.record(*parties("us", "dprk"))
    request = pb.GetInclusionProofRequest(ledger="us-dprk", position=position, tree_size=size)
    assert (await refused(audit.GetInclusionProof(request))).reason == reason


def check_receipt(receipt: str, record: bytes, key: str) -> int:
    """Checks a receipt as anybody could; returns its leaf index."""
    head, note = receipt.split("\n\n", 1)
    form, index, *hashes = head.split("\n")
    assert form == "c2sp.org/tlog-proof@v1"
    signed = parse(note)
    assert signed.signed_by([VerificationKey.parse(key)])
    place = int(index.removeprefix("index "))
    leaf, path = sha256(b"\x00" + record).digest(), [b64decode(each) for each in hashes]
    check_inclusion(leaf, place, signed.checkpoint.size, signed.checkpoint.root, path)
    return place


async def test_a_receipt_is_checked_without_the_service(api, audit) -> None:
    await api.record(*parties("us", "dprk"))
    key = (await ledger_of(api)).verification_key
    by_id = await audit.GetReceipt(pb.GetReceiptRequest(ledger="us-dprk", entry_id="dprk"))
    assert check_receipt(by_id.receipt, by_id.record, key) == 2
    by_position = await audit.GetReceipt(pb.GetReceiptRequest(ledger="us-dprk", position=1))
    assert check_receipt(by_position.receipt, by_position.record, key) == 0


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"entry_id": "nobody"}, "ENTRY_NOT_FOUND"),
        ({"entry_id": "us", "version": 2}, "ENTRY_NOT_FOUND"),
        ({"position": 9}, "CUT_OUT_OF_RANGE"),
        ({}, "VALIDATION_FAILED"),
        ({"entry_id": "us", "position": 1}, "VALIDATION_FAILED"),
    ],
)
async def test_there_is_no_receipt_for_what_is_not_there(api, audit, wanted, reason) -> None:
    await api.record(*parties("us"))
    request = pb.GetReceiptRequest(ledger="us-dprk", **wanted)
    assert (await refused(audit.GetReceipt(request))).reason == reason


async def test_a_record_answers_with_receipts_when_they_are_asked_for(api, audit) -> None:
    request = record_request(*parties("us", "dprk"), request_id="r1")
    request.receipts = True
    first = await api.ledgers.Record(request)
    key = (await ledger_of(api)).verification_key
    assert len(first.receipts) == 2
    for recorded, receipt in zip(first.recorded, first.receipts, strict=True):
        asked = pb.GetReceiptRequest(ledger="us-dprk", position=recorded.position)
        record = (await audit.GetReceipt(asked)).record
        assert check_receipt(receipt, record, key) == recorded.position - 1
    assert list((await api.ledgers.Record(request)).receipts) == list(first.receipts)
    assert not (await api.record(*parties("china"))).receipts
