"""AdminService: the calls that only the operator may make, such as key rotation and erasure."""

# ruff: noqa: N802 - the protos name the methods

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from diplomatic_ledger.admin.v1 import admin_service_pb2 as pb
from diplomatic_ledger.admin.v1.admin_service_pb2_grpc import AdminServiceServicer

from ledger_service.access.authors import Authors
from ledger_service.access.trail import Trail
from ledger_service.api import callers, permissions
from ledger_service.api.ledger_servicer import info, problem
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.application.administration import Administration
from ledger_service.application.backing_up import BackupMade
from ledger_service.application.lost_logs import LostLog
from ledger_service.application.making import LedgerDescription
from ledger_service.application.retiring import Archive
from ledger_service.domain.checks.ledgers import check_words
from ledger_service.domain.values import text
from ledger_service.domain.values.refusals import Invalid, LedgerError, Violation
from ledger_service.persistence.records import LOCAL

_ONLY_OWN_FOLDER = "Over the network backups go into the folder of the setting backup_dir only. Leave this out."


class AdminServicer(AdminServiceServicer):
    """The methods do not use the context of a call, so that a command can call them directly
    when no service runs.
    """

    def __init__(
        self, administration: Administration, authors: Authors, trail: Trail | None = None
    ) -> None:
        self._administration = administration
        self._authors = authors
        self._trail = trail

    async def ShowLedgers(
        self, _request: pb.ShowLedgersRequest, _context: object
    ) -> pb.ShowLedgersResponse:
        return pb.ShowLedgersResponse(
            ledgers=map(info, await self._administration.ledgers()),
            lost=[_lost(*each) for each in self._administration.lost()],
            left_out=[
                pb.LeftOutLedger(ledger=name, problem=problem)
                for name, problem in self._administration.left_out()
            ],
            retired=map(_retired, await self._administration.retired()),
            problems=map(problem, self._administration.problems()),
        )

    async def ShowKeys(
        self, request: pb.ShowKeysRequest, _context: object
    ) -> pb.ShowKeysResponse:
        keys = self._administration.keys(request.ledger)
        return pb.ShowKeysResponse(
            keys=[pb.LedgerKey(verification_key=key, signs=signs) for key, signs in keys]
        )

    async def RotateKey(
        self, request: pb.RotateKeyRequest, _context: object
    ) -> pb.RotateKeyResponse:
        key, position = await self._administration.rotate_key(
            request.ledger, request.reason, await self._author()
        )
        return pb.RotateKeyResponse(verification_key=key, position=position)

    async def RetireKey(
        self, request: pb.RetireKeyRequest, _context: object
    ) -> pb.RetireKeyResponse:
        keys = await self._administration.retire_key(request.ledger, request.verification_key)
        return pb.RetireKeyResponse(verification_keys=keys)

    async def EraseField(
        self, request: pb.EraseFieldRequest, _context: object
    ) -> pb.EraseFieldResponse:
        named = (request.ledger, request.entry_id, request.field, request.reason)
        author, findings = await self._author(), list[str]()
        self._tell(
            "erased",
            ledger=request.ledger,
            entry=request.entry_id,
            field=request.field,
            lost=request.lost,
        )
        if request.lost:
            erased, findings = await self._administration.settle_loss(*named, author)
        else:
            erased = await self._administration.erase(*named, author)
        return pb.EraseFieldResponse(
            position=erased.position,
            versions=erased.versions,
            findings=findings,
            plain_versions=erased.plain_versions,
            still_sealed=erased.still_sealed,
        )

    async def AdoptLedger(
        self, request: pb.AdoptLedgerRequest, _context: object
    ) -> pb.AdoptLedgerResponse:
        adopted = await self._administration.adopt(request.ledger)
        return pb.AdoptLedgerResponse(ledger=info(adopted.summary()))

    async def SucceedLedger(
        self, request: pb.SucceedLedgerRequest, _context: object
    ) -> pb.SucceedLedgerResponse:
        if request.aside:
            _check_other_name(request.ledger, request.aside)
        made = await self._administration.succeed(
            request.ledger,
            request.reason,
            _about(request),
            await self._author(),
            aside=request.aside,
        )
        return pb.SucceedLedgerResponse(
            origin=made.ledger.opening.origin,
            verification_key=made.ledger.opening.verification_key,
            inherited=made.bequest.upto,
            signed=made.bequest.signed.size,
            aside=made.aside,
        )

    async def ForkLedger(
        self, request: pb.ForkLedgerRequest, _context: object
    ) -> pb.ForkLedgerResponse:
        _check_other_name(request.ledger, request.fork)
        # Its sealed texts lie under another name too.
        self._tell("forked", ledger=request.ledger, fork=request.fork)
        made = await self._administration.fork(
            request.ledger, request.fork, request.reason, await self._author()
        )
        return pb.ForkLedgerResponse(
            origin=made.ledger.opening.origin,
            verification_key=made.ledger.opening.verification_key,
            inherited=made.bequest.upto,
        )

    async def RetireLedger(
        self, request: pb.RetireLedgerRequest, _context: object
    ) -> pb.RetireLedgerResponse:
        self._tell("retired", ledger=request.ledger)
        archive = await self._administration.retire(request.ledger)
        return pb.RetireLedgerResponse(retired=_retired(archive))

    async def BringBackLedger(
        self, request: pb.BringBackLedgerRequest, _context: object
    ) -> pb.BringBackLedgerResponse:
        self._tell("brought_back", ledger=request.ledger, archive=request.archive)
        found = await self._administration.bring_back(request.ledger, request.archive)
        return pb.BringBackLedgerResponse(ledger=info(found.summary()))

    async def CheckLedger(
        self, request: pb.CheckLedgerRequest, _context: object
    ) -> pb.CheckLedgerResponse:
        checked, views = await self._administration.check(request.ledger)
        return pb.CheckLedgerResponse(
            records=checked.records,
            findings=checked.findings,
            views=views,
            end_unknown=self._administration.end_unknown(request.ledger),
        )

    async def BackUpLedger(
        self, request: pb.BackUpLedgerRequest, _context: object
    ) -> AsyncIterator[pb.BackUpLedgerResponse]:
        if request.folder and callers.current().permit.user is not None:
            raise Invalid((Violation("folder", _ONLY_OWN_FOLDER),))
        # Sealed texts are copied.
        self._tell(
            "backed_up",
            ledger=request.ledger,
            folder=request.folder,
            sealed=not request.without_sealed,
        )
        steps = self._administration.back_up(
            request.ledger,
            request.folder,
            whole=request.whole,
            keep=request.keep,
            sealed=not request.without_sealed,
        )
        folder = self._administration.backups_of(request.ledger, request.folder)
        try:
            async for each in steps:
                if isinstance(each, BackupMade):
                    yield _made(each, folder / each.backup)
                else:
                    yield pb.BackUpLedgerResponse(position=each.position, upto=each.upto)
        except LedgerError as problem:
            yield pb.BackUpLedgerResponse(problem=str(problem))

    async def RebuildViews(
        self, request: pb.RebuildViewsRequest, _context: object
    ) -> AsyncIterator[pb.RebuildViewsResponse]:
        async for position, upto in self._administration.rebuild_views(request.ledger):
            yield pb.RebuildViewsResponse(position=position, upto=upto)

    async def ShowUsers(
        self, _request: pb.ShowUsersRequest, _context: object
    ) -> pb.ShowUsersResponse:
        found = await asyncio.to_thread(self._authors.all)
        return pb.ShowUsersResponse(
            users=[pb.RegisteredUser(**each._asdict()) for each in found]
        )

    async def ForgetUser(
        self, request: pb.ForgetUserRequest, _context: object
    ) -> pb.ForgetUserResponse:
        self._tell("forgotten", author=request.author)
        was_there = await asyncio.to_thread(self._authors.forget, request.author)
        return pb.ForgetUserResponse(was_there=was_there)

    def _tell(self, event: str, **facts: object) -> None:
        """Tells the trail what an operator does, before it is done. Raises StorageFailed."""
        if self._trail is not None:
            caller = callers.current()
            self._trail.tell(
                event, caller.permit.user, peer=caller.peer, call=caller.call_id, **facts
            )

    async def _author(self) -> str:
        """The author of what the operator does: by name over a connection with a certificate,
        and else `local`.
        """
        user = callers.current().permit.user
        return LOCAL if user is None else await asyncio.to_thread(self._authors.of, user)


