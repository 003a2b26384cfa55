"""Runs the service with a bug that was put into it: `python -m tests.reliability.seeds
SEED[,SEED] serve ...`. What the service is made of is not touched; the bug is patched into
this process before it starts.
"""

from __future__ import annotations

import sys
from importlib import import_module

from ledger_service.__main__ import main

if __name__ == "__main__":
    for name in sys.argv.pop(1).split(","):
        import_module(f"tests.reliability.seeds.{name}").plant()
    main(prog_name="ledger-service")
