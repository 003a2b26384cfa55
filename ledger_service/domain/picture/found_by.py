"""What an entry is found by: its words, and its keys, such as a topic or an actor.

A key is a word that no text has, so that one index finds entries by both. Each function takes a
state, or what the views read of one: its fields have the same names, and `type_` is the type of
the state, of which alone it has fields. What is sealed is not found by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import cache, lru_cache
from typing import Any, NamedTuple

from ledger_service.domain.values.entries import Coding
from ledger_service.domain.values.likeness import looks
from ledger_service.domain.values.words import Phrase, fold, words

#: Keys begin with a character for private use; another one stands in a key for each character
#: that would end a word, or be folded.
_FIRST_KEY = 0xE000
_FIRST_STAND_IN = 0xE100
_STAND_INS = {
    code: chr(_FIRST_STAND_IN + code)
    for code in range(0x80)
    if not chr(code).isalnum() or chr(code).isupper()
}


class IndexKey(Enum):
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
    LOOKS = chr(_FIRST_KEY + 16)
    PARTY_CODE = chr(_FIRST_KEY + 17)

    def of(self, value: str) -> str:
        """The key of a value, as it stands in the index."""
        return _key(self._value_, value)

    def asked(self, value: str, *, prefix: bool = False) -> Phrase:
        """What is asked of the index to find a value, or values that begin so."""
        return Phrase((self.of(value),), prefix)


#: How an entry names a party, other than by whose word something is.
NAMING = (
    IndexKey.ACTOR,
    IndexKey.COUNTERPARTY,
    IndexKey.DEBTOR,
    IndexKey.CREDITOR,
    IndexKey.MAKER,
    IndexKey.PARTICIPANT,
    IndexKey.THIRD_PARTY,
)
#: The key of each vocabulary of events.
CODES = {Coding.CAMEO: IndexKey.CAMEO, Coding.PLOVER: IndexKey.PLOVER}


_CAMEO = IndexKey.CAMEO.value


class _Fields(NamedTuple):
    """The fields of a type that are looked at: those with a text, and those with texts in
    parts of theirs; those with a key or several, each with the character with which it begins,
    and those with keys in parts of theirs.
    """

    texts: tuple[str, ...]
    texts_in: tuple[tuple[str, Callable[[Any], Iterable[object]]], ...]
    key: tuple[tuple[str, str], ...]
    keys: tuple[tuple[str, str], ...]
    keys_in: tuple[tuple[str, Callable[[Any], Iterable[str]]], ...]


def texts_of(state: Any, type_: type | None = None) -> list[str]:
    """The texts of a state that are searched, without those of its evidence."""
    # Loops are spelt out here: this is done for each record that the views take in.
    fields = _fields(type_ or type(state))
    found: list[str] = []
    for name in fields.texts:
        text = getattr(state, name)
        if text and isinstance(text, str):
            found.append(text)
    for name, texts in fields.texts_in:
        part = getattr(state, name)
        if part:
            found += _shown(texts(part))
    return found


def texts_of_evidence(evidence: Iterable[Any]) -> list[str]:
    """The texts of some evidence that are searched."""
    found: list[str] = []
    for each in evidence:
        if each.quote or each.attribution:
            found += _shown((each.quote, each.attribution))
    return found


def keys_of(state: Any, type_: type | None = None) -> list[str]:
    """The keys of a state, without those of its evidence."""
    fields = _fields(type_ or type(state))
    found: list[str] = []
    for key, name in fields.key:
        value = getattr(state, name)
        if value:
            found.append(_key(key, value))
    for key, name in fields.keys:
        values = getattr(state, name)
        if values:
            found += [_key(key, each) for each in values]
    for name, keys in fields.keys_in:
        part = getattr(state, name)
        if part:
            found += keys(part)
    return found


def keys_of_evidence(evidence: Iterable[Any]) -> list[str]:
    """The keys of some evidence."""
    return [IndexKey.ASSERTED_BY.of(each.asserted_by) for each in evidence if each.asserted_by]


def codes_of(state: Any) -> Iterator[tuple[Coding, str]]:
    """The codes of an act, or of what a commitment promises, as they were recorded: CAMEO
    codes, and PLOVER codes as `TYPE` or `TYPE/mode`.
    """
    code = getattr(state, "code", None) or getattr(state, "consequent_code", None)
    return _codes(code) if code else iter(())


def places_of(place: Any) -> Iterator[str]:
    """What a place is found by: its folded name, and its id of GeoNames."""
    yield from map(fold, _shown((place.name,)))
    yield from _shown((place.geonames,))


def index_of(state: Any, evidence: Iterable[Any]) -> list[str]:
    """All words and keys of a state, of which some evidence tells."""
    told = tuple(evidence)
    texts = [*texts_of(state), *texts_of_evidence(told)]
    found = [word for text in texts for word in words(text)]
    return [*found, *keys_of(state), *keys_of_evidence(told)]


def _codes(code: Any) -> Iterator[tuple[Coding, str]]:
    if code.cameo:
        yield Coding.CAMEO, code.cameo
    if code.plover is not None:
        mode = f"/{code.plover.mode}" if code.plover.mode else ""
        yield Coding.PLOVER, code.plover.type + mode


def _keys_of_codes(code: Any) -> list[str]:
    if code.plover is None:  # as nearly always
        return [_key(_CAMEO, code.cameo)] if code.cameo else []
    return [CODES[coding].of(each) for coding, each in _codes(code)]


def _keys_of_place(place: Any) -> list[str]:
    countries = [IndexKey.COUNTRY.of(each) for each in _shown((place.country,))]
    return [*countries, *(IndexKey.PLACE.of(each) for each in places_of(place))]


def _keys_of_publisher(publisher: object) -> list[str]:
    return [IndexKey.PUBLISHER.of(fold(each)) for each in _shown((publisher,))]


def code_of_party(code: Any) -> str:
    """What a party is found by of a code in another collection."""
    return f"{code.scheme} {code.value}"


def _looks_of(names: Iterable[object]) -> list[str]:
    return [IndexKey.LOOKS.of(seen) for name in _shown(names) if (seen := looks(name))]


def _texts_of_tree(antecedent: Any) -> Iterator[object]:
    yield from _texts_of_condition(antecedent.condition)


def _texts_of_condition(condition: Any) -> Iterator[object]:
    yield getattr(condition, "text", "")
    for some in ("conditions", "of"):
        for each in getattr(condition, some, ()):
            yield from _texts_of_condition(each)


_TEXTS = ("title", "consequent", "provision", "name", "publisher", "summary", "note")
_TEXTS_IN: tuple[tuple[str, Callable[[Any], Iterable[object]]], ...] = (
    ("place", lambda place: (place.name,)),
    ("names", lambda names: [each.name for each in names]),
    ("aliases", lambda aliases: aliases),
    ("attributes", lambda attributes: [each.value for each in attributes]),
    ("relations", lambda relations: [each.note for each in relations]),
    ("antecedent", _texts_of_tree),
    ("until_condition", _texts_of_tree),
)
_KEY = ((IndexKey.ACTOR, "actor"), (IndexKey.KIND, "kind"), (IndexKey.PROVISION, "provision"))
_KEYS = (
    (IndexKey.ACTOR, "co_actors"),
    (IndexKey.COUNTERPARTY, "counterparties"),
    (IndexKey.DEBTOR, "debtors"),
    (IndexKey.CREDITOR, "creditors"),
    (IndexKey.MAKER, "made_by"),
    (IndexKey.PARTICIPANT, "participants"),
    (IndexKey.THIRD_PARTY, "third_parties"),
    (IndexKey.TOPIC, "topics"),
)
_KEYS_IN: tuple[tuple[str, Callable[[Any], Iterable[str]]], ...] = (
    ("publisher", _keys_of_publisher),
    ("code", _keys_of_codes),
    ("consequent_code", _keys_of_codes),
    ("place", _keys_of_place),
    ("name", lambda name: _looks_of((name,))),
    ("names", lambda names: _looks_of(each.name for each in names)),
    ("aliases", _looks_of),
    ("codes", lambda codes: [IndexKey.PARTY_CODE.of(code_of_party(each)) for each in codes]),
)


@cache
def _fields(type_: type) -> _Fields:
    return _Fields(
        tuple(name for name in _TEXTS if hasattr(type_, name)),
        tuple(each for each in _TEXTS_IN if hasattr(type_, each[0])),
        tuple((key.value, name) for key, name in _KEY if hasattr(type_, name)),
        tuple((key.value, name) for key, name in _KEYS if hasattr(type_, name)),
        tuple(each for each in _KEYS_IN if hasattr(type_, each[0])),
    )


@lru_cache(10_000)
def _key(key: str, value: str) -> str:
    return key + value.translate(_STAND_INS)


def _shown(texts: Iterable[object]) -> list[str]:
    """Those of some texts that are there, and not sealed."""
    return [text for text in texts if text and isinstance(text, str)]
