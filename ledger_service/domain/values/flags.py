"""The flags of answers: what is remarkable about where a commitment stands, an act, a delivery,
a balance or a series.

The rules give flags as words. These are all that they can give, each kind with its own; what
each means is said in the protos and in the glossary.
"""

from __future__ import annotations

from enum import StrEnum


class StandingFlag(StrEnum):
    """Of a commitment."""

    SCHEDULED = "scheduled"
    DUE = "due"
    OVERDUE = "overdue"
    LATE = "late"
    UNDATED = "undated"
    NOT_YET_DATED = "not_yet_dated"
    MAINTENANCE = "maintenance"
    PARTIALLY_FULFILLED = "partially_fulfilled"
    AT_MOST = "at_most"
    UNIT_DIFFERS = "unit_differs"
    COUNTS_AS_BREACH = "counts_as_breach"
    WAS_BREACHED = "was_breached"
    WAS_FULFILLED = "was_fulfilled"
    ORDER_IN_DOUBT = "order_in_doubt"
    NOTICE_GIVEN = "notice_given"
    ON_NOTICE = "on_notice"
    COUNTERMEASURE = "countermeasure"
    ONE_PARTY = "one_party"
    PRIOR_CONDUCT = "prior_conduct"
    NOT_ENTITLED = "not_entitled"
    WAITING = "waiting"
    AUTHORITY_DOUBTFUL = "authority_doubtful"
    EXISTENCE_REFUTED = "existence_refuted"
    ANTECEDENT_IN_DOUBT = "antecedent_in_doubt"
    ANTECEDENT_CLAIMED = "antecedent_claimed"
    UNTIL_CLAIMED = "until_claimed"
    FULFILMENT_CLAIMED = "fulfilment_claimed"
    BREACH_CLAIMED = "breach_claimed"
    REVERSAL_CLAIMED = "reversal_claimed"
    COUNTERMEASURE_CLAIMED = "countermeasure_claimed"
    ACCEPTS_CLAIMED = "accepts_claimed"
    ASSERTS_CLAIMED = "asserts_claimed"
    CANCELS_CLAIMED = "cancels_claimed"
    RELEASES_CLAIMED = "releases_claimed"
    SUSPENDS_CLAIMED = "suspends_claimed"
    RESUMES_CLAIMED = "resumes_claimed"
    RESCHEDULES_CLAIMED = "reschedules_claimed"
    WITHDRAWS_CLAIMED = "withdraws_claimed"


class ConductFlag(StrEnum):
    """Of what an act does; all but `prior_conduct` and `unit_differs` may say why it does
    nothing.
    """

    PRIOR_CONDUCT = "prior_conduct"
    NOT_ENTITLED = "not_entitled"
    AUTHORITY_DOUBTFUL = "authority_doubtful"
    WAITING = "waiting"
    REFUTED = "refuted"
    NO_CHANGE = "no_change"
    AFTER_END = "after_end"
    NOT_OPEN = "not_open"
    NOTICE_GIVEN = "notice_given"
    WITHDRAWN = "withdrawn"
    TOO_LATE = "too_late"
    FULFILMENT_CLAIMED = "fulfilment_claimed"
    BREACH_CLAIMED = "breach_claimed"
    REVERSAL_CLAIMED = "reversal_claimed"
    ANTECEDENT_CLAIMED = "antecedent_claimed"
    UNTIL_CLAIMED = "until_claimed"
    COUNTERMEASURE_CLAIMED = "countermeasure_claimed"
    UNIT_DIFFERS = "unit_differs"
    ACCEPTS_CLAIMED = "accepts_claimed"
    ASSERTS_CLAIMED = "asserts_claimed"
    CANCELS_CLAIMED = "cancels_claimed"
    RELEASES_CLAIMED = "releases_claimed"
    SUSPENDS_CLAIMED = "suspends_claimed"
    RESUMES_CLAIMED = "resumes_claimed"
    RESCHEDULES_CLAIMED = "reschedules_claimed"
    WITHDRAWS_CLAIMED = "withdraws_claimed"


class SupersessionFlag(StrEnum):
    """Why a commitment does not take the place of another one."""

    NOT_BINDING = "not_binding"
    FAILED = "failed"
    WAITING = "waiting"
    AFTER_END = "after_end"
    IN_A_CIRCLE = "in_a_circle"


class DeliveryFlag(StrEnum):
    """Of one delivered thing, or of several together."""

    AUTHORITY_DOUBTFUL = "authority_doubtful"
    BY_SEVERAL = "by_several"
    TOWARD_SEVERAL = "toward_several"
    STOCK = "stock"
    PARTLY_REVERSED = "partly_reversed"
    SHARE_AT_LEAST = "share_at_least"
    DAY_DISPUTED = "day_disputed"
    HEDGED = "hedged"
    DISPUTED = "disputed"
    CLAIMED = "claimed"
    SAME_AS_ACROSS_DIRECTIONS = "same_as_across_directions"


class BalanceFlag(StrEnum):
    """Of a balance as a whole."""

    AUTHORITY_DOUBTFUL = "authority_doubtful"
    SAME_AS_ACROSS_DIRECTIONS = "same_as_across_directions"


class SeriesFlag(StrEnum):
    """Of a series."""

    SAME_AS_ACROSS_DIRECTIONS = "same_as_across_directions"
