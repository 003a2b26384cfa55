"""Who can write in the folder of backups can spoil them, and nothing else: a set leads to no other
place, has nothing overwritten, and is refused with a sentence.
"""

import gzip
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger_service.application.ledger import Ledger
from ledger_service.application.ledgers import Ledgers
from ledger_service.persistence.backup.sets import BackupSet, SetUnusable
from tests.support.backups import backed_up, newest, place, verified
from tests.support.examples import a_ledgerful
from tests.support.ledgers_on_disk import Clock
from tests.support.sealed_acts import SECRET, SOURCE, WHY, record, sealed_act

SEALED = json.dumps(SECRET).encode()


@pytest.fixture
async def ledger(ledgers: Ledgers) -> Ledger:
    ledger = await ledgers.create("us-dprk", "Talks")
    await record(ledger, *a_ledgerful()[:4], sealed_act())
    return ledger


def told_anew(backup: BackupSet, **changes: Any) -> None:
    """Changes the manifest of a set as somebody would who makes its digest right."""
    backup.write(msgspec.structs.replace(backup.manifest(), **changes))


@pytest.mark.parametrize("name", ["../../../elsewhere", "{folder}/elsewhere", "Elsewhere"])
async def test_a_manifest_leads_to_no_place_beside_the_one_that_is_restored_to(
    tmp_path: Path, clock: Clock, ledger: Ledger, name: str
) -> None:
    await backed_up(tmp_path, clock, ledger)
    backup = newest(tmp_path)
    told_anew(backup, ledger=name.format(folder=tmp_path))
    with pytest.raises(SetUnusable, match="no ledger is called so"):
        verified(backup, place(tmp_path))
    assert not (tmp_path / "elsewhere").exists()


async def test_a_manifest_names_no_file_beside_those_of_its_set(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    backup = newest(tmp_path)
    first, *others = backup.manifest().files
    away = msgspec.structs.replace(first, name=f"../{first.name}")
    told_anew(backup, files=(away, *others))
    with pytest.raises(SetUnusable, match="no file of a set is called so"):
        verified(backup, place(tmp_path))


async def test_a_link_among_the_files_of_a_set_has_nothing_overwritten(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    ours = tmp_path / "data" / "ours"
    ours.write_bytes(b"not of the set")
    link = newest(tmp_path).folder / "sealed-000099.jsonl.gz"
    link.symlink_to(ours)
    await backed_up(tmp_path, clock, ledger)
    assert ours.read_bytes() == b"not of the set"
    assert not link.is_symlink()


async def test_what_a_run_left_in_an_older_set_when_it_broke_off_is_overwritten_too(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await ledger.erase("F001", SOURCE, WHY)
    await backed_up(tmp_path, clock, ledger)
    left = newest(tmp_path).folder / "sealed-000099.jsonl.gz.new"
    left.write_bytes(SEALED)
    await backed_up(tmp_path, clock, ledger, whole=True)
    assert not left.exists()


async def test_a_file_that_unpacks_to_more_than_any_line_has_does_not_fill_the_memory(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    backup = newest(tmp_path)
    bomb = gzip.compress(bytes(1 << 22))
    files = []
    for each in backup.manifest().files:
        changed = each
        if each.kind == "records":
            (backup.folder / each.name).write_bytes(bomb)
            changed = msgspec.structs.replace(
                each, size=len(bomb), sha256=sha256(bomb).hexdigest()
            )
        files.append(changed)
    told_anew(backup, files=tuple(files))
    with pytest.raises(SetUnusable, match="more than a megabyte"):
        verified(backup, place(tmp_path))


@pytest.mark.parametrize(("first", "last"), [(1, -3), (1, 10**18), (0, 1)])
async def test_requests_that_no_records_can_be_of_are_refused_with_a_sentence(
    tmp_path: Path, clock: Clock, ledger: Ledger, first: int, last: int
) -> None:
    await backed_up(tmp_path, clock, ledger)
    backup = newest(tmp_path)
    [kept] = [each for each in backup.manifest().files if each.kind == "requests"]
    lines = gzip.decompress((backup.folder / kept.name).read_bytes()).splitlines()
    wrong = json.dumps({**json.loads(lines[0]), "first": first, "last": last}).encode()
    packed = gzip.compress(b"\n".join([wrong, *lines[1:], b""]))
    (backup.folder / kept.name).write_bytes(packed)
    changed = msgspec.structs.replace(kept, size=len(packed), sha256=sha256(packed).hexdigest())
    files = [changed if each.kind == "requests" else each for each in backup.manifest().files]
    told_anew(backup, files=tuple(files))
    with pytest.raises(SetUnusable, match=f"from {first} to {last}"):
        verified(backup, place(tmp_path))


async def test_a_set_whose_checkpoint_was_taken_out_is_found_before_it_is_restored(
    tmp_path: Path, clock: Clock, ledger: Ledger
) -> None:
    await backed_up(tmp_path, clock, ledger)
    backup = newest(tmp_path)
    told_anew(
        backup, files=tuple(x for x in backup.manifest().files if x.kind != "checkpoints")
    )
    found = verified(backup, place(tmp_path)).verdict.findings
    assert found == ["The checkpoint of the set is not among those in it: some were removed."]
