"""All limits on what a request may hold.

They are checked before any work that costs more than reading a length: a request that is too
large is refused without being processed.
"""

from __future__ import annotations

import re

#: What a ledger may be called.
LEDGER_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")

#: Entries in one Record request.
ENTRIES = 1000
#: Members of all lists of one Record request together that have more than `FEW`.
MEMBERS = 20_000
#: Those that are still read once a violation was found: the request is refused anyhow.
MEMBERS_OF_REFUSED = 10_000
FEW = 8
#: Violations that a refusal tells of, and others that are counted before nothing more is
#: looked at.
VIOLATIONS = 100
COUNTED = 1000

#: Bytes of a message that the service receives at all.
MESSAGE_BYTES = 16 * 1024 * 1024
#: Bytes of the versions of an entry that are told in one answer.
ANSWER_BYTES = 16 * 1024 * 1024
#: Bytes of any request but Record.
REQUEST_BYTES = 64 * 1024
#: Bytes of one item of a Record request: its stored form, and the texts that it seals.
ITEM_BYTES = 512 * 1024
#: Bytes of an entry's data in its stored form.
DATA_BYTES = 60_000

# Bytes of a text in UTF-8.
TITLE = 500
PURPOSE = 4000
CONSEQUENT = 2000
REMARK = 4000
ATTRIBUTION = 500
URL = 2000
NAME = 200
REASON = 1000
WORDS = 1000
PLACE = 200
UNIT = 100
TIE_NOTE = 1000
SCALE_VERSION = 100
LICENCE = 200
SOURCE = 2000

#: Combining marks in a row in a text, as in the stream-safe format of Unicode (UAX #15):
#: the time that normalising takes grows with the square of such a row.
MARKS = 30

# Members of a list.
PARTIES = 50
RELATIONS = 200
EVIDENCE = 200
ALIASES = 50
CONTEXTS = 50
MANDATES = 20
WEIGHTS = 2000
#: Conditions of a whole antecedent, and levels of them.
CONDITIONS = 64
CONDITION_LEVELS = 8
#: More fields than any state has that may be sealed.
SEALS = 1000
#: What one page of an answer lists.
PAGE = 1000
# Values by which a question filters.
FILTERED_IDS = 1000
FILTERED_PARTIES = 100
FILTERED_KINDS = 100
#: Variants beside one balance.
VARIANTS = 30
#: Parties that an export selects.
SELECTED_PARTIES = 2

#: The bound of each list in a request, by its message and field.
LISTS = {
    "RecordRequest.items": ENTRIES,
    "NewEntry.seal": SEALS,
    "Amendment.seal": SEALS,
    "Amendment.keep_sealed": SEALS,
    "Party.aliases": ALIASES,
    "Party.represents": PARTIES,
    "Representation.mandate": MANDATES,
    "PloverCode.contexts": CONTEXTS,
    "ConditionList.conditions": CONDITIONS,
    "Commitment.debtors": PARTIES,
    "Commitment.creditors": PARTIES,
    "Commitment.made_by": PARTIES,
    "Commitment.relations": RELATIONS,
    "Commitment.evidence": EVIDENCE,
    "Act.co_actors": PARTIES,
    "Act.relations": RELATIONS,
    "Act.evidence": EVIDENCE,
    "Scale.weights": WEIGHTS,
    "LogFilter.types": FILTERED_KINDS,
    "LogFilter.subjects": FILTERED_IDS,
    "ListCommitmentsRequest.parties": FILTERED_PARTIES,
    "ListCommitmentsRequest.lifecycles": FILTERED_KINDS,
    "ListActsRequest.ids": FILTERED_IDS,
    "ListActsRequest.parties": FILTERED_PARTIES,
    "ListActsRequest.kinds": FILTERED_KINDS,
    "GetBalanceRequest.sensitivity": VARIANTS,
    "ExportSelection.parties": SELECTED_PARTIES,
}
