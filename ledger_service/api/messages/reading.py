"""Reads entries from messages into values.

Only what a value cannot hold is judged here (unknown numbers, unreadable days, missing parts);
the rules of the domain are checked afterwards.
"""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

from diplomatic_ledger.v1 import entries_pb2 as pb

from ledger_service.api.messages import names
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.domain.values import dates, limits
from ledger_service.domain.values import entries as domain

#: The length of a day and that of the longest code: texts that are no longer are remembered.
_DAY_LENGTH, _CODE_LENGTH = 10, 4

_NOTHING = domain.Party(name="?", kind=domain.PartyKind.STATE)


def state(message: pb.EntryState, field: str, problems: ReadingProblems) -> domain.State:
    """The state in a message; a missing one is noted as a problem, and a stand-in returned."""
    chosen = message.WhichOneof("state")
    path = f"{field}.{chosen}"
    match chosen:
        case "act":
            return _act(message.act, path, problems)
        case "commitment":
            return _commitment(message.commitment, path, problems)
        case "report":
            return _report(message.report, path, problems)
        case "party":
            return _party(message.party, path, problems)
        case "scale":
            return _scale(message.scale, path, problems)
        case None:
            problems.add(
                field,
                "This is required. Set exactly one of party, report, commitment, act, scale.",
            )
            return _NOTHING
        case _:
            assert_never(chosen)


def interval(
    message: pb.IntervalDate, field: str, problems: ReadingProblems, member: str = ""
) -> domain.IntervalDate:
    """The path is `field` followed by `member`."""
    parts = (message.from_day, message.to_day, message.precision, message.basis)
    if len(parts[0]) <= _DAY_LENGTH and len(parts[1]) <= _DAY_LENGTH:
        known = _known_interval(*parts)
        if known is not None:
            return known
    return _interval(*parts, field + member, problems)


@lru_cache(4096)
def _known_interval(
    from_day: str, to_day: str, precision: int, basis: int
) -> domain.IntervalDate | None:
    """An interval that is remembered, since the same ones come again and again; None for one
    with which something is wrong.
    """
    problems = ReadingProblems()
    known = _interval(from_day, to_day, precision, basis, "", problems)
    return None if problems.found else known


def _interval(
    from_text: str,
    to_text: str,
    precision_number: int,
    basis_number: int,
    field: str,
    problems: ReadingProblems,
) -> domain.IntervalDate:
    from_day = problems.day(from_text, field, ".from_day", hides=field)
    to_day = problems.day(to_text, field, ".to_day", hides=field)
    precision = names.PRECISION.optional(precision_number, field, problems, ".precision")
    if precision is domain.Precision.UNKNOWN and (from_text or to_text):
        problems.add(
            f"{field}.precision",
            "Unknown does not agree with the days. Leave it out.",
            hides=field,
        )
    return domain.IntervalDate(
        from_day,
        to_day,
        precision or dates.precision(from_day, to_day),
        names.DATE_BASIS.optional(basis_number, field, problems, ".basis"),
    )


def _required_interval(
    message: pb.Report | pb.Commitment | pb.Act,
    name: str,
    field: str,
    problems: ReadingProblems,
) -> domain.IntervalDate:
    if not message.HasField(name):  # type: ignore[arg-type]
        problems.add(
            f"{field}.{name}",
            "This is required. Where nothing is known give an interval with both ends open.",
        )
        return domain.IntervalDate()
    return interval(getattr(message, name), field, problems, f".{name}")


def _party(message: pb.Party, field: str, problems: ReadingProblems) -> domain.Party:
    return domain.Party(
        name=message.name,
        kind=names.PARTY_KIND.required(
            message.kind, field, problems, domain.PartyKind.STATE, ".kind"
        ),
        aliases=tuple(problems.members(message.aliases, limits.ALIASES, field, ".aliases")),
        codes=_party_codes(message.codes) if message.HasField("codes") else None,
        represents=tuple(
            _representation(each, f"{field}.represents[{i}]", problems)
            for i, each in enumerate(
                problems.members(message.represents, limits.PARTIES, field, ".represents")
            )
        ),
        note=message.note,
    )


