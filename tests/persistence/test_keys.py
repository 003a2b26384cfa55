"""A key is made once, lies where only its owner reads it, and has a name for verifiers."""

import stat
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger_service.domain.values.refusals import UnusableKey
from ledger_service.persistence.signing.keys import (
    load_key,
    make_key,
    verification_key,
)


def test_a_new_key_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "us-dprk.key"
    make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_existing_key_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "us-dprk.key"
    made, found = make_key(path), make_key(path)
    assert verification_key("o", made) == verification_key("o", found)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused_with_the_remedy(tmp_path, mode: int) -> None:
    path = tmp_path / "us-dprk.key"
    make_key(path)
    path.chmod(mode)
    with pytest.raises(UnusableKey, match="chmod 600"):
        load_key(path)


def test_a_missing_or_damaged_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableKey, match=r"is missing\. Is keys_dir the folder"):
        load_key(tmp_path / "none.key")
    damaged = tmp_path / "damaged.key"
    damaged.write_text("not a key")
    damaged.chmod(0o600)
    with pytest.raises(UnusableKey, match="holds no Ed25519 key"):
        load_key(damaged)


def test_the_verification_key_is_that_of_c2sp_signed_notes(tmp_path: Path) -> None:
    key = make_key(tmp_path / "us-dprk.key")
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    name, key_id, text = verification_key("ledger.example/us-dprk", key).split("+", 2)
    assert name == "ledger.example/us-dprk"
    assert b64decode(text) == b"\x01" + public
    assert key_id == sha256(name.encode() + b"\x0a\x01" + public).hexdigest()[:8]
