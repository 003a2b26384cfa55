"""How a program that plays a client takes its orders: a line of JSON with the name of what
to do, and a line of JSON when it is done. Needs the standard library alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def obey(orders: dict[str, Callable[..., Any]]) -> None:
    """Until the orders end."""
    _answer("ready")
    for line in sys.stdin:
        given = json.loads(line)
        _answer(orders[given.pop("do")](**given))


def _answer(found: Any) -> None:
    print(json.dumps(found), flush=True)  # noqa: T201
