"""Users, authors and rights as messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diplomatic_ledger.v1 import ledger_service_pb2 as pb

from ledger_service.access.identifying import Permit
from ledger_service.access.roles import EVERY_LEDGER, Rights, Role
from ledger_service.persistence.author_register import Author


def user(permit: Permit, author: str) -> pb.GetUserResponse:
    """Who calls, whom an author stands for already, or nobody."""
    issuer, subject, name = permit.user or ("", "", "")
    return pb.GetUserResponse(
        issuer=issuer, subject=subject, name=name, author=author, rights=_rights(permit)
    )


def authors(asked: Sequence[str], known: Sequence[Author]) -> Iterator[pb.Author]:
    """Whom each of the authors that were asked for stands for."""
    names = {each.author: each.name or each.subject for each in known}
    for each in asked:
        yield pb.Author(author=each, name=names.get(each, ""))


def role(each: Role) -> pb.Role.ValueType:
    """The role as the API names it."""
    return pb.Role.Value(f"ROLE_{each.name}")


def _rights(permit: Permit) -> Iterator[pb.Right]:
    for ledger, rights in sorted(permit.rights.named.items()):
        yield _right(ledger, rights)
    if permit.rights.everywhere.roles:
        yield _right(EVERY_LEDGER, permit.rights.everywhere)


def _right(ledger: str, rights: Rights) -> pb.Right:
    roles = [role(each) for each in Role if each in rights.roles]
    return pb.Right(ledger=ledger, roles=roles, parties=sorted(rights.parties or ()))
