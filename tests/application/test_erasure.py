"""What was erased is gone in every store, and no question confirms a guess of it."""

import asyncio
import json
import random

import pytest
from msgspec.structs import replace

from ledger_service.domain.values.commands import NewEntry
from ledger_service.domain.values.entries import Sealed
from ledger_service.domain.values.refusals import (
    EntryNotFound,
    Invalid,
    LedgerDistrusted,
    RequestContentErased,
    RequestIdReused,
)
from ledger_service.persistence.records import decode, erased_of
from ledger_service.persistence.sealing.seals import commitment
from tests.support.examples import (
    a_command,
    a_ledgerful,
    a_party,
    a_report,
    an_amendment,
    entry,
)
from tests.support.ledgers_on_disk import EVERY_STORE, all_ledgers
from tests.support.sealed_acts import (
    SECRET,
    SOURCE,
    WHY,
    fields,
    files_with,
    record,
    seal_of,
    sealed_act,
)

pytestmark = EVERY_STORE


@pytest.fixture
async def act(ledger):
    await record(ledger, *a_ledgerful()[:4])
    await record(ledger, sealed_act(), request_id="r-1")
    return ledger


async def test_an_erasure_is_recorded_with_its_reason(act) -> None:
    seal = seal_of(act)
    erased = await act.erase("F001", SOURCE, WHY)
    assert (erased.position, erased.versions) == (act.head.position, (1,))
    assert not erased.already_erased
    ((_, line),) = act.reader.records(erased.position, erased.position)
    event = json.loads(line)
    assert event["type"] == "field.erased.v1"
    assert "subject" not in event
    assert "entryversion" not in event
    assert event["data"] == {
        "entry": "F001",
        "field": SOURCE,
        "versions": ["1"],
        "commitment": seal,
        "reason": WHY,
    }


async def test_the_log_stays_as_it_was_and_its_value_is_gone(act) -> None:
    before = act.reader.records(1, act.head.position)
    seal = seal_of(act)
    await act.erase("F001", SOURCE, WHY)
    assert act.reader.records(1, len(before)) == before
    assert act.reader.unsealed([seal]) == {}
    assert list(act.reader.disclosures(act.head.position)) == []
    states = [each.state for each in act.reader.sealed_fields(act.head.position)]
    assert states == ["erased"]
    assert [each.state for each in act.reader.sealed_fields(len(before))] == ["withheld"]


async def test_a_seal_that_was_carried_over_is_erased_in_every_version(act) -> None:
    state = sealed_act().state
    bare = replace(state, evidence=(replace(state.evidence[0], attribution=""),))
    for title in ("two", "three"):
        changed = replace(bare, title=title)
        await record(act, an_amendment("F001", changed, keep_sealed=(SOURCE,)))
    erased = await act.erase("F001", SOURCE, WHY)
    assert erased.versions == (1, 2, 3)
    places = [each.position for each in act.reader.sealed_fields(act.head.position)]
    assert places == [6, 7, 8]
    assert {each.state for each in act.reader.sealed_fields(act.head.position)} == {"erased"}


async def test_every_seal_that_a_field_ever_had_is_erased(act, tmp_path) -> None:
    state = sealed_act("Another colonel").state
    await record(act, an_amendment("F001", state, seal=(SOURCE,)))
    head = act.head.position
    erased = await act.erase("F001", SOURCE, WHY)
    assert erased.versions == (1, 2)
    records = [decode(line) for _, line in act.reader.records(head + 1, act.head.position)]
    assert [erased_of(each).versions for each in records] == [("1",), ("2",)]
    assert files_with(tmp_path, b"colonel") == []


async def test_what_it_did_not_reach_in_the_entry_is_told(ledger) -> None:
    plain = a_party(name="A plain person", aliases=())
    await record(ledger, entry("pp", plain))
    sealed = replace(plain, aliases=("Nick",))
    await record(ledger, an_amendment("pp", sealed, seal=("name", "aliases[0]")))
    erased = await ledger.erase("pp", "name", WHY)
    assert erased.versions == (2,)
    assert erased.plain_versions == (1,)
    assert erased.still_sealed == ("aliases[0]",)
    assert (await ledger.erase("pp", "aliases[0]", WHY)).still_sealed == ()


