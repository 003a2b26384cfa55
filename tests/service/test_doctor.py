"""`ledger-service doctor` names each fault of a set-up and what to do about it, and changes
nothing.
"""

import asyncio
import json
import os
import resource
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ledger_service.__main__ import main
from ledger_service.access.grants_file import GRANTS_FILE, grant, write_grants
from ledger_service.access.tokens import TOKENS_FILE, new_token, write_tokens
from ledger_service.operating.doctor.running import look_at_limits
from ledger_service.persistence.storage.stores import DatabaseStore
from ledger_service.persistence.work_folders import RESTORING, work_folder
from ledger_service.service import Service, utc_now
from ledger_service.settings import Settings

NAMES = ("damaged", "emptied", "gone", "keyless", "open", "swapped", "viewless", "whole")


@pytest.fixture
def where(tmp_path: Path) -> dict[str, Path]:
    return {"data_dir": tmp_path / "data", "keys_dir": tmp_path / "keys"}


async def made(where: dict[str, Path], *names: str, now: Any = utc_now, **changes: Any) -> None:
    """Ledgers with a record each, all of it signed."""
    chosen: Any = {**where, "listen": "127.0.0.1:0", "checkpoint_seconds": 0.0} | changes
    service = Service(Settings(**chosen), now)
    await service.start()
    for name in names:
        await service.registry.create(name, "Talks", "", None)
        await service.registry._served[name].views.reach(1)
    await service.stop()


def flags_of(where: dict[str, Path]) -> list[str]:
    return [f"--{name.replace('_', '-')}={path}" for name, path in where.items()]


def asked(
    where: dict[str, Path], *flags: str, environment: dict[str, str] | None = None
) -> tuple[int, list[dict[str, str]]]:
    """The exit code, and what was found but what is in order."""
    done = CliRunner().invoke(
        main, ["doctor", "--format", "json", *flags_of(where), *flags], env=environment or {}
    )
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, [each for each in json.loads(done.stdout) if each["level"] != "ok"]


def told(found: list[dict[str, str]], part: str) -> str:
    """What is said of a part, each with what to do."""
    of = [each for each in found if each["part"] == part]
    assert all(each["remedy"] for each in of)
    return "\n".join(f"{each['level']} {each['text']}" for each in of)


def files(where: dict[str, Path]) -> dict[str, tuple[float, int, int, bytes]]:
    return {
        str(path): (
            path.stat().st_mtime_ns,
            path.stat().st_mode,
            path.stat().st_ino,
            path.read_bytes() if path.is_file() else b"",
        )
        for folder in where.values()
        for path in [folder, *folder.rglob("*")]
    }


async def test_nothing_is_wrong_with_a_service_that_was_stopped_and_nothing_is_changed(
    where: dict[str, Path],
) -> None:
    await made(where, "whole")
    before = files(where)
    code, found = asked(where)
    assert code == 0
    assert {each["level"] for each in found} == {"note"}
    assert "No service runs here" in told(found, "service")
    assert files(where) == before


async def test_what_a_killed_restore_left_is_named_and_what_one_works_in_is_not(
    where: dict[str, Path],
) -> None:
    await made(where, "whole")
    left = where["data_dir"] / f"{RESTORING}-abc_1234"
    left.mkdir()
    with work_folder(where["keys_dir"], RESTORING) as used:
        used.rename(where["data_dir"] / used.name)
        code, found = asked(where)
    assert code == 1
    assert told(found, "left") == (
        f"warning {left} was left by a restore that was killed, and may hold sealed texts."
    )


async def test_it_works_beside_a_service_that_runs(where: dict[str, Path]) -> None:
    chosen: Any = {**where, "listen": "127.0.0.1:0", "checkpoint_seconds": 0.0}
    service = Service(Settings(**chosen))
    await service.start()
    try:
        await service.registry.create("whole", "Talks", "", None)
        await service.registry._served["whole"].views.reach(1)
        code, found = await asyncio.to_thread(asked, where)
        assert (code, told(found, "service")) == (0, "")
        service.health.tell("", "a part", "It does not work.")
        while code == 0:  # until the names of health follow
            code, found = await asyncio.to_thread(asked, where)
        assert "fault a part: It does not work." in told(found, "reported")
        while not told(found, "service"):
            code, found = await asyncio.to_thread(asked, where)
        assert told(found, "service") == "fault The service runs and says that it cannot serve."
        service.health.clear("", "a part")
        service.health.tell("whole", "backup", "It could not be backed up.", usable=True)
        code, found = await asyncio.to_thread(asked, where)
        assert code == 1
        assert told(found, "reported") == "fault whole (backup): It could not be backed up."
    finally:
        await service.stop()


