"""Two ids of one party: the second one bears the name of the first, one that looks alike, or
the code that another collection gave it.

Parties that are tied to one another are known to be two: who succeeds or represents another,
is composed of it or is said to be the same, may bear its name.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from ledger_service.domain.picture.found_by import IndexKey, code_of_party
from ledger_service.domain.remarks.said import RemarkedRequest, Said
from ledger_service.domain.values.entries import Party
from ledger_service.domain.values.likeness import disguised, looks
from ledger_service.domain.values.remarks import Remark, RemarkReason
from ledger_service.domain.values.words import Phrase, fold

#: How schemes begin that give each party a code of its own; others name roles, too.
_SCHEMES = ("iso", "cow", "gw", "wikidata")
#: So many phrases are asked of the index at once.
_PHRASES = 250
#: So many parties of a ledger are looked at.
_MOST = 500


class _Borne(NamedTuple):
    """A name or a code of a party, with its field and the days on which it bears it."""

    party: str
    number: int
    field: str
    text: str
    is_alias: bool = False
    from_day: date | None = None
    to_day: date | None = None

    def is_with(self, other: _Borne) -> bool:
        """Whether both are borne on some day."""
        return (self.from_day or date.min) <= (other.to_day or date.max) and (
            other.from_day or date.min
        ) <= (self.to_day or date.max)


class Namesakes:
    """The parties of a request that share a name or a code with another party of the ledger,
    or with one that stands before them in the request.
    """

    def __init__(self, request: RemarkedRequest) -> None:
        self._request = request
        self._borne = defaultdict[str, list[_Borne]](list)
        own = [each for each in request.said if isinstance(each.state, Party)]
        if not own:
            return
        for each in own:
            self._add(each.entry_id, each.number, each.state)
        mine = {each.entry_id for each in own}
        for party in sorted(self._recorded() - mine)[:_MOST]:
            if isinstance(state := request.state_of(party), Party):
                self._add(party, -1, state)

    def _add(self, party: str, number: int, state: object) -> None:
        assert isinstance(state, Party)
        for key, borne in _all_borne(party, number, state):
            self._borne[key].append(borne)

    def _recorded(self) -> set[str]:
        """Entries among which are the parties of the ledger that share something."""
        keys, found = list(self._borne), set[str]()
        for start in range(0, len(keys), _PHRASES):
            asked = [Phrase((key,)) for key in keys[start : start + _PHRASES]]
            found.update(self._request.history.matching([asked]) or ())
        return found

    def of(self, said: Said) -> Iterator[Remark]:
        """What an item shares with others."""
        if not isinstance(said.state, Party):
            return
        told = set[tuple[str, RemarkReason]]()
        for key, borne in _all_borne(said.entry_id, said.number, said.state):
            for other in self._borne[key]:
                reason = _reason(borne, other, key)
                if reason is None or (other.party, reason) in told:
                    continue
                if other.number < said.number and not self._are_tied(said, other.party):
                    told.add((other.party, reason))
                    yield Remark(
                        f"{said.path}.{borne.field}", reason, _text(reason, borne, other)
                    )

    def _are_tied(self, said: Said, other: str) -> bool:
        theirs = self._request.state_of(other)
        return other in _tied_to(said.state) or said.entry_id in _tied_to(theirs)


def _reason(borne: _Borne, other: _Borne, key: str) -> RemarkReason | None:
    if other.party == borne.party or not borne.is_with(other):
        return None
    if key.startswith(IndexKey.PARTY_CODE.value):
        return RemarkReason.SAME_CODE
    if borne.is_alias and other.is_alias:
        return None  # such as "the capital": many may be called so
    same = fold(borne.text).split() == fold(other.text).split()
    return RemarkReason.SAME_NAME if same else RemarkReason.LOOK_ALIKE_NAME


def _text(reason: RemarkReason, borne: _Borne, other: _Borne) -> str:
    who = "another party of this request" if other.party.startswith("*") else repr(other.party)
    if reason is RemarkReason.SAME_CODE:
        shared = f"{who} has the code {borne.text} on the same days."
    elif reason is RemarkReason.SAME_NAME:
        shared = f"{who} is called {_shown(other.text)} too."
    else:
        letter = disguised(borne.text) or disguised(other.text)
        with_ = f", with a {letter}" if letter else ""
        shared = (
            f"{_shown(borne.text)} looks like {_shown(other.text)}, as {who} is called{with_}."
        )
    return (
        f"{shared[0].upper()}{shared[1:]} If both are one, use one id; if not, correct this, or "
        "say how they are tied."
    )


def _shown(name: str) -> str:
    """A name in quotes; what nobody sees in it is named behind it: `'A B' (with a no-break
    space, U+00A0)`.
    """
    unseen = [each for each in dict.fromkeys(name) if not each.isprintable()]
    if not unseen:
        return repr(name)
    told = (f"a {unicodedata.name(e, 'CONTROL').lower()}, U+{ord(e):04X}" for e in unseen)
    seen = (" " if each.isspace() else each for each in name)
    plain = "".join(each for each in seen if each.isprintable())
    return f"{plain!r} (with {'; '.join(told)})"


def _all_borne(party: str, number: int, state: Party) -> Iterator[tuple[str, _Borne]]:
    """The names and codes of a party, each with its key in the index."""
    dated = [
        ("name", state.name, False, None, None),
        *(
            (f"names[{n}].name", each.name, False, each.from_day, each.to_day)
            for n, each in enumerate(state.names)
        ),
        *((f"aliases[{n}]", each, True, None, None) for n, each in enumerate(state.aliases)),
    ]
    for field, name, is_alias, first, last in dated:
        if isinstance(name, str) and (seen := looks(name)):
            borne = _Borne(party, number, field, name, is_alias, first, last)
            yield IndexKey.LOOKS.of(seen), borne
    for n, code in enumerate(state.codes):
        if not code.scheme.startswith(_SCHEMES):
            continue
        text = code_of_party(code)
        found = _Borne(
            party, number, f"codes[{n}].value", text, False, code.from_day, code.to_day
        )
        yield IndexKey.PARTY_CODE.of(text), found


def _tied_to(state: object) -> Iterable[str]:
    if not isinstance(state, Party):
        return ()
    return {
        *(tie.principal for tie in state.represents),
        *(tie.predecessor for tie in state.succeeds),
        *(tie.member for tie in state.composed_of),
        *(tie.party for tie in state.same_as),
    }