async def test_an_erased_seal_is_carried_over_still(act) -> None:
    await act.erase("F001", SOURCE, WHY)
    state = sealed_act().state
    bare = replace(state, evidence=(replace(state.evidence[0], attribution=""),))
    await record(act, an_amendment("F001", bare, keep_sealed=(SOURCE,)))
    assert seal_of(act, version=1) == seal_of(act, version=0)
    again = await act.erase("F001", SOURCE, WHY)
    assert (again.already_erased, again.versions) == (True, (1, 2))


async def test_an_erasure_can_be_repeated(act) -> None:
    first = await act.erase("F001", SOURCE, WHY)
    again = await act.erase("F001", SOURCE, "Another reason.")
    assert again == first._replace(already_erased=True)
    assert act.head.position == first.position


async def test_only_what_was_sealed_is_erased(act) -> None:
    with pytest.raises(Invalid) as refusal:
        await act.erase("F001", "title", WHY)
    assert fields(refusal) == ["field"]
    assert SOURCE in str(refusal.value)
    with pytest.raises(Invalid) as refusal:
        await act.erase("us", "evidence[0].report", WHY)
    assert "Nothing in it is sealed" in str(refusal.value)
    with pytest.raises(EntryNotFound):
        await act.erase("F999", "title", WHY)


async def test_a_reused_request_id_confirms_no_guess_after_an_erasure(act) -> None:
    await act.erase("F001", SOURCE, WHY)
    answers = set()
    right, wrong = sealed_act(), sealed_act("a guess")
    for guess in (right, wrong, replace(right, seal=()), entry("zz", a_party())):
        with pytest.raises(RequestIdReused) as refusal:
            await record(act, guess, request_id="r-1")
        answers.add((type(refusal.value), str(refusal.value)))
    assert len(answers) == 1
    assert answers.pop()[0] is RequestContentErased


async def test_a_guess_is_confirmed_by_its_salt_only(act) -> None:
    (kept,) = act.reader.disclosures(act.head.position)
    assert commitment(kept.salt, SECRET) == kept.commitment
    await act.erase("F001", SOURCE, WHY)
    left = act.log.read("SELECT salt, value FROM sealed_values")
    assert [(bytes(row[0]), set(row[1])) for row in left] == [(bytes(16), {0})]


async def test_other_requests_are_recognised_as_before(act) -> None:
    other = NewEntry("A2", a_report(note="kept"), seal=("note",))
    first = await record(act, other, request_id="r-2")
    await act.erase("F001", SOURCE, WHY)
    assert (await record(act, other, request_id="r-2")).recorded == first.recorded


async def test_the_ledger_goes_on_after_a_restart(act, ledgers, tmp_path, clock, store) -> None:
    await act.erase("F001", SOURCE, WHY)
    position, root = act.head.position, act.head.root_hash
    await ledgers.close()
    again = all_ledgers(tmp_path, clock, store=store)
    again.open()
    ledger = again.get(act.name)
    assert (ledger.head.position, ledger.head.root_hash) == (position, root)
    assert isinstance(ledger.reader.versions("F001")[0].state.evidence[0].attribution, Sealed)
    await again.close()


