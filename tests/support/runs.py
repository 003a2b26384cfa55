"""How long the property tests look: always the same few ledgers, or, on request, many
new ones.

LEDGER_EXAMPLES=2000 makes a long run with fresh random ledgers.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_ASKED = os.environ.get("LEDGER_EXAMPLES", "")

short_run = settings(
    max_examples=int(_ASKED or 30),
    derandomize=not _ASKED,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def looks_at(usually: int) -> settings:
    """Settings of a property that looks at so many examples, since each is dearer or
    cheaper than most, or at as many as LEDGER_EXAMPLES asks for."""
    return settings(short_run, max_examples=int(_ASKED or usually))


#: For a law of which each example takes a tenth of a second or more.
few = looks_at(12)
