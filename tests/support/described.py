"""Random ledgers with what entries are found by: words, topics, codes, places, publishers."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    EventCode,
    Evidence,
    Instrument,
    Place,
    PloverCode,
    Report,
    State,
)
from tests.support.random_ledgers import ACTS, REPORTS, Dice, Recorded

WORDS = (
    "Remains",
    "returned",
    "réacteur",
    "Yongbyon",
    "김정은은",
    "平壤",
    "U.S.",
    "remain",
    "5 MWe",
    "Wałęsa",
    "Işık",
)
TOPICS = ("nuclear", "remains", "missile-tests")
PUBLISHERS = ("Rodong Sinmun", "RODONG  Sinmun", "Le Monde", "Lé monde", "KCNA")
PLACES = (
    Place(name="Yongbyon", country="PRK", geonames="1871859"),
    Place(name="Singapore", country="SGP"),
    Place(name="Genève"),
)
CODES = (
    EventCode(cameo="0842"),
    EventCode(cameo="085"),
    EventCode(cameo="173", plover=PloverCode("RETREAT", "disarm")),
    EventCode(plover=PloverCode("RETREAT")),
)


def described(dice: Dice, made: Recorded) -> Recorded:
    """The same ledger, with more said of each entry, and some evidence added at its end."""
    requests = [
        (RecordCommand(tuple(_told(dice, item) for item in command.items)), moment)
        for command, moment in made.requests
    ]
    moment = requests[-1][1]
    gone = {item.entry_id for item in made.items if isinstance(item, Annulment)}
    for act in dice.some([each for each in ACTS if each not in gone], 0, 2):
        told = Evidence(dice.choice(REPORTS), quote=text(dice), attribution=text(dice))
        added = Amendment(act, "more is known", None, None, evidence_added=(told,))
        requests.append((RecordCommand((added,)), moment))
    return Recorded(made.opens_on, tuple(requests))


def text(dice: Dice) -> str:
    return " ".join(dice.sample(WORDS, dice.randint(1, 3)))


def _told(dice: Dice, item: Item) -> Item:
    if isinstance(item, NewEntry | Amendment) and item.state is not None:
        return replace(item, state=_state(dice, item.state))
    return item


def _state(dice: Dice, state: State) -> State:
    if isinstance(state, Report):
        return replace(state, title=text(dice), publisher=dice.choice(PUBLISHERS))
    if not isinstance(state, Act | Commitment | Instrument):
        return state
    told = replace(
        state,
        topics=tuple(dice.some(TOPICS, 0, 2)),
        summary=dice.maybe(text(dice)) or "",
        evidence=tuple(_evidence(dice, state.evidence)),
    )
    if isinstance(told, Commitment):
        return replace(
            told,
            consequent=text(dice),
            provision=dice.choice(("", "Art. I", "Art. II")) if told.instrument else "",
            consequent_code=dice.maybe(dice.choice(CODES)),
        )
    if isinstance(told, Act):
        return replace(
            told,
            title=text(dice),
            code=dice.maybe(dice.choice(CODES)),
            place=dice.maybe(dice.choice(PLACES)),
        )
    third = () if told.third_parties or not dice.one_in(3) else ("watchers",)
    if third and "watchers" not in told.participants:
        told = replace(told, third_parties=third)
    return replace(told, title=text(dice))


def _evidence(dice: Dice, told: Sequence[Evidence]) -> list[Evidence]:
    return [
        replace(
            each,
            quote=dice.maybe(text(dice)) or "",
            attribution=dice.maybe(text(dice)) or "",
        )
        for each in told
    ]
