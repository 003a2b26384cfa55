"""Which ledger a file is recorded in: the one that its header names, never another one that an
option, the environment or a profile happens to name.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click

from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.errors import LedgerNotFound
from diplomatic_ledger.v1.ledger_service_pb2 import CreateLedgerRequest, LedgerInfo

#: What a file says of its ledger.
_DESCRIPTION = ("title", "purpose", "opens_on")


@dataclass(frozen=True)
class Target:
    """A ledger, with what the file says of it, as far as it does, and the sentences on where
    that differs from what the ledger was opened with.
    """

    ledger: str
    is_there: bool
    described: CreateLedgerRequest
    differences: tuple[str, ...] = ()

    def settle_description(self, session: Session, *, keep: bool) -> None:
        """Asks what is meant where the file describes the ledger otherwise. Raises Failure where
        nobody can be asked, or somebody says no.
        """
        if not self.differences or keep:
            return
        for sentence in self.differences:
            session.tell(sentence)
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise Failure(
                "Nothing was recorded. Write into the file what the ledger has, or say "
                "--keep-description to record all the same."
            )
        if not click.confirm("Record all the same, and leave the ledger as it is?", err=True):
            raise Failure("Nothing was recorded.")


def target(session: Session, file: str, described: CreateLedgerRequest | None) -> Target:
    """The ledger that the file, an option, the environment or the profile in use names; else the
    only one. Raises Failure when they name two.
    """
    if described is None:
        return Target(session.ledger, is_there=True, described=CreateLedgerRequest())
    if (told := _named(session)) is not None and told[0] != described.ledger:
        name, by, remedy = told
        raise usage(
            f"{file} is for the ledger {described.ledger}, and {by} says {name}: nothing was "
            f"recorded. {remedy.format(described.ledger)}, or write {name} into the file."
        )
    if told is None:
        session.said_here.add("ledger_name")
    session.ledger_name = described.ledger
    try:
        info = session.client.ledger(described.ledger)
    except LedgerNotFound:
        return Target(described.ledger, is_there=False, described=described)
    differences = tuple(_differences(file, described, info))
    return Target(described.ledger, is_there=True, described=described, differences=differences)


def _named(session: Session) -> tuple[str, str, str] | None:
    """A ledger that is named beside the file, what names it, and the remedy."""
    if session.ledger_name:
        if "ledger_name" in session.said_here:
            return session.ledger_name, "--ledger", "Leave --ledger out"
        return session.ledger_name, "LEDGERCTL_LEDGER", "Say --ledger {}"
    profile = session.profile
    if profile is not None and profile.ledger:
        return profile.ledger, "the profile in use", "Say --ledger {}"
    return None


def _differences(file: str, described: CreateLedgerRequest, info: LedgerInfo) -> list[str]:
    return [
        f"{file} says {field}: {said}; the ledger {info.ledger} "
        + (f"has {has}" if has else "has none")
        + ", which stays as it was opened with."
        for field in _DESCRIPTION
        if (said := getattr(described, field)) and said != (has := getattr(info, field))
    ]
