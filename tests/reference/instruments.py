"""Instruments, what acts do to them, and ratings of the promises under them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from ledger_service.domain.values.answers import Finding, Lifecycle, Rubric
from ledger_service.domain.values.entries import Nature
from tests.reference.course import Course, Key, Stand
from tests.reference.evidence import finding_on_existence
from tests.reference.flags import stand_of
from tests.reference.sides import MOVES_OF_INSTRUMENTS, under
from tests.reference.standing import Life, lived
from tests.reference.world import Seen, World

NOT_RATED = {
    Rubric.POLIMETRE: "not rated",
    Rubric.POLITIFACT: "not rated",
    Rubric.G20: "not rated",
    Rubric.PAM: "not rated",
}
KEPT = {
    Rubric.POLIMETRE: "kept",
    Rubric.POLITIFACT: "kept",
    Rubric.G20: "+1",
    Rubric.PAM: "3",
}
NOBODY_OWES = {
    Lifecycle.PROPOSED,
    Lifecycle.EXPIRED,
    Lifecycle.RELEASED,
    Lifecycle.SUPERSEDED,
}


@dataclass(frozen=True)
class InstrumentStand:
    """What the reference answers about one instrument."""

    evidence: Finding
    count: dict[Lifecycle, int]
    ratings: dict[str, str]
    rated: int
    average: Fraction | None
    conduct: dict[Key, str]


def instrument_stand(
    world: World, instrument_id: str, rubric: Rubric
) -> InstrumentStand | None:
    instrument = world.instruments.get(instrument_id)
    if instrument is None:
        return None
    life = lived(world)
    stands = {c.id: stand_of(life, life.courses[c.id]) for c in under(world, instrument_id)}
    ratings = {i: rating(rubric, life.courses[i], stand) for i, stand in sorted(stands.items())}
    numbers = [n for n in map(number, ratings.values()) if n is not None]
    return InstrumentStand(
        finding_on_existence(world, instrument),
        Counter(stand.lifecycle for stand in stands.values()),
        ratings,
        len(numbers),
        sum(numbers, Fraction(0)) / len(numbers) if numbers else None,
        conduct(life, instrument),
    )


def number(rating_: str) -> Fraction | None:
    try:
        return Fraction(rating_)
    except ValueError:
        return None


def rating(rubric: Rubric, course: Course, stand: Stand) -> str:
    """The first row of the table that fits."""
    counts = "counts_as_breach" in stand.flags
    maintenance = course.terms.nature is Nature.MAINTENANCE
    with_share = not maintenance and (stand.share is None or stand.share_at_least > 0)
    lifecycle = stand.lifecycle
    in_force = maintenance and lifecycle is Lifecycle.ACTIVE
    pam = "2" if with_share and stand.share_at_least >= Fraction(1, 2) else "1"
    pam = pam if with_share else "0"
    if lifecycle in NOBODY_OWES or (lifecycle is Lifecycle.CANCELLED and not counts):
        row = NOT_RATED
    elif lifecycle is Lifecycle.FULFILLED or (in_force and "was_breached" not in stand.flags):
        row = KEPT
    elif lifecycle is Lifecycle.BREACHED or counts:
        row = {
            Rubric.POLIMETRE: "partially kept" if with_share else "broken",
            Rubric.POLITIFACT: "compromise" if with_share else "broken",
            Rubric.G20: "-1",
            Rubric.PAM: pam,
        }
    elif "overdue" in stand.flags:
        row = {
            Rubric.POLIMETRE: "partially kept" if with_share else "broken",
            Rubric.POLITIFACT: "stalled",
            Rubric.G20: "0" if with_share else "-1",
            Rubric.PAM: pam,
        }
    elif lifecycle is Lifecycle.SUSPENDED:
        row = {
            Rubric.POLIMETRE: "pending",
            Rubric.POLITIFACT: "stalled",
            Rubric.G20: "0",
            Rubric.PAM: pam,
        }
    elif with_share:
        row = {
            Rubric.POLIMETRE: "pending",
            Rubric.POLITIFACT: "in the works",
            Rubric.G20: "0",
            Rubric.PAM: pam,
        }
    else:
        row = {
            Rubric.POLIMETRE: "pending",
            Rubric.POLITIFACT: "not yet rated",
            Rubric.G20: "not rated",
            Rubric.PAM: "0",
        }
    return row[rubric]


def conduct(life: Life, instrument: Seen) -> dict[Key, str]:
    """Of each move aimed at the instrument why it moved nothing, empty when it moved some
    commitment."""
    return {
        (act.id, relation.kind, instrument.id): outcome(
            life, (act.id, relation.kind, instrument.id)
        )
        for act in life.world.acts.values()
        for relation in act.state.relations
        if relation.target == instrument.id and relation.kind in MOVES_OF_INSTRUMENTS
    }


def outcome(life: Life, key: Key) -> str:
    """Of what it came to on each commitment; not entitled where it may move none."""
    if life.refuted(life.world.acts[key[0]]):
        return "refuted"
    came_of_it = [found[key][0] for c in life.courses.values() if key in (found := c.conduct())]
    if "" in came_of_it:
        return ""
    rest = [each for each in came_of_it if each != "after_end"]
    if rest:
        return rest[0]
    if came_of_it:
        return "after_end"
    flags = [flag for _, flag in life.aimed.get(key, [])]
    return "authority_doubtful" if "authority_doubtful" in flags else "not_entitled"
