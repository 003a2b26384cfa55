"""Looks at grants and tokens: whether each names somebody, and somewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from ledger_service.access.grants_file import GRANTS_FILE, read_grants
from ledger_service.access.kept_file import FileRefused
from ledger_service.access.roles import EVERY_LEDGER, Grant
from ledger_service.access.tokens import TOKENS_FILE, KeptTokens, read_tokens
from ledger_service.access.users import CERTIFICATES, TOKENS
from ledger_service.operating.doctor.findings import DoctorFinding, fault, note, ok, warning
from ledger_service.settings import Settings

_PART = "grants"


def look_at_users(
    chosen: Settings, ledgers: Collection[str] | None, now: datetime
) -> Iterator[DoctorFinding]:
    """`ledgers` are those of the store; None where they are not known."""
    folder = chosen.access_dir
    if folder is None:
        yield note(
            _PART,
            "Nobody is asked who calls (no access_dir), and records name local.",
            "That is right on one machine; see docs/access.md for others.",
        )
        return
    grants: tuple[Grant, ...] = ()
    kept = KeptTokens()
    try:
        if (path := folder / GRANTS_FILE).exists():
            grants = read_grants(path)
        if (path := folder / TOKENS_FILE).exists():
            kept = read_tokens(path)
    except FileRefused as problem:
        yield fault(_PART, str(problem), "Until then the service does not start.")
        return
    if not grants:
        remedy = "Give somebody a role: ledger-service grant add"
        yield warning(_PART, f"{folder} grants nobody anything.", remedy)
    found = [*_nobody(grants, kept, chosen, now), *_nowhere(grants, ledgers)]
    yield from found
    if grants and not found:
        yield ok(_PART, f"{len(grants)} grants name users that can call.")


def _nobody(
    grants: tuple[Grant, ...], kept: KeptTokens, chosen: Settings, now: datetime
) -> Iterator[DoctorFinding]:
    valid = {each.subject for each in kept.all if not each.has_expired(now)}
    for each in grants:
        if each.issuer == TOKENS:
            if each.subject not in valid:
                told = f"The grant of {each} names nobody who has a token that is valid."
                remedy = "Make one (ledger-service token add), or remove the grant."
                yield warning(_PART, told, remedy)
        elif each.issuer == CERTIFICATES:
            if chosen.tls_client_ca is None:
                told = f"The grant of {each} names nobody: no client has a certificate."
                yield warning(_PART, told, "Set tls_client_ca, or remove the grant.")
        elif each.issuer != chosen.jwt_issuer:
            told = f"The grant of {each} names nobody: its issuer is not jwt_issuer."
            remedy = "Write the issuer as its tokens have it, or remove the grant."
            yield warning(_PART, told, remedy)


def _nowhere(
    grants: tuple[Grant, ...], ledgers: Collection[str] | None
) -> Iterator[DoctorFinding]:
    if ledgers is None:
        return
    for name in sorted({each.ledger for each in grants} - {EVERY_LEDGER, *ledgers}):
        told = f"There is no ledger {name!r}, for which roles are granted."
        yield warning(_PART, told, "Correct the name, or make the ledger.")
