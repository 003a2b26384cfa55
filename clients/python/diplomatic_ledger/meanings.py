"""What people mean by words that the ledger has other names for: `treaty` is an instrument,
`verification` an assessment with a relation. Looked up where a word is not known, before one
that is only spelled like it.

In the sentences `<ActKind.assessment>` is a word of an enum or a field of a message; the tests
hold each of them against the protos.
"""

from __future__ import annotations

import re
from functools import cache

_NAMED = re.compile(r"<\w+\.(\w+)>")

_SOURCE = "A source is a report of its own. Name it: <{0}.evidence>: [{{report: ID}}]."
_LINK = (
    "It stands in the report that tells of this. Name that: <{0}.evidence>: [{{report: ID}}]."
)
_IN_EVIDENCE = "It belongs to the evidence. Write <{0}.evidence>: [{{report: ID, {1}: ...}}]."
_STANDS = (
    "Where a promise stands is derived from what was done, and never written. Leave it out."
)
_DERIVED = "This is derived, and never written. Leave it out."
_WHEN = "Write <{0}.occurred>."
_TOPICS = "Write <{0}.topics>: [...]."
_NOTE = "Write <{0}.note>, or <{0}.summary>."
_AMOUNT = "Write <{0}.quantity>: 500000 t."
_FROM = "Write <{0}.from_day>."
_TO = "Write <{0}.to_day>."