def _party_codes(message: pb.PartyCodes) -> domain.PartyCodes | None:
    codes = domain.PartyCodes(message.iso3, message.cow, message.cameo)
    return None if codes == domain.PartyCodes() else codes


def _representation(
    message: pb.Representation, field: str, problems: ReadingProblems
) -> domain.Representation:
    return domain.Representation(
        principal=message.principal,
        from_day=problems.day(message.from_day, field, ".from_day", hides=field),
        to_day=problems.day(message.to_day, field, ".to_day", hides=field),
        mandate=tuple(
            names.MANDATE.required(
                each,
                f"{field}.mandate[{i}]",
                problems,
                domain.Mandate.ALL,
                hides=f"{field}.mandate",
            )
            for i, each in enumerate(
                problems.members(message.mandate, limits.MANDATES, field, ".mandate")
            )
        ),
        note=message.note,
    )


def _report(message: pb.Report, field: str, problems: ReadingProblems) -> domain.Report:
    return domain.Report(
        title=message.title,
        publisher=message.publisher,
        url=message.url,
        published=_required_interval(message, "published", field, problems),
        source_grade=names.SOURCE_GRADE.optional(
            message.source_grade, field, problems, ".source_grade"
        ),
        summary=message.summary,
        note=message.note,
    )


def _all_evidence(
    message: pb.Commitment | pb.Act, field: str, problems: ReadingProblems
) -> tuple[domain.Evidence, ...]:
    told = problems.members(message.evidence, limits.EVIDENCE, field, ".evidence")
    return tuple(map(_evidence, told))


def _evidence(message: pb.Evidence) -> domain.Evidence:
    return domain.Evidence(
        message.report,
        message.attribution,
        message.asserted_by,
        message.credibility,
        message.hedged,
    )


def _code(
    message: pb.EventCode, field: str, member: str, problems: ReadingProblems
) -> domain.EventCode | None:
    cameo = message.cameo
    if not message.HasField("plover"):
        return _cameo(cameo) if len(cameo) <= _CODE_LENGTH else domain.EventCode(cameo)
    contexts = problems.members(
        message.plover.contexts, limits.CONTEXTS, field, f"{member}.plover.contexts"
    )
    plover = domain.PloverCode(message.plover.type, message.plover.mode, tuple(contexts))
    return domain.EventCode(cameo, plover)


@lru_cache(1000)
def _cameo(code: str) -> domain.EventCode | None:
    return domain.EventCode(code) if code else None


def _relation(message: pb.Relation, field: str, problems: ReadingProblems) -> domain.Relation:
    return domain.Relation(
        kind=names.RELATION_KIND.required(
            message.kind, field, problems, domain.RelationKind.REFERS_TO, ".kind", hides=field
        ),
        target=message.target,
        extent=message.extent,
        about=names.ABOUT.optional(message.about, field, problems, ".about"),
        condition=message.condition,
        note=message.note,
    )


def _relations(
    message: pb.Commitment | pb.Act, field: str, problems: ReadingProblems
) -> tuple[domain.Relation, ...]:
    if not (relations := message.relations):
        return ()
    told = problems.members(relations, limits.RELATIONS, field, ".relations")
    return tuple(
        _relation(each, f"{field}.relations[{i}]", problems) for i, each in enumerate(told)
    )


