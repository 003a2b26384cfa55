"""The numbers of items in what a service says of a request: those of the request as they came,
and those that the caller counts by, who gave more items than one request has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from diplomatic_ledger.errors import LedgerError
from diplomatic_ledger.v1.ledger_service_pb2 import Remark

#: Of a path, such as items[3].entry.state.
ITEM = re.compile(r"\bitems\[(\d+)\]")


def renumbered(text: str, numbers: Sequence[int]) -> str:
    """A path or a sentence about a request, in which each item has the number of its place in
    `numbers`.
    """

    def renumber(match: re.Match[str]) -> str:
        index = int(match[1])
        return f"items[{numbers[index]}]" if index < len(numbers) else match[0]

    return ITEM.sub(renumber, text)


def renumber_error(error: LedgerError, numbers: Sequence[int]) -> None:
    """Has an error about a request speak of the caller's items."""
    error.reword(lambda text: renumbered(text, numbers))


def renumbered_remarks(remarks: Iterable[Remark], numbers: Sequence[int]) -> list[Remark]:
    """Remarks on the caller's items."""
    return [
        Remark(
            path=renumbered(each.path, numbers),
            text=renumbered(each.text, numbers),
            reason=each.reason,
        )
        for each in remarks
    ]
