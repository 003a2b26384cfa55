"""Annulled parties that are named all the same."""

from __future__ import annotations

from collections.abc import Iterator

from ledger_service.domain.checks import head_of, mentioned, references
from ledger_service.domain.picture.found_by import NAMING, IndexKey
from ledger_service.domain.remarks.said import RemarkedRequest
from ledger_service.domain.values.commands import Annulment, NewEntry, RecordCommand
from ledger_service.domain.values.entries import Party, State
from ledger_service.domain.values.remarks import Remark, RemarkReason

#: How an act, a commitment or an instrument names a party.
_ROLES = (*NAMING, IndexKey.ASSERTED_BY)
#: So many entries that name a party are looked at.
_MOST = 200


class AnnulledParties:
    """The parties that are annulled after a request."""

    def __init__(self, request: RemarkedRequest) -> None:
        self._request = request
        self._parties = {
            each
            for each in request.named
            if request.is_annulled(each) and _is_party(request, each)
        }
        self._command = request.command_of(range(len(request.items)))
        self._before = {each.number: each.before for each in request.said}

    def of(self, number: int) -> Iterator[Remark]:
        """What an item has to do with them."""
        item = self._request.items[number]
        if isinstance(item, Annulment):
            yield from self._in_use(number, item)
        elif self._parties:
            yield from self._named(number)

    def _named(self, number: int) -> Iterator[Remark]:
        before = self._before.get(number)
        known = _mentions(before) if before is not None else frozenset[str]()
        for each in references(self._command, [number]):
            if each.id in self._parties - known:
                yield Remark(
                    each.field,
                    RemarkReason.ANNULLED_PARTY,
                    f"The party {each.id!r} is annulled. Name the one that is meant, or amend it "
                    "to bring it back.",
                )

    def _in_use(self, number: int, item: Annulment) -> Iterator[Remark]:
        if not _is_party(self._request, item.entry_id):
            return
        if by := self._named_by(item.entry_id):
            yield Remark(
                f"items[{number}].annulment.entry_id",
                RemarkReason.ANNULLED_PARTY,
                f"The party {item.entry_id!r} is still named by {by}. Amend them to name another "
                "one, or leave the party as it is.",
            )

    def _named_by(self, party: str) -> str:
        """The entries that name a party after the request, in words; empty for none."""
        history = self._request.history
        found = history.matching([[role.asked(party) for role in _ROLES]])
        if found is None:
            return "more entries than are looked at here"
        using = [
            entry
            for entry in sorted({*found, *history.tied_parties(party)})[:_MOST]
            if (state := self._request.state_of(entry)) is not None
            and party in _mentions(state)
        ]
        if not using:
            return ""
        return f"{using[0]!r} and {len(using) - 1} more" if len(using) > 1 else repr(using[0])


def _is_party(request: RemarkedRequest, entry_id: str) -> bool:
    head = head_of(request.history.versions(entry_id))
    return head is not None and isinstance(head.state, Party)


def _mentions(state: State) -> frozenset[str]:
    return frozenset(mentioned(RecordCommand((NewEntry("-", state),))))
