"""Reads parties from messages into values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from diplomatic_ledger.v1 import entries_pb2 as pb

from ledger_service.api.messages import names
from ledger_service.api.messages import reading_parts as parts
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.domain.values import entries as domain
from ledger_service.domain.values import limits


def party(message: pb.Party, field: str, problems: ReadingProblems) -> domain.Party:
    return domain.Party(
        name=message.name,
        kind=names.PARTY_KIND.required(
            message.kind, field, problems, domain.PartyKind.STATE, ".kind"
        ),
        names=tuple(
            _name(each, f"{field}.names[{i}]", problems)
            for i, each in enumerate(
                problems.members(message.names, limits.PARTY_NAMES, field, ".names")
            )
        ),
        aliases=problems.texts(message.aliases, limits.ALIASES, field, ".aliases"),
        codes=tuple(
            _code(each, f"{field}.codes[{i}]", problems)
            for i, each in enumerate(
                problems.members(message.codes, limits.PARTY_CODES, field, ".codes")
            )
        ),
        represents=tuple(
            _representation(each, f"{field}.represents[{i}]", problems)
            for i, each in enumerate(
                problems.members(message.represents, limits.PARTIES, field, ".represents")
            )
        ),
        succeeds=tuple(
            _succession(each, f"{field}.succeeds[{i}]", problems)
            for i, each in enumerate(
                problems.members(message.succeeds, limits.PARTIES, field, ".succeeds")
            )
        ),
        composed_of=tuple(
            _membership(each, f"{field}.composed_of[{i}]", problems)
            for i, each in enumerate(
                problems.members(
                    message.composed_of, limits.PARTICIPANTS, field, ".composed_of"
                )
            )
        ),
        same_as=tuple(
            _identity(each, f"{field}.same_as[{i}]", problems)
            for i, each in enumerate(
                problems.members(message.same_as, limits.PARTIES, field, ".same_as")
            )
        ),
        attributes=parts.attributes(message.attributes, field, problems),
        note=message.note,
    )


def _name(message: pb.PartyName, field: str, problems: ReadingProblems) -> domain.PartyName:
    return domain.PartyName(
        name=message.name,
        from_day=problems.day(message.from_day, field, ".from_day", hides=field),
        to_day=problems.day(message.to_day, field, ".to_day", hides=field),
        language=message.language,
    )


def _code(message: pb.PartyCode, field: str, problems: ReadingProblems) -> domain.PartyCode:
    return domain.PartyCode(
        scheme=message.scheme,
        value=message.value,
        from_day=problems.day(message.from_day, field, ".from_day", hides=field),
        to_day=problems.day(message.to_day, field, ".to_day", hides=field),
    )


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
        reports=_reports(message.reports, field, problems),
        note=message.note,
    )


def _succession(
    message: pb.Succession, field: str, problems: ReadingProblems
) -> domain.Succession:
    if not message.from_day:
        problems.add(
            f"{field}.from_day", "This is required: the first day of the successor, 1991-12-26."
        )
    return domain.Succession(
        predecessor=message.predecessor,
        from_day=problems.day(message.from_day, field, ".from_day") or date.min,
        continues=message.continues,
        reports=_reports(message.reports, field, problems),
        note=message.note,
    )


def _membership(
    message: pb.Membership, field: str, problems: ReadingProblems
) -> domain.Membership:
    return domain.Membership(
        member=message.member,
        from_day=problems.day(message.from_day, field, ".from_day", hides=field),
        to_day=problems.day(message.to_day, field, ".to_day", hides=field),
        reports=_reports(message.reports, field, problems),
        note=message.note,
    )


def _identity(message: pb.Identity, field: str, problems: ReadingProblems) -> domain.Identity:
    return domain.Identity(
        message.party, _reports(message.reports, field, problems), message.note
    )


def _reports(messages: Sequence[str], field: str, problems: ReadingProblems) -> tuple[str, ...]:
    return problems.texts(messages, limits.TIE_REPORTS, field, ".reports")
