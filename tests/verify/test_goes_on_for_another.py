"""A log that goes on for a lost one: what its record says of that one is held against what is
there.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from diplomatic_ledger.verify import Anchor, Checkpoint, Report, VerificationKey

from tests.support.small_bags import (
    KEY,
    NEXT_KEY,
    ORIGIN,
    SmallBag,
    checkpoint,
    leaf,
    log_of,
    party,
    record,
    root_of,
    vkey,
)

NEXT = f"{ORIGIN}/2-abcdef"
INHERITED = log_of(4)
LEAVES = [leaf(each) for each in INHERITED]
NEW = Anchor(keys=(VerificationKey.parse(vkey(NEXT_KEY, NEXT)),))


def goes_on(source: str = NEXT, subject: str = "", **said: str) -> bytes:
    data = {
        "origin": NEXT,
        "verification_key": vkey(NEXT_KEY, NEXT),
        "predecessor": ORIGIN,
        "inherited": "4",
        "signed_size": "4",
        "signed_root": b64encode(root_of(LEAVES)).decode(),
        "reason": "The disk was lost.",
    }
    return record(5, "ledger.succeeded.v1", data | said, origin=source, subject=subject)


def bag(fifth: bytes, **how: Any) -> SmallBag:
    made = {"keys": (NEXT_KEY,), "checkpoints": {3: (KEY,), 4: (KEY,)}, "origin": NEXT} | how
    return SmallBag([*INHERITED, fifth, party(6, "them", origin=NEXT)], **made)


def told(report: Report) -> str:
    return "\n".join(map(str, report.findings))


def test_it_verifies_with_its_own_key_and_holds_the_earlier_checkpoints_against_itself(check):
    report = check(bag(goes_on()), anchor=NEW)
    assert report.verified, told(report)
    assert report.checkpoints == 3


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"inherited": "3"}, "inherited 3 records, and stands behind 4"),
        ({"inherited": "+4"}, "inherited +4 records"),
        ({"predecessor": "else.example/small"}, "It goes on for else.example/small"),
        ({"source": ORIGIN}, "Its source is"),
        ({"subject": "F3"}, "has the attribute subject"),
        ({"verification_key": vkey(NEXT_KEY)}, "not one of this ledger"),
        ({"signed_size": "many"}, "is not a decimal number"),
        ({"signed_root": "AAAA"}, "is not the base64 of a SHA-256 hash"),
        ({"signed_root": b64encode(bytes(32)).decode()}, "first 4 records have another root"),
    ],
)
def test_what_it_says_must_fit(check, said, found):
    report = check(bag(goes_on(**said)), anchor=NEW)
    assert not report.verified
    assert found in told(report)


def test_a_signed_size_that_was_not_inherited_is_told_by_the_record_alone(check):
    report = check(
        bag(goes_on(signed_size="9", signed_root=b64encode(bytes(32)).decode())), anchor=NEW
    )
    assert report.verified, told(report)


def test_the_old_key_signs_nothing_behind_what_was_inherited(check):
    assert "No key that you trust" in told(check(bag(goes_on(), keys=(KEY,)), anchor=NEW))


def test_a_checkpoint_of_the_old_origin_over_what_was_not_inherited_is_found(check):
    report = check(bag(goes_on(), checkpoints={5: (KEY,)}), anchor=NEW)
    assert "of another ledger or size" in told(report)


def test_a_checkpoint_that_somebody_kept_shows_what_was_lost(check):
    kept = Checkpoint.parse(checkpoint([leaf(each) for each in log_of(6)]))
    report = check(bag(goes_on()), anchor=Anchor(NEW.keys, old_checkpoints=(kept,)))
    assert "of which only 4 were inherited" in told(report)
