"""New information that was told by a report which the entry does not name as evidence: whoever
asks for the sources of the entry would be shown others than the one that told it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger_service.domain.remarks.said import Said
from ledger_service.domain.values.commands import Item, NewEntry
from ledger_service.domain.values.entries import Act, Commitment, Instrument
from ledger_service.domain.values.remarks import Remark, RemarkReason


def source_not_named(item: Item, said: Said) -> Iterator[Remark]:
    if isinstance(item, NewEntry) or not isinstance(said.state, Act | Commitment | Instrument):
        return
    report = getattr(item, "report", None)
    if report and report not in {told.report for told in said.state.evidence}:
        yield Remark(
            f"items[{said.number}].amendment.new_information.report",
            RemarkReason.SOURCE_NOT_NAMED,
            f"{report!r} told this, and is not among the evidence of what is said now. Add it "
            "there, so that it is named as a source.",
        )