def _check_other_name(ledger: str, name: str) -> None:
    permissions.check_other_name(callers.current().permit, ledger, name)


def _made(made: BackupMade, path: Path) -> pb.BackUpLedgerResponse:
    return pb.BackUpLedgerResponse(
        position=made.position,
        upto=made.position,
        backup=pb.Backup(
            path=str(path),
            whole=made.whole,
            position=made.position,
            size_bytes=made.size,
            added_bytes=made.added,
            forgotten=made.forgotten,
            removed=made.removed,
            findings=made.findings,
        ),
    )


def _retired(archive: Archive) -> pb.RetiredLedger:
    return pb.RetiredLedger(
        ledger=archive.ledger,
        archive=archive.name,
        log_path=str(archive.log),
        keys_path=str(archive.keys),
    )


def _lost(lost: LostLog, finding: str) -> pb.LostLedger:
    return pb.LostLedger(
        ledger=lost.name,
        origin=lost.origin,
        checkpoint_position=lost.size,
        finding=finding,
    )


def _about(request: pb.SucceedLedgerRequest) -> LedgerDescription | None:
    """The title, purpose and first day that the request states for a ledger whose log is lost.
    Raises Invalid.
    """
    if not (request.title or request.purpose or request.opens_on):
        return None
    problems = ReadingProblems()
    check_words(problems, request.title, request.purpose)
    opens_on = problems.day(request.opens_on, "opens_on")
    problems.refuse()
    return LedgerDescription(text.normal(request.title), text.normal(request.purpose), opens_on)
