"""Converts scales to messages."""

from __future__ import annotations

from diplomatic_ledger.v1 import entries_pb2, scales_pb2

from ledger_service.api.messages import names, writing
from ledger_service.api.messages.seals import Seals
from ledger_service.domain.values import exact
from ledger_service.domain.values.answers import ScaleView
from ledger_service.domain.values.entries import Scale
from ledger_service.domain.values.scales import TITLES


def scale(value: ScaleView, seals: Seals) -> scales_pb2.ScaleView:
    table = value.table
    message = scales_pb2.ScaleView(
        scale=table.id,
        title=TITLES.get(table.id, ""),
        version=table.version,
        source=table.source,
        licence=table.licence,
        coding=names.CODING.number(table.coding),
        weights=[
            entries_pb2.Weight(code=code, weight=exact.text(weight))
            for code, weight in table.weights.items()
        ],
        built_in=value.registered is None,
    )
    if value.registered is not None:
        assert isinstance(value.registered.state, Scale)
        state, sealed = seals.read(value.registered.state)
        message.title, message.note = writing.text(state.title), writing.text(state.note)
        message.entry_version = value.registered.version
        message.sealed.extend(sealed)
    return message