async def test_no_copy_is_left_however_many_values_there_are(ledger, tmp_path) -> None:
    """Values large and small are recorded over many pages and erased in any order."""
    chance = random.Random(7)
    secrets = {}
    for number in range(150):
        size = chance.choice((3, 40, 400, 3900))
        secrets[f"p{number}"] = f"<{number}:" + chance.randbytes(size // 2).hex()
    items = [NewEntry(k, a_party(note=v), seal=("note",)) for k, v in secrets.items()]
    for start in range(0, len(items), 10):
        await ledger.record(a_command(*items[start : start + 10]))
    order = sorted(secrets)
    chance.shuffle(order)
    for entry_id in order[:60]:
        await ledger.erase(entry_id, "note", WHY)
    values = [secrets[each].encode() for each in order[:60]]
    gone = [part for value in values for part in (value[:30], value[-30:])]
    assert files_with(tmp_path, *gone) == []
    kept = {each.value for each in ledger.reader.disclosures(ledger.head.position)}
    assert kept == {secrets[each] for each in order[60:]}


async def test_an_erasure_stands_though_its_caller_gives_up(act, tmp_path) -> None:
    position = act.head.position
    erasing = asyncio.create_task(act.erase("F001", SOURCE, WHY))
    while not act.log.read("SELECT 1 FROM sealed_values WHERE erased = 1"):  # noqa: ASYNC110
        await asyncio.sleep(0)
    erasing.cancel()
    await asyncio.wait_for(act.wait_beyond(position), 10)
    assert files_with(tmp_path, b"colonel") == []


def change(ledger, statement: str, *parameters: object) -> None:
    """Changes the store behind the back of the ledger."""
    with ledger.log.head_lock():
        ledger.log.write(statement, *parameters)


HARM = [
    ("UPDATE sealed_values SET value = {value}", b"another text"),
    ("UPDATE sealed_values SET salt = {value}", bytes(16)),
    ("UPDATE sealed_values SET erased = 1",),
    ("DELETE FROM sealed_values",),
]


@pytest.mark.parametrize("harm", HARM)
async def test_a_lost_value_is_settled_by_a_record_that_says_so(act, tmp_path, harm) -> None:
    seal = seal_of(act)
    change(act, *harm)
    assert (await act.audit.check()).findings
    with pytest.raises(LedgerDistrusted):
        await record(act, NewEntry("kr", a_party()))
    with pytest.raises(LedgerDistrusted):
        await act.erase("F001", SOURCE, WHY)

    erased, findings = await act.settle_loss("F001", SOURCE, "A bad sector.")
    assert (erased.versions, findings) == ((1,), [])
    ((_, line),) = act.reader.records(erased.position, erased.position)
    data = json.loads(line)["data"]
    assert (data["commitment"], data["reason"]) == (seal, "Lost: A bad sector.")
    assert not files_with(tmp_path, b"another text")
    await record(act, NewEntry("kr", a_party()))
    assert (await act.audit.check()).findings == []
    (place,) = act.reader.sealed_fields(act.head.position)
    assert (place.commitment, place.state) == (seal, "erased")
    with pytest.raises(RequestContentErased):
        await record(act, sealed_act(), request_id="r-1")


async def test_what_is_there_is_not_lost(act, tmp_path) -> None:
    for field in (SOURCE, "title"):
        with pytest.raises(Invalid):
            await act.settle_loss("F001", field, WHY)
    await act.erase("F001", SOURCE, WHY)
    with pytest.raises(Invalid, match="was erased before"):
        await act.settle_loss("F001", SOURCE, WHY)


async def test_a_loss_settles_no_other_finding(act) -> None:
    """Whoever changed a record cannot have a lost value restore the trust."""
    change(act, "DELETE FROM sealed_values")
    change(act, "UPDATE stored_events SET leaf_hash = {value} WHERE {position} = 2", bytes(32))
    before = act.head.position
    with pytest.raises(LedgerDistrusted, match="position 2 does not fit"):
        await act.settle_loss("F001", SOURCE, WHY)
    assert act.head.position == before
    assert (await act.audit.check()).findings
    assert act.audit.distrusted


async def test_the_ledger_stays_read_only_while_another_value_is_lost(act) -> None:
    await record(act, NewEntry("kr", a_party(note=SECRET), seal=("note",)))
    change(act, "DELETE FROM sealed_values")
    _, findings = await act.settle_loss("F001", SOURCE, WHY)
    assert findings == [f"A text that position {act.head.position - 1} seals is gone."]
    assert act.audit.distrusted
    assert (await act.settle_loss("kr", "note", WHY))[1] == []
    assert not act.audit.distrusted
