"""What changes in the standings of commitments from one picture to the next, and because of
which entries. It costs what changes: see `touched`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from ledger_service.domain.balance.causes import Causes
from ledger_service.domain.balance.entry_changes import entry_changes
from ledger_service.domain.balance.touched import touched
from ledger_service.domain.lifecycle.changing import essence
from ledger_service.domain.lifecycle.standing import changes_on, commitment_standing, standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.taking_part import everybody
from ledger_service.domain.values.answers import CommitmentStanding, Standing
from ledger_service.domain.values.stopping import looking

#: The picture as of a day.
On: TypeAlias = Callable[[date], Picture]

#: So many days at most are looked at together.
_DAYS_AT_ONCE = 32


@dataclass(frozen=True)
class StandingChange:
    """A commitment that reads or stands otherwise after than before, not only by its grounds,
    or has others who take part in it, as when a party succeeds one of a commitment that has
    ended. One of both is None where it is not visible. `because` is empty where time alone did
    it.
    """

    entry_id: str
    before: Standing | None
    after: CommitmentStanding | None
    because: tuple[str, ...]
    #: Those who take part in it before or after, under all ids.
    parties: frozenset[str]

    @property
    def is_turn(self) -> bool:
        """Whether its lifecycle or flags changed, or it came or went."""
        return _seen(self.before) != _seen(self.after.standing if self.after else None)


def standing_changes(before: Picture, after: Picture) -> Iterator[StandingChange]:
    """The commitments that read or stand otherwise, or in which others take part, by id."""
    among = touched(before, after)
    wanted = sorted({*among.commitments, *among.entries})
    causes: Causes | None = None
    for commitment_id in after.looked_up(looking(wanted)):
        was, is_ = (_read(picture, commitment_id) for picture in (before, after))
        stood, stand = (_who(picture, commitment_id) for picture in (before, after))
        if was == is_ and stood == stand:
            continue
        if causes is None:
            changed = entry_changes(before, after, among.entries)
            causes = Causes(before, after, (each.order for each in changed))
        then = standing(before, commitment_id) if was else None
        now = commitment_standing(after, commitment_id)
        rests_on = {
            commitment_id,
            *(then.why if then else ()),
            *(now.standing.why if now else ()),
        }
        because = causes.of(rests_on)
        if stood != stand:
            more = causes.of_taking_part(commitment_id).difference(because)
            because = (*because, *sorted(more))
        parties = frozenset().union(*stood, *stand)
        yield StandingChange(commitment_id, then, now, because, parties)


def eventful_days(on: On, first: date, last: date) -> Iterator[date]:
    """The days behind `first` and up to `last` on which something may change while nothing is
    recorded. On the others nothing does.
    """
    day = first
    while day < last:
        end = min(last, day + timedelta(days=_DAYS_AT_ONCE))
        yield from _eventful(on, day, end)
        day = end


def _eventful(on: On, first: date, last: date) -> Iterator[date]:
    days = (last - first).days
    if days == 1:
        yield last
    elif not _is_quiet(on(first), on(last)):
        middle = first + timedelta(days=days // 2)
        yield from _eventful(on, first, middle)
        yield from _eventful(on, middle, last)


def _is_quiet(before: Picture, after: Picture) -> bool:
    """Whether every day between two days shows the same as both."""
    among = touched(before, after)
    for commitment_id in looking({*among.commitments, *among.entries}):
        then, now = before.commitment(commitment_id), after.commitment(commitment_id)
        if then is now is None:
            continue
        if then is None or then != now:
            return False
        changes = changes_on(before, commitment_id)
        if changes is not None and changes <= after.as_of:
            return False
        # From day to day others may come to take part, and nobody ceases to.
        if _who(before, commitment_id) != _who(after, commitment_id):
            return False
    return True


def _who(picture: Picture, commitment_id: str) -> tuple[frozenset[str], ...]:
    """The debtors, the creditors and the makers by the day of a picture, each with all who take
    part by them.
    """
    known = picture.commitment(commitment_id)
    if known is None:
        return frozenset(), frozenset(), frozenset()
    terms, day, as_of = known.commitment, known.day, picture.as_of

    def found(named: Iterable[str]) -> frozenset[str]:
        some = [everybody(picture.parties, each, day, as_of) for each in named]
        return _under_all_ids(picture, frozenset().union(*some))

    return found(terms.debtors), found(terms.creditors), found(terms.made_by)


def _under_all_ids(picture: Picture, parties: frozenset[str]) -> frozenset[str]:
    return frozenset([same for party in parties for same in picture.parties.ids(party)])


def _read(picture: Picture, commitment_id: str) -> object:
    """What counts as a change of a commitment; None where it is not visible."""
    known = picture.commitment(commitment_id)
    return known and (known.version.version, essence(standing(picture, commitment_id)))


def _seen(found: Standing | None) -> object:
    return found and (found.lifecycle, found.flags)
