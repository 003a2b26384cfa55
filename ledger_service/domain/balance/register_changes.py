"""The parties, reports and scales that are not the same in two pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TypeAlias

from ledger_service.domain.balance.entry_changes import are_alike
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Difference, EntryDiff
from ledger_service.domain.values.entries import Party, Report, Scale, Version
from ledger_service.domain.values.stopping import looking

Registered: TypeAlias = Party | Report | Scale


def register_diffs(
    before: Picture, after: Picture, among: Iterable[str]
) -> Iterator[EntryDiff]:
    """What a reader sees of the changes among some parties, reports and scales, by id."""
    for entry_id in after.looked_up(looking(sorted(among))):
        then, now = _seen(before, entry_id), _seen(after, entry_id)
        if then and now:
            if not are_alike(then, now):
                yield EntryDiff(
                    entry_id, Difference.AMENDED, then.state, now.state, _day(after, entry_id)
                )
        elif now:
            day = _day(after, entry_id)
            yield EntryDiff(entry_id, Difference.APPEARED, None, now.state, day)
        elif then:
            day = _day(before, entry_id)
            yield EntryDiff(entry_id, Difference.VANISHED, then.state, None, day)


def _seen(picture: Picture, entry_id: str) -> Version | None:
    """The version that a picture shows of a party, a report or a scale."""
    if not picture.history.versions(entry_id):
        return None
    version = picture.visible(entry_id)
    return version if version and isinstance(version.state, Registered) else None


def _day(picture: Picture, entry_id: str) -> date | None:
    """The day on which a report counts as published; nothing else has one."""
    span = picture.published(entry_id)
    return span.day(picture.policy) if span else None
