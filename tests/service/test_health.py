"""What is wrong is told once, by whom it concerns, and forgotten when it is over."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from ledger_service.health import Health, Problem

NOW = datetime(2018, 8, 18, 12, tzinfo=UTC)


@pytest.fixture
def health() -> Health:
    return Health(lambda: NOW)


def test_a_problem_is_there_until_it_is_cleared(health: Health) -> None:
    health.of("talks").tell("views", "The disk is full.")
    assert health.problems() == [Problem("talks", "views", "The disk is full.", NOW)]
    health.of("talks").clear("views")
    assert health.problems() == []


def test_the_log_has_one_line_when_it_begins_and_one_when_it_ends(
    health: Health, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for count in range(3):
            health.tell("talks", "views", f"The disk is full, for the {count}. time.")
        for _ in range(3):
            health.clear("talks", "views")
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        (
            "WARNING",
            "A problem of the ledger 'talks' (views): The disk is full, for the 0. time.",
        ),
        ("INFO", "The problem of the ledger 'talks' (views) is over."),
    ]


def test_a_ledger_serves_unless_a_problem_keeps_it_from_it(health: Health) -> None:
    for name in ("good", "warned", "held-up"):
        health.serve(name)
    health.tell("warned", "clock", "It is ahead.", usable=True)
    health.tell("held-up", "trust", "A record was changed.")
    health.tell("left-out", "opening", "Its key is missing.")
    health.tell("", "log", "Lines are lost.")
    serves = {"good": True, "held-up": False, "left-out": False, "warned": True}
    assert health.ledgers() == serves
    health.clear("held-up", "trust")
    assert health.ledgers() == serves | {"held-up": True}


def test_any_thread_may_tell(health: Health) -> None:
    heard: list[int] = []
    health.listen(lambda: heard.append(len(health.problems())))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: health.tell(f"l{n % 20}", "views", "x"), range(200)))
        list(threads.map(lambda n: health.clear(f"l{n % 20}", "views"), range(200)))
    assert health.problems() == []
    assert heard
    assert heard[-1] == 0
