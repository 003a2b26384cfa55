"""All that is remarked on in a request, in the order of its items.

Each remark is a function of what an item says, of what the ledger holds before it, and of the
day. What an amendment leaves as it was is not remarked on again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from ledger_service.domain.checks.decision import ITEM_FIELDS
from ledger_service.domain.picture.history import History
from ledger_service.domain.remarks.annulled import AnnulledParties
from ledger_service.domain.remarks.days import (
    ends_before_promise,
    future_report,
    report_before_event,
    unknown_code,
)
from ledger_service.domain.remarks.effects import Effects
from ledger_service.domain.remarks.parties import Namesakes
from ledger_service.domain.remarks.said import RemarkedRequest, Said
from ledger_service.domain.remarks.told_by import source_not_named
from ledger_service.domain.remarks.years import Usual, Years
from ledger_service.domain.values.commands import Annulment, NewEntry, RecordCommand
from ledger_service.domain.values.entries import Act, Commitment, Party, RelationKind, State
from ledger_service.domain.values.remarks import Remark, RemarkReason
from ledger_service.domain.values.stopping import look

#: At most so many are made of one request.
MOST = 100

_Rule = Callable[[Said], Iterator[Remark]]


def remarks(
    command: RecordCommand,
    history: History,
    now: datetime,
    usual: Usual,
    *,
    reads_sealed: bool,
    needs_all: bool = False,
    states: dict[str, State] | None = None,
) -> tuple[Remark, ...] | None:
    """The first remarks on a request that breaks no rule, in its normal form and with marks in
    place of texts to seal. `history` is the ledger before it; `reads_sealed` says whether who
    asks may read what is sealed. With `needs_all` None is returned where it may count what
    the history does not know yet: an entry that the request names, or other years. It may
    block. `states` has what entries say in this history, as far as that was asked for before,
    and gets more of it.
    """
    request = RemarkedRequest(command, history, now, states)
    if needs_all and request.lacks_some:
        return None
    if not request.numbers and usual.has_all_of(request.plain.values()):
        return ()  # as of most that is recorded, one entry after the other
    years = Years(request, usual)
    found = tuple(islice(_all(request, years, reads_sealed=reads_sealed), MOST))
    return None if needs_all and years.is_unsure else found


def looks_further(command: RecordCommand) -> bool:
    """Whether a request says something that is seen only beside all that is recorded: it
    changes entries, brings a party, moves something or takes its place.
    """
    return any(
        not isinstance(item, NewEntry) or _looks_further(item.state) for item in command.items
    )


def _looks_further(state: State) -> bool:
    match state:
        case Act():
            return bool(state.relations)
        case Commitment():
            return any(each.kind is RelationKind.SUPERSEDES for each in state.relations)
        case _:
            return isinstance(state, Party)


def _all(request: RemarkedRequest, years: Years, *, reads_sealed: bool) -> Iterator[Remark]:
    numbers = sorted({*request.numbers, *years.to_look_at})
    if not numbers:
        return
    namesakes, effects = Namesakes(request), Effects(request)
    annulled = AnnulledParties(request)
    rules: tuple[_Rule, ...] = (
        lambda said: unknown_code(request, said),
        lambda said: future_report(request, said),
        lambda said: report_before_event(request, said),
        lambda said: ends_before_promise(request, said),
        years.far,
        namesakes.of,
    )
    said = {each.number: each for each in request.said}
    for number in numbers:
        look()
        item = request.items[number]
        if number not in said:
            if isinstance(item, Annulment):
                yield from annulled.of(number)
            else:
                yield from years.far_of_plain(number)
            continue
        if item.seal and not reads_sealed:
            yield _sealed(f"items[{number}].{ITEM_FIELDS[type(item)]}.seal")
        yield from _new(rules, said[number])
        yield from source_not_named(item, said[number])
        yield from effects.of(said[number])
        yield from annulled.of(number)


def _new(rules: tuple[_Rule, ...], said: Said) -> Iterator[Remark]:
    """What the rules say of a state, but not what they say of the one before it too."""
    known = set[tuple[RemarkReason, str]]()
    if (before := said.as_before()) is not None:
        known.update((each.reason, each.text) for rule in rules for each in rule(before))
    for rule in rules:
        for each in rule(said):
            if (each.reason, each.text) not in known:
                yield each


def _sealed(field: str) -> Remark:
    return Remark(
        field,
        RemarkReason.SEALED_FROM_AUTHOR,
        "As this service is set up it shows sealed texts to nobody, so you cannot read this "
        "again. Keep the text elsewhere too, or have its operator show sealed texts.",
    )
