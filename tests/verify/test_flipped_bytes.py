"""Any byte of any file of an export may be changed: it is found, or it is harmless by the
rules of the format, and then it is listed here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from diplomatic_ledger.verify import Anchor, VerificationKey, verify_bag
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.small_bags import (
    KEY,
    SALT,
    Files,
    SmallBag,
    act,
    log_of,
    package,
    put,
    seal,
    vkey,
)

TAGS = "tagmanifest-sha256.txt"
ANCHOR = Anchor(keys=(VerificationKey.parse(vkey()),))


def small() -> SmallBag:
    hidden, shown = {"sealed": seal("a source")}, {"sealed": seal("=1+1")}
    records = [*log_of(3), act(4, "F4", title=shown, note=hidden)]
    return SmallBag(
        records,
        checkpoints={2: (KEY,)},
        disclosed=[{"commitment": seal("=1+1"), "salt": SALT.hex(), "value": "=1+1"}],
        withheld=[["4", "F4", "1", "note", seal("a source"), "withheld"]],
    )


PAYLOAD: Files = small().files()
WHOLE: Files = package(PAYLOAD, 4)
PLACES = [(path, at) for path in sorted(WHOLE) for at in range(len(WHOLE[path]))]
REPACKED_PLACES = [(path, at) for path in sorted(PAYLOAD) for at in range(len(PAYLOAD[path]))]


def is_harmless(path: str, at: int, mask: int) -> bool:
    """RFC 8493: a digest may be written in large letters, and a tab may part it from the
    path. Only the last list, which no other list covers, can be changed so.
    """
    if path != TAGS:
        return False
    before = WHOLE[path][at]
    column = at - (WHOLE[path].rfind(b"\n", 0, at) + 1)
    large = column < 64 and chr(before) in "abcdef" and mask == 0x20
    return large or (before, before ^ mask) == (0x20, 0x09)


@pytest.fixture(scope="module")
def bag(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("flips") / "bag"
    put(folder, WHOLE)
    return folder


def flipped(content: bytes, at: int, mask: int) -> bytes:
    changed = bytearray(content)
    changed[at] ^= mask
    return bytes(changed)


def is_found(bag: Path, path: str, at: int, mask: int) -> bool:
    try:
        (bag / path).write_bytes(flipped(WHOLE[path], at, mask))
        return not verify_bag(bag, ANCHOR).verified
    finally:
        (bag / path).write_bytes(WHOLE[path])


def test_the_bag_is_good(bag: Path):
    report = verify_bag(bag, ANCHOR)
    assert report.verified, report.lines()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.sampled_from(PLACES), mask=st.integers(1, 255))
@example(place=(TAGS, WHOLE[TAGS].index(b" ")), mask=0x29)
def test_a_flipped_byte_is_found_or_harmless(bag: Path, place: tuple[str, int], mask: int):
    path, at = place
    assert is_found(bag, path, at, mask) != is_harmless(path, at, mask)


@pytest.mark.parametrize("mask", [0x01, 0x20])
def test_every_byte_that_no_list_covers(bag: Path, mask: int):
    for at in range(len(WHOLE[TAGS])):
        assert is_found(bag, TAGS, at, mask) != is_harmless(TAGS, at, mask), at


#: What is for people only, and what the log cannot know.
NOT_IN_THE_LOG = ("data/README.txt",)


@settings(max_examples=150, deadline=None)
@given(place=st.sampled_from(REPACKED_PLACES), mask=st.integers(1, 255))
def test_a_flipped_byte_is_found_when_all_lists_are_made_to_fit(
    tmp_path_factory, place: tuple[str, int], mask: int
):
    path, at = place
    folder = tmp_path_factory.mktemp("repacked")
    put(folder, package(PAYLOAD | {path: flipped(PAYLOAD[path], at, mask)}, 4))
    report = verify_bag(folder, ANCHOR)
    assert report.verified == (path in NOT_IN_THE_LOG), report.lines()
