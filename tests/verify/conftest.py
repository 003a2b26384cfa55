"""A small export, and the anchor with which it is verified."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from diplomatic_ledger.verify import Anchor, Report, VerificationKey, verify_bag

from tests.support.small_bags import SmallBag, vkey

Check = Callable[..., Report]


@pytest.fixture
def anchor() -> Anchor:
    return Anchor(keys=(VerificationKey.parse(vkey()),))


@pytest.fixture
def check(tmp_path: Path, anchor: Anchor) -> Check:
    """Writes a bag, perhaps changed before it is packed, and verifies it."""

    def run(bag: SmallBag, change=None, anchor: Anchor = anchor) -> Report:
        return verify_bag(bag.write(tmp_path / "bag", change), anchor)

    return run