class _Conditions:
    """Reads an antecedent, up to the limit of conditions."""

    def __init__(self, problems: ReadingProblems, field: str) -> None:
        self._problems = problems
        self._field = field
        self._left = limits.CONDITIONS

    def read(self, message: pb.Condition) -> domain.Condition:
        return self._one(message, self._field)

    def _one(self, message: pb.Condition, field: str) -> domain.Condition:
        self._left -= 1
        chosen = message.WhichOneof("node")
        match chosen:
            case "all":
                return domain.AllOf(self._members(message.all, f"{field}.all"))
            case "any":
                return domain.AnyOf(self._members(message.any, f"{field}.any"))
            case "act":
                return domain.ActOccurred(message.act)
            case "commitment":
                return domain.CommitmentFulfilled(message.commitment)
            case "words":
                return domain.Words(message.words.text, message.words.label)
            case None:
                self._problems.add(
                    field,
                    "This is required. Set exactly one of all, any, act, commitment, words.",
                )
                return domain.Words("?")
            case _:
                assert_never(chosen)

    def _members(self, message: pb.ConditionList, field: str) -> tuple[domain.Condition, ...]:
        inner = self._problems.members(
            message.conditions, limits.CONDITIONS, field, ".conditions"
        )
        found = []
        for number, each in enumerate(inner):
            if self._left <= 0:
                self._refuse_more()
                break
            found.append(self._one(each, f"{field}.conditions[{number}]"))
        return tuple(found)

    def _refuse_more(self) -> None:
        if self._left == 0:  # it is said once
            at_most = f"At most {limits.CONDITIONS} conditions are allowed."
            self._problems.add(self._field, at_most)
        self._left = -1


def _antecedent(
    message: pb.Antecedent, field: str, problems: ReadingProblems
) -> domain.Antecedent:
    return domain.Antecedent(
        _Conditions(problems, f"{field}.condition").read(message.condition),
        problems.day(message.deadline, field, ".deadline"),
    )


def _commitment(
    message: pb.Commitment, field: str, problems: ReadingProblems
) -> domain.Commitment:
    nature = names.NATURE.optional(message.nature, field, problems, ".nature")
    return domain.Commitment(
        debtors=tuple(problems.members(message.debtors, limits.PARTIES, field, ".debtors")),
        creditors=tuple(
            problems.members(message.creditors, limits.PARTIES, field, ".creditors")
        ),
        consequent=message.consequent,
        mutual=message.mutual,
        made_by=tuple(problems.members(message.made_by, limits.PARTIES, field, ".made_by")),
        consequent_code=_code(message.consequent_code, field, ".consequent_code", problems)
        if message.HasField("consequent_code")
        else None,
        occurred=_required_interval(message, "occurred", field, problems),
        nature=nature or domain.Nature.ACHIEVEMENT,
        due=interval(message.due, f"{field}.due", problems)
        if message.HasField("due")
        else None,
        until=problems.day(message.until, field, ".until"),
        offer=message.offer,
        antecedent=_antecedent(message.antecedent, f"{field}.antecedent", problems)
        if message.HasField("antecedent")
        else None,
        relations=_relations(message, field, problems),
        evidence=_all_evidence(message, field, problems),
        summary=message.summary,
        note=message.note,
    )


def _act(message: pb.Act, field: str, problems: ReadingProblems) -> domain.Act:
    return domain.Act(
        kind=names.ACT_KIND.required(
            message.kind, field, problems, domain.ActKind.STATEMENT, ".kind"
        ),
        actor=message.actor,
        title=message.title,
        co_actors=tuple(
            problems.members(message.co_actors, limits.PARTIES, field, ".co_actors")
        ),
        counterparty=message.counterparty,
        joint=message.joint,
        occurred=_required_interval(message, "occurred", field, problems),
        place=message.place,
        quantity=domain.Quantity(message.quantity.value, message.quantity.unit)
        if message.HasField("quantity")
        else None,
        code=_code(message.code, field, ".code", problems)
        if message.HasField("code")
        else None,
        relations=_relations(message, field, problems),
        evidence=_all_evidence(message, field, problems),
        summary=message.summary,
        note=message.note,
    )


def _scale(message: pb.Scale, field: str, problems: ReadingProblems) -> domain.Scale:
    return domain.Scale(
        title=message.title,
        version=message.version,
        source=message.source,
        licence=message.licence,
        coding=names.CODING.required(
            message.coding,
            f"{field}.coding",
            problems,
            domain.Coding.CAMEO,
            hides=f"{field}.weights",
        ),
        weights=tuple(
            domain.Weight(each.code, each.weight)
            for each in problems.members(message.weights, limits.WEIGHTS, field, ".weights")
        ),
        note=message.note,
    )
