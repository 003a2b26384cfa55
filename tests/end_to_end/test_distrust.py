"""A log that does not fit what was signed is noticed by the service, which then only
reads, and says so plainly. Real processes, files changed behind their back.
"""

import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import audit_service_pb2
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub
from diplomatic_ledger.v1.history_service_pb2 import ReadLogRequest
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub

from ledger_service.audit.notes import VerificationKey, parse
from tests.support import programs
from tests.support.examples import a_party, entry
from tests.support.processes import Process
from tests.support.wire import Refusal, record_request, taken_apart

NAME = "us-dprk"
SECONDS = 15


class Service:
    """A process, asked over the wire."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._channel = grpc.insecure_channel(process.address())
        self._ledgers: Any = LedgerServiceStub(self._channel)
        self._history: Any = HistoryServiceStub(self._channel)
        self._audit: Any = AuditServiceStub(self._channel)

    def create(self) -> None:
        self._ledgers.CreateLedger(pb.CreateLedgerRequest(ledger=NAME, title="Talks"))

    def record(self, *ids: str, ledger: str = NAME) -> pb.RecordResponse:
        items = [entry(each, a_party()) for each in ids]
        return self._ledgers.Record(record_request(*items, ledger=ledger))

    def refused(self, *ids: str) -> Refusal:
        with pytest.raises(grpc.RpcError) as error:
            self.record(*ids)
        return taken_apart(error.value)

    def record_if_trusted(self, entry_id: str) -> int:
        """The position of the head afterwards, whether it was refused or not."""
        try:
            return self.record(entry_id).recorded[0].position
        except grpc.RpcError as error:
            refusal = taken_apart(error)
        assert refusal.reason == "LEDGER_DISTRUSTED"
        return self.info().position

    def info(self, name: str = NAME) -> pb.LedgerInfo:
        return self._ledgers.GetLedger(pb.GetLedgerRequest(ledger=name)).ledger

    def distrusted(self) -> str:
        """What was found, as soon as it is."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if finding := self.info().distrusted:
                return finding
            time.sleep(0.05)
        raise AssertionError("Nothing was found.")

    def records(self, *, after: int = 0) -> int:
        request = ReadLogRequest(ledger=NAME, after_position=after)
        frames = self._history.ReadLog(request)
        return sum(len(frame.batch.positions) for frame in frames)

    def checkpoint(self, position: int = 0) -> str:
        request = audit_service_pb2.GetCheckpointRequest(ledger=NAME, position=position)
        return self._audit.GetCheckpoint(request).checkpoint

    def stop(self, number: int = signal.SIGTERM) -> None:
        self._channel.close()
        self.process.stop(number)