async def operator(where: dict[str, Path], *command: str) -> None:
    flags = flags_of({"data_dir": where["data_dir"]})
    done = await asyncio.to_thread(CliRunner().invoke, main, [*command, *flags])
    assert done.exit_code == 0, done.output


@asynccontextmanager
async def running(where: dict[str, Path]) -> AsyncIterator[Service]:
    chosen: Any = {**where, "listen": "127.0.0.1:0", "checkpoint_seconds": 0.0}
    service = Service(Settings(**chosen))
    await service.start()
    try:
        yield service
    finally:
        await service.stop()


async def test_a_log_that_lies_aside_after_a_succession_is_no_fault(
    where: dict[str, Path],
) -> None:
    await made(where, "whole")
    async with running(where):
        await operator(where, "key", "rotate", "whole", "--reason", "Yearly change.")
    with closing(sqlite3.connect(where["data_dir"] / "ledgers/whole/log.sqlite")) as log:
        log.execute("UPDATE stored_events SET state = '?' WHERE rowid = 2")
        log.commit()
    async with running(where):
        code, found = await asyncio.to_thread(asked, where)
        assert (code, "cannot be read" in told(found, "reported")) == (1, True)
        await operator(where, "ledger", "succeed", "whole", "--reason", "It was changed.")
        code, found = await asyncio.to_thread(asked, where)
        assert [each for each in found if each["level"] == "fault"] == []
        assert "goes on for it" in told(found, "trust")


async def test_each_fault_of_a_broken_set_up_is_named(
    where: dict[str, Path], tmp_path: Path
) -> None:
    await made(where, *NAMES)
    ahead = datetime.now(UTC) + timedelta(days=400)
    await made(where, "ahead", now=lambda: ahead, trust_clock=True)
    data, keys = where["data_dir"] / "ledgers", where["keys_dir"]
    (data / "damaged" / "log.sqlite").write_bytes(b"no database " * 2000)
    (data / "emptied" / "log.sqlite").write_bytes(b"")
    (data / "gone" / "log.sqlite").unlink()
    (keys / "keyless.key").unlink()
    (keys / "open.key").chmod(0o644)
    (keys / "swapped.key").write_bytes((keys / "whole.key").read_bytes())
    (keys / "distrusted.distrusted").write_text("unused")
    (keys / "viewless.distrusted").write_text("The record at position 1 was changed.\n")
    next((data / "viewless").glob("views-*.sqlite")).unlink()
    where["data_dir"].chmod(0o755)
    certificate, key = an_expired_pair(tmp_path)
    access = tmp_path / "access"
    access.mkdir(mode=0o700)
    (tmp_path / "backups").mkdir(mode=0o700)
    _, kept = new_token("former", "", datetime.now(UTC), datetime.now(UTC) - timedelta(days=1))
    write_tokens(access / TOKENS_FILE, [kept])
    write_grants(
        access / GRANTS_FILE,
        [
            grant("token", "former", "*", ["reader"]),
            grant("certificate", "dns:robot", "whole", ["reader"]),
            grant("https://issuer", "somebody", "whole", ["reader"]),
            grant("token", "former", "misspelt", ["reader"]),
        ],
    )

    code, found = asked(
        where,
        f"--tls-certificate={certificate}",
        f"--tls-key={key}",
        f"--access-dir={access}",
        f"--backup-dir={tmp_path / 'backups'}",
        f"--disk-reserve-bytes={10**11}",
        environment={"LEDGER_DATDIR": "x"},
    )

    assert code == 1
    assert "LEDGER_DATDIR is no setting" in told(found, "settings")
    assert "fault The disk of data_dir is full" in told(found, "disk")
    assert f"fault Others than its owner may use {where['data_dir']}" in told(found, "modes")
    store = told(found, "store")
    assert "fault damaged: The log" in store
    assert "fault emptied: it was signed before, and its log is gone." in store
    assert "fault gone: it was signed before, and its log is gone." in store
    assert "whole" not in store
    said = told(found, "keys")
    assert f"fault keyless: there is no key of it in {keys}." in said
    assert f"fault open: Others can read the key {keys / 'open.key'}" in said
    assert f"fault swapped: {keys / 'swapped.key'} is not the key that its log names." in said
    assert "viewless: its log is read only. The record at position 1" in told(found, "trust")
    assert "viewless: it has no views of this version." in told(found, "views")
    assert "fault ahead: its last record is 345" in told(found, "clock")
    said = told(found, "certificates")
    assert f"fault CN=old.example.org in {certificate} ended on 20" in said
    assert f"fault {key} is not the key of {certificate}." in said
    said = told(found, "grants")
    assert "former (token) in *: reader names nobody who has a token that is valid" in said
    assert "dns:robot (certificate) in whole: reader names nobody" in said
    assert "somebody (https://issuer) in whole: reader names nobody" in said
    assert "There is no ledger 'misspelt'" in said
    assert "lie on the disk of the data" in told(found, "backup")
    assert f"There is no backup of any ledger in {tmp_path / 'backups'}." in told(
        found, "backup"
    )


