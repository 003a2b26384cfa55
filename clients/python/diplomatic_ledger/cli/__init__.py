"""ledgerctl: ask and feed a ledger service from the command line.

Its packages come with the extra `cli`; without them it says what to install.
"""

import os
import sys
from importlib.util import find_spec

from diplomatic_ledger.cli import interrupts

__all__ = ["main"]

_NEEDED = {
    "click": "click",
    "cryptography": "cryptography",
    "platformdirs": "platformdirs",
    "plotext": "plotext",
    "rich": "rich",
    "yaml": "pyyaml",
}


def main() -> None:
    """Runs the command line, and exits."""
    interrupts.end_quietly()
    # gRPC reads it when it is imported. What it logs of a handshake is said in words.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        _main()
    except KeyboardInterrupt:
        sys.exit(interrupts.INTERRUPTED)


def _main() -> None:
    missing = [package for module, package in _NEEDED.items() if find_spec(module) is None]
    if missing:
        sys.exit(
            f"ledgerctl: it needs more packages ({', '.join(missing)}). "
            "Install them with: pip install 'diplomatic-ledger[cli]'"
        )
    from diplomatic_ledger.cli import root  # noqa: PLC0415 - it needs the extra

    root.main()
