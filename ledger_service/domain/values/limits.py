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

#: Bytes of what an issuer calls a user, and of what the issuer is called, in a grant.
SUBJECT = 500
ISSUER = 500
#: Roles that are granted at once, also where one is named twice.
ROLES = 20
#: Grants that are kept in one ledger, and in all together: each is read when one changes.
GRANTS_IN_LEDGER = 1000
GRANTS = 10_000
#: Days that a token may last.
TOKEN_DAYS = 3650
#: Authors whose users are asked for at once.
AUTHORS = 500

#: Bytes of a message that the service receives at all.
MESSAGE_BYTES = 16 * 1024 * 1024
#: Bytes of an answer: most libraries refuse larger ones unless they are told otherwise.
ANSWER_BYTES = 4 * 1024 * 1024
#: Bytes of the state of one version of an entry.
STATE_BYTES = 1024 * 1024
#: Bytes of any request but Record, and but questions that may suppose something.
REQUEST_BYTES = 64 * 1024
#: Bytes of a question that may suppose something.
SUPPOSING_BYTES = 256 * 1024
#: Bytes of one item of a Record request: its stored form, and the texts that it seals.
ITEM_BYTES = 512 * 1024
#: Bytes of an entry's data in its stored form.
DATA_BYTES = 60_000

# Bytes of a text in UTF-8.
TITLE = 500
PURPOSE = 4000
CONSEQUENT = 2000
REMARK = 4000
QUOTE = 2000
LOCATOR = 200
ATTRIBUTION = 500
URL = 2000
NAME = 200
REASON = 1000
WORDS = 1000
PROVISION = 200
PLACE = 200
UNIT = 100
#: The words of a date.
DATE_WORDS = 200
TIE_NOTE = 1000
PARTY_CODE = 100
ATTRIBUTE = 500
SCALE_VERSION = 100
LICENCE = 200
SOURCE = 2000

#: Combining marks in a row in a text, as in the stream-safe format of Unicode (UAX #15):
#: the time that normalising takes grows with the square of such a row.
MARKS = 30

# Members of a list.
PARTIES = 50
#: Of an instrument, and of the members of a body.
PARTICIPANTS = 200
PARTY_NAMES = 200
ALIASES = 200
PARTY_CODES = 50
#: Reports of one tie between parties.
TIE_REPORTS = 20
RELATIONS = 200
#: Evidence that is told at once, and that of an entry in all.
EVIDENCE = 200
ALL_EVIDENCE = 5000
INSTALMENTS = 200
TOPICS = 20
ATTRIBUTES = 20
CONTEXTS = 50
MANDATES = 20
WEIGHTS = 2000
#: Conditions of a whole tree, and levels of them.
CONDITIONS = 64
CONDITION_LEVELS = 8

# Days and calendar months of a notice, or after an event: about a hundred years.
TERM_DAYS = 36_525
TERM_MONTHS = 1200
#: More fields than any state has that may be sealed.
SEALS = 1000
#: What one page of an answer lists.
PAGE = 1000
#: Entries that are asked for by their ids at once.
ASKED_FOR = 200
# Values by which a question filters.
FILTERED_IDS = 1000
FILTERED_PARTIES = 100
FILTERED_KINDS = 100
#: Bytes and words of a text that is looked for.
SEARCHED = 500
SEARCHED_WORDS = 20
#: Variants beside one balance.
VARIANTS = 30
#: Items that a question supposes.
SUPPOSED = 100
#: Rubrics by which commitments are rated in one answer.
RUBRICS = 10
#: Parties that an export selects.
SELECTED_PARTIES = 2

