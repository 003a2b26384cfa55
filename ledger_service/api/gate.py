"""The gate before all calls: who makes each, and whether they may."""

from __future__ import annotations

from typing import Any

import grpc

from ledger_service.access.identifying import Identifying, Permit
from ledger_service.access.refusals import NotIdentified, NotPermitted
from ledger_service.api import permissions
from ledger_service.spans import Metadata

Context = grpc.aio.ServicerContext[Any, Any]

_AUTHORIZATION = "authorization"
_BEARER = "bearer "
_CERTIFICATE = "x509_pem_cert"


class Credentials:
    """What a caller sent to say who they are. Kept while its call lasts, and never shown."""

    __slots__ = ("bearer", "certificate", "host")

    def __init__(self, context: Context, metadata: Metadata) -> None:
        self.bearer = _bearer(metadata)
        found = list(context.auth_context().get(_CERTIFICATE, ()))
        self.certificate: bytes | None = found[0] if found else None
        #: From where it came, without the port.
        self.host: str = context.peer().rpartition(":")[0]


class Gate:
    """Lets calls in. Without `identifying` nobody is asked who calls, and all are let in;
    sealed texts are `disclosed` to all or none of them then. Belongs to the event loop.
    """

    def __init__(
        self, identifying: Identifying | None = None, *, disclosed: bool = False
    ) -> None:
        self._identifying = identifying
        self._everything = permissions.everything(cleared=disclosed)

    @property
    def asks(self) -> bool:
        """Whether callers are asked who they are."""
        return self._identifying is not None

    async def enter(
        self, context: Context, metadata: Metadata
    ) -> tuple[Permit, Credentials | None]:
        """The permit of who makes a call with these metadata, and what shows it. Raises
        NotIdentified.
        """
        if self._identifying is None:
            return self._everything, None
        credentials = Credentials(context, metadata)
        return await self._permit(credentials), credentials

    async def again(
        self, before: Permit, credentials: Credentials, need: permissions.Need, request: Any
    ) -> None:
        """Raises what a call would be refused with if it were made now, and NotPermitted when
        anything was taken back of what its caller might do `before`.
        """
        now = await self._permit(credentials)
        permissions.check(now, need, request)
        ledger = getattr(request, "ledger", "")
        if not now.rights.on(ledger).roles >= before.rights.on(ledger).roles:
            raise NotPermitted("Rights were taken back while this was answered.")

    async def _permit(self, credentials: Credentials) -> Permit:
        assert self._identifying is not None
        return await self._identifying.permit(
            credentials.bearer, credentials.certificate, credentials.host
        )


def _bearer(metadata: Metadata) -> str | None:
    """The token that the caller sent; None for none. Raises NotIdentified."""
    found = [value for key, value in metadata if key == _AUTHORIZATION]
    if not found:
        return None
    text = found[0]
    if len(found) > 1 or not isinstance(text, str) or not text.lower().startswith(_BEARER):
        raise NotIdentified("The authorization is not one bearer token.")
    return text[len(_BEARER) :].strip()
