"""Secrets that were put there for the service: others than it must not read them."""

import os

import pytest

from ledger_service.persistence.private import others_may_use_secret

SERVICE = 10001
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of root")


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "server.key"
    path.write_bytes(b"secret")
    return path


@needs_root
@pytest.mark.parametrize(
    ("mode", "is_open"),
    [(0o400, False), (0o440, False), (0o640, False), (0o460, True), (0o444, True)],
)
def test_a_secret_that_root_mounts_for_a_group_may_be_read_by_it_and_no_more(
    secret, monkeypatch, mode, is_open
):
    secret.chmod(mode)
    monkeypatch.setattr(os, "geteuid", lambda: SERVICE)
    assert others_may_use_secret(secret) == is_open


@pytest.mark.parametrize(
    ("mode", "is_open"), [(0o400, False), (0o600, False), (0o440, True), (0o604, True)]
)
def test_a_secret_of_our_own_may_be_read_by_us_alone(secret, mode, is_open):
    secret.chmod(mode)
    assert others_may_use_secret(secret) == is_open


def test_a_secret_that_is_not_there_is_open_to_nobody(tmp_path):
    assert not others_may_use_secret(tmp_path / "none.key")