#: Of each enum, message or place the words that are not known there, with what to write.
_TOLD: dict[str, dict[str, str]] = {
    "ActKind": {
        "verification inspection check certification": "Write <ActKind.assessment>, with a "
        "relation of kind <RelationKind.verifies> or <RelationKind.refutes>.",
        "evaluation judgement judgment finding report analysis": "Write <ActKind.assessment>.",
        "review": "Write <ActKind.assessment>, with a relation of kind <RelationKind.reviews>.",
        "promise pledge commitment obligation undertaking guarantee": "A promise is no act: "
        "write <EntryState.commitment> in place of <EntryState.act>.",
        "offer proposal": "It is no act: write <EntryState.commitment> in place of "
        "<EntryState.act>, with <Commitment.offer>: true.",
        "treaty accord pact convention declaration communique joint_statement resolution "
        "protocol deal memorandum": "Write <ActKind.agreement> or <ActKind.signature> for what "
        "was done; the text itself is an <EntryState.instrument>.",
        "breach breaking infringement noncompliance non_compliance": "Write "
        "<ActKind.violation>, with a relation of kind <RelationKind.breaches>.",
        "delivery implementation compliance performance payment completion "
        "execution": "Write <ActKind.fulfilment>, with a relation of kind <RelationKind.fulfils>.",
        "gift gesture goodwill": "Write <ActKind.concession>.",
        "assistance donation grant loan help": "Write <ActKind.aid>.",
        "accusation allegation": "Write the act that is alleged, such as <ActKind.violation> by who "
        "is accused; in its <Act.evidence>, <Evidence.asserted_by> is who says so.",
        "assertion": "Write <ActKind.claim>, with a relation of kind <RelationKind.asserts>.",
        "withdrawal exit termination denunciation": "Write <ActKind.notice> or "
        "<ActKind.cancellation>, with a relation of kind <RelationKind.cancels>.",
        "suspension halt freeze pause": "Write <ActKind.notice> or <ActKind.statement>, with a "
        "relation of kind <RelationKind.suspends>.",
        "resumption": "Write <ActKind.notice> or <ActKind.statement>, with a relation of kind "
        "<RelationKind.resumes>.",
        "acceptance approval": "Write <ActKind.agreement>, with a relation of kind "
        "<RelationKind.accepts>.",
        "extension postponement rescheduling": "Write <ActKind.agreement>, with a relation of "
        "kind <RelationKind.reschedules>.",
        "release waiver": "Where a debtor is let go, write <ActKind.statement> with a relation "
        "of kind <RelationKind.releases>; where people are set free, <ActKind.concession> or "
        "<ActKind.fulfilment>.",
        "talks talk summit negotiation negotiations conference consultation call phone_call "
        "dialogue": "Write <ActKind.meeting>.",
        "speech announcement tweet press_release comment letter remark interview": "Write "
        "<ActKind.statement>.",
        "warning ultimatum": "Write <ActKind.threat>.",
        "request appeal": "Write <ActKind.demand>.",
        "rejection": "Write <ActKind.refusal>.",
        "attack strike war killing bombing shelling violence": "Write <ActKind.force>.",
        "arrest seizure detention cyberattack cyber_attack blockade": "Write "
        "<ActKind.coercion>.",
        "embargo tariff": "Write <ActKind.sanction>.",
        "test missile_test drill manoeuvre maneuver show_of_force": "Write <ActKind.exercise>.",
        "accession": "Write <ActKind.ratification>.",
        "signing": "Write <ActKind.signature>.",
        "veto": "Write <ActKind.vote>.",
        "trip": "Write <ActKind.visit>.",
        "mandate appointment": "Write <ActKind.delegation>.",
        "hope forecast prediction": "Write <ActKind.expectation>.",
        "rollback undoing": "Write <ActKind.reversal>.",
    },
    "InstrumentKind": {
        "convention pact protocol charter covenant": "Write <InstrumentKind.treaty>.",
        "accord deal ceasefire armistice truce framework": "Write <InstrumentKind.agreement>.",
        "declaration communique communiqué statement": "Write "
        "<InstrumentKind.joint_statement>.",
        "decision": "Write <InstrumentKind.resolution>.",
        "letters notes exchange_of_letters": "Write <InstrumentKind.exchange_of_notes>.",
        "mou memorandum memorandum_of_understanding": "Write <InstrumentKind.understanding>.",
    },
    "PartyKind": {
        "country nation": "Write <PartyKind.state>.",
        "government ministry agency army department delegation commission": "Write "
        "<PartyKind.body>.",
        "alliance union igo ngo company organization international_organisation "
        "international_organization": "Write <PartyKind.organisation>.",
        "individual leader human official": "Write <PartyKind.person>.",
        "unknown unnamed source": "Write <PartyKind.anonymous>.",
    },
    "RelationKind": {
        "fulfill fulfilled implements delivers delivers_on keeps honours honors performs "
        "executes": "Write <RelationKind.fulfils>.",
        "breaks violates infringes breached broke": "Write <RelationKind.breaches>.",
        "agrees agrees_to approves ratifies signs accepted": "Write <RelationKind.accepts>.",
        "terminates ends withdraws_from denounces calls_off leaves cancelled canceled": "Write "
        "<RelationKind.cancels>.",
        "frees waives forgives": "Write <RelationKind.releases>.",
        "pauses freezes halts suspended": "Write <RelationKind.suspends>.",
        "restarts reinstates": "Write <RelationKind.resumes>.",
        "replaces": "Write <RelationKind.supersedes>, on the commitment that takes the place of "
        "the other.",
        "satisfies triggers": "Write <RelationKind.meets>.",
        "claims alleges says states": "Write <RelationKind.asserts>.",
        "rejects disputes": "Write <RelationKind.denies>.",
        "confirms certifies proves checks verified": "Write <RelationKind.verifies> where a "
        "neutral checked it, else <RelationKind.asserts>.",
        "disproves debunks falsifies": "Write <RelationKind.refutes>.",
        "answers replies_to reacts_to because_of": "Write <RelationKind.responds_to>.",
        "for trades_for quid_pro_quo exchange": "Write <RelationKind.in_exchange_for>.",
        "belongs_to under": "Write <RelationKind.part_of>.",
        "equals duplicates duplicate_of": "Write <RelationKind.same_as>.",
        "conflicts_with": "Write <RelationKind.contradicts>.",
        "mentions cites related_to relates_to about": "Write <RelationKind.refers_to>.",
        "undoes rolls_back": "Write <RelationKind.reverses>.",
        "postpones extends delays": "Write <RelationKind.reschedules>.",
        "retracts revokes takes_back": "Write <RelationKind.withdraws>.",
        "after succeeds": "Write <RelationKind.follows>.",
        "monitors looks_at checks_on": "Write <RelationKind.reviews>.",
    },
    "About": {
        "made existed promise": "Write <About.existence>.",
        "delivery delivered done kept fulfillment": "Write <About.fulfilment>.",
    },
    "Nature": {
        "deed once one_off": "Write <Nature.achievement>.",
        "ongoing continuous continuing standing": "Write <Nature.maintenance>.",
    },
    "Mandate": {
        "everything full any": "Write <Mandate.all>.",
        "sign agree negotiate": "Write <Mandate.promise>, <Mandate.accept> or both.",
        "deliver": "Write <Mandate.fulfil>.",
        "terminate withdraw": "Write <Mandate.cancel>.",
        "pause resume": "Write <Mandate.suspend>.",
    },
    "DateBasis": {
        "source given printed": "Write <DateBasis.stated>.",
        "inferred estimated computed": "Write <DateBasis.derived>.",
        "other": "Write <DateBasis.external>.",
    },
    "Act": {
        "actors": "Write <Act.actor> for the first, and <Act.co_actors>: [...] for the others.",
        "agent by who doer from subject initiator debtor debtors": "Write <Act.actor>.",
        "to recipient with whom object other_side creditor creditors receiver partner": "Write <Act.counterparties>: [...].",
        "target": "Name the other side in <Act.counterparties>: [...], and an entry that this "
        "is about in <Act.relations>: [{kind: ..., target: ID}].",
        "date when day on time happened": _WHEN.format("Act"),
        "location where city": "Write <Act.place>.",
        "country": "Write <Act.place>: {country: PRK}.",
        "description text what name headline": "Write <Act.title>.",
        "details": "Write <Act.summary>.",
        "type category": "Write <Act.kind>.",
        "source sources report reports reference references": _SOURCE.format("Act"),
        "url link": _LINK.format("Act"),
        "quote locator attribution asserted_by hedged credibility": "It belongs to the "
        "evidence. Write it inside <Act.evidence>: [{report: ID, ...}].",
        "amount value unit": _AMOUNT.format("Act"),
        "tags keywords labels": _TOPICS.format("Act"),
        "cameo": 'Write <Act.code>: {cameo: "010"}.',
        "plover": "Write <Act.code>: {plover: RETREAT}.",
        "comment remark notes memo": _NOTE.format("Act"),
        "status state lifecycle outcome": _STANDS,
        "weight score": "Weights come from a scale, by the code. Write <Act.code>.",
        "due deadline": "Only a commitment falls due. A plan is a <EntryState.commitment>.",
        "extent share": "It belongs to a relation. Write <Act.relations>: [{kind: fulfils, "
        "target: ID, extent: 1/2}].",
        "confidence reliability certainty": _IN_EVIDENCE.format(
            "Act", "<Evidence.credibility>"
        ),
        "consequent promise": "That is a promise: write <EntryState.commitment> in place of "
        "<EntryState.act>.",
    },
    "Commitment": {
        "promisor promiser from by obligor who actor": "Write <Commitment.debtors>: [...].",
        "promisee to beneficiary recipient obligee counterparty counterparties": "Write "
        "<Commitment.creditors>: [...].",
        "parties between": "Write <Commitment.debtors> and <Commitment.creditors>; where each "
        "owes the same to the other name all in both, with <Commitment.mutual>: true.",
        "promise text title what description obligation content deed action": "Write "
        "<Commitment.consequent>.",
        "date when day made signed promised": _WHEN.format("Commitment"),
        "deadline due_date due_by by_date": "Write <Commitment.due>.",
        "if condition conditions provided trigger": "Write <Commitment.antecedent>: {condition: "
        "{act: ID}}.",
        "treaty agreement": "Write <Commitment.instrument>: ID.",
        "article clause section paragraph": "Write <Commitment.provision>, with "
        "<Commitment.instrument>: ID.",
        "kind type": "Write <Commitment.nature>: <Nature.achievement> or <Nature.maintenance>, "
        "or leave it out.",
        "status state lifecycle fulfilled": _STANDS,
        "end expires expiry": "Write <Commitment.until>, with <Commitment.nature>: "
        "<Nature.maintenance>.",
        "amount value unit": _AMOUNT.format("Commitment"),
        "source sources report reports reference references": _SOURCE.format("Commitment"),
        "url link": _LINK.format("Commitment"),
        "quote locator attribution asserted_by hedged credibility": "It belongs to the "
        "evidence. Write it inside <Commitment.evidence>: [{report: ID, ...}].",
        "code cameo": 'Write <Commitment.consequent_code>: {cameo: "010"}.',
        "plover": "Write <Commitment.consequent_code>: {plover: RETREAT}.",
        "joint": "Write <Commitment.mutual>: true where each owes the same to the other.",
        "speaker said_by maker makers": "Write <Commitment.made_by>: [...].",
        "tags keywords labels": _TOPICS.format("Commitment"),
        "comment remark notes memo": _NOTE.format("Commitment"),
    },
    "Instrument": {
        "parties signatories members states signers debtors": "Write "
        "<Instrument.participants>: [...].",
        "guarantors depositary depositaries witnesses": "Write <Instrument.third_parties>: "
        "[...].",
        "date when day signed concluded": _WHEN.format("Instrument"),
        "name": "Write <Instrument.title>.",
        "type category": "Write <Instrument.kind>.",
        "commitments articles provisions promises": "Each promise is a commitment of its own, "
        "with <Commitment.instrument>: ID.",
        "exit termination": "Write <Instrument.withdrawal>: {notice_months: 3}.",
        "source sources report reports reference references": _SOURCE.format("Instrument"),
        "url link": _LINK.format("Instrument"),
        "status state in_force": _DERIVED,
        "tags keywords labels": _TOPICS.format("Instrument"),
        "comment remark notes memo description": _NOTE.format("Instrument"),
    },
    "Party": {
        "type category": "Write <Party.kind>.",
        "title label": "Write <Party.name>.",
        "alias aka other_names": "Write <Party.aliases>: [...].",
        "code iso iso3 iso2 cow cameo": "Write <Party.codes>: {iso3: PRK}.",
        "members": "Write <Party.composed_of>: [{member: ID}].",
        "member_of": "Write it on the body, as <Party.composed_of>: [{member: ID}].",
        "country nationality state government acts_for works_for principal": "Write "
        "<Party.represents>: [{principal: ID}].",
        "predecessor successor_of": "Write <Party.succeeds>: [{predecessor: ID, from_day: DAY}].",
        "successor succeeded_by": "Write it on the successor, as <Party.succeeds>: "
        "[{predecessor: ID, from_day: DAY}].",
        "comment remark notes memo description summary": "Write <Party.note>.",
    },
    "Report": {
        "date day when occurred published_on": "Write <Report.published>.",
        "author source outlet newspaper by": "Write <Report.publisher>.",
        "link uri href website": "Write <Report.url>.",
        "archive archive_url": "Write <Report.archived_url>.",
        "hash sha256 checksum": "Write <Report.digest>.",
        "lang": "Write <Report.language>.",
        "accessed read retrieved_on": "Write <Report.retrieved>.",
        "reliability grade credibility": "Write <Report.source_grade>.",
        "name headline": "Write <Report.title>.",
        "tags keywords labels": _TOPICS.format("Report"),
        "abstract text content": "Write <Report.summary>.",
        "kind type": "A report has none. Write <Report.attributes>: [{name: kind, value: ...}].",
        "comment remark notes memo": _NOTE.format("Report"),
        "evidence": "A report is what others name as their evidence. Leave it out.",
        "actor debtors": "A report says only what was published. What it tells of is an "
        "<EntryState.act> or a <EntryState.commitment>.",
    },
    "Evidence": {
        "source id document": "Write <Evidence.report>: ID.",
        "url link title publisher": "It stands in the report. Name that: <Evidence.report>: ID.",
        "page paragraph section line place": "Write <Evidence.locator>.",
        "text citation quotation": "Write <Evidence.quote>.",
        "by who said_by speaker voice party": "Write <Evidence.asserted_by> for a party, or "
        "<Evidence.attribution> for words.",
        "confidence grade reliability": "Write <Evidence.credibility>, from 1 to 6.",
        "doubt doubtful uncertain": "Write <Evidence.hedged>: true.",
    },
    "Relation": {
        "type relation": "Write <Relation.kind>.",
        "to id of entry act commitment on instrument": "Write <Relation.target>: ID.",
        "share amount part percent fraction quantity": "Write <Relation.extent>: 1/2.",
        "date from effective day": "Write <Relation.takes_effect>.",
        "end to_day": "Write <Relation.until>.",
        "comment remark notes": "Write <Relation.note>.",
        "label": "Write <Relation.condition>.",
    },
    "Representation": {
        "party state of for who": "Write <Representation.principal>.",
        "from since start": _FROM.format("Representation"),
        "to until end": _TO.format("Representation"),
        "powers authority": "Write <Representation.mandate>: [...].",
        "source report evidence": "Write <Representation.reports>: [...].",
    },
    "Succession": {
        "party state of": "Write <Succession.predecessor>.",
        "from since date day": _FROM.format("Succession"),
        "source report evidence": "Write <Succession.reports>: [...].",
    },
    "Membership": {
        "party state id": "Write <Membership.member>.",
        "from since start": _FROM.format("Membership"),
        "to until end": _TO.format("Membership"),
        "source report evidence": "Write <Membership.reports>: [...].",
    },
    "Identity": {
        "id of": "Write <Identity.party>.",
        "source report evidence": "Write <Identity.reports>: [...].",
    },
    "PartyName": {
        "from since start": _FROM.format("PartyName"),
        "to until end": _TO.format("PartyName"),
        "lang": "Write <PartyName.language>.",
    },
    "PartyCode": {
        "code": "Write <PartyCode.value>.",
        "system collection": "Write <PartyCode.scheme>.",
        "from since start": _FROM.format("PartyCode"),
        "to until end": _TO.format("PartyCode"),
    },
    "Place": {
        "lat": "Write <Place.latitude>.",
        "lon lng long": "Write <Place.longitude>.",
        "city town label": "Write <Place.name>.",
    },
    "Quantity": {
        "amount number": "Write <Quantity.value>.",
        "units measure": "Write <Quantity.unit>.",
    },
    "EventCode": {"code": "Write <EventCode.cameo> or <EventCode.plover>."},
    "IntervalDate": {
        "from start since to end until first last day days": "Write both days as one text: "
        "2018-06-12/2018-06-20. Beside <IntervalDate.words> it is date: 2018-06-12/2018-06-20.",
        "written text said as_said original": "Write <IntervalDate.words>.",
    },
    "Antecedent": {
        "if when act commitment words all any": "Write <Antecedent.condition>: {act: ID}.",
        "by due until": "Write <Antecedent.deadline>.",
    },
    "Condition": {
        "and": "Write <Condition.all>: [...].",
        "or": "Write <Condition.any>: [...].",
        "text": "Write <Condition.words>.",
        "fulfilled promise": "Write <Condition.commitment>: ID.",
    },
    "DueAfter": {
        "after event": "Write <DueAfter.act>: ID or <DueAfter.commitment>: ID.",
        "weeks": "Write <DueAfter.days>.",
        "years": "Write <DueAfter.months>.",
    },
    "Instalment": {
        "date day": "Write <Instalment.due>.",
        "amount": "Write <Instalment.quantity>.",
        "fraction part extent": "Write <Instalment.share>: 1/12.",
    },
    "Withdrawal": {
        "notice": "Write <Withdrawal.notice_days> or <Withdrawal.notice_months>.",
        "from after": "Write <Withdrawal.not_before>.",
    },
    "EntryType": {
        "treaty agreement convention pact accord declaration resolution": "Write "
        "<EntryType.instrument>.",
        "promise pledge obligation undertaking offer": "Write <EntryType.commitment>.",
        "source article document publication": "Write <EntryType.report>.",
        "event action deed meeting fulfilment violation": "Write <EntryType.act>.",
        "country state person organisation organization actor": "Write <EntryType.party>.",
        "weights": "Write <EntryType.scale>.",
    },
    "Lifecycle": {
        "broken violated": "Write <Lifecycle.breached>.",
        "kept done delivered complete completed": "Write <Lifecycle.fulfilled>.",
        "open binding in_force valid": "Write <Lifecycle.active>.",
        "on_hold paused frozen": "Write <Lifecycle.suspended>.",
        "called_off withdrawn terminated denounced": "Write <Lifecycle.cancelled>.",
        "replaced": "Write <Lifecycle.superseded>.",
        "overdue": "It is a flag: write --flag <StandingFlag.overdue>.",
        "due": "It is a flag: write --flag <StandingFlag.due>.",
        "late": "It is a flag: write --flag <StandingFlag.late>.",
        "partly_fulfilled partial": "It is a flag: write --flag "
        "<StandingFlag.partially_fulfilled>.",
    },
    "Change": {
        "created added new record first": "Write <Change.recorded>.",
        "amended amendment changed edited corrected": "Write <Change.correction> for what was "
        "wrong, <Change.new_information> for what was learned, or both options.",
        "annulled annul deleted removed undone": "Write <Change.annulment>.",
    },
    "Bin": {
        "daily": "Write <Bin.day>.",
        "weekly": "Write <Bin.week>.",
        "monthly": "Write <Bin.month>.",
    },
    "EvidenceFilter": {"all claimed none": "Write <EvidenceFilter.any>."},
    "CountBy": {
        "acts entries": "Write <CountBy.deeds>.",
        "promises": "Write <CountBy.commitments>.",
    },
    "AgendaKind": {
        "late past_due": "Write <AgendaKind.overdue>.",
        "due deadline_day": "Write <AgendaKind.falls_due>.",
        "expires ending": "Write <AgendaKind.ends>.",
        "notice withdrawal": "Write <AgendaKind.notice_takes_effect>.",
    },
    "Scale": {
        "name": "Write <Scale.title>.",
        "rows table values": "Write <Scale.weights>: [...].",
        "license": "Write <Scale.licence>.",
        "url link": "Write <Scale.source>.",
        "type kind": "Write <Scale.coding>.",
    },
    "Weight": {
        "value score": "Write <Weight.weight>.",
        "cameo plover": "Write <Weight.code>.",
    },
    "CreateLedgerRequest": {
        "name id": "Write <CreateLedgerRequest.ledger>.",
        "description": "Write <CreateLedgerRequest.purpose>.",
        "start opens from": "Write <CreateLedgerRequest.opens_on>.",
    },
    "EntryState": {
        "treaty agreement convention pact accord declaration joint_statement resolution": "Write "
        "<EntryState.instrument>, with its <Instrument.kind>.",
        "promise pledge obligation undertaking offer": "Write <EntryState.commitment>.",
        "source article document communique publication": "Write <EntryState.report>.",
        "event action deed meeting statement fulfilment violation": "Write <EntryState.act>, "
        "with its <Act.kind>.",
        "verification assessment inspection": "Write <EntryState.act>, with <Act.kind>: "
        "<ActKind.assessment> and a relation of kind <RelationKind.verifies>.",
        "country state person organisation organization actor body": "Write <EntryState.party>, "
        "with its <Party.kind>.",
        "edit update correct fix change": "Write amend: ID, with <Amendment.reason>, "
        "<Amendment.correction>: true and the whole new state.",
        "delete remove retract": "Write annul: ID, with <Annulment.reason>.",
        "key ref entry_id": "Write id.",
        "type kind": "Write the kind of entry as the key: <EntryState.act>, and its fields under "
        "it.",
        "weights": "Write <EntryState.scale>.",
    },
}


def of(where: str, word: str) -> str:
    """What to write in place of a word that an enum or a message of the protos does not have;
    empty where nothing is known. An item of an entry file is an `EntryState`.
    """
    sentence = _words(where).get(_plain(word), "")
    return _NAMED.sub(r"\1", sentence)


def _plain(word: str) -> str:
    return word.strip().casefold().replace("-", "_").replace(" ", "_")


@cache
def _words(where: str) -> dict[str, str]:
    told = _TOLD.get(where, {})
    return {word: sentence for words, sentence in told.items() for word in words.split()}


def told() -> dict[str, dict[str, str]]:
    """All sentences as they stand in the table, for who holds them against the protos."""
    return {where: dict(_words(where)) for where in _TOLD}
