"""AccessService: tokens and grants, which operators list, add and take back while the service
runs. The files of the access folder are changed as the commands change them.
"""

# ruff: noqa: N802 - the protos name the methods

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from diplomatic_ledger.admin.v1 import access_service_pb2 as pb
from diplomatic_ledger.admin.v1.access_service_pb2_grpc import AccessServiceServicer
from google.protobuf.message import Message

from ledger_service.access import tokens
from ledger_service.access.access_files import AccessFiles, Check
from ledger_service.access.kept_file import FileRefused
from ledger_service.access.refusals import NotPermitted
from ledger_service.access.roles import EVERY_LEDGER, Grant, Grants, Role
from ledger_service.access.trail import Trail
from ledger_service.api import callers, pages
from ledger_service.api.messages import access
from ledger_service.api.sizes import Sizes
from ledger_service.domain.values import limits
from ledger_service.domain.values.refusals import Invalid, Violation

Kept = TypeVar("Kept")
Made = TypeVar("Made")
Shown = TypeVar("Shown", bound=Message)

_NO_FOLDER = (
    "This service asks nobody who calls, and so has neither tokens nor grants. Start it with the "
    "setting access_dir."
)


class AccessServicer(AccessServiceServicer):
    """`files` is None where nobody is asked who calls. `changed` is called after each change, to
    take it over at once. The methods do not use the context of a call, so that a command can
    call them directly.
    """

    def __init__(
        self,
        files: AccessFiles | None,
        changed: Callable[[], object],
        now: Callable[[], datetime],
        trail: Trail | None,
        sizes: Sizes,
    ) -> None:
        self._kept = files
        self._changed = changed
        self._now = now
        self._trail = trail
        self._sizes = sizes
        # Changes wait for those of other processes in a thread of their own: whoever holds up
        # the files holds up nothing else.
        self._changes = ThreadPoolExecutor(1, "access")

    async def ListTokens(
        self, request: pb.ListTokensRequest, _context: object
    ) -> pb.ListTokensResponse:
        found = await asyncio.to_thread(self._files.tokens)
        shown, following = self._page(request, found, access.token_key, access.token)
        return pb.ListTokensResponse(tokens=shown, next_page_token=following)

    async def AddToken(
        self, request: pb.AddTokenRequest, _context: object
    ) -> pb.AddTokenResponse:
        files, now = self._files, self._now()
        tokens.check_user(request.subject, request.name)
        if request.days > limits.TOKEN_DAYS:
            problem = f"A token lasts {limits.TOKEN_DAYS} days at most; 0: until it is revoked."
            raise Invalid((Violation("days", problem),))
        until = now + timedelta(days=request.days) if request.days else None
        text, kept = await asyncio.to_thread(
            tokens.new_token, request.subject, request.name, now, until
        )
        check = self._check("token_added", prefix=kept.prefix, subject=kept.subject)
        await self._change(files.add_token, kept, check)
        return pb.AddTokenResponse(token=access.token(kept), text=text)

    async def RevokeToken(
        self, request: pb.RevokeTokenRequest, _context: object
    ) -> pb.RevokeTokenResponse:
        files, prefix = self._files, request.prefix
        if not tokens.is_prefix(prefix):
            problem = (
                "This is no prefix of a token, and not told back, since it may be a secret. "
                "Give the prefix that the list of tokens shows."
            )
            raise Invalid((Violation("prefix", problem),))
        check = self._check("token_revoked", prefix=prefix)
        gone = await self._change(files.revoke_token, prefix, check)
        return pb.RevokeTokenResponse(token=access.token(gone))

    async def ListGrants(
        self, request: pb.ListGrantsRequest, _context: object
    ) -> pb.ListGrantsResponse:
        found = await asyncio.to_thread(self._files.grants)
        if request.ledger != EVERY_LEDGER:
            found = tuple(e for e in found if e.ledger in (request.ledger, EVERY_LEDGER))
        shown, following = self._page(request, found, access.grant_key, access.grant)
        return pb.ListGrantsResponse(grants=shown, next_page_token=following)

    async def AddGrant(
        self, request: pb.AddGrantRequest, _context: object
    ) -> pb.AddGrantResponse:
        files, made = self._files, access.read_grant(request)
        _check_own(made.issuer, made.subject)
        check = self._check("granted", made.ledger, new=made, **_told(made))
        is_new = await self._change(files.add_grant, made, check)
        return pb.AddGrantResponse(grant=access.grant(made), was_there=not is_new)

    async def RevokeGrants(
        self, request: pb.RevokeGrantsRequest, _context: object
    ) -> pb.RevokeGrantsResponse:
        files, ledger = self._files, request.ledger
        whose = {"issuer": request.issuer, "subject": request.subject}
        _check_own(**whose)
        check = self._check("grants_revoked", ledger, of=whose, ledger=ledger)
        gone = await self._change(
            files.revoke_grants, whose["issuer"], whose["subject"], ledger, check
        )
        return pb.RevokeGrantsResponse(grants=map(access.grant, gone))

    async def _change(self, change: Callable[..., Made], *words: object) -> Made:
        """What a change of the files returns. It is taken over at once. A call that ends while
        it is behind other changes of this service changes nothing. One that ends later may be
        carried out all the same, and is taken over within a second.
        """
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._changes, partial(change, *words))
        self._changed()
        return made

    @property
    def _files(self) -> AccessFiles:
        """Raises FileRefused where there are none."""
        if self._kept is None:
            raise FileRefused(_NO_FOLDER)
        return self._kept

    def _check(
        self,
        event: str,
        where: str = EVERY_LEDGER,
        new: Grant | None = None,
        **facts: object,
    ) -> Check:
        """Looks, once nothing else can change, whether the caller is an admin still, such that
        two cannot drive out one another at once; then tells the trail, unless what would be
        `new` is there already.
        """
        caller = callers.current()
        user = caller.permit.user

        def check(grants: tuple[Grant, ...]) -> None:
            if user and Role.ADMIN not in Grants(grants).of(user).on(where).roles:
                raise NotPermitted("The role of admin was taken back just now.")
            if self._trail is not None and new not in grants:
                self._trail.tell(event, user, peer=caller.peer, call=caller.call_id, **facts)

        return check

    def _page(
        self,
        request: Any,
        found: Iterable[Kept],
        key: Callable[[Kept], str],
        show: Callable[[Kept], Shown],
    ) -> tuple[list[Shown], str]:
        """The messages of a page, in the order of their keys, and the token of the next page."""
        page = pages.page(request)
        size = pages.size(request.page_size, self._sizes.max_page_size)
        rows = sorted(found, key=key)
        start = bisect_right(rows, page.after, key=key)
        shown = pages.fitting(map(show, rows[start : start + size]), self._sizes.page_bytes)
        end = start + len(shown)
        return shown, page.following(key(rows[end - 1])) if end < len(rows) else ""


def _check_own(issuer: str, subject: str) -> None:
    """Raises NotPermitted for who would change what they themselves may do: nobody locks
    themselves out, and what an admin may do beside that is given by somebody else.
    """
    user = callers.current().permit.user
    if user is not None and (user.issuer, user.subject) == (issuer, subject):
        raise NotPermitted(
            "Over the network nobody changes what they themselves may do: another admin does, or "
            "the operator on the machine of the service."
        )


def _told(made: Grant) -> dict[str, object]:
    return {
        "to": {"issuer": made.issuer, "subject": made.subject},
        "ledger": made.ledger,
        "roles": sorted(made.roles),
        "parties": sorted(made.parties),
    }
