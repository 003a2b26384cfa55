"""Rotated keys: a new key is trusted through the log alone, forward and never backward."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from diplomatic_ledger.verify import Anchor, Checkpoint, Report, VerificationKey

from tests.support.small_bags import (
    KEY,
    NEXT_KEY,
    OTHER_KEY,
    SmallBag,
    act,
    checkpoint,
    leaf,
    log_of,
    opened,
    record,
    rotation,
    vkey,
)

OLD, NEW = (VerificationKey.parse(vkey(key)) for key in (KEY, NEXT_KEY))

#: Position 4 names the new key; both sign until the old one is retired.
RECORDS = [*log_of(3), rotation(4), act(5, "F5"), act(6, "F6")]


def told(report: Report) -> str:
    return "\n".join(map(str, report.findings))


def test_both_keys_sign_at_first(check):
    for key in (OLD, NEW):
        bag = SmallBag(RECORDS, keys=(KEY, NEXT_KEY))
        report = check(bag, anchor=Anchor(keys=(key,)))
        assert report.verified, told(report)
        assert report.signed_by == [str(key)]


def test_an_old_key_reaches_the_new_one_through_a_checkpoint_by_both(check):
    bag = SmallBag(RECORDS, (NEXT_KEY,), {2: (KEY,), 4: (KEY, NEXT_KEY), 5: (NEXT_KEY,)})
    report = check(bag, anchor=Anchor(keys=(OLD,)))
    assert report.verified, told(report)
    assert (report.signed_by, report.checkpoints) == ([str(NEW)], 4)


def test_a_first_key_reaches_the_third(check):
    third = record(
        5,
        "key.rotated.v1",
        {"verification_key": vkey(OTHER_KEY), "previous": vkey(NEXT_KEY), "reason": "x"},
    )
    signers = {2: (KEY,), 4: (KEY, NEXT_KEY), 5: (NEXT_KEY, OTHER_KEY)}
    bag = SmallBag([*RECORDS[:4], third, act(6, "F6")], (OTHER_KEY,), signers)
    report = check(bag, anchor=Anchor(keys=(OLD,)))
    assert report.verified, told(report)
    assert report.signed_by == [vkey(OTHER_KEY)]


def test_an_old_checkpoint_reaches_the_new_key(check):
    seen = Checkpoint.parse(checkpoint([leaf(each) for each in RECORDS[:4]]))
    report = check(SmallBag(RECORDS, (NEXT_KEY,)), anchor=Anchor(checkpoint=seen))
    assert report.verified, told(report)


def test_a_key_is_not_trusted_because_an_uncovered_record_names_it(check):
    bag = SmallBag(RECORDS, (NEXT_KEY,), {3: (KEY,)})
    found = told(check(bag, anchor=Anchor(keys=(OLD,))))
    assert "data/log/checkpoint: No key that you trust has signed it" in found


def test_a_retired_key_does_not_extend_a_log(check):
    bag = SmallBag(RECORDS, (KEY,), {4: (KEY, NEXT_KEY)})
    found = told(check(bag, anchor=Anchor(keys=(NEW,))))
    assert "data/log/checkpoint: No key that you trust has signed it" in found


def test_an_old_checkpoint_by_the_first_key_is_fine_under_the_new_one(check):
    bag = SmallBag(RECORDS, (NEXT_KEY,), {2: (KEY,)})
    report = check(bag, anchor=Anchor(keys=(NEW,)))
    assert report.verified, told(report)


def test_a_line_that_names_a_key_must_hold_its_signature(check):
    def forge(files):
        note = files["data/log/checkpoint"].decode().splitlines(keepends=True)
        other = checkpoint([leaf(b"x")], (NEXT_KEY,)).decode().splitlines(keepends=True)
        files["data/log/checkpoint"] = "".join([*note, other[-1]]).encode()

    keys = (OLD, NEW)
    found = told(check(SmallBag(RECORDS), forge, anchor=Anchor(keys=keys)))
    assert f"data/log/checkpoint: The signature by the key {NEW.name}" in found


def test_a_log_of_rotations_only_is_no_way_to_keep_a_verifier_busy(check):
    keys = (Ed25519PrivateKey.from_private_bytes(each.to_bytes(32)) for each in range(3, 1013))
    bag = SmallBag([opened(), *(rotation(at, key) for at, key in enumerate(keys, 2))])
    found = told(check(bag, anchor=Anchor(keys=(OLD,))))
    assert (
        "position 1001): It names one more key than the 1,000 that a ledger may have" in found
    )


def test_a_stranger_may_sign_too(check):
    report = check(SmallBag(RECORDS, (KEY, OTHER_KEY)), anchor=Anchor(keys=(OLD,)))
    assert report.verified, told(report)
