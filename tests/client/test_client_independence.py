"""The client needs nothing of the server."""

import json
import subprocess
import sys

import pytest

SERVER_ONLY = ["ledger_service", "msgspec", "eventsourcing", "structlog"]


@pytest.mark.parametrize(
    ("modules", "absent"),
    [
        # The library checks no signatures, so it needs no library for them either.
        ("diplomatic_ledger, diplomatic_ledger.entry_file", [*SERVER_ONLY, "cryptography"]),
        ("diplomatic_ledger.cli", SERVER_ONLY),
    ],
)
def test_importing_the_client_imports_nothing_of_the_server(modules, absent):
    script = f"import json, sys, {modules}; print(json.dumps(list(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert not set(absent) & set(json.loads(run.stdout))
