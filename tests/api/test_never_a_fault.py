"""Whatever a caller sends is answered or refused with a reason: it is never a fault of the
service. Requests of every method get hostile values in random fields: ids that the ledger
keeps for itself, tokens that were damaged or forged, cuts from beyond time.
"""

import base64
import hashlib
import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import grpc
import msgspec
import pytest
from diplomatic_ledger.admin.v1 import access_service_pb2, admin_service_pb2
from diplomatic_ledger.v1 import (
    audit_service_pb2,
    cuts_pb2,
    history_service_pb2,
    ledger_service_pb2,
    standing_service_pb2,
)
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from ledger_service.api import pages
from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.support.wire import NAME, Api, record_request, taken_apart

#: Requests of each method. LEDGER_FUZZED_REQUESTS has more of them sent, from another seed.
COUNT = int(os.environ.get("LEDGER_FUZZED_REQUESTS", "60"))
SEED = COUNT

_PUBLIC = (
    ledger_service_pb2,
    history_service_pb2,
    standing_service_pb2,
    audit_service_pb2,
)
METHODS = [
    method
    for module in (*_PUBLIC, admin_service_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]
#: They would change what the others find, or do it again and again.
METHODS = [each for each in METHODS if each.name not in ("RotateKey", "CreateLedger")]

_TEXTS = (
    "$ledger",
    "$",
    "",
    " ",
    ".",
    "..",
    "../../../etc/passwd",
    "a/b",
    "dprk",
    "us",
    "F001",
    "f" * 300,
    "x" * 70_000,
    "a\x00b",
    "\x1b[2J",
    "\u202e",
    "\ufffe",
    "\U0010ffff",
    "e\u0301" * 50,
    "%s%n{0}{x.__class__}",
    "' OR 1=1 --",
    "'; DROP TABLE requests; --",
    "*",
    "[]",
    "items[0].entry.entry_id",
    "evidence[99999999999999999999].attribution",
    "note[0][0]",
    "-1",
    "1/0",
    "1e400",
    "NaN",
    "Infinity",
    "0." + "9" * 5000,
    "9" * 5000,
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2018-02-30",
    "2018-06-12T09:00:00Z",
    "٢٠١٨-٠٦-١٢",
)
_NUMBERS = (
    0,
    1,
    -1,
    2,
    5,
    100,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**53,
    2**62,
    2**63 - 1,
    2**64 - 1,
)


def _base(method: Any, token: str) -> Any:
    """A request that the service would answer."""
    if method.name == "Record":
        return record_request()
    request: Any = GetMessageClass(method.input_type)()
    known = {
        "ledger": NAME,
        "id": "commitment-1",
        "entry_id": "commitment-1",
        "party_a": "dprk",
        "party_b": "us",
        "field": "title",
        "reason": "To test.",
        "successor": "other",
        "name": NAME,
        "position": 1,
        "old_size": 1,
        "new_size": 2,
        "consistency_token": token,
    }
    for field, value in known.items():
        if field in method.input_type.fields_by_name:
            setattr(request, field, value)
    return request


def _places(message: Any, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    """Every field that can be set, of what is there and of some that is not."""
    for field in message.DESCRIPTOR.fields:
        yield message, field
        if field.message_type is None or depth > 6:
            continue
        if field.is_repeated:
            for each in getattr(message, field.name):
                yield from _places(each, depth + 1)
        elif message.HasField(field.name):
            yield from _places(getattr(message, field.name), depth + 1)


class Fuzz:
    def __init__(self, seed: int, tokens: tuple[str, ...]) -> None:
        self._random = random.Random(seed)
        self._tokens = tokens

    def request(self, method: Any) -> Any:
        request = _base(method, self._tokens[0])
        for _ in range(self._random.randint(1, 3)):
            places = [*_places(request)]
            if places:
                self._spoil(*self._random.choice(places))
        names = {field.name for field, _ in request.ListFields()}
        if "page_token" in request.DESCRIPTOR.fields_by_name and (
            "page_token" in names or self._random.random() < 0.4
        ):
            request.page_token = self._page_token(request)
        return request

    def _spoil(self, message: Any, field: Any) -> None:
        if field.is_repeated and field.message_type is None:
            getattr(message, field.name).extend(
                self._value(field) for _ in range(self._random.randint(1, 3))
            )
        elif field.is_repeated:
            if not field.message_type.GetOptions().map_entry:
                getattr(message, field.name).add()
        elif field.message_type is not None:
            inner = getattr(message, field.name)
            inner.SetInParent()
            for place in [*_places(inner)]:
                if self._random.random() < 0.5:
                    self._spoil(*place)
        else:
            setattr(message, field.name, self._value(field))

    def _value(self, field: Any) -> Any:
        if field.cpp_type == field.CPPTYPE_BOOL:
            return self._random.random() < 0.5
        if field.cpp_type == field.CPPTYPE_STRING and field.type == field.TYPE_BYTES:
            return self._random.randbytes(self._random.choice((0, 1, 31, 32, 33)))
        if field.cpp_type == field.CPPTYPE_STRING:
            return self._text(field.name)
        if field.cpp_type in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
            return self._random.choice((0.0, -1.0, float("nan"), float("inf")))
        signed = field.cpp_type in (
            field.CPPTYPE_INT32,
            field.CPPTYPE_INT64,
            field.CPPTYPE_ENUM,
        )
        bits = 64 if field.cpp_type in (field.CPPTYPE_INT64, field.CPPTYPE_UINT64) else 32
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
        return self._random.choice([each for each in _NUMBERS if low <= each < high])

    def _text(self, name: str) -> str:
        if name in ("token", "at_least"):
            return self._damaged(self._random.choice(self._tokens))
        return self._random.choice(_TEXTS)

    def _damaged(self, token: str) -> str:
        way = self._random.randrange(5)
        raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if way == 0:
            return token
        if way == 1:
            return self._random.choice(_TEXTS)
        if way == 2:
            return token[: self._random.randrange(len(token))]
        if way == 3:  # another position, with its checksum
            raw[9:17] = self._random.choice(_NUMBERS[3:]).to_bytes(8)
            raw[17:] = hashlib.sha256(raw[:17]).digest()[:4]
        else:
            raw[self._random.randrange(len(raw))] ^= 1 << self._random.randrange(8)
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def _page_token(self, request: Message) -> str:
        """As the service makes it, with what it never puts there."""
        pick = self._random.choice
        numbers = (*_NUMBERS, -(2**63), 2**64, 2**70, 10**30)
        days = (None, "2018-06-12", "0001-01-01", "9999-12-31", "0000-00-00", "x", 5)
        question = pages._question(request)
        forged = [question, pick(numbers), pick((None, *numbers)), pick(days)]
        forged += [pick((True, False)), pick(("", *_TEXTS))]
        if self._random.random() < 0.2:
            forged[self._random.randrange(len(forged))] = pick((None, [], {}, "", 1.5))
        payload = msgspec.json.encode(forged[: pick((6, 6, 6, 6, 5, 4, 3, 2, 1, 0))])
        sealed = hashlib.sha256(payload).digest()[:6] + payload
        return base64.urlsafe_b64encode(sealed).decode()


@pytest.fixture
async def admin(settings: Settings, service: Service) -> AsyncIterator[grpc.aio.Channel]:
    async with operators_way(settings) as channel:
        yield channel


@asynccontextmanager
async def operators_way(settings: Settings) -> AsyncIterator[grpc.aio.Channel]:
    options = (("grpc.default_authority", "localhost"),)
    path = settings.data_dir / settings.admin_socket
    async with grpc.aio.insecure_channel(f"unix:{path}", options=options) as channel:
        yield channel


async def code_of(channel: grpc.aio.Channel, method: Any, request: Any) -> str:
    """OK, or the code and the reason of the refusal; of a stream some answers are read."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    answer = GetMessageClass(method.output_type).FromString
    write = type(request).SerializeToString
    try:
        if method.server_streaming:
            call: Any = channel.unary_stream(path, write, answer)(request, timeout=30)
            for _ in range(3):
                if await call.read() is grpc.aio.EOF:
                    break
                if method.name == "Subscribe":
                    break
            call.cancel()
        else:
            await channel.unary_unary(path, write, answer)(request, timeout=30)
    except grpc.aio.AioRpcError as error:
        try:
            return f"{error.code().name} {taken_apart(error).reason}".rstrip()
        except AssertionError as bare:
            return f"UNKNOWN {bare} {error.code()} {error.details()}"
    return "OK"


@pytest.mark.parametrize("method", METHODS, ids=lambda each: each.name)
async def test_no_request_is_a_fault(
    method: Any, api: Api, admin: grpc.aio.Channel, channel: grpc.aio.Channel
) -> None:
    recorded = await api.record()
    fuzz = Fuzz(SEED, (recorded.token,))
    way = admin if method.containing_service.name == "AdminService" else channel
    assert not await faults(fuzz, way, method), "none is a fault"


@pytest.mark.parametrize(
    "method",
    list(access_service_pb2.DESCRIPTOR.services_by_name["AccessService"].methods),
    ids=lambda each: each.name,
)
async def test_no_request_about_tokens_and_grants_is_a_fault(
    method: Any, settings: Settings, clock: Any
) -> None:
    asking = replace(settings, access_dir=settings.data_dir.with_name("access"))
    service = Service(asking, clock)
    await service.start()
    try:
        async with operators_way(asking) as way:
            assert not await faults(Fuzz(SEED, ("",)), way, method), "none is a fault"
    finally:
        await service.stop()


async def faults(fuzz: Fuzz, way: grpc.aio.Channel, method: Any) -> str:
    """The first requests of a method that were answered as no request may be."""
    found = []
    for _ in range(COUNT):
        request = fuzz.request(method)
        code = await code_of(way, method, request)
        if code.split()[0] in ("INTERNAL", "UNKNOWN", "UNAVAILABLE", "DEADLINE_EXCEEDED"):
            found.append(f"{code}: {str(request)[:500]}")
    return ascii("\n".join(found[:5])) if found else ""


@pytest.mark.parametrize("entry_id", ["$ledger", "$", "$ledger\x00", "entry.amended.v1"])
async def test_what_the_ledger_says_of_itself_is_no_entry(entry_id: str, api: Api) -> None:
    await api.record()
    asked = cuts_pb2.Cuts()
    pb, standing = history_service_pb2, standing_service_pb2
    for call in (
        api.history.GetEntry(pb.GetEntryRequest(ledger=NAME, entry_id=entry_id, cuts=asked)),
        api.standing.GetCommitment(
            standing.GetCommitmentRequest(ledger=NAME, entry_id=entry_id)
        ),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await call
        assert taken_apart(refusal.value).reason == "ENTRY_NOT_FOUND"
