"""Does not know a request id again, so that a retry is recorded twice."""

from __future__ import annotations

from typing import Any

from ledger_service.persistence.recording.admission import Admission, Decided


def plant() -> None:
    def decide(self: Admission, request: Any) -> Decided:
        return self.decide_anew(request)

    Admission.decide = decide
