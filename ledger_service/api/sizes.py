"""How large requests and answers may be: the operator may lower what the API allows."""

from __future__ import annotations

from typing import NamedTuple

from ledger_service.domain.values import limits


class Sizes(NamedTuple):
    """Named like the settings; none is larger than what clients are written for."""

    max_message_bytes: int = limits.MESSAGE_BYTES
    max_entries_per_request: int = limits.ENTRIES
    max_page_size: int = limits.PAGE
    max_answer_bytes: int = limits.ANSWER_BYTES

    @property
    def page_bytes(self) -> int:
        """Bytes of the items on one page; the rest is for what stands beside them, and for one
        that is larger.
        """
        return self.max_answer_bytes * 3 // 4
