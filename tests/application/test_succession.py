"""A loss is not the end of a ledger: its successor inherits what is intact, and goes on under the
same name with an origin and a key of its own.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger_service.application.administration import Administration
from ledger_service.application.exports import Exports
from ledger_service.application.ledger import Ledger
from ledger_service.application.ledgers import Ledgers
from ledger_service.application.making import LedgerDescription
from ledger_service.application.successions import Inherited, Successions
from ledger_service.application.summaries import Summaries
from ledger_service.audit.bag import ExportScope
from ledger_service.audit.notes import VerificationKey, parse
from ledger_service.domain.values.refusals import (
    Invalid,
    InvalidToken,
    LedgerDistrusted,
    LedgerElsewhere,
    LedgerError,
    LedgerExists,
    LedgerSucceeded,
    ShuttingDown,
    StorageFailed,
)
from ledger_service.persistence.records import continued_of, decode, erased_of
from tests.support.backups import backups
from tests.support.examples import a_command, a_ledgerful, a_party, entry
from tests.support.ledgers_on_disk import EVERY_STORE, Clock, all_ledgers
from tests.support.sealed_acts import SOURCE, WHY, seal_of, sealed_act

NAME = "us-dprk"


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return "sqlite"
    return str(request.getfixturevalue("postgres"))


class Service:
    """Opens the ledgers of a folder, signing each request. It works on the one of a name."""

    def __init__(self, folder: Path, clock: Clock, store: str) -> None:
        self.folder, self._clock, self.store = folder, clock, store
        self.name = NAME
        self.ledgers = self._opened()

    def _opened(self) -> Ledgers:
        ledgers = all_ledgers(self.folder, self._clock, checkpoint_seconds=0, store=self.store)
        ledgers.open()
        return ledgers

    @property
    def ledger(self) -> Ledger:
        return self.ledgers.get(self.name)

    async def again(self) -> None:
        await self.ledgers.close()
        self.ledgers = self._opened()

    async def record(self, entry_id: str) -> int:
        command = a_command(entry(entry_id, a_party()), request_id=f"r-{entry_id}")
        return (await self.ledger.record(command)).position

    async def change(self, statement: str) -> None:
        """Changes the log behind the back of a service."""
        await self.ledgers.close()
        if self.store == "sqlite":
            path = self.folder / "data/ledgers" / self.name / "log.sqlite"
            with sqlite3.connect(path) as file:
                assert file.execute(statement).rowcount == 1
            file.close()
        else:
            import psycopg

            with psycopg.connect(self.store, autocommit=True) as connection:
                schema = f"ledger_{self.name.replace('-', '_')}"
                connection.execute(f"SET search_path TO {schema}")
                statement = statement.replace("rowid", "notification_id")
                assert connection.execute(statement.encode()).rowcount == 1
        self.ledgers = self._opened()


@pytest.fixture
async def service(tmp_path: Path, clock: Clock, store: str) -> Any:
    """Has a ledger of six records with a sealed value, all of them signed."""
    service = Service(tmp_path, clock, store)
    await service.ledgers.create(NAME, "Talks", "To test.")
    for number, item in enumerate([*a_ledgerful()[:4], sealed_act()]):
        await service.ledger.record(a_command(item, request_id=f"r-{number}"))
    yield service
    await service.ledgers.close()


def records(ledger: Ledger) -> list[bytes]:
    return [line for _, line in ledger.reader.records(1, ledger.head.position)]


async def succeeded(service: Service, **how: Any) -> Inherited:
    return await Successions(service.ledgers).succeed(service.name, "It was changed.", **how)


def administration(service: Service, closing: Callable[[str], Awaitable[object]]) -> Any:
    return Administration(
        service.ledgers, backups(service.folder, service.ledgers.clock), closing=closing
    )


async def is_closed(ledger: Ledger) -> bool:
    with pytest.raises(ShuttingDown):
        await ledger.adopt()
    return True


CHANGED = "UPDATE stored_events SET state = leaf_hash WHERE rowid = 5"


@EVERY_STORE
async def test_a_successor_inherits_what_is_intact_byte_for_byte(service: Service) -> None:
    old = service.ledger
    before, tokens = records(old), [old.positions.token(each) for each in range(7)]
    notes = {size: (await old.audit.checkpoint(size)).note for size in (2, 3, 4)}
    signed, key = old.audit.newest.checkpoint, old.opening.verification_key
    await service.change(CHANGED)
    assert "position 5" in (await service.ledger.audit.check()).findings[0]
    made = await succeeded(service, aside="us-dprk-2018")

    new = service.ledger
    assert made.ledger is new
    assert (made.bequest.upto, made.bequest.signed) == (4, signed)
    assert records(new)[:4] == before[:4]
    assert new.head.position == 5
    last = decode(records(new)[4])
    assert (last.type, last.source) == ("ledger.succeeded.v1", new.opening.origin)
    said = continued_of(last)
    assert (said.predecessor, said.inherited, said.signed_size, said.reason) == (
        "ledger.example/us-dprk",
        "4",
        "6",
        "It was changed.",
    )
    assert new.opening.origin.startswith("ledger.example/us-dprk/2-")
    assert (new.opening.title, new.opening.purpose) == ("Talks", "To test.")
    # What was signed of it stays, and is proved by what follows.
    for size, note in notes.items():
        assert (await new.audit.checkpoint(size)).note == note
        proof = new.audit.proofs.consistency(size, 5)
        assert proof.old_root == parse(note).checkpoint.root
    newest = new.audit.newest
    assert newest.checkpoint[:2] == (new.opening.origin, 5)
    assert newest.signed_by([VerificationKey.parse(new.opening.verification_key)])
    assert not newest.signed_by([VerificationKey.parse(key)])
    # Tokens of what it inherited are good; those of what was lost are another ledger's.
    assert [new.positions.position_of(each) for each in tokens[:5]] == [0, 1, 2, 3, 4]
    await service.record("later")
    for lost in tokens[5:]:
        with pytest.raises(InvalidToken):
            new.positions.position_of(lost)
    assert (await new.audit.check()).findings == []


@EVERY_STORE
async def test_it_goes_on_over_starts_rotations_and_repeated_requests(service: Service) -> None:
    first = await service.ledger.record(a_command(entry("un", a_party()), request_id="again"))
    await service.record("lost")
    await service.change(CHANGED.replace("5", "8"))
    await service.ledger.audit.check()
    await succeeded(service)
    await service.again()
    repeated = await service.ledger.record(
        a_command(entry("un", a_party()), request_id="again")
    )
    assert (repeated.already_recorded, repeated.recorded) == (True, first.recorded)
    assert await service.record("later") == 9
    old = service.ledger.opening.verification_key
    new, position = await service.ledger.rotate_key("Yearly change.")
    assert position == 10
    assert service.ledger.verification_keys == [old, new]
    assert await service.ledger.retire_key(old) == [new]
    await service.again()
    assert await service.record("last") == 11
    assert (await service.ledger.audit.check()).findings == []
    assert service.ledger.audit.distrusted == ""


@EVERY_STORE
async def test_the_old_log_lies_aside_and_is_only_read(service: Service) -> None:
    await service.change(CHANGED)
    await service.ledger.audit.check()
    made = await succeeded(service, aside="us-dprk-2018")
    for _ in range(2):
        old = service.ledgers.get("us-dprk-2018")
        assert old.head.position == 6
        assert decode(old.reader.records(1, 1)[0][1]).type == "ledger.opened.v1"
        with pytest.raises(LedgerSucceeded, match=service.ledger.opening.origin):
            await old.record(a_command(entry("us", a_party())))
        await service.again()
    assert made.aside == "us-dprk-2018"


@EVERY_STORE
async def test_sealed_values_are_inherited(service: Service) -> None:
    await service.record("later")
    await service.change(CHANGED.replace("5", "7"))
    await service.ledger.audit.check()
    before = list(service.ledger.reader.disclosures(6))
    assert before
    await succeeded(service)
    assert list(service.ledger.reader.disclosures(6)) == before


@EVERY_STORE
async def test_a_text_whose_erasure_is_not_inherited_stays_erased_and_the_successor_says_so(
    service: Service,
) -> None:
    seal = seal_of(service.ledger)
    await service.record("lost")
    await service.ledger.erase("F001", SOURCE, WHY)
    await service.change(CHANGED.replace("5", "7"))
    await service.ledger.audit.check()
    made = await succeeded(service)
    assert made.bequest.upto == 6
    assert list(service.ledger.reader.disclosures(8)) == []
    last = decode(records(service.ledger)[-1])
    assert (last.type, last.position) == ("field.erased.v1", "8")
    said = erased_of(last)
    assert (said.entry, said.field, said.versions, said.commitment) == (
        "F001",
        SOURCE,
        ("1",),
        seal,
    )
    assert said.reason.startswith("Lost: ")
    assert (await service.ledger.audit.check()).findings == []
    assert await service.record("later") == 9


async def erase(service: Service) -> str:
    await service.ledger.erase("F001", SOURCE, WHY)
    return "field.erased"


async def rotate(service: Service) -> str:
    await service.ledger.rotate_key("Yearly change.")
    return "key.rotated"


async def rotate_and_retire(service: Service) -> str:
    first = service.ledger.opening.verification_key
    await service.ledger.rotate_key("Yearly change.")
    await service.ledger.retire_key(first)
    return "key.rotated"


async def go_on(service: Service) -> str:
    await service.record("lost")
    await service.change(CHANGED.replace("5", "7"))
    await service.ledger.audit.check()
    await succeeded(service)
    return "ledger.succeeded"


async def fork(service: Service) -> str:
    await Successions(service.ledgers).fork(NAME, "trial", "For trying.")
    service.name = "trial"
    return "ledger.forked"


#: Each writes a record of the ledger itself at position 7.
WAYS = pytest.mark.parametrize(
    "write_own", [erase, rotate, rotate_and_retire, go_on, fork], ids=lambda way: way.__name__
)
#: What is stored of it then.
DAMAGES = pytest.mark.parametrize("stored", ["leaf_hash", "substr(state, 1, 99)", "'?'"])


@EVERY_STORE
@WAYS
async def test_what_lies_before_a_record_of_its_own_that_nobody_can_read_is_inherited(
    service: Service, write_own: Callable[[Service], Awaitable[str]]
) -> None:
    own = await write_own(service)
    await service.record("later")
    await service.record("and-later")
    before, old = records(service.ledger), service.ledger.opening
    token = service.ledger.positions.token(9)
    newest = service.ledger.audit.newest
    await service.change(CHANGED.replace("5", "7"))
    assert own in service.ledger.audit.distrusted
    assert "position 7" in (await service.ledger.audit.check()).findings[0]
    with pytest.raises(LedgerDistrusted):
        await service.record("never")
    # What is intact can be read, and it is still known which ledger it is.
    assert [line for _, line in service.ledger.reader.records(1, 6)] == before[:6]
    assert service.ledger.reader.versions("later")
    assert service.ledger.opening.origin == old.origin
    assert service.ledger.positions.position_of(token) == 9
    with pytest.raises(LedgerDistrusted):
        list(Exports(service.ledger).planning(ExportScope(newest.note, date(2026, 3, 1))))

    made = await succeeded(service)
    assert (made.bequest.upto, made.bequest.signed) == (6, newest.checkpoint)
    assert records(service.ledger)[:6] == before[:6]
    assert service.ledger.opening.origin.startswith(f"ledger.example/{service.name}/")
    assert service.ledger.opening.origin != old.origin
    # The old log lies apart from its keys, and nobody is accused of what is not known there.
    found = (await service.ledgers.get(made.aside).audit.check()).findings
    assert "forged" not in found[0]
    assert await service.record("goes-on") > 7
    assert (await service.ledger.audit.check()).findings == []


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@WAYS
@DAMAGES
async def test_a_closed_ledger_with_a_record_of_its_own_that_nobody_can_read_is_listed(
    service: Service, write_own: Callable[[Service], Awaitable[str]], stored: str
) -> None:
    own = await write_own(service)
    await service.record("later")
    await service.change(CHANGED.replace("leaf_hash", stored).replace("5", "7"))
    await service.ledgers.close_one(service.name)
    (summary,) = await Summaries(service.ledgers).of([service.name])
    assert (summary.position, summary.opened.title) == (8, "Talks")
    assert own in summary.distrusted


@EVERY_STORE
async def test_a_ledger_that_fits_what_was_signed_needs_no_successor(service: Service) -> None:
    with pytest.raises(Invalid, match="needs no successor"):
        await succeeded(service)


@EVERY_STORE
async def test_a_successor_can_be_succeeded(service: Service) -> None:
    await service.change(CHANGED)
    await service.ledger.audit.check()
    await succeeded(service)
    await service.record("later")
    await service.change(CHANGED.replace("5", "6"))
    await service.ledger.audit.check()
    made = await succeeded(service)
    assert made.bequest.upto == 5
    assert service.ledger.opening.origin.startswith("ledger.example/us-dprk/3-")
    assert await service.record("still") == 7
    assert (await service.ledger.audit.check()).findings == []


@EVERY_STORE
async def test_a_fork_has_all_records_and_is_told_from_its_ledger(service: Service) -> None:
    key = service.ledger.opening.verification_key
    made = await Successions(service.ledgers).fork(NAME, "trial", "For trying.")
    fork = made.ledger
    assert records(fork)[:6] == records(service.ledger)
    last = decode(records(fork)[6])
    assert (last.type, last.source) == ("ledger.forked.v1", "ledger.example/trial")
    assert not fork.audit.newest.signed_by([VerificationKey.parse(key)])
    answer = await fork.record(a_command(entry("new", a_party())))
    assert answer.position == 8
    assert await service.record("new") == 7  # the other one goes on
    with pytest.raises(InvalidToken):
        fork.positions.position_of(service.ledger.positions.token(7))
    with pytest.raises(LedgerExists):
        await Successions(service.ledgers).fork(NAME, "trial", "Again.")
    await service.again()
    assert (await service.ledgers.get("trial").audit.check()).findings == []


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_an_old_backup_goes_on_as_a_successor(service: Service) -> None:
    log = service.folder / "data/ledgers" / NAME / "log.sqlite"
    await service.ledgers.close()
    backup = service.folder / "backup.sqlite"
    shutil.copy(log, backup)
    await service.again()
    await service.record("lost")
    await service.ledgers.close()
    backup.replace(log)
    await service.again()
    with pytest.raises(LedgerElsewhere):
        await succeeded(service)
    await service.ledger.adopt()
    made = await succeeded(service)
    assert (made.bequest.upto, made.bequest.signed.size) == (6, 7)
    assert await service.record("later") == 8
    await service.again()
    assert (await service.ledger.audit.check()).findings == []
    assert service.ledger.audit.distrusted == ""


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_lost_log_is_succeeded_by_what_its_operator_knows(service: Service) -> None:
    await service.ledgers.close()
    shutil.rmtree(service.folder / "data/ledgers" / NAME)
    service.ledgers = service._opened()
    with pytest.raises(Invalid, match="This is required"):
        await succeeded(service)
    made = await succeeded(service, about=LedgerDescription("Talks"))
    assert (made.bequest.upto, made.bequest.signed.size, made.aside) == (0, 6, "")
    types = [decode(each).type for each in records(service.ledger)]
    assert types == ["ledger.opened.v1", "ledger.succeeded.v1"]
    assert await service.record("later") == 3
    await service.again()
    assert service.ledger.audit.distrusted == ""
    assert service.ledgers.lost() == []


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("step", ["heir", "take_place"])
async def test_a_succession_that_breaks_off_is_made_again(
    service: Service, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.change(CHANGED)
    await service.ledger.audit.check()

    def fail(*_: Any) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as failing:
        failing.setattr(service.ledgers.store, step, fail)
        with pytest.raises(StorageFailed):
            await succeeded(service)
    assert service.ledger.head.position == 6
    with pytest.raises((LedgerSucceeded, LedgerDistrusted)):
        await service.record("meanwhile")
    await succeeded(service)
    assert await service.record("later") == 6


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_what_was_recorded_without_the_keys_is_not_inherited(service: Service) -> None:
    await service.change("UPDATE requests SET mark = zeroblob(32) WHERE last_position = 6")
    await service.ledgers.close()
    with sqlite3.connect(service.folder / "data/ledgers" / NAME / "log.sqlite") as file:
        file.execute("DELETE FROM checkpoints WHERE size = 6")
    file.close()
    seen = service.folder / "keys" / f"{NAME}.seen"
    seen.unlink()
    service.ledgers = service._opened()
    assert service.ledger.audit.distrusted
    assert (await succeeded(service)).bequest.upto == 5


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_a_service_that_had_the_old_log_open_records_nothing_in_its_successor(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    await service.change(CHANGED.replace("5", "6"))
    theirs = Ledgers(
        tmp_path / "theirs", tmp_path / "keys", "ledger.example", clock, 3600, service.store
    )
    theirs.open()
    old = theirs.get(NAME)
    await service.ledger.audit.check()
    assert (await succeeded(service)).bequest.upto == 5
    assert service.ledger.head.position == old.head.position == 6  # no shorter than it was
    with pytest.raises(LedgerDistrusted, match="Another log was put in the place"):
        await old.record(a_command(entry("theirs", a_party())))
    await theirs.close()
    assert await service.record("ours") == 7
    assert (await service.ledger.audit.check()).findings == []


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_what_another_service_records_meanwhile_is_not_left_behind(
    service: Service, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.change(CHANGED)
    theirs = Ledgers(
        tmp_path / "theirs", tmp_path / "keys", "ledger.example", clock, 3600, service.store
    )
    theirs.open()
    await service.ledger.audit.check()
    loop, make = asyncio.get_running_loop(), Successions._make_heir

    def slowly(*about: Any) -> None:
        make(*about)
        recording = theirs.get(NAME).record(a_command(entry("meanwhile", a_party())))
        asyncio.run_coroutine_threadsafe(recording, loop).result(20)

    with monkeypatch.context() as slow:
        slow.setattr(Successions, "_make_heir", slowly)
        with pytest.raises(Invalid, match="Stop the other services of the database"):
            await succeeded(service)
    await theirs.close()
    await succeeded(service)
    assert await service.record("later") == 6


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_what_an_operator_gives_up_goes_on_to_its_end(service: Service) -> None:
    let_go, goes_on = asyncio.Event(), asyncio.Event()

    async def closing(_: str) -> None:
        let_go.set()
        await goes_on.wait()

    old = service.ledger
    retiring = asyncio.create_task(administration(service, closing).retire(NAME))
    await let_go.wait()
    retiring.cancel()
    with pytest.raises(asyncio.CancelledError):
        await retiring
    goes_on.set()
    async with service.ledgers.changing:  # what goes on holds it
        assert [each.ledger for each in service.ledgers.archives.all()] == [NAME]
    assert await is_closed(old)
    await administration(service, closing).bring_back(NAME)
    assert await service.record("later") == 7


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", ["retire", "succeed"])
async def test_where_letting_go_of_a_ledger_fails_one_log_is_open_once_and_served(
    service: Service, what: str
) -> None:
    async def closing(_: str) -> None:
        raise RuntimeError("broken")

    if what == "succeed":
        await service.change(CHANGED)
        await service.ledger.audit.check()
    old = service.ledger
    doing = administration(service, closing)
    with pytest.raises(RuntimeError, match="broken"):
        await (doing.retire(NAME) if what == "retire" else doing.succeed(NAME, "Changed."))
    assert await is_closed(old)
    assert service.ledger is not old
    assert service.ledger.head.position == 6


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_calls_are_told_to_come_again_until_the_successor_is_served(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.change(CHANGED)
    await service.ledger.audit.check()
    ledgers = service.ledgers
    told = list[tuple[str, bool]]()

    def ask(when: str) -> None:
        try:
            ledgers.get(NAME)
        except LedgerError as refusal:
            told.append((when, isinstance(refusal, ShuttingDown)))

    opening = ledgers._open_each

    def asked_meanwhile(names: Any) -> None:
        ask("before")
        opening(names)
        ask("opened")

    async def no_room(_: float) -> None:
        pass

    monkeypatch.setattr(ledgers, "_open_each", asked_meanwhile)
    ledgers.attend(no_room, lambda _: ask("served"))
    await succeeded(service)
    assert told[:3] == [("before", True), ("opened", True), ("served", True)]
    assert service.ledger.head.position == 5
