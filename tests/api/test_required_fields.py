"""Every text that the protos call required is asked for by its name when it is empty."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.admin.v1 import access_service_pb2, admin_service_pb2
from diplomatic_ledger.v1 import (
    audit_service_pb2,
    history_service_pb2,
    ledger_service_pb2,
    standing_service_pb2,
)
from google.api import field_behavior_pb2

from ledger_service.settings import Settings
from tests.support.wire import NAME, Api, taken_apart

REQUIRED = field_behavior_pb2.REQUIRED
PROTOS = Path(__file__).parents[2] / "protos"
SERVICES = {
    "access_service": access_service_pb2,
    "admin_service": admin_service_pb2,
    "audit_service": audit_service_pb2,
    "history_service": history_service_pb2,
    "ledger_service": ledger_service_pb2,
    "standing_service": standing_service_pb2,
}
_MESSAGE = re.compile(r"^message (\w+) \{(.*?)^\}", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"((?:^  //.*\n)+)  (?:repeated )?string (\w+) = ", re.MULTILINE)


def required_texts(module: str, message: str) -> list[str]:
    """The texts of a message whose comment in the proto ends in `Required.`"""
    bodies = dict(_MESSAGE.findall((PROTOS / SERVICES[module].DESCRIPTOR.name).read_text()))
    return [
        name
        for comment, name in _FIELD.findall(bodies[message])
        if comment.rstrip().endswith(" Required.")
    ]


def required_fields(module: str, method: Any) -> set[str]:
    """All fields that the request of a method must have, as the protos say."""
    fields = getattr(SERVICES[module], method.input_type.name).DESCRIPTOR.fields
    return {
        each.name
        for each in fields
        if REQUIRED in each.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    }


def methods() -> Iterator[Any]:
    for module, pb2 in SERVICES.items():
        for service in pb2.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                fields = required_texts(module, method.input_type.name)
                if fields:
                    yield pytest.param(module, method, fields, id=method.name)


@pytest.fixture
def changes() -> dict[str, Any]:
    return {"admin_socket": Path("s")}


async def ask(channel: grpc.aio.Channel, module: str, method: Any, **fields: str) -> Any:
    """What a method says to a request with some texts."""
    pb2 = SERVICES[module]
    kind: Any = channel.unary_stream if method.server_streaming else channel.unary_unary
    call = kind(
        f"/{method.containing_service.full_name}/{method.name}",
        getattr(pb2, method.input_type.name).SerializeToString,
        getattr(pb2, method.output_type.name).FromString,
    )(getattr(pb2, method.input_type.name)(**fields))
    if not method.server_streaming:
        return await call
    return [answer async for answer in call]


@pytest.mark.parametrize(("module", "method", "fields"), list(methods()))
async def test_an_empty_text_is_refused_by_its_name(
    api: Api, settings: Settings, module: str, method: Any, fields: list[str]
) -> None:
    async with grpc.aio.insecure_channel(f"unix:{settings.admin_path}") as operator:
        is_admin = ".admin." in SERVICES[module].DESCRIPTOR.package
        channel = operator if is_admin else api.channel
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await ask(channel, module, method)
        refusal = taken_apart(error.value)
        assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
        assert refusal.reason == "VALIDATION_FAILED"
        assert {each: refusal.fields[each] for each in fields} == dict.fromkeys(
            fields, "This is required."
        )
        assert set(refusal.fields) == required_fields(module, method)
        for left_out in fields:
            given = {name: NAME for name in fields if name != left_out}
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await ask(channel, module, method, **given)
            assert taken_apart(error.value).fields[left_out] == "This is required."


def test_every_service_asks_for_something() -> None:
    assert len(list(methods())) > 20
