"""Work that is stopped ends, and leaves nothing half done behind."""

import pytest

from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.commands import RecordCommand
from ledger_service.domain.values.stopping import Stop, Stopped, heeding, look, looking
from tests.support.examples import a_commitment, a_party, a_report, entry
from tests.support.histories import MemoryHistory


def test_nothing_stops_what_heeds_no_flag() -> None:
    look()
    assert list(looking("abc")) == ["a", "b", "c"]


def test_work_that_is_stopped_before_it_began_does_not_begin() -> None:
    stop, begun = Stop(), []
    stop.set()
    with pytest.raises(Stopped):
        heeding(stop, lambda: begun.append(1))
    assert not begun


def test_a_loop_ends_at_the_next_look() -> None:
    stop, seen = Stop(), []

    def loop() -> None:
        for number in looking(range(10)):
            seen.append(number)
            if number == 2:
                stop.set()

    with pytest.raises(Stopped):
        heeding(stop, loop)
    assert seen == [0, 1, 2]
    look()


class StoppedAfter(Memo):
    """Sets a flag when so many facts were asked for."""

    def __init__(self, stop: Stop, left: int) -> None:
        super().__init__()
        self._stop, self._left = stop, left

    def memoised(self, *asked, **how):
        self._left -= 1
        if self._left == 0:
            self._stop.set()
        return super().memoised(*asked, **how)


def test_what_was_remembered_before_a_stop_answers_as_if_there_had_been_none() -> None:
    history = MemoryHistory()
    parties = (entry("us", a_party()), entry("dprk", a_party()))
    told = (entry("A1", a_report()), entry("c", a_commitment()))
    history.record(RecordCommand((*parties, *told)))

    def standing(memo: Memo) -> object:
        picture = Picture(history.at(history.head, memo), a_day)
        return commitment_standing(picture, "c")

    a_day = a_commitment().occurred.to_day
    whole = standing(Memo())
    stopped = 0
    for left in range(1, 200):
        stop = Stop()
        memo = StoppedAfter(stop, left)
        try:
            heeding(stop, lambda memo=memo: standing(memo))
        except Stopped:
            stopped += 1
        assert standing(memo) == whole
    assert 0 < stopped < 199
