"""Rules of a party: its names and codes by day, and its ties to other parties."""

from __future__ import annotations

from datetime import date

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import Violations
from ledger_service.domain.values.entries import (
    Attribute,
    Identity,
    Mandate,
    Membership,
    Party,
    PartyCode,
    PartyKind,
    PartyName,
    Representation,
    SealableText,
    Sealed,
    Succession,
)
from ledger_service.domain.values.limits import (
    ALIASES,
    MANDATES,
    NAME,
    PARTICIPANTS,
    PARTIES,
    PARTY_CODE,
    PARTY_CODES,
    PARTY_NAMES,
    REMARK,
    TIE_NOTE,
    TIE_REPORTS,
)


@every_field(Party)
def check_party(
    found: Violations,
    path: str,
    entry_id: str,
    /,
    name: SealableText,
    _kind: PartyKind,
    names: tuple[PartyName, ...],
    aliases: tuple[SealableText, ...],
    codes: tuple[PartyCode, ...],
    represents: tuple[Representation, ...],
    succeeds: tuple[Succession, ...],
    composed_of: tuple[Membership, ...],
    same_as: tuple[Identity, ...],
    attributes: tuple[Attribute, ...],
    note: SealableText,
) -> None:
    found.required(f"{path}.name", name, NAME)
    _check_names(found, f"{path}.names", names)
    found.size(f"{path}.aliases", aliases, ALIASES)
    found.distinct(f"{path}.aliases", aliases)
    for number, alias in enumerate(aliases):
        found.required(f"{path}.aliases[{number}]", alias, NAME)
    _check_codes(found, f"{path}.codes", codes)
    found.size(f"{path}.represents", represents, PARTIES)
    for number, representation in enumerate(represents):
        at = f"{path}.represents[{number}]"
        _check_representation(found, at, entry_id, *astuple(representation))
    _check_one_at_a_time(found, f"{path}.represents", represents)
    _check_successions(found, f"{path}.succeeds", entry_id, succeeds)
    _check_memberships(found, f"{path}.composed_of", entry_id, composed_of)
    _check_identities(found, f"{path}.same_as", entry_id, same_as)
    found.attributes(f"{path}.attributes", attributes)
    found.text(f"{path}.note", note, REMARK)


def _check_names(found: Violations, field: str, names: tuple[PartyName, ...]) -> None:
    found.size(field, names, PARTY_NAMES)
    read = [number for number, each in enumerate(names) if not isinstance(each.name, Sealed)]
    first: dict[PartyName, int] = {}
    for number in read:
        if (before := first.setdefault(names[number], number)) != number:
            found.add(f"{field}[{number}]", f"This name stands at names[{before}] already.")
    for number, each in enumerate(names):
        _check_name(found, f"{field}[{number}]", *astuple(each))


@every_field(PartyName)
def _check_name(
    found: Violations,
    at: str,
    /,
    name: SealableText,
    from_day: date | None,
    to_day: date | None,
    language: str,
) -> None:
    found.required(f"{at}.name", name, NAME)
    found.days(at, from_day, to_day)
    found.language(f"{at}.language", language)


def _check_codes(found: Violations, field: str, codes: tuple[PartyCode, ...]) -> None:
    found.size(field, codes, PARTY_CODES)
    found.unlike(field, codes, "This code")
    for number, each in enumerate(codes):
        _check_code(found, f"{field}[{number}]", *astuple(each))


@every_field(PartyCode)
def _check_code(
    found: Violations,
    at: str,
    /,
    scheme: str,
    value: str,
    from_day: date | None,
    to_day: date | None,
) -> None:
    found.word(f"{at}.scheme", scheme, "the name of a collection such as iso3 or wikidata")
    found.required(f"{at}.value", value, PARTY_CODE)
    found.days(at, from_day, to_day)


