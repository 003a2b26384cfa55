"""Rules of the terms of a commitment or an instrument: when something falls due, in which
parts, and how it may be left.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.checks.fields import Violations
from ledger_service.domain.checks.trees import check_awaited
from ledger_service.domain.values import exact
from ledger_service.domain.values.entries import (
    Antecedent,
    DueAfter,
    Instalment,
    IntervalDate,
    Nature,
    Quantity,
    Withdrawal,
)
from ledger_service.domain.values.limits import INSTALMENTS, TERM_DAYS, TERM_MONTHS


def check_due(
    found: Violations,
    path: str,
    entry_id: str,
    nature: Nature,
    quantity: Quantity | None,
    due: IntervalDate | None,
    due_after: DueAfter | None,
    instalments: tuple[Instalment, ...],
) -> None:
    """When an achievement falls due; in one of three ways at most."""
    given = [
        name
        for name, is_given in (
            ("due", due is not None),
            ("due_after", due_after is not None),
            ("instalments", bool(instalments)),
        )
        if is_given
    ]
    for name in given if nature is not Nature.ACHIEVEMENT else ():
        found.add(
            f"{path}.{name}",
            "Only an achievement falls due. Say until when it is to be kept.",
        )
    for name in given[1:]:
        found.add(
            f"{path}.{name}",
            f"{given[0]!r} says already when it falls due. Give one of due, due_after and "
            "instalments.",
        )
    if due is not None:
        found.interval(f"{path}.due", due)
    if due_after is not None:
        _check_due_after(found, f"{path}.due_after", entry_id, *astuple(due_after))
    if instalments:
        _check_instalments(found, f"{path}.instalments", instalments, quantity)


def check_kept(
    found: Violations,
    path: str,
    nature: Nature,
    until: date | None,
    until_condition: Antecedent | None,
) -> None:
    """Until when something is to be kept; the tree is looked at by itself."""
    if until is not None and nature is not Nature.MAINTENANCE:
        found.add(
            f"{path}.until", "Only what is maintained is kept until a day. Say when it is due."
        )
    if until_condition is None:
        return
    if nature is not Nature.MAINTENANCE:
        found.add(
            f"{path}.until_condition",
            "Only what is maintained is kept until something holds. Say when it is due, or "
            "make it the antecedent.",
        )
    if until is not None:
        found.add(
            f"{path}.until_condition",
            "It is kept until a day already. Give one of until and until_condition.",
        )


@every_field(DueAfter)
def _check_due_after(
    found: Violations,
    path: str,
    entry_id: str,
    /,
    act: str,
    commitment: str,
    days: int | None,
    months: int | None,
) -> None:
    if bool(act) == bool(commitment):
        found.add(path, "Name the event: exactly one of act and commitment.")
    elif commitment:
        check_awaited(found, f"{path}.commitment", entry_id, commitment)
    if (days is None) == (months is None):
        found.add(path, "Say how long after the event: exactly one of days and months.")
    _check_length(found, f"{path}.days", days, TERM_DAYS)
    _check_length(found, f"{path}.months", months, TERM_MONTHS)


def _check_length(found: Violations, field: str, length: int | None, at_most: int) -> None:
    if length is not None and not 1 <= length <= at_most:
        found.add(field, f"{length} is not from 1 to {at_most:,}. Correct it.")


def _check_instalments(
    found: Violations,
    field: str,
    instalments: tuple[Instalment, ...],
    quantity: Quantity | None,
) -> None:
    found.size(field, instalments, INSTALMENTS)
    parts = [
        _check_instalment(found, f"{field}[{number}]", quantity, *astuple(each))
        for number, each in enumerate(instalments)
    ]
    if any(each.share for each in instalments) and any(each.quantity for each in instalments):
        found.add(field, "Some have a share and some a quantity. Give all of them the same.")
        return
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return
    told = sum(known, Fraction(0))
    if instalments[0].share:
        if told != 1:
            found.add(
                field,
                f"The shares sum to {_shown(told)}, not to 1. Correct them, or add what is "
                "missing.",
            )
        return
    whole = _amount(quantity)
    if quantity is not None and whole is not None and told != whole:
        found.add(
            field,
            f"The quantities sum to {_shown(told)}, not to the {quantity.value} that are "
            "promised. Correct them, or add what is missing.",
        )


@every_field(Instalment)
def _check_instalment(
    found: Violations,
    at: str,
    quantity: Quantity | None,
    /,
    due: IntervalDate,
    share: str,
    quantity_: str,
) -> Fraction | None:
    """Returns the part, in shares or in the unit of the quantity; None where it is wrong."""
    if due.from_day is None or due.to_day is None:
        found.add(f"{at}.due", "An instalment falls due within an interval. Give both ends.")
    found.interval(f"{at}.due", due)
    if bool(share) == bool(quantity_):
        found.add(f"{at}.part", "Give exactly one of share and quantity.")
        return None
    if share:
        part = found.exact(f"{at}.share", share, exact.number)
        if part is not None and not 0 < part <= 1:
            found.add(f"{at}.share", f"{share} is not above 0 and up to 1.")
            return None
        return part
    if quantity is None:
        found.add(
            f"{at}.quantity",
            "The commitment has no quantity that this could be a part of. Give it one, or "
            "state shares.",
        )
        return None
    part = found.exact(f"{at}.quantity", quantity_, exact.decimal)
    if part is not None and part <= 0:
        found.add(f"{at}.quantity", f"{quantity_} is not above 0.")
        return None
    return part


def _amount(quantity: Quantity | None) -> Fraction | None:
    """None for an amount that cannot be read, which is told where it stands."""
    try:
        return None if quantity is None else exact.decimal(quantity.value)
    except ValueError:
        return None


def _shown(value: Fraction) -> str:
    """A sum, rounded where it is too long to be of use."""
    if exact.is_long(value):
        return f"about {float(value):.9g}"
    return exact.text(value)


def check_withdrawal(found: Violations, path: str, withdrawal: Withdrawal | None) -> None:
    if withdrawal is not None:
        _check_notice(found, f"{path}.withdrawal", *astuple(withdrawal))


@every_field(Withdrawal)
def _check_notice(
    found: Violations,
    path: str,
    /,
    notice_days: int | None,
    notice_months: int | None,
    _not_before: date | None,
) -> None:
    if notice_days is not None and notice_months is not None:
        found.add(path, "Give the length of a notice in days or in months, not in both.")
    for name, length, at_most in (
        ("notice_days", notice_days, TERM_DAYS),
        ("notice_months", notice_months, TERM_MONTHS),
    ):
        if length is not None and not 1 <= length <= at_most:
            found.add(
                f"{path}.{name}",
                f"{length} is not from 1 to {at_most:,}. Where no notice is needed leave it "
                "out.",
            )
