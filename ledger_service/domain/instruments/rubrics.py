"""Public ways to rate a promise, as tables.

A rating is looked up when a question is asked, as a weight is on a scale; none is ever stored.
Each rubric has a name for where a promise stands, as its source defines it. Where sources leave
a gap, such as for a promise that nobody owes any more, nothing is rated.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from ledger_service.domain.values.answers import Lifecycle, Rubric, Standing
from ledger_service.domain.values.entries import Commitment, Nature

NOT_RATED = "not rated"

_NOBODY_OWES = frozenset(
    {Lifecycle.PROPOSED, Lifecycle.EXPIRED, Lifecycle.RELEASED, Lifecycle.SUPERSEDED}
)


class Outcome(StrEnum):
    """Where a promise stands, as far as a rubric can tell promises apart. The first that fits
    counts.
    """

    NOT_OWED = "not_owed"  # nobody owes it, or owed it and left lawfully
    KEPT = "kept"  # delivered; or kept up and never broken
    BROKEN = "broken"  # breached, or left unlawfully
    OVERDUE = "overdue"
    SUSPENDED = "suspended"
    BEGUN = "begun"  # in force or conditional, and some of it delivered
    OPEN = "open"  # anything else


class DeliveryGrade(StrEnum):
    """How much of a promise was delivered."""

    NOTHING = "nothing"
    A_PART = "a_part"  # some known share, or a part of unknown size
    HALF = "half"  # at least half of it


@dataclass(frozen=True)
class RubricTable:
    """A rubric. `ratings` are its own words and their definitions, in its order; `rates` says
    which of them an outcome gets, by how much was delivered. `is_numeric`: its ratings can be
    averaged.
    """

    title: str
    source: str
    is_numeric: bool
    ratings: tuple[tuple[str, str], ...]
    rates: dict[Outcome, tuple[str, str, str]]


def _any(rating: str) -> tuple[str, str, str]:
    """The same rating however much was delivered."""
    return (rating, rating, rating)


#: The order of ratings in a row: nothing, a part, at least half was delivered.
_PLACE = {DeliveryGrade.NOTHING: 0, DeliveryGrade.A_PART: 1, DeliveryGrade.HALF: 2}

_BY_SHARE = ("0", "1", "2")
_IN_PART = ("broken", "partially kept", "partially kept")

RUBRICS = {
    Rubric.POLIMETRE: RubricTable(
        title="Polimeter",
        source=(
            "Centre for Public Policy Analysis, Université Laval: Methodology for Polimeters, "
            "https://www.polimetre.org/en/methodology-polimeters, after the method of the "
            "Comparative Party Pledges Group"
        ),
        is_numeric=False,
        ratings=(
            ("kept", "What was pledged was done as it was pledged."),
            ("partially kept", "Something was done, but less than pledged, or later."),
            ("broken", "It was not done, or can no longer be done in time."),
            ("pending", "No verdict can be given yet."),
        ),
        rates={
            Outcome.NOT_OWED: _any(NOT_RATED),
            Outcome.KEPT: _any("kept"),
            Outcome.BROKEN: _IN_PART,
            Outcome.OVERDUE: _IN_PART,
            Outcome.SUSPENDED: _any("pending"),
            Outcome.BEGUN: _any("pending"),
            Outcome.OPEN: _any("pending"),
        },
    ),
    Rubric.POLITIFACT: RubricTable(
        title="PolitiFact promise meters",
        source=(
            "Tampa Bay Times: The difference between Stalled and Promise Broken, 2010, "
            "https://www.politifact.com/truth-o-meter/blog/2010/jan/04/"
            "difference-between-stalled-and-promise-broken/"
        ),
        is_numeric=False,
        ratings=(
            ("kept", "The promise is fulfilled, wholly or for the most part."),
            (
                "compromise",
                "Much less than was promised, and yet something significant toward its goal.",
            ),
            ("broken", "The promise is not fulfilled, for whatever reason."),
            ("stalled", "Nothing moves on the promise."),
            ("in the works", "The promise has been taken up."),
            ("not yet rated", "There is no sign yet of progress, or of its absence."),
        ),
        rates={
            Outcome.NOT_OWED: _any(NOT_RATED),
            Outcome.KEPT: _any("kept"),
            Outcome.BROKEN: ("broken", "compromise", "compromise"),
            Outcome.OVERDUE: _any("stalled"),
            Outcome.SUSPENDED: _any("stalled"),
            Outcome.BEGUN: _any("in the works"),
            Outcome.OPEN: _any("not yet rated"),
        },
    ),
    Rubric.G20: RubricTable(
        title="Compliance scores of the G20 Research Group",
        source=(
            "G8 and G20 Research Groups, University of Toronto: G8/G20 Reference Manual for "
            "Commitment and Compliance Coding, http://www.g20.utoronto.ca/compliance/"
        ),
        is_numeric=True,
        ratings=(
            ("+1", "Full compliance: the goal that was set is reached."),
            ("0", "Work in progress: it has begun and is not complete, or it is held up."),
            ("-1", "Failure to comply, or action contrary to what was promised."),
        ),
        rates={
            Outcome.NOT_OWED: _any(NOT_RATED),
            Outcome.KEPT: _any("+1"),
            Outcome.BROKEN: _any("-1"),
            Outcome.OVERDUE: ("-1", "0", "0"),
            Outcome.SUSPENDED: _any("0"),
            Outcome.BEGUN: _any("0"),
            Outcome.OPEN: _any(NOT_RATED),
        },
    ),
    Rubric.PAM: RubricTable(
        title="Implementation scores of the Peace Accords Matrix",
        source=(
            "Joshi, Quinn and Regan: Annualized implementation data on comprehensive intrastate "
            "peace accords, 1989-2012, Journal of Peace Research 52(4), 2015, "
            "https://peaceaccords.nd.edu"
        ),
        is_numeric=True,
        ratings=(
            ("3", "Full implementation: complete, or very nearly so."),
            ("2", "Intermediate implementation: under way, and likely to be completed."),
            ("1", "Minimum implementation: begun, without much chance to be completed."),
            ("0", "No implementation: not begun."),
        ),
        rates={
            Outcome.NOT_OWED: _any(NOT_RATED),
            Outcome.KEPT: _any("3"),
            Outcome.BROKEN: _BY_SHARE,
            Outcome.OVERDUE: _BY_SHARE,
            Outcome.SUSPENDED: _BY_SHARE,
            Outcome.BEGUN: _BY_SHARE,
            Outcome.OPEN: _any("0"),
        },
    ),
}


def rating(rubric: Rubric, commitment: Commitment, standing: Standing) -> str:
    """The rating of a commitment by a rubric, in its words."""
    delivered = _delivered(commitment, standing)
    row = RUBRICS[rubric].rates[_outcome(commitment, standing, delivered)]
    return row[_PLACE[delivered]]


def ratings(commitment: Commitment, standing: Standing) -> dict[Rubric, str]:
    """The ratings of a commitment by all rubrics."""
    return {rubric: rating(rubric, commitment, standing) for rubric in Rubric}


def number(rubric: Rubric, rated: str) -> Fraction | None:
    """The number that a rating is; None for words."""
    if rated == NOT_RATED or not RUBRICS[rubric].is_numeric:
        return None
    return Fraction(rated)


def _delivered(commitment: Commitment, standing: Standing) -> DeliveryGrade:
    """How much was delivered; of what is kept up nothing counts as a part."""
    if commitment.nature is Nature.MAINTENANCE:
        return DeliveryGrade.NOTHING
    if standing.share_at_least >= Fraction(1, 2):
        return DeliveryGrade.HALF
    some = standing.share_at_least > 0 or standing.share is None
    return DeliveryGrade.A_PART if some else DeliveryGrade.NOTHING


def _outcome(commitment: Commitment, standing: Standing, delivered: DeliveryGrade) -> Outcome:
    lifecycle, flags = standing.lifecycle, standing.flags
    unlawful = "counts_as_breach" in flags
    if lifecycle in _NOBODY_OWES or (lifecycle is Lifecycle.CANCELLED and not unlawful):
        return Outcome.NOT_OWED
    in_force = (
        commitment.nature is Nature.MAINTENANCE
        and lifecycle is Lifecycle.ACTIVE
        and "was_breached" not in flags
    )
    if lifecycle is Lifecycle.FULFILLED or in_force:
        return Outcome.KEPT
    if lifecycle is Lifecycle.BREACHED or unlawful:
        return Outcome.BROKEN
    if "overdue" in flags:
        return Outcome.OVERDUE
    if lifecycle is Lifecycle.SUSPENDED:
        return Outcome.SUSPENDED
    return Outcome.OPEN if delivered is DeliveryGrade.NOTHING else Outcome.BEGUN
