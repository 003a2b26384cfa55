"""A staging service on a copy of data and keys, as operators and callers meet it."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import LedgerElsewhere, SyncLedgerClient

from tests.support import programs
from tests.support.examples import a_party, entry
from tests.support.processes import Process
from tests.support.wire import message

NAME = "us-dprk"


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = {
        "LEDGER_DATA_DIR": str(folder / "data"),
        "LEDGER_KEYS_DIR": str(folder / "keys"),
    }
    return programs.ledger_service(*arguments, env={**os.environ, **given})


def test_a_staging_copy_that_does_not_sign(start: Any, tmp_path: Path) -> None:
    live = start(LEDGER_CHECKPOINT_SECONDS="0")
    with SyncLedgerClient(live.address()) as client:
        client.create_ledger(NAME, "Talks")
        client.record(NAME, [message(entry("us", a_party()))])
    assert live.stop() == 0
    staging = tmp_path / "staging"
    for each in ("data", "keys"):
        shutil.copytree(tmp_path / each, staging / each)

    copy = Process(staging, LEDGER_CHECKPOINT_SECONDS="0")
    try:
        with SyncLedgerClient(copy.address()) as client:
            with pytest.raises(LedgerElsewhere, match="ledger-service ledger adopt us-dprk;"):
                client.record(NAME, [message(entry("dprk", a_party()))])
            told = client.ledger(NAME)
            assert "is a copy or was moved" in told.not_recording
            assert (told.position, told.checkpoint_position, told.distrusted) == (2, 2, "")
            assert [(each.ledger, each.part) for each in client.server_info().problems] == [
                (NAME, "home")
            ]
        assert "A problem of the ledger 'us-dprk' (home)" in copy.said()
        listed = command(staging, "ledger", "list")
        assert (listed.returncode, "Read only." in listed.stdout) == (1, True)

        adopted = command(staging, "ledger", "adopt", NAME)
        assert adopted.stdout == "The ledger us-dprk lives here: 2 records.\n", adopted.stderr
        with SyncLedgerClient(copy.address()) as client:
            client.record(NAME, [message(entry("dprk", a_party()))])
            assert client.ledger(NAME).checkpoint_position == 3
            assert list(client.server_info().problems) == []
        assert command(staging, "ledger", "list").returncode == 0
    finally:
        copy.stop()
