"""A server that answers every call with nonsense: unknown words, days that are in no
calendar, numbers beyond all bounds, commands to the terminal, details that are no message.
Each command of ledgerctl ends with a plain sentence or an answer, and no text in it commands
the terminal.
"""

import os
import random
import re
import traceback
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.cli.root import run
from diplomatic_ledger.v1 import (
    audit_service_pb2,
    history_service_pb2,
    ledger_service_pb2,
    standing_service_pb2,
)
from google.protobuf.message_factory import GetMessageClass

#: Answers for each command. LEDGER_HOSTILE_ANSWERS has more of them given.
COUNT = int(os.environ.get("LEDGER_HOSTILE_ANSWERS", "12"))

_METHODS = {
    f"/{service.full_name}/{method.name}": method
    for module in (
        ledger_service_pb2,
        history_service_pb2,
        standing_service_pb2,
        audit_service_pb2,
    )
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
_TEXTS = (
    "",
    "dprk",
    "F001",
    "Talks\x1b]0;owned\x07\x1b[2J\x9b31m",
    "\u202eturned\u2066\u2028\x85\r gone",
    "[red]markup[/red] [/] [bold",
    "{0}{x} %s %n",
    "x" * 3000,
    "e\u0301\u200d\ufe0f\U0001f468",
    "2018-06-12",
    "2018-06-12T09:00:00Z",
    "2018-02-30",
    "0000-00-00",
    "10000-01-01",
    "-1",
    "1/0",
    "1e999999",
    "NaN",
    "1/3",
    "9" * 5000,
    "٢٠١٨-٠٦-١٢",
)
_NUMBERS = (0, 1, -1, 3, 2**31 - 1, -(2**31), 2**32 - 1, 2**53, 2**63 - 1, -(2**63), 2**64 - 1)
_BYTES = (b"", b"\x00" * 32, b"\xff\xfe", b"{}", b'{"type":1}', b"\x1b[2J\n" * 3)
_BITS = {1: 32, 2: 64, 3: 32, 4: 64}  # CPPTYPE: int32, int64, uint32, uint64


def _filled(message: Any, chance: random.Random, depth: int = 0) -> Any:
    for field in message.DESCRIPTOR.fields:
        if chance.random() < 0.25 or "page_token" in field.name:
            continue  # else it would never end
        if field.message_type is not None:
            if depth > 5 or field.message_type.GetOptions().map_entry:
                continue
            if field.is_repeated:
                for _ in range(chance.randrange(3)):
                    _filled(getattr(message, field.name).add(), chance, depth + 1)
            else:
                getattr(message, field.name).SetInParent()
                _filled(getattr(message, field.name), chance, depth + 1)
        elif field.is_repeated:
            values = [_value(field, chance) for _ in range(chance.randrange(3))]
            getattr(message, field.name).extend(values)
        else:
            setattr(message, field.name, _value(field, chance))
    return message


def _value(field: Any, chance: random.Random) -> Any:
    if field.cpp_type == field.CPPTYPE_STRING:
        return chance.choice(_BYTES if field.type == field.TYPE_BYTES else _TEXTS)
    if field.cpp_type == field.CPPTYPE_BOOL:
        return chance.random() < 0.5
    if field.cpp_type in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
        return chance.choice((0.0, -1.0, float("nan"), float("inf"), 1e300))
    if field.cpp_type == field.CPPTYPE_ENUM:
        known = [value.number for value in field.enum_type.values]
        return chance.choice((*known, *known, 99, -1, 2**31 - 1))
    bits, signed = _BITS[field.cpp_type], field.cpp_type in (1, 2)
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    return chance.choice([each for each in _NUMBERS if low <= each < high])


class Hostile(grpc.GenericRpcHandler):
    """Answers by chance; one time in six with an error that is as odd."""

    def __init__(self) -> None:
        self.chance = random.Random()

    def service(self, call: grpc.HandlerCallDetails) -> Any:
        method = _METHODS.get(call.method)
        if method is None:
            return None
        kind = GetMessageClass(method.output_type)

        def answer(_: Any, context: grpc.ServicerContext) -> Any:
            self._fail(context, 0.16)
            return _filled(kind(), self.chance).SerializeToString()

        def stream(_: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
            for _number in range(self.chance.randrange(4)):
                yield _filled(kind(), self.chance).SerializeToString()
            self._fail(context, 1.0 if method.name == "Subscribe" else 0.16)

        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(answer)

    def _fail(self, context: grpc.ServicerContext, often: float) -> None:
        if self.chance.random() >= often:
            return
        details = self.chance.choice(_BYTES)
        context.set_trailing_metadata((("grpc-status-details-bin", details),))
        codes = [each for each in grpc.StatusCode if each not in _RETRIED]
        context.abort(self.chance.choice(codes), self.chance.choice(_TEXTS))


#: These would be waited for.
_RETRIED = (
    grpc.StatusCode.OK,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
)

#: What goes to a file goes there byte for byte; a terminal is shown lines.
RAW = ("checkpoint", "log --format records")
COMMANDS = (
    "ledgers",
    "ledgers create talks --title Talks",
    "record FILE",
    "parties",
    "reports",
    "entry F001",
    "log",
    "log --format records",
    "watch",
    "commitments",
    "commitment F001",
    "acts",
    "balance us dprk --sensitivity",
    "balances",
    "series us dprk",
    "replay",
    "replay --at 2018-07-23",
    "diff --from 2018-06-12 --to 2018-07-01",
    "annul F001 --reason Test",
    "checkpoint",
    "checkpoint 3",
    "receipt F001 -o OUT/receipt",
    "export OUT/export",
)


@pytest.fixture(scope="module")
def hostile() -> Iterator[tuple[Hostile, str]]:
    pool = futures.ThreadPoolExecutor(2)
    serving = grpc.server(pool)
    handler = Hostile()
    serving.add_generic_rpc_handlers((handler,))
    address = f"127.0.0.1:{serving.add_insecure_port('127.0.0.1:0')}"
    serving.start()
    yield handler, address
    serving.stop(None).wait(5)
    pool.shutdown()


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_answer_brings_down_a_command(
    hostile: tuple[Hostile, str],
    command: str,
    form: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler, address = hostile
    file = tmp_path / "entries.yaml"
    file.write_text("parties:\n  - id: us\n    name: United States\n    kind: state\n")
    words = command.replace("FILE", str(file)).split()
    flags = ["--server", address, "--ledger", "talks", "--timeout", "5", "--format", form]
    wrong = []
    for seed in range(COUNT):
        handler.chance.seed(f"{command} {seed}")
        out = tmp_path / str(seed)
        out.mkdir()
        try:
            code = run([*flags, *(word.replace("OUT", str(out)) for word in words)])
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
            wrong.append(ascii("".join(traceback.format_exception(error)[-3:])))
        else:
            assert code in range(5)
        said = "".join(capsys.readouterr())
        if commands_terminal(said) and not command.startswith(RAW):
            wrong.append(f"{seed}: it is not harmless: {ascii(said)[:300]}")
    assert not wrong, "\n".join(wrong)


def commands_terminal(text: str) -> bool:
    """Whether a terminal could take a part of it for more than text."""
    controls = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    return re.search(f"[{controls}]", text) is not None