def serve(start: Any) -> Service:
    return Service(start(LEDGER_CHECKPOINT_SECONDS="0"))


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `ledger-service` on the same folders."""
    given = {
        "LEDGER_DATA_DIR": str(folder / "data"),
        "LEDGER_KEYS_DIR": str(folder / "keys"),
    }
    return programs.ledger_service(*arguments, env={**os.environ, **given})


def log_of(folder: Path) -> Path:
    return folder / "data/ledgers" / NAME / "log.sqlite"


def change(folder: Path, statement: str, *parameters: object) -> None:
    with sqlite3.connect(log_of(folder)) as connection:
        assert connection.execute(statement, parameters).rowcount == 1
    connection.close()


def check_read_only(service: Service, finding: str, *, changed: int = 0) -> None:
    """It refuses to record with the finding, a pattern, and goes on reading all but a
    record that was changed.
    """
    assert re.search(finding, service.distrusted())
    refusal = service.refused("late")
    assert refusal.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refusal.reason == "LEDGER_DISTRUSTED"
    assert re.search(finding, refusal.text)
    if changed:
        with pytest.raises(grpc.RpcError) as error:
            service.records()
        assert taken_apart(error.value).reason == "LEDGER_DISTRUSTED"
    assert service.records(after=changed) == service.info().position - changed
    assert re.search(finding, service.process.said())


@pytest.fixture
def folder(start: Any, tmp_path: Path) -> Path:
    """The folder of a stopped service with some signed records."""
    service = serve(start)
    service.create()
    for number in range(4):
        service.record(f"a{number}", f"b{number}")
    assert service.info().checkpoint_position == 9
    service.stop()
    return tmp_path


def test_an_old_backup_is_noticed_at_once(start: Any, folder: Path) -> None:
    backup = folder / "backup.sqlite"
    shutil.copy(log_of(folder), backup)
    service = serve(start)
    service.record("newer")
    service.stop()
    shutil.copy(backup, log_of(folder))

    service = serve(start)
    check_read_only(
        service,
        "The log ends at position 9, but a checkpoint over 10 records was signed: "
        "the log is an old copy, or records were removed.",
    )


def test_an_edited_record_is_noticed_by_the_check_after_the_start(start, folder: Path) -> None:
    change(
        folder,
        "UPDATE stored_events SET state = CAST(replace(state, 'a1', 'A1') AS BLOB) "
        "WHERE rowid = 4",
    )
    service = serve(start)
    check_read_only(service, "The record at position 4 does not fit its leaf hash", changed=4)
    service.stop()
    # It is remembered, so that nothing is recorded before the next check comes round.
    service = serve(start)
    assert "position 4" in service.info().distrusted
    checked = command(folder, "ledger", "check", NAME)
    assert checked.returncode == 1
    assert "The record at position 4 does not fit its leaf hash" in checked.stdout


def test_an_edited_record_with_its_hash_is_noticed_at_once(start: Any, folder: Path) -> None:
    change(
        folder,
        "UPDATE stored_events SET state = x'00', leaf_hash = zeroblob(32) WHERE rowid = 5",
    )
    service = serve(start)
    assert "records up to there were changed" in service.distrusted()
    assert service.refused("late").reason == "LEDGER_DISTRUSTED"


def test_a_removed_record_is_noticed_at_once(start: Any, folder: Path) -> None:
    change(folder, "DELETE FROM stored_events WHERE rowid = 5")
    service = serve(start)
    assert "Parts of the tree over 9 records are missing" in service.distrusted()
    assert service.refused("late").reason == "LEDGER_DISTRUSTED"


def test_a_forged_larger_checkpoint_is_noticed_at_once(start: Any, folder: Path) -> None:
    forged = "localhost/diplomatic-ledger/us-dprk\n99\n" + "A" * 43 + "=\n\n\u2014 x AAAAAAAA\n"
    change(folder, "INSERT INTO checkpoints VALUES (99, ?, 1)", forged)
    service = serve(start)
    check_read_only(
        service,
        "The stored checkpoint over 99 records was not signed with a key of this ledger",
    )


def test_an_edit_under_a_running_service_is_noticed_before_it_signs(start, folder) -> None:
    service = serve(start)
    change(folder, "UPDATE stored_events SET leaf_hash = zeroblob(32) WHERE rowid = 2")
    # It is refused only when the check after the start was faster.
    recorded = service.record_if_trusted("one-more")
    # Whoever is first says it: who signs, or the check beside the service, which names it.
    noticed = "records up to there were changed|record at position 2 does not fit"
    check_read_only(service, noticed, changed=2)
    # What was recorded was durable before the log was looked at, and is never signed.
    assert (service.info().position, parse(service.checkpoint()).checkpoint.size) == (
        recorded,
        9,
    )


def test_a_restored_log_is_trusted_again_after_a_check(start: Any, folder: Path) -> None:
    whole = folder / "whole.sqlite"
    shutil.copy(log_of(folder), whole)
    change(folder, "UPDATE stored_events SET leaf_hash = zeroblob(32) WHERE rowid = 2")
    service = serve(start)
    service.distrusted()
    service.stop()
    shutil.copy(whole, log_of(folder))
    checked = command(folder, "ledger", "check", NAME)
    assert (checked.returncode, checked.stdout) == (0, "9 records fit.\n")
    service = serve(start)
    assert service.info().distrusted == ""
    service.record("late")


def test_a_ledger_goes_on_under_its_name_with_what_is_intact(start: Any, folder: Path) -> None:
    service = serve(start)
    before = parse(service.checkpoint(8 - 1)).checkpoint
    refusal = command(folder, "ledger", "succeed", NAME, "--reason", "x")
    assert refusal.returncode == 1
    assert "needs no successor" in refusal.stderr
    service.stop(signal.SIGKILL)
    change(folder, "DELETE FROM stored_events WHERE rowid = 9")

    service = serve(start)
    service.distrusted()
    titled = command(folder, "ledger", "succeed", NAME, "--reason", "x", "--title", "Another")
    assert "title: The ledger 'us-dprk' has its own title" in titled.stderr
    made = command(
        folder,
        "ledger",
        "succeed",
        NAME,
        "--reason",
        "The disk failed.",
        "--aside",
        "us-dprk-2018",
    )
    assert made.returncode == 0, made.stderr
    told = service.info()
    assert made.stdout == (
        f"The ledger us-dprk goes on with 7 records. Its origin is {told.origin}.\n"
        "Of 9 records that were signed, 2 are lost.\n"
        "The old log lies aside as us-dprk-2018.\n"
        f"{told.verification_key}\n"
    )
    assert (told.position, told.checkpoint_position, told.distrusted) == (8, 8, "")
    assert service.record("later").recorded[0].position == 9
    assert service.records() == 9
    assert parse(service.checkpoint(7)).checkpoint == before
    with pytest.raises(grpc.RpcError) as error:
        service.record("later", ledger="us-dprk-2018")
    refused = taken_apart(error.value)
    assert (refused.reason, told.origin in refused.text) == ("LEDGER_SUCCEEDED", True)
    service.stop()
    service = serve(start)
    assert service.info().distrusted == ""
    assert command(folder, "ledger", "check", NAME).stdout == "9 records fit.\n"


def test_a_lost_log_is_told_and_its_ledger_goes_on(start: Any, folder: Path) -> None:
    shutil.rmtree(log_of(folder).parent)
    lost = "Its log is lost: 9 records of it were signed, and none is there."
    service = serve(start)
    told = f"the ledger 'us-dprk' (opening): The ledger cannot be served. {lost}"
    assert told in service.process.said()
    refusal = service.refused("us")
    assert (refusal.reason, lost in refusal.text) == ("LEDGER_DISTRUSTED", True)
    with pytest.raises(grpc.RpcError) as error:
        service.create()
    assert "its log is gone" in taken_apart(error.value).fields["ledger"]
    assert command(folder, "ledger", "list").stdout == (
        f"us-dprk: lost, 9 signed\n    Cannot be served. {lost}\n"
    )

    succeed = ("ledger", "succeed", NAME, "--reason", "The disk was lost.")
    assert "title: This is required" in command(folder, *succeed).stderr
    made = command(folder, *succeed, "--title", "Talks", "--opens-on", "2018-01-01")
    assert made.returncode == 0, made.stderr
    assert service.info().opens_on == "2018-01-01"
    assert service.record("us").recorded[0].position == 3
    assert command(folder, "ledger", "list").stdout == "us-dprk: 3 records, 3 signed\n"


def test_only_who_has_the_key_of_a_lost_log_goes_on_for_it(start: Any, folder: Path) -> None:
    shutil.rmtree(log_of(folder).parent)
    (folder / "keys" / f"{NAME}.key").unlink()
    succeed = ("ledger", "succeed", NAME, "--reason", "Lost.", "--title", "Talks")
    refused = command(folder, *succeed)
    assert refused.returncode == 1
    assert "was not signed with a key that is here" in refused.stderr
    assert not log_of(folder).exists()


def test_no_key_is_rotated_where_others_can_put_theirs_and_what_helps_is_said(
    start: Any, folder: Path
) -> None:
    service = serve(start)
    folder.joinpath("keys").chmod(0o777)
    refused = command(folder, "key", "rotate", NAME, "--reason", "Yearly change.")
    assert refused.returncode == 1
    assert "Others can put keys of theirs into" in refused.stderr
    assert "chmod 700" in refused.stderr
    folder.joinpath("keys").chmod(0o700)
    assert command(folder, "key", "rotate", NAME, "--reason", "Yearly change.").returncode == 0
    service.stop()


def test_keys_are_rotated_with_overlapping_signatures(start: Any, folder: Path) -> None:
    service = serve(start)
    old = VerificationKey.parse(service.info().verification_key)
    made = command(folder, "key", "rotate", NAME, "--reason", "Yearly change.")
    new = VerificationKey.parse(made.stdout.strip())
    overlapping = parse(service.checkpoint())
    assert overlapping.checkpoint.size == 10
    assert overlapping.signed_by([old])
    assert overlapping.signed_by([new])
    assert parse(service.checkpoint(9)).signed_by([old])
    service.stop()

    # Without a service the same command takes the folder itself.
    assert "newest key" in command(folder, "key", "retire", NAME, new.text).stderr
    assert command(folder, "key", "retire", NAME, old.text).stdout == f"{new.text}\n"
    shown = command(folder, "key", "show", NAME).stdout
    assert shown == (
        f"# retired: what it signed stays valid\n{old.text}\n# signs\n{new.text}\n"
    )
    service = serve(start)
    service.record("after")
    newest = parse(service.checkpoint())
    assert newest.signed_by([new])
    assert not newest.signed_by([old])
    assert service.info().distrusted == ""
    assert command(folder, "ledger", "check", NAME).stdout == "11 records fit.\n"


def test_a_key_that_others_can_read_is_refused(start: Any, folder: Path) -> None:
    (folder / "keys" / f"{NAME}.key").chmod(0o640)
    process = start()
    with grpc.insecure_channel(process.address()) as channel:
        ledgers: Any = LedgerServiceStub(channel)
        with pytest.raises(grpc.RpcError) as error:
            ledgers.GetLedger(pb.GetLedgerRequest(ledger=NAME))
    refusal = taken_apart(error.value)
    assert refusal.reason == "LEDGER_NOT_SERVED"
    assert f"chmod 600 {folder}/keys/{NAME}.key" in refusal.text


def test_the_admin_socket_is_for_its_owner_only_and_a_stale_one_is_replaced(
    start: Any, folder: Path
) -> None:
    path = folder / "data/admin.sock"
    service = serve(start)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    service.stop(signal.SIGKILL)
    assert path.is_socket()
    service = serve(start)
    assert "us-dprk: 9 records, 9 signed" in command(folder, "ledger", "list").stdout
    service.stop()
    assert not path.exists()
    assert not list((folder / "data").glob(".*"))
