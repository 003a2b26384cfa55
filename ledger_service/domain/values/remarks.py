"""What may be a slip in something that is recorded, though no rule is broken."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class RemarkReason(StrEnum):
    """Why something is remarked on. What each means is said in the protos and in the rules."""

    UNKNOWN_CODE = "unknown_code"
    FAR_YEAR = "far_year"
    FUTURE_REPORT = "future_report"
    REPORT_BEFORE_EVENT = "report_before_event"
    ENDS_BEFORE_PROMISE = "ends_before_promise"
    SAME_NAME = "same_name"
    LOOK_ALIKE_NAME = "look_alike_name"
    SAME_CODE = "same_code"
    ANNULLED_PARTY = "annulled_party"
    SEALED_FROM_AUTHOR = "sealed_from_author"
    NOT_ENTITLED = "not_entitled"
    NO_MANDATE = "no_mandate"
    CLAIMED_ONLY = "claimed_only"
    AFTER_END = "after_end"
    NOT_OPEN = "not_open"
    TOO_LATE = "too_late"
    NO_CHANGE = "no_change"
    UNIT_DIFFERS = "unit_differs"
    SOURCE_NOT_NAMED = "source_not_named"
    NOT_BINDING = "not_binding"
    FAILED = "failed"
    IN_A_CIRCLE = "in_a_circle"


class Remark(msgspec.Struct, frozen=True, gc=False):
    """What is odd about the field of a request at a path, and what helps if it is a slip."""

    field: str
    reason: RemarkReason
    text: str