async def put_back(where: dict[str, Path], name: str) -> None:
    """An older copy of a log in the place of one that was signed up to a later record."""
    log = where["data_dir"] / "ledgers" / name / "log.sqlite"
    old = log.read_bytes()
    chosen: Any = {**where, "listen": "127.0.0.1:0", "checkpoint_seconds": 0.0}
    service = Service(Settings(**chosen))
    await service.start()
    await service.registry.get(name).ledger.rotate_key("Yearly change.")
    await service.stop()
    log.write_bytes(old)


async def test_an_older_copy_of_a_log_is_named(where: dict[str, Path]) -> None:
    from ledger_service.persistence.signing.last_signed import LastSigned

    await made(where, "whole")
    await put_back(where, "whole")
    assert "\n2\n" in LastSigned(where["keys_dir"], "whole").checkpoint()
    code, found = asked(where)
    assert code == 1
    assert told(found, "checkpoint") == (
        "fault whole: 2 records were signed, and its log has 1."
    )


async def test_nothing_is_wrong_with_a_successor_and_a_fork_and_a_log_that_ended_is_noted(
    where: dict[str, Path],
) -> None:
    await made(where, "whole", "tried")
    await put_back(where, "whole")
    for done in (
        ["succeed", "whole", "--aside", "ended", "--reason", "The disk was lost."],
        ["fork", "tried", "trial"],
    ):
        answer = await asyncio.to_thread(
            CliRunner().invoke, main, ["ledger", *done, *flags_of(where)]
        )
        assert answer.exit_code == 0, answer.output
    code, found = asked(where)
    assert {each["level"] for each in found} == {"note"}, found
    assert "ended: it is only read, since" in told(found, "trust")
    assert code == 0


async def test_a_copy_of_the_folders_is_named(where: dict[str, Path], tmp_path: Path) -> None:
    await made(where, "whole")
    copy = {name: tmp_path / "copy" / path.name for name, path in where.items()}
    for name, path in where.items():
        shutil.copytree(path, copy[name])
    assert asked(where)[0] == 0
    code, found = asked(copy)
    assert code == 1
    assert told(found, "home") == (
        "fault whole: its log is a copy or was moved, and is only read here."
    )


async def test_certificates_that_end_soon_or_are_no_chain_are_named(
    where: dict[str, Path], tmp_path: Path
) -> None:
    await made(where)
    now = datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    pair = [
        a_certificate("soon.example.org", key, now, now + timedelta(days=9)),
        a_certificate(
            "stranger", ec.generate_private_key(ec.SECP256R1()), now, now + timedelta(days=90)
        ),
    ]
    certificate, key_file = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in pair))
    write_key(key_file, key)
    code, found = asked(where, f"--tls-certificate={certificate}", f"--tls-key={key_file}")
    assert code == 1
    said = told(found, "certificates")
    assert f"warning CN=soon.example.org in {certificate} ends on 20" in said
    assert "CN=stranger did not issue CN=soon.example.org" in said


def test_settings_that_are_wrong_are_named_all_at_once(where: dict[str, Path]) -> None:
    code, found = asked(where, "--listen=0.0.0.0:50551", "--jwt-issuer=https://issuer")
    assert code == 1
    assert "without TLS and access control only loopback addresses" in told(found, "settings")
    assert "jwt_issuer is given without jwt_keys" in told(found, "settings")


def test_a_folder_that_is_not_there_is_named_and_not_made(where: dict[str, Path]) -> None:
    code, found = asked(where)
    assert code == 1
    assert f"There is no folder {where['data_dir']} (data_dir)." in told(found, "disk")
    assert not where["data_dir"].exists()