#: The bound of each list in a request, by its message and field.
LISTS = {
    "RecordRequest.items": ENTRIES,
    "BatchGetAuthorsRequest.authors": AUTHORS,
    "AddGrantRequest.roles": ROLES,
    "AddGrantRequest.parties": PARTIES,
    "NewEntry.seal": SEALS,
    "Amendment.seal": SEALS,
    "Amendment.keep_sealed": SEALS,
    "Annulment.seal": SEALS,
    "Amendment.evidence_added": EVIDENCE,
    "Party.names": PARTY_NAMES,
    "Party.aliases": ALIASES,
    "Party.codes": PARTY_CODES,
    "Party.represents": PARTIES,
    "Party.succeeds": PARTIES,
    "Party.composed_of": PARTICIPANTS,
    "Party.same_as": PARTIES,
    "Party.attributes": ATTRIBUTES,
    "Representation.mandate": MANDATES,
    "Representation.reports": TIE_REPORTS,
    "Succession.reports": TIE_REPORTS,
    "Membership.reports": TIE_REPORTS,
    "Identity.reports": TIE_REPORTS,
    "Report.topics": TOPICS,
    "Report.attributes": ATTRIBUTES,
    "PloverCode.contexts": CONTEXTS,
    "ConditionList.conditions": CONDITIONS,
    "AtLeastCondition.of": CONDITIONS,
    "Instrument.participants": PARTICIPANTS,
    "Instrument.third_parties": PARTIES,
    "Instrument.topics": TOPICS,
    "Instrument.relations": RELATIONS,
    "Instrument.evidence": EVIDENCE,
    "Commitment.debtors": PARTIES,
    "Commitment.creditors": PARTIES,
    "Commitment.made_by": PARTIES,
    "Commitment.instalments": INSTALMENTS,
    "Commitment.topics": TOPICS,
    "Commitment.relations": RELATIONS,
    "Commitment.evidence": EVIDENCE,
    "Act.co_actors": PARTIES,
    "Act.counterparties": PARTIES,
    "Act.topics": TOPICS,
    "Act.attributes": ATTRIBUTES,
    "Act.relations": RELATIONS,
    "Act.evidence": EVIDENCE,
    "Scale.weights": WEIGHTS,
    "Cuts.suppose": SUPPOSED,
    "LogFilter.record_types": FILTERED_KINDS,
    "LogFilter.entry_ids": FILTERED_IDS,
    "LogFilter.entry_types": FILTERED_KINDS,
    "LogFilter.changes": FILTERED_KINDS,
    "LogFilter.id_prefixes": FILTERED_KINDS,
    "LogFilter.parties": FILTERED_PARTIES,
    "BatchGetCommitmentsRequest.entry_ids": ASKED_FOR,
    "BatchGetCommitmentsRequest.rubrics": RUBRICS,
    "BatchGetEntriesRequest.entry_ids": ASKED_FOR,
    "CommitmentFilter.entry_ids": FILTERED_IDS,
    "CommitmentFilter.parties": FILTERED_PARTIES,
    "CommitmentFilter.debtors": FILTERED_PARTIES,
    "CommitmentFilter.creditors": FILTERED_PARTIES,
    "CommitmentFilter.makers": FILTERED_PARTIES,
    "CommitmentFilter.provisions": FILTERED_KINDS,
    "CommitmentFilter.lifecycles": FILTERED_KINDS,
    "CommitmentFilter.flags": FILTERED_KINDS,
    "CommitmentFilter.evidence_statuses": FILTERED_KINDS,
    "CommitmentFilter.topics": FILTERED_KINDS,
    "CommitmentFilter.codes": FILTERED_KINDS,
    "CommitmentFilter.reports": FILTERED_KINDS,
    "CommitmentFilter.publishers": FILTERED_KINDS,
    "CommitmentFilter.asserted_by": FILTERED_PARTIES,
    "CommitmentFilter.attributions": FILTERED_KINDS,
    "ActFilter.entry_ids": FILTERED_IDS,
    "ActFilter.parties": FILTERED_PARTIES,
    "ActFilter.actors": FILTERED_PARTIES,
    "ActFilter.counterparties": FILTERED_PARTIES,
    "ActFilter.kinds": FILTERED_KINDS,
    "ActFilter.evidence_statuses": FILTERED_KINDS,
    "ActFilter.topics": FILTERED_KINDS,
    "ActFilter.codes": FILTERED_KINDS,
    "ActFilter.reports": FILTERED_KINDS,
    "ActFilter.publishers": FILTERED_KINDS,
    "ActFilter.asserted_by": FILTERED_PARTIES,
    "ActFilter.attributions": FILTERED_KINDS,
    "ActFilter.countries": FILTERED_KINDS,
    "ActFilter.places": FILTERED_KINDS,
    "InstrumentFilter.entry_ids": FILTERED_IDS,
    "InstrumentFilter.parties": FILTERED_PARTIES,
    "InstrumentFilter.participants": FILTERED_PARTIES,
    "InstrumentFilter.third_parties": FILTERED_PARTIES,
    "InstrumentFilter.kinds": FILTERED_KINDS,
    "InstrumentFilter.evidence_statuses": FILTERED_KINDS,
    "InstrumentFilter.topics": FILTERED_KINDS,
    "InstrumentFilter.reports": FILTERED_KINDS,
    "InstrumentFilter.publishers": FILTERED_KINDS,
    "InstrumentFilter.asserted_by": FILTERED_PARTIES,
    "InstrumentFilter.attributions": FILTERED_KINDS,
    "ListCommitmentsRequest.facets": FILTERED_KINDS,
    "ListActsRequest.facets": FILTERED_KINDS,
    "ListInstrumentsRequest.facets": FILTERED_KINDS,
    "ListPartiesRequest.facets": FILTERED_KINDS,
    "ListReportsRequest.facets": FILTERED_KINDS,
    "ListBalancesRequest.parties": FILTERED_PARTIES,
    "PartyFilter.entry_ids": FILTERED_IDS,
    "PartyFilter.kinds": FILTERED_KINDS,
    "PartyFilter.codes": FILTERED_KINDS,
    "PartyFilter.represents": FILTERED_PARTIES,
    "PartyFilter.members_of": FILTERED_PARTIES,
    "ReportFilter.entry_ids": FILTERED_IDS,
    "ReportFilter.topics": FILTERED_KINDS,
    "ReportFilter.publishers": FILTERED_KINDS,
    "ReportFilter.languages": FILTERED_KINDS,
    "AgendaRequest.parties": FILTERED_PARTIES,
    "AgendaRequest.kinds": FILTERED_KINDS,
    "ListCommitmentsRequest.rubrics": RUBRICS,
    "GetCommitmentRequest.rubrics": RUBRICS,
    "GetBalanceRequest.sensitivity": VARIANTS,
    "ExportSelection.parties": SELECTED_PARTIES,
}
