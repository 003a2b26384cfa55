"""What an entry is found by: its words, and its keys, such as a topic or an actor.

A key is a word that no text has, so that one index finds entries by both. Each function takes a
state, or what the views read of one, whose fields have the same names. What is sealed is not
found by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

from ledger_service.domain.values.entries import Coding
from ledger_service.domain.values.words import Phrase, fold, words

_TEXTS = ("title", "consequent", "provision", "name", "publisher", "summary", "note")
#: Keys begin with a character for private use; another one stands in a key for each character
#: that would end a word.
_FIRST_KEY = 0xE000
_FIRST_STAND_IN = 0xE100
_STAND_INS = {
    code: chr(_FIRST_STAND_IN + code) for code in range(0x80) if not chr(code).isalnum()
}


class Key(Enum):
    """What an entry is found by beside its words."""

    TOPIC = chr(_FIRST_KEY)
    CAMEO = chr(_FIRST_KEY + 1)
    PLOVER = chr(_FIRST_KEY + 2)
    COUNTRY = chr(_FIRST_KEY + 3)
    PLACE = chr(_FIRST_KEY + 4)
    PUBLISHER = chr(_FIRST_KEY + 5)
    ACTOR = chr(_FIRST_KEY + 6)
    COUNTERPARTY = chr(_FIRST_KEY + 7)
    DEBTOR = chr(_FIRST_KEY + 8)
    CREDITOR = chr(_FIRST_KEY + 9)
    MAKER = chr(_FIRST_KEY + 10)
    PARTICIPANT = chr(_FIRST_KEY + 11)
    THIRD_PARTY = chr(_FIRST_KEY + 12)
    ASSERTED_BY = chr(_FIRST_KEY + 13)
    KIND = chr(_FIRST_KEY + 14)
    PROVISION = chr(_FIRST_KEY + 15)

    def of(self, value: str) -> str:
        """The key of a value, as it stands in the index."""
        return self.value + value.translate(_STAND_INS)

    def asked(self, value: str, *, prefix: bool = False) -> Phrase:
        """What is asked of the index to find a value, or values that begin so."""
        return Phrase((self.of(value),), prefix)


#: The key of each vocabulary of events.
CODES = {Coding.CAMEO: Key.CAMEO, Coding.PLOVER: Key.PLOVER}

_LISTS = (
    (Key.TOPIC, "topics"),
    (Key.COUNTERPARTY, "counterparties"),
    (Key.DEBTOR, "debtors"),
    (Key.CREDITOR, "creditors"),
    (Key.MAKER, "made_by"),
    (Key.PARTICIPANT, "participants"),
    (Key.THIRD_PARTY, "third_parties"),
)


def texts_of(state: Any) -> Iterator[str]:
    """The texts of a state that are searched, without those of its evidence."""
    for field in _TEXTS:
        yield from _shown(getattr(state, field, ""))
    place = getattr(state, "place", None)
    if place is not None:
        yield from _shown(place.name)
    for each in getattr(state, "names", ()):
        yield from _shown(each.name)
    for alias in getattr(state, "aliases", ()):
        yield from _shown(alias)
    for attribute in getattr(state, "attributes", ()):
        yield attribute.value
    for relation in getattr(state, "relations", ()):
        yield from _shown(relation.note)
    for tree in ("antecedent", "until_condition"):
        antecedent = getattr(state, tree, None)
        if antecedent is not None:
            yield from _conditions(antecedent.condition)


def texts_of_evidence(evidence: Iterable[Any]) -> Iterator[str]:
    """The texts of some evidence that are searched."""
    for each in evidence:
        yield from _shown(each.quote)
        yield from _shown(each.attribution)


def keys_of(state: Any) -> Iterator[str]:
    """The keys of a state, without those of its evidence."""
    for key, field in _LISTS:
        for value in getattr(state, field, ()):
            yield key.of(value)
    actor = getattr(state, "actor", "")
    for party in (*((actor,) if actor else ()), *getattr(state, "co_actors", ())):
        yield Key.ACTOR.of(party)
    for key, field in ((Key.KIND, "kind"), (Key.PROVISION, "provision")):
        yield from map(key.of, _shown(getattr(state, field, "")))
    for publisher in _shown(getattr(state, "publisher", "")):
        yield Key.PUBLISHER.of(fold(publisher))
    for system, code in codes_of(state):
        yield CODES[system].of(code)
    place = getattr(state, "place", None)
    if place is not None:
        yield from map(Key.COUNTRY.of, _shown(place.country))
        yield from map(Key.PLACE.of, places_of(place))


def keys_of_evidence(evidence: Iterable[Any]) -> Iterator[str]:
    """The keys of some evidence."""
    for each in evidence:
        if each.asserted_by:
            yield Key.ASSERTED_BY.of(each.asserted_by)


def codes_of(state: Any) -> Iterator[tuple[Coding, str]]:
    """The codes of an act, or of what a commitment promises, as they were recorded: CAMEO
    codes, and PLOVER codes as `TYPE` or `TYPE/mode`.
    """
    code = getattr(state, "code", None) or getattr(state, "consequent_code", None)
    if code is None:
        return
    if code.cameo:
        yield Coding.CAMEO, code.cameo
    if code.plover is not None:
        mode = f"/{code.plover.mode}" if code.plover.mode else ""
        yield Coding.PLOVER, code.plover.type + mode


def places_of(place: Any) -> Iterator[str]:
    """What a place is found by: its folded name, and its id of GeoNames."""
    yield from map(fold, _shown(place.name))
    yield from _shown(place.geonames)


def index_of(state: Any, evidence: Iterable[Any]) -> list[str]:
    """All words and keys of a state, of which some evidence tells."""
    told = tuple(evidence)
    found = [
        word for text in (*texts_of(state), *texts_of_evidence(told)) for word in words(text)
    ]
    found += keys_of(state)
    found += keys_of_evidence(told)
    return found


def _conditions(condition: Any) -> Iterator[str]:
    yield from _shown(getattr(condition, "text", ""))
    for some in ("conditions", "of"):
        for each in getattr(condition, some, ()):
            yield from _conditions(each)


def _shown(text: object) -> Iterator[str]:
    """A text that is there, and not sealed."""
    if text and isinstance(text, str):
        yield text
