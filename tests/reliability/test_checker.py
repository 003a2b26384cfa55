"""What the checker holds a history to, on histories of a few lines."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ledger_service.audit.notes import Checkpoint, sign
from tests.reliability.checker import Finding, Kind, Outcome, Proof, check
from tests.reliability.history import (
    Answer,
    Attempt,
    Fate,
    History,
    Item,
    Place,
    Reading,
    SeenCheckpoint,
)
from tests.support.logs_in_memory import KEY, ORIGIN, PUBLIC

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def at(position: int) -> str:
    time = BEGAN + timedelta(microseconds=position)
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def record(position: int, request_id: str, name: str) -> tuple[int, bytes]:
    event = {
        "position": str(position),
        "subject": name,
        "time": at(position),
        "requestid": request_id,
        "data": {"name": name},
    }
    return position, json.dumps(event).encode()


def acknowledged(request_id: str, first: int, *names: str, asked: float = 1.0) -> Attempt:
    places = tuple(Place(n, 1, p, at(p)) for p, n in enumerate(names, start=first))
    items = tuple(Item(name, name) for name in names)
    return Attempt(request_id, items, asked, asked + 1, fate=Fate.ACKNOWLEDGED, places=places)


def not_answered(request_id: str, *names: str, why: str = "UNAVAILABLE") -> Attempt:
    items = tuple(Item(name, name) for name in names)
    return Attempt(request_id, items, asked=5.0, told=6.0, why=why)


def refused(request_id: str, *names: str) -> Attempt:
    return replace(not_answered(request_id, *names, why="ABORTED"), fate=Fate.REFUSED)


LOG = [
    record(1, "", "opened"),
    record(2, "r1", "a"),
    record(3, "r1", "b"),
    record(4, "r2", "c"),
]
R1, R2 = acknowledged("r1", 2, "a", "b"), acknowledged("r2", 4, "c", asked=3.0)


def outcome(records: list[tuple[int, bytes]] = LOG, **more: object) -> Outcome:
    return replace(Outcome(records, PUBLIC.text), **more)


def kinds(history: History, found: Outcome | None = None) -> set[Kind]:
    return {each.kind for each in check(history, found or outcome())}


def test_a_history_without_faults_has_no_findings() -> None:
    reading = Reading(1, asked=9.0, head=4, records=LOG[1:], ended=True)
    following = Reading(0, subscribes=True, records=LOG)
    answer = Answer("c", 4, 9.0, 9.5, 4, (4,))
    history = History([R1, R2], [reading, following], [answer])
    assert check(history, outcome()) == []


@pytest.mark.parametrize(
    ("records", "kind"),
    [
        (LOG[:3], Kind.LOST),
        ([*LOG, record(5, "r2", "c")], Kind.DOUBLED),
        ([*LOG[:3], record(5, "r2", "c")], Kind.GAP),
        ([LOG[0], record(2, "r1", "b"), record(3, "r1", "a"), LOG[3]], Kind.MISPLACED),
        ([*LOG[:3], record(4, "r3", "c")], Kind.CHANGED),
        ([*LOG[:3], record(4, "r1", "c")], Kind.DOUBLED),
        ([*LOG[:2], record(3, "r2", "b"), LOG[3]], Kind.HALF),
    ],
)
def test_what_was_acknowledged_is_there_once_where_it_was_said_to_be(
    records: list[tuple[int, bytes]], kind: Kind
) -> None:
    assert kind in kinds(History([R1, R2]), outcome(records))


def test_what_was_refused_is_absent() -> None:
    assert kinds(History([R1, refused("r2", "c")])) == {Kind.NOT_REFUSED}
    assert kinds(History([R1, R2, refused("r3", "d")])) == set()


def test_an_answer_that_was_lost_means_all_or_nothing() -> None:
    assert kinds(History([not_answered("r1", "a", "b"), not_answered("r9", "x", "y")])) == set()
    assert kinds(History([not_answered("r1", "a", "b", "x")])) == {Kind.HALF}
    apart = [LOG[0], record(2, "r1", "a"), record(3, "r2", "c"), record(4, "r1", "b")]
    assert kinds(History([not_answered("r1", "a", "b")]), outcome(apart)) == {Kind.HALF}


def test_a_retry_tells_what_became_of_the_request() -> None:
    lost = not_answered("r2", "c")
    again = replace(acknowledged("r2", 4, "c", asked=7.0), already_recorded=True)
    assert kinds(History([R1, lost, again])) == set()
    assert kinds(History([R1, again])) == {Kind.RETRY}
    elsewhere = replace(again, places=(Place("c", 1, 3, at(3)),))
    assert Kind.RETRY in kinds(History([R1, R2, elsewhere]))
    assert kinds(History([R1, R2, replace(again, already_recorded=False)])) >= {Kind.RETRY}
    assert kinds(History([R1, lost, refused("r2", "c")])) == {Kind.RETRY}


def test_positions_follow_the_order_of_real_time() -> None:
    late = acknowledged("r1", 2, "a", "b", asked=10.0)
    assert kinds(History([R2, late])) == {Kind.ORDER}
    backwards = [LOG[0], LOG[1], LOG[2], (4, LOG[3][1].replace(at(4).encode(), at(3).encode()))]
    assert Kind.ORDER in kinds(History([R1]), outcome(backwards))


def test_a_clock_far_ahead_is_not_believed() -> None:
    assert kinds(History([replace(R1, day=at(0))])) == set()
    long_ago = (BEGAN - timedelta(days=2)).isoformat()
    assert kinds(History([replace(R1, day=long_ago)])) == {Kind.CLOCK}


def test_a_read_is_a_stretch_of_the_log_and_holds_what_was_acknowledged() -> None:
    read = Reading(1, asked=9.0, head=4, records=LOG[1:], ended=True)
    for wrong in (
        replace(read, records=[LOG[1], LOG[3]]),
        replace(read, records=[*LOG[1:3], (4, b"other")]),
        replace(read, records=LOG[1:3]),
        replace(read, records=LOG[1:3], head=3),
    ):
        assert kinds(History([R1, R2], [wrong])) == {Kind.READ}
    broken_off = replace(read, records=LOG[1:3], ended=False)
    assert kinds(History([R1, R2], [broken_off])) == set()


def test_a_subscription_sends_each_record_once_up_to_the_end() -> None:
    whole = Reading(0, subscribes=True, records=LOG)
    assert kinds(History([], [replace(whole, records=LOG[:3])])) == {Kind.BEHIND}
    twice = replace(whole, records=[*LOG, LOG[3]])
    assert kinds(History([], [twice])) == {Kind.SUBSCRIPTION}


def test_an_answer_follows_the_log() -> None:
    answer = Answer("c", 4, 9.0, 9.5, 4, (4,))
    assert kinds(History(answers=[replace(answer, versions=())])) == {Kind.STALE}
    assert kinds(History(answers=[replace(answer, position=3, versions=())])) == {Kind.STALE}
    assert kinds(History(), outcome(views=["a row"])) == {Kind.STALE}


def a_checkpoint(size: int, root: bytes) -> SeenCheckpoint:
    signed = sign(Checkpoint(ORIGIN, size, root), [(PUBLIC, KEY.sign)])
    return SeenCheckpoint(signed.note, 1.0 + size, 1.5 + size)


def test_every_checkpoint_is_signed_and_the_log_grew_out_of_it() -> None:
    roots = outcome().roots
    good = [a_checkpoint(2, roots[2]), a_checkpoint(4, roots[4])]
    assert kinds(History(checkpoints=good)) == set()
    assert kinds(History(checkpoints=[a_checkpoint(2, roots[3])])) == {Kind.CHECKPOINT}
    assert kinds(History(checkpoints=[a_checkpoint(5, roots[4])])) == {Kind.CHECKPOINT}
    shrunk = [replace(good[1], asked=1.0, told=1.2), good[0]]
    assert kinds(History(checkpoints=shrunk)) == {Kind.CHECKPOINT}
    forged = replace(good[0], note=good[0].note.replace(ORIGIN, f"{ORIGIN}x"))
    assert kinds(History(checkpoints=[forged])) == {Kind.CHECKPOINT}
    wrong = Proof(2, roots[2], (roots[3],))
    assert kinds(History(), outcome(proofs=[wrong])) == {Kind.CHECKPOINT}


def test_what_others_found_counts() -> None:
    found = check(History(), outcome(export=["a file"], check=["a leaf"]))
    assert found == [Finding(Kind.EXPORT, "a file"), Finding(Kind.CHECK, "a leaf")]


def test_no_answer_leaves_a_caller_without_a_word() -> None:
    for why in ("INTERNAL INTERNAL A fault.", "UNKNOWN  Unexpected", "x LEDGER_DISTRUSTED"):
        assert kinds(History([not_answered("r9", "x", why=why)])) == {Kind.UNTIDY}
