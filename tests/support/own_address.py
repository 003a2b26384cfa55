"""Addresses for tests that leave one and take it again, or where nobody is to answer. A port that
the system had handed out may go to another test meanwhile; these lie below all that it hands out.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 15_000
#: Whatever a test does to the one that all share: processes beside one another choose apart.
_random = random.SystemRandom()


def own_address() -> str:
    """One on which nobody listens."""
    handed_out = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32_768
    while True:
        port = _random.randrange(_LOWEST, max(handed_out, _LOWEST + 1_000))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return f"127.0.0.1:{port}"
