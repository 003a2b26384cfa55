"""Whatever became of the files of a ledger, the operator's commands end with what they found
or with a sentence, never with a traceback.
"""

import asyncio
import os
import random
import shutil
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ledger_service.__main__ import main
from ledger_service.application.ledgers import Ledgers
from ledger_service.domain.values.commands import NewEntry
from tests.support.examples import a_command, a_party
from tests.support.ledgers_on_disk import bring_home

#: Spoiled copies for each file. LEDGER_FLIPPED_COPIES has more of them made.
COPIES = int(os.environ.get("LEDGER_FLIPPED_COPIES", "6"))

FILES = (
    "data/ledgers/talks/log.sqlite",
    "data/lock",
    "keys/talks.key",
    "keys/talks.seen",
    "keys/talks.lock",
)
COMMANDS = (
    ("ledger", "list"),
    ("ledger", "check", "talks"),
    ("key", "show", "talks"),
    ("key", "rotate", "talks", "--reason", "Test."),
    ("erase", "talks", "p1", "note", "--reason", "Test."),
    ("ledger", "succeed", "talks", "--reason", "Test."),
    ("migrate", "--check"),
    ("migrate",),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")

    async def make() -> None:
        ledgers = Ledgers(
            folder / "data", folder / "keys", "localhost/test", lambda: datetime.now(UTC)
        )
        ledgers.open()
        ledger = await ledgers.create("talks", "Talks")
        for number in range(40):
            state = a_party(name=f"Party {number}", aliases=(), note="Kept by few.")
            seal = ("note",) if number % 4 == 1 else ()
            await ledger.record(a_command(NewEntry(f"p{number}", state, seal)))
        await ledger.audit.checkpoint(41)
        await ledgers.close()

    asyncio.run(make())
    return folder


def spoil(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    way = chance.randrange(6)
    if way == 0:
        path.unlink()
        return
    if way == 1:
        del content[chance.randrange(len(content) + 1) :]
    elif way == 2:
        content = bytearray(chance.randbytes(chance.choice((0, 1, 100, 5000))))
    else:
        for _ in range(chance.choice((1, 10, 50, 500))):
            if content:
                at = chance.randrange(chance.choice((min(100, len(content)), len(content))))
                content[at] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


@pytest.mark.parametrize("file", FILES)
def test_no_spoiled_file_brings_down_a_command(whole: Path, file: str, tmp_path: Path) -> None:
    wrong = []
    for copy in range(COPIES):
        for command in COMMANDS:
            folder = tmp_path / f"{copy}-{'-'.join(command[:2])}"
            shutil.copytree(whole, folder)
            bring_home(folder)
            spoil(folder / file, random.Random(f"{file} {copy}"))
            flags = ["--data-dir", str(folder / "data")]
            if command[0] != "migrate":
                flags += ["--keys-dir", str(folder / "keys")]
            done: Any = CliRunner().invoke(main, [*command, *flags])
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                told = traceback.format_exception(done.exception)[-3:]
                wrong.append(f"{copy} {command}: {''.join(told)!a}")
            elif "Traceback" in done.output:
                wrong.append(f"{copy} {command}: {done.output[-500:]}")
            elif done.exit_code and not done.output.strip():
                wrong.append(f"{copy} {command}: it says nothing")
            shutil.rmtree(folder)
    assert not wrong, "\n".join(wrong)
