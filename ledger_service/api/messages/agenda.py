"""Reads which agenda is asked for, and converts what is on it to messages."""

from __future__ import annotations

from diplomatic_ledger.v1 import agenda_pb2, standings_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as pb

from ledger_service.api.messages import names
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.api.messages.seals import Seals
from ledger_service.api.messages.standings import taking_part
from ledger_service.domain.values.agenda import AgendaAsked, AgendaItem
from ledger_service.domain.values.entries import Sealed


def asked(request: pb.AgendaRequest, problems: ReadingProblems) -> AgendaAsked:
    return AgendaAsked(
        from_day=problems.day(request.from_day, "from_day"),
        to_day=problems.day(request.to_day, "to_day"),
        parties=frozenset(request.parties),
        kinds=names.AGENDA_KIND.all(request.kinds, "kinds", problems),
    )


def item(value: AgendaItem, seals: Seals) -> agenda_pb2.AgendaItem:
    message = agenda_pb2.AgendaItem(
        kind=names.AGENDA_KIND.number(value.kind),
        day=value.day.isoformat(),
        entry_id=value.entry_id,
        commitment=value.commitment,
        instrument=value.instrument,
        held_by=standings_pb2.HeldBy(
            debtors=value.held_by.debtors, creditors=value.held_by.creditors
        ),
        lifecycle=names.LIFECYCLE.number(value.lifecycle),
        becomes=names.LIFECYCLE.number(value.becomes),
        instalment=value.instalment,
        taking_part=taking_part(value.taking_part),
    )
    if isinstance(value.text, Sealed):
        path = "consequent" if value.commitment else "title"
        message.text, sealed = seals.read_text(path, value.text)
        message.sealed.append(sealed)
    else:
        message.text = value.text
    return message
