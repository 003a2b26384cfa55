"""Reads the parts that entries share from messages into values: dates, evidence, codes of deeds,
relations, conditions and terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import assert_never

from diplomatic_ledger.v1 import entries_pb2 as pb
from msgspec.structs import replace

from ledger_service.api.messages import names
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.domain.values import dates, limits
from ledger_service.domain.values import entries as domain

#: The lengths of a day, of the longest CAMEO code, and of the type and mode of a PLOVER code
#: that may be one: texts that are no longer are remembered.
_DAY_LENGTH, _CODE_LENGTH, _WORDS_LENGTH = 10, 4, 60


def interval(
    message: pb.IntervalDate, field: str, problems: ReadingProblems, member: str = ""
) -> domain.IntervalDate:
    """The path is `field` followed by `member`."""
    from_day, to_day = message.from_day, message.to_day
    if len(from_day) <= _DAY_LENGTH and len(to_day) <= _DAY_LENGTH:
        known = _known_interval(from_day, to_day, message.precision, message.basis)
        if known is not None:
            return replace(known, words=message.words) if message.words else known
    path = field + member
    read = _interval(from_day, to_day, message.precision, message.basis, path, problems)
    return replace(read, words=message.words)


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


def required_interval(
    message: pb.IntervalDate | None, field: str, member: str, problems: ReadingProblems
) -> domain.IntervalDate:
    """The path is `field` followed by `member`."""
    if message is None:
        problems.add(
            field + member,
            "This is required. Where nothing is known of the day, give an interval with both ends "
            "open, in an entry file ../..",
        )
        return domain.IntervalDate()
    return interval(message, field, problems, member)


def attributes(
    messages: Sequence[pb.Attribute], field: str, problems: ReadingProblems
) -> tuple[domain.Attribute, ...]:
    told = problems.members(messages, limits.ATTRIBUTES, field, ".attributes")
    return tuple(domain.Attribute(each.name, each.value) for each in told)


def evidence(
    messages: Sequence[pb.Evidence], field: str, member: str, problems: ReadingProblems
) -> tuple[domain.Evidence, ...]:
    """The path is `field` followed by `member`."""
    if len(messages) == 1:
        return (_evidence(messages[0]),)
    return tuple(map(_evidence, problems.members(messages, limits.EVIDENCE, field, member)))


def _evidence(message: pb.Evidence) -> domain.Evidence:
    return domain.Evidence(
        message.report,
        message.quote,
        message.locator,
        message.attribution,
        message.asserted_by,
        message.credibility,
        message.hedged,
    )


def quantity(message: pb.Quantity) -> domain.Quantity:
    return domain.Quantity(message.value, message.unit)


def code(
    message: pb.EventCode, field: str, member: str, problems: ReadingProblems
) -> domain.EventCode | None:
    """The path is `field` followed by `member`."""
    cameo, type_, mode = message.cameo, "", ""
    contexts: tuple[str, ...] = ()
    if coded := message.HasField("plover"):
        plover = message.plover
        type_, mode = plover.type, plover.mode
        contexts = problems.texts(
            plover.contexts, limits.CONTEXTS, field, f"{member}.plover.contexts"
        )
    if len(cameo) > _CODE_LENGTH or len(type_) + len(mode) > _WORDS_LENGTH:
        return domain.EventCode(
            cameo, domain.PloverCode(type_, mode, contexts) if coded else None
        )
    known = _known_code(cameo, coded, type_, mode)
    if contexts and known is not None:
        return domain.EventCode(cameo, domain.PloverCode(type_, mode, contexts))
    return known


@lru_cache(1000)
def _known_code(cameo: str, coded: bool, type_: str, mode: str) -> domain.EventCode | None:
    """A code without contexts; None where nothing is said."""
    if not cameo and not coded:
        return None
    return domain.EventCode(cameo, domain.PloverCode(type_, mode) if coded else None)


def relations(
    messages: Sequence[pb.Relation], field: str, problems: ReadingProblems
) -> tuple[domain.Relation, ...]:
    told = problems.members(messages, limits.RELATIONS, field, ".relations")
    return tuple(
        _relation(each, f"{field}.relations[{i}]", problems) for i, each in enumerate(told)
    )


def _relation(message: pb.Relation, field: str, problems: ReadingProblems) -> domain.Relation:
    about, takes_effect, until = message.about, message.takes_effect, message.until
    return domain.Relation(
        names.RELATION_KIND.required(
            message.kind, field, problems, domain.RelationKind.REFERS_TO, ".kind", hides=field
        ),
        message.target,
        message.extent,
        names.ABOUT.optional(about, field, problems, ".about") if about else None,
        message.condition,
        problems.day(takes_effect, field, ".takes_effect") if takes_effect else None,
        problems.day(until, field, ".until", hides=field) if until else None,
        interval(message.due, field, problems, ".due") if message.HasField("due") else None,
        message.note,
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
                members = message.all.conditions
                return domain.AllOf(self._members(members, f"{field}.all", ".conditions"))
            case "any":
                members = message.any.conditions
                return domain.AnyOf(self._members(members, f"{field}.any", ".conditions"))
            case "at_least":
                members = message.at_least.of
                return domain.AtLeast(
                    message.at_least.n, self._members(members, f"{field}.at_least", ".of")
                )
            case "act":
                return domain.ActOccurred(message.act)
            case "commitment":
                return domain.CommitmentFulfilled(message.commitment)
            case "words":
                return domain.Words(message.words.text, message.words.label)
            case None:
                self._problems.add(
                    field,
                    "This is required. Set exactly one of all, any, at_least, act, "
                    "commitment, words.",
                )
                return domain.Words("?")
            case _:
                assert_never(chosen)

    def _members(
        self, messages: Sequence[pb.Condition], field: str, member: str
    ) -> tuple[domain.Condition, ...]:
        inner = self._problems.members(messages, limits.CONDITIONS, field, member)
        found = []
        for number, each in enumerate(inner):
            if self._left <= 0:
                self._refuse_more()
                break
            found.append(self._one(each, f"{field}{member}[{number}]"))
        return tuple(found)

    def _refuse_more(self) -> None:
        if self._left == 0:  # it is said once
            at_most = f"At most {limits.CONDITIONS} conditions are allowed."
            self._problems.add(self._field, at_most)
        self._left = -1


def antecedent(
    message: pb.Antecedent, field: str, problems: ReadingProblems
) -> domain.Antecedent:
    return domain.Antecedent(
        _Conditions(problems, f"{field}.condition").read(message.condition),
        problems.day(message.deadline, field, ".deadline"),
    )


def withdrawal(
    message: pb.Withdrawal, field: str, problems: ReadingProblems
) -> domain.Withdrawal:
    chosen = message.WhichOneof("notice")
    return domain.Withdrawal(
        message.notice_days if chosen == "notice_days" else None,
        message.notice_months if chosen == "notice_months" else None,
        problems.day(message.not_before, field, ".not_before"),
    )


def due_after(message: pb.DueAfter) -> domain.DueAfter:
    within = message.WhichOneof("within")
    return domain.DueAfter(
        message.act,
        message.commitment,
        message.days if within == "days" else None,
        message.months if within == "months" else None,
    )


def instalments(
    messages: Sequence[pb.Instalment], field: str, problems: ReadingProblems
) -> tuple[domain.Instalment, ...]:
    parts = problems.members(messages, limits.INSTALMENTS, field, ".instalments")
    return tuple(
        domain.Instalment(
            interval(each.due, f"{field}.instalments[{i}]", problems, ".due"),
            each.share,
            each.quantity,
        )
        for i, each in enumerate(parts)
    )