def test_a_service_without_a_ledger_needs_no_folder_of_keys_yet_and_a_replica_never(
    where: dict[str, Path],
) -> None:
    where["data_dir"].mkdir(mode=0o700)
    code, found = asked(where)
    assert (code, told(found, "disk")) == (
        0,
        f"note There is no folder {where['keys_dir']} (keys_dir).",
    )
    _, found = asked(where, "--read-only", "--store=postgresql://nobody@127.0.0.1:1/none")
    assert "keys_dir" not in told(found, "disk")


def test_a_text_has_the_worst_at_its_end_and_what_is_in_order_only_if_asked_for(
    where: dict[str, Path],
) -> None:
    flags = [f"--{name.replace('_', '-')}={path}" for name, path in where.items()]
    said = CliRunner().invoke(main, ["doctor", *flags]).stdout.splitlines()
    levels = [line.split()[0] for line in said if line[:1].isalpha()]
    assert levels == sorted(levels, key=["note", "warning", "fault", "To"].index)
    more = CliRunner().invoke(main, ["doctor", "--all", *flags]).stdout
    assert more.startswith("ok       settings: They fit one another.\n")


async def test_a_log_in_a_database_is_looked_at_too(
    where: dict[str, Path], postgres: str
) -> None:
    await made(where, "whole", store=postgres)
    before = files(where)
    code, found = asked(where, f"--store={postgres}")
    assert (code, {each["level"] for each in found}) == (0, {"note"})
    assert files(where) == before
    (where["keys_dir"] / "whole.key").unlink()
    code, found = asked(where, f"--store={postgres}")
    assert (code, told(found, "keys")) == (
        1,
        f"fault whole: there is no key of it in {where['keys_dir']}.",
    )


async def test_why_a_log_in_a_database_cannot_be_read_is_told(
    where: dict[str, Path], postgres: str
) -> None:
    await made(where, "whole", store=postgres)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE ROLE peeking LOGIN")
        try:
            connection.execute("GRANT USAGE ON SCHEMA ledger_whole TO peeking")
            connection.execute("GRANT SELECT ON ledger_whole.head TO peeking")
            peeking = postgres.replace("postgres:@", "peeking@")
            code, found = asked(where, f"--store={peeking}")
            connection.execute("REVOKE USAGE ON SCHEMA ledger_whole FROM peeking")
            _, later = asked(where, f"--store={peeking}")
        finally:
            connection.execute("DROP OWNED BY peeking")
            connection.execute("DROP ROLE peeking")
    assert code == 1
    assert "fault whole: permission denied for table requests." in told(found, "store")
    [remedy] = [each["remedy"] for each in found if each["part"] == "store"]
    assert remedy.startswith("See that the role of the URL may use the schema")
    assert "fault whole: permission denied for schema ledger_whole." in told(later, "store")
    assert not DatabaseStore(postgres, where["data_dir"]).glance("never-made").position


def test_a_database_that_is_out_of_reach_is_named_without_its_password(
    where: dict[str, Path],
) -> None:
    url = "postgresql://ledger:secret-word@127.0.0.1:1/ledgers?connect_timeout=2"
    code, found = asked(where, f"--store={url}")
    assert code == 1
    assert "fault The database cannot be reached" in told(found, "store")
    assert "secret-word" not in json.dumps(found)


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.startswith("LEDGER_"):
            monkeypatch.delenv(name)


def an_expired_pair(folder: Path) -> tuple[Path, Path]:
    """A certificate that has ended, and the key of another one."""
    now = datetime.now(UTC)
    own, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    ended = a_certificate("old.example.org", own, now - timedelta(9), now - timedelta(1))
    certificate.write_bytes(ended.public_bytes(Encoding.PEM))
    write_key(key, other)
    return certificate, key


def a_certificate(
    name: str, key: ec.EllipticCurvePrivateKey, begins: datetime, ends: datetime
) -> x509.Certificate:
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )


def write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize(
    ("files", "most", "told"), [(65_536, 64, "ok"), (1024, 64, "warning"), (1024, 16, "ok")]
)
def test_closed_ledgers_need_no_files(
    monkeypatch: pytest.MonkeyPatch, files: int, most: int, told: str
) -> None:
    """Of ten thousand ledgers only those count that are to be open at once."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    chosen = Settings(open_ledgers=most)
    (found,) = look_at_limits(chosen, 10_000, runs=False)
    assert found.level == told
