"""Promises about which all that is done is to deliver, and every delivery counts, found by a
short look: as most deeds are that say what they fulfil. All others are left to the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ledger_service.domain.balance.owed_plainly import share_of
from ledger_service.domain.balance.plainly import plainly
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.plain_acts import PlainAct, plain_act
from ledger_service.domain.picture.plain_commitments import (
    PlainCommitment,
    PlainDeed,
    plain_commitment,
)
from ledger_service.domain.values import exact

_NOTHING, _WHOLE = Fraction(0), Fraction(1)


def all_counts(picture: Picture, aim: str) -> bool:
    """Whether an entry certainly is a commitment at which nothing is aimed but deeds of its
    debtor, each of which counts and is measured as it was promised. The picture must be one of
    the end of its history.
    """
    history = picture.history
    versions = history.versions(aim)
    deeds = list(_deeds(picture, aim))
    if len(versions) != 1 or not all(deeds):
        return False
    promise = plain_commitment(versions[0], filter(None, deeds))
    return promise is not None and _is_read_plainly(picture, promise) and _is_open(promise)


def _deeds(picture: Picture, aim: str) -> Iterator[PlainAct | None]:
    """What points at an entry; None for what is not a plain act that fulfils it."""
    history = picture.history
    for source in history.sources(aim):
        versions = history.versions(source)
        is_alone = len(versions) == 1 and not history.sources(source)
        act = plain_act(versions[0]) if is_alone else None
        yield act if act is not None and act.fulfils == aim else None


def _is_read_plainly(picture: Picture, promise: PlainCommitment) -> bool:
    """Whether the promise and its deeds have happened, some report on each is out, and the
    parties stand for themselves alone.
    """
    all_of_it: tuple[PlainCommitment | PlainDeed, ...] = (promise, *promise.deeds)
    reading, told = plainly(picture), {each.reports for each in all_of_it}
    return (
        all(each.day <= picture.as_of for each in all_of_it)
        and reading.visible(told) == told
        and all(map(reading.stands_alone, (promise.debtor, promise.creditor)))
    )


def _is_open(promise: PlainCommitment) -> bool:
    """Whether no deed came when all was delivered."""
    if any(each.actor != promise.debtor or _differs(each, promise) for each in promise.deeds):
        return False
    shares = [share_of(each, promise.quantity) for each in promise.deeds]
    known = [share for share in shares if share is not None]
    if not all(known) or not exact.are_short_together(known):
        return False
    delivered = sum(known, _NOTHING)
    return delivered < _WHOLE or (delivered == _WHOLE and len(known) == len(shares))


def _differs(deed: PlainDeed, promise: PlainCommitment) -> bool:
    """Whether a deed is measured otherwise than what was promised."""
    if deed.extent or deed.quantity is None or promise.quantity is None:
        return False
    return deed.quantity.unit != promise.quantity.unit
