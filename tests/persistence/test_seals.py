"""A seal is what the documentation says, so that others can check it without our code."""

import json
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.values import text
from ledger_service.persistence.sealing.seals import SALT_BYTES, commitment, new_salt

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(
    lambda value: not text.problems(value, 10_000)
)


@given(st.binary(min_size=SALT_BYTES, max_size=SALT_BYTES), texts)
def test_a_commitment_is_the_hash_of_salt_and_json_string(salt: bytes, value: str) -> None:
    said = json.dumps(value, ensure_ascii=False).encode()
    assert commitment(salt, value) == f"sha256:{sha256(salt + said).hexdigest()}"


def test_salts_are_random_and_never_all_zeros() -> None:
    salts = {new_salt() for _ in range(100)}
    assert len(salts) == 100
    assert {len(salt) for salt in salts} == {16}
    assert bytes(16) not in salts
