"""The same laws through the real ledger, its views and its questions."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import pytest
from hypothesis import given

from ledger_service.api.server_state import OpenLedger
from ledger_service.application.ledgers import Ledgers
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.cuts import Cuts
from ledger_service.domain.values.refusals import LedgerError
from ledger_service.service import LedgerRegistry
from tests.support.answers import everything, picture_of
from tests.support.histories import MemoryHistory
from tests.support.ledgers_on_disk import Clock
from tests.support.runs import few
from tests.support.strategies import Book, Look, books, looks


class Recorded:
    """A book recorded into a real ledger, and beside it into memory."""

    def __init__(self, book: Book, folder: Path) -> None:
        self._book = book
        self._folder = folder
        self.clock = Clock()
        self.memory = MemoryHistory(book.opens_on)
        self.ends = [0, 1]

    async def __aenter__(self) -> Self:
        self.clock.time = datetime(2018, 7, 1, tzinfo=UTC)
        ledgers = Ledgers(
            self._folder / "data", self._folder / "keys", "ledger.example", self.clock
        )
        self.registry = LedgerRegistry(ledgers, self.clock, 86_400, lambda _: asyncio.to_thread)
        self.registry.open()
        self.opened: OpenLedger = await self.registry.create(
            "talks", "Talks", "To test.", self._book.opens_on
        )
        for request in self._book.requests:
            self.clock.time = request.recorded_at
            try:
                await self.opened.ledger.record(request.command)
            except LedgerError:
                continue
            self.memory.record(request.command, recorded_at=request.recorded_at)
            self.ends.append(self.memory.head)
            assert self.opened.ledger.head.position == self.memory.head
        self.clock.time += timedelta(days=1)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.registry.close()


def through_the_store(check, book: Book, *more: object) -> None:
    async def run() -> None:
        with TemporaryDirectory() as folder:
            async with Recorded(book, Path(folder)) as recorded:
                await check(recorded, *more)

    asyncio.run(run())


@few
@given(books(), looks())
def test_a_ledger_answers_as_its_history_in_memory(book, look):
    through_the_store(answers_as_in_memory, book, look)


async def answers_as_in_memory(recorded: Recorded, look: Look) -> None:
    questions = recorded.opened.questions
    for position in recorded.ends:
        cuts = Cuts(look.as_of, look.reported_by, position, dates=look.policy)
        basis = await questions.resolve(cuts)
        expected = everything(recorded.memory.at(position), look)
        found = {c.entry_id: c for c in questions.commitments(basis)}
        assert found == expected.commitments
        assert {a.entry_id: a for a in questions.acts(basis)} == expected.acts
        expected_picture = picture_of(recorded.memory.at(position), look)
        basis = await questions.resolve(cuts, scale="unit")
        for balance in questions.balances(basis):
            again, _ = questions.balance(basis, balance.party_a, balance.party_b)
            if stand_for_themselves(expected_picture, balance.party_a, balance.party_b):
                # A list asks about nobody in particular.
                assert replace(again, asked_a=None, asked_b=None) == balance


def stand_for_themselves(picture: Picture, *principals: str) -> bool:
    """They represent nobody else on the day that is asked for."""
    return all(picture.parties.principal(p, picture.as_of) == p for p in principals)


@pytest.mark.rule("2.2")
@few
@given(books(), looks())
def test_a_cut_never_shows_half_a_request(book, look):
    through_the_store(cuts_end_with_requests, book, look)


async def cuts_end_with_requests(recorded: Recorded, look: Look) -> None:
    questions, ledger = recorded.opened.questions, recorded.opened.ledger
    for position in range(ledger.head.position + 1):
        whole = max(end for end in recorded.ends if end <= position)
        cuts = [Cuts(look.as_of, position=position, dates=look.policy)]
        if position:
            cuts.append(Cuts(look.as_of, recorded_at=ledger.positions.recorded_at(position)))
        if position in recorded.ends:
            cuts.append(Cuts(look.as_of, token=ledger.positions.token(position)))
        for cut in cuts:
            basis = await questions.resolve(cut)
            assert basis.position == whole


@few
@given(books(), looks())
def test_rebuilt_views_answer_as_followed_ones(book, look):
    through_the_store(rebuilt_as_followed, book, look)


async def rebuilt_as_followed(recorded: Recorded, look: Look) -> None:
    questions = recorded.opened.questions
    before = await answers_at_every_end(recorded, look)
    await questions._views.rebuild()
    assert await answers_at_every_end(recorded, look) == before


async def answers_at_every_end(recorded: Recorded, look: Look) -> list[object]:
    questions = recorded.opened.questions
    found: list[object] = []
    for position in recorded.ends:
        cuts = Cuts(look.as_of, look.reported_by, position, dates=look.policy)
        basis = await questions.resolve(cuts)
        found.append(list(questions.replay(replace(basis, scale="unit"))))
    return found