@every_field(Representation)
def _check_representation(
    found: Violations,
    at: str,
    entry_id: str,
    /,
    principal: str,
    from_day: date | None,
    to_day: date | None,
    mandate: tuple[Mandate, ...],
    reports: tuple[str, ...],
    note: SealableText,
) -> None:
    _check_other(found, f"{at}.principal", entry_id, principal, "Nobody represents himself.")
    found.days(at, from_day, to_day)
    found.size(f"{at}.mandate", mandate, MANDATES)
    found.distinct(f"{at}.mandate", mandate)
    _check_told(found, at, reports, note)


def _check_one_at_a_time(
    found: Violations, field: str, represents: tuple[Representation, ...]
) -> None:
    """A party must represent one other party at most on any day."""
    spans = sorted(
        (one.from_day or date.min, one.to_day or date.max, number)
        for number, one in enumerate(represents)
    )
    last, holder = None, 0
    for first, end, number in spans:
        if last is not None and first <= last:
            found.add(
                f"{field}[{number}]",
                f"These days overlap with those of {field}[{holder}]. On any day a party "
                "represents one other at most.",
            )
        if last is None or end > last:
            last, holder = end, number


def _check_successions(
    found: Violations, field: str, entry_id: str, succeeds: tuple[Succession, ...]
) -> None:
    found.size(field, succeeds, PARTIES)
    found.unlike(field, (each.predecessor for each in succeeds), "This predecessor")
    for number, each in enumerate(succeeds):
        _check_succession(found, f"{field}[{number}]", entry_id, *astuple(each))


@every_field(Succession)
def _check_succession(
    found: Violations,
    at: str,
    entry_id: str,
    /,
    predecessor: str,
    _from_day: date,
    _continues: bool,
    reports: tuple[str, ...],
    note: SealableText,
) -> None:
    remedy = "Nobody succeeds himself. A party that was renamed has names by day."
    _check_other(found, f"{at}.predecessor", entry_id, predecessor, remedy)
    _check_told(found, at, reports, note)


def _check_memberships(
    found: Violations, field: str, entry_id: str, members: tuple[Membership, ...]
) -> None:
    found.size(field, members, PARTICIPANTS)
    found.unlike(
        field,
        ((each.member, each.from_day, each.to_day) for each in members),
        "This member with these days",
    )
    for number, each in enumerate(members):
        _check_membership(found, f"{field}[{number}]", entry_id, *astuple(each))


@every_field(Membership)
def _check_membership(
    found: Violations,
    at: str,
    entry_id: str,
    /,
    member: str,
    from_day: date | None,
    to_day: date | None,
    reports: tuple[str, ...],
    note: SealableText,
) -> None:
    remedy = "No body is a member of itself. Name its members."
    _check_other(found, f"{at}.member", entry_id, member, remedy)
    found.days(at, from_day, to_day)
    _check_told(found, at, reports, note)


def _check_identities(
    found: Violations, field: str, entry_id: str, same_as: tuple[Identity, ...]
) -> None:
    found.size(field, same_as, PARTIES)
    found.unlike(field, (each.party for each in same_as), "This party")
    for number, each in enumerate(same_as):
        _check_identity(found, f"{field}[{number}]", entry_id, *astuple(each))


@every_field(Identity)
def _check_identity(
    found: Violations,
    at: str,
    entry_id: str,
    /,
    party: str,
    reports: tuple[str, ...],
    note: SealableText,
) -> None:
    remedy = "A party is itself anyhow. Name the other id."
    _check_other(found, f"{at}.party", entry_id, party, remedy)
    _check_told(found, at, reports, note)


def _check_other(found: Violations, field: str, entry_id: str, party: str, remedy: str) -> None:
    """A tie needs another party."""
    found.present(field, party)
    if entry_id and party == entry_id:
        found.add(field, f"{entry_id!r} is this party. {remedy}")


def _check_told(
    found: Violations, at: str, reports: tuple[str, ...], note: SealableText
) -> None:
    """What ties of all four kinds have."""
    found.ids(f"{at}.reports", reports, TIE_REPORTS)
    found.text(f"{at}.note", note, TIE_NOTE)
