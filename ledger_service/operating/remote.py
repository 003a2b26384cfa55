"""Reaches a service on another machine, as an admin with a certificate. Where it is, who vouches
for it and which certificate is shown stands in a profile that `ledgerctl login` made: here the
program is a client.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import grpc
from diplomatic_ledger.admin.v1 import access_service_pb2, admin_service_pb2
from diplomatic_ledger.admin.v1.access_service_pb2_grpc import AccessServiceStub
from diplomatic_ledger.admin.v1.admin_service_pb2_grpc import AdminServiceStub
from diplomatic_ledger.channel import open_channel
from diplomatic_ledger.cli import profiles
from diplomatic_ledger.cli.failures import Failure
from diplomatic_ledger.credentials import Credentials
from diplomatic_ledger.decoding import decode
from diplomatic_ledger.errors import (
    InvalidArgument,
    LedgerError,
    NotIdentified,
    Unavailable,
    UnknownMethod,
)
from diplomatic_ledger.tls_failures import refusal, was_closed

from ledger_service.operating.reach import OutOfReach

_OPTIONS = (("grpc.max_receive_message_length", -1),)  # there may be many ledgers
_LOGIN = "ledgerctl login {name} --server {server} --ca FILE --certificate FILE --key FILE"
#: What helps where the two do not come together over TLS.
_REMEDIES = {
    "shows a certificate that is not trusted here": "Give the authority that vouches for it",
    "shows a certificate that is for another name": "Name it as its certificate does",
    "does not speak TLS": "Name its right port",
    "wants a certificate of the client": "Give one that it accepts",
}
#: What gRPC says where no connection was made, so that nothing can have been done.
_NOBODY = ("failed to connect to all addresses", "errors resolving", "DNS resolution failed")


async def ask(profile: str, method: str, fields: Mapping[str, Any]) -> Any:
    """The response of a method of AdminService or AccessService. Raises OutOfReach."""
    request, stub_of = _request(method, fields)
    async with _channel(profile) as channel:
        return await getattr(stub_of(channel), method)(request)


async def follow(profile: str, method: str, fields: Mapping[str, Any]) -> AsyncIterator[Any]:
    """The responses of a method that answers with a stream. Raises OutOfReach."""
    request, stub_of = _request(method, fields)
    async with _channel(profile) as channel:
        async for response in getattr(stub_of(channel), method)(request):
            yield response


def _request(method: str, fields: Mapping[str, Any]) -> tuple[Any, Any]:
    """The request of a method, and the stub that has the method."""
    if hasattr(access_service_pb2, f"{method}Request"):
        return getattr(access_service_pb2, f"{method}Request")(**fields), AccessServiceStub
    return getattr(admin_service_pb2, f"{method}Request")(**fields), AdminServiceStub


@asynccontextmanager
async def _channel(name: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the service of a profile. What a call raises becomes OutOfReach."""
    try:
        profile = profiles.read().get(name)
        tls = _credentials(name, profile).tls()
        opened = open_channel(profile.server, _OPTIONS, tls=tls)
    except Failure as failure:
        raise OutOfReach(failure.sentence) from None
    except InvalidArgument as wrong:
        raise OutOfReach(f"The profile {name} cannot be used: {wrong.message}") from None
    async with opened as channel:
        try:
            yield channel
        except grpc.aio.AioRpcError as error:
            raise OutOfReach(_told(decode(error), name, profile.server)) from None


def _credentials(name: str, profile: profiles.Profile) -> Credentials:
    """What shows who operates: the certificate alone, since the service goes by a token where
    there is one, and a token operates nothing. Raises OutOfReach.
    """
    if not profile.certificate:
        raise OutOfReach(
            f"The profile {name} has no certificate, and over the network operators need one. "
            f"Make it anew with: {_login(name, profile.server)}"
        )
    return Credentials(
        ca=profile.ca or None, certificate=profile.certificate, key=profile.key or None
    )


def _told(error: LedgerError, name: str, server: str) -> str:
    """What became of a call, for who runs a command."""
    if found := refusal(error):
        return f"{server} {found}. {_REMEDIES[found]}: {_login(name, server)}"
    if was_closed(error):
        return (
            f"{server} closes each connection. It may not accept the certificate of the profile "
            f"{name}: its authority must be in the setting tls_client_ca of the service."
        )
    if isinstance(error, UnknownMethod):
        return (
            f"{server} does not serve operators over the network. Run the command on its machine, "
            "or have admin_over_network = true set there; a service of an earlier version may "
            "not know the call at all."
        )
    if isinstance(error, NotIdentified):
        return (
            f"{server} does not know who calls. It may ask for no certificates (its setting "
            f"tls_client_ca), or that of the profile {name} was revoked."
        )
    if isinstance(error, Unavailable) and not error.reason:
        if any(each in error.message for each in _NOBODY):
            return f"No service answers at {server}, which the profile {name} names."
        return (
            f"The connection to {server} was lost, so it is not known whether this was done. Look "
            "before you repeat it."
        )
    return error.message


def _login(name: str, server: str) -> str:
    return _LOGIN.format(name=name, server=server)
