"""The client needs nothing of the server."""

import subprocess
import sys

SERVER_ONLY = ["ledger_service", "msgspec", "eventsourcing", "structlog", "cryptography"]


def test_importing_the_client_imports_nothing_of_the_server():
    script = (
        "import sys, diplomatic_ledger, diplomatic_ledger.cli, diplomatic_ledger.entry_file\n"
        f"print([name for name in {SERVER_ONLY} if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "[]"
