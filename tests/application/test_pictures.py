"""What pictures hold for the pages that follow is bounded, whoever asks for what."""

from __future__ import annotations

from datetime import date

import pytest

from ledger_service.application.listing import LazyList
from ledger_service.application.pictures import Pictures
from ledger_service.domain.picture import memoised_history
from ledger_service.domain.picture.nothing import NothingRecorded
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.supposing import SupposedHistory
from ledger_service.domain.values.cuts import Policy

TODAY = date(2020, 1, 1)
#: Items that one picture may hold.
MANY = 200_000


def at(pictures: Pictures, history: object, day: int = 1) -> Picture:
    return pictures.at(history, TODAY.replace(day=day), None, Policy.CERTAIN)  # type: ignore[arg-type]


def list_of(picture: Picture, about: str, length: int) -> None:
    """Has a picture hold a list, which somebody read to its end."""
    assert len(picture.keep(about, lambda: LazyList(lambda: iter(range(length))))) == length


def test_the_pages_of_a_long_list_share_a_picture() -> None:
    pictures, history = Pictures(), NothingRecorded()
    picture = at(pictures, history)
    list_of(picture, "acts", MANY)
    assert at(pictures, history) is picture


def test_one_picture_forgets_the_lists_that_were_not_asked_for_lately() -> None:
    pictures, history = Pictures(), NothingRecorded()
    for n in range(6):
        list_of(at(pictures, history), f"acts of {n}", MANY // 4)
        list_of(at(pictures, history), "those that are read all the time", MANY // 4)
    assert [len(each) for each in at(pictures, history).kept] == [MANY // 4] * 3


def test_a_list_that_is_too_long_by_itself_is_not_begun_anew_for_each_page() -> None:
    pictures, history = Pictures(), NothingRecorded()
    others = [at(pictures, history, day) for day in range(2, 8)]
    picture = at(pictures, history)
    list_of(picture, "acts", 2 * MANY)
    (known,) = picture.kept
    assert list(at(pictures, history).kept) == [known]
    assert all(at(pictures, history, day) is each for day, each in enumerate(others, 2))


def test_a_list_that_is_forgotten_while_it_is_asked_for_is_begun_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = at(Pictures(), NothingRecorded())

    class ForgottenMeanwhile:
        """As if another thread forgot the oldest list whenever one is asked for."""

        def __next__(self) -> int:
            picture.forget_oldest()
            return 0

    monkeypatch.setattr(memoised_history, "_ORDER", ForgottenMeanwhile())
    for _ in range(3):
        list_of(picture, "acts", 2)
        list_of(picture, "commitments", 3)


def test_one_picture_holds_only_so_many_lists_however_little_each_has() -> None:
    pictures, history = Pictures(), NothingRecorded()
    for n in range(1_000):
        list_of(at(pictures, history), f"acts of {n}", 0)
    assert len(at(pictures, history).kept) == 100


def test_pictures_in_which_much_was_found_out_with_a_supposition_are_forgotten_sooner() -> None:
    pictures = Pictures(limit=8, listed=3_000)
    drawn = []
    for day in range(1, 6):
        history = SupposedHistory(NothingRecorded(), {})  # type: ignore[arg-type]
        for n in range(1_000):
            history.memo.compute(n, object)
        drawn.append((day, history, at(pictures, history, day)))
    # The newest first, since what was forgotten is made anew and drives out others.
    kept = [at(pictures, history, day) is each for day, history, each in reversed(drawn)]
    assert kept == [True, True, True, True, False]
