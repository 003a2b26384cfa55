"""Reaches the ledgers of a data folder: through the service that runs on it, or by opening the
folder in this process and running the same code. Tokens and grants are reached as the files that
they are, whether a service runs or not.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
from diplomatic_ledger.admin.v1 import access_service_pb2, admin_service_pb2
from diplomatic_ledger.admin.v1.admin_service_pb2_grpc import AdminServiceStub

from ledger_service import usual_folders
from ledger_service.access.access_files import AccessFiles
from ledger_service.access.authors import Authors
from ledger_service.access.trail import Trail
from ledger_service.access_parts import trail_path
from ledger_service.api.access_servicer import AccessServicer
from ledger_service.api.admin_servicer import AdminServicer
from ledger_service.api.sizes import Sizes
from ledger_service.application.administration import Administration
from ledger_service.application.ledgers import Ledgers
from ledger_service.application.ownership import FolderInUse
from ledger_service.backup_parts import backup_plan, backups
from ledger_service.domain.values.refusals import LedgerError, StorageFailed
from ledger_service.persistence.author_register import register
from ledger_service.settings import Settings


class OutOfReach(LedgerError):
    """A service cannot be reached, or it refuses, or there is no ledger to be reached. The text
    says why.
    """


async def ask(settings: Settings, method: str, fields: Mapping[str, Any]) -> Any:
    """The response of a method of AdminService. Raises its refusal, OutOfReach, or the error
    that prevents opening the ledgers.
    """
    request = _request(settings, method, fields)
    try:
        async with _opened(settings, request) as servicer:
            return await getattr(servicer, method)(request, None)
    except FolderInUse as in_use:
        _check_socket(settings.admin_path, in_use)
    async with _service(settings.admin_path) as stub:
        return await getattr(stub, method)(request)


async def follow(
    settings: Settings, method: str, fields: Mapping[str, Any]
) -> AsyncIterator[Any]:
    """The responses of a method of AdminService that answers with a stream. Raises as `ask`."""
    request = _request(settings, method, fields)
    try:
        async with _opened(settings, request) as servicer:
            async for response in getattr(servicer, method)(request, None):
                yield response
            return
    except FolderInUse as in_use:
        _check_socket(settings.admin_path, in_use)
    async with _service(settings.admin_path) as stub:
        async for response in getattr(stub, method)(request):
            yield response


async def change_access(settings: Settings, method: str, fields: Mapping[str, Any]) -> Any:
    """The response of a method of AccessService, from the files of the access folder. What is
    changed is told in the trail of the service. Raises its refusal, and OutOfReach.
    """
    assert settings.access_dir is not None
    request = getattr(access_service_pb2, f"{method}Request")(**fields)
    with _trail(settings) as told:
        files = AccessFiles(settings.access_dir)
        # A running service looks at the files by itself.
        servicer = AccessServicer(files, lambda: None, _now, told, Sizes())
        return await getattr(servicer, method)(request, None)


def _request(settings: Settings, method: str, fields: Mapping[str, Any]) -> Any:
    check_folder(settings.data_dir)
    return getattr(admin_service_pb2, f"{method}Request")(**fields)


@asynccontextmanager
async def _opened(settings: Settings, request: Any) -> AsyncIterator[AdminServicer]:
    """Opens the ledger that a request names in this process; where it names none and asks for
    all, each one in turn. The trail is kept as the service keeps it. Raises FolderInUse, and
    OutOfReach.
    """
    ledgers = Ledgers(
        settings.data_dir,
        settings.keys_dir,
        settings.origin_base,
        _now,
        settings.checkpoint_seconds,
        settings.store,
        unasked=0,
        trust_clock=settings.trust_clock,
    )
    with _trail(settings) as told:
        try:
            ledgers.open()
            if isinstance(request, admin_service_pb2.ShowLedgersRequest):
                await ledgers.look_at_each()
            elif name := getattr(request, "ledger", ""):
                await ledgers.open_closed(name)
            authors = Authors(register(settings.data_dir, settings.store))
            administration = Administration(
                ledgers, backups(settings, _now), regular=backup_plan(settings)
            )
            yield AdminServicer(administration, authors, told)
        finally:
            await ledgers.close()


@contextmanager
def _trail(settings: Settings) -> Iterator[Trail | None]:
    """The trail of the service, in which this process tells what it does; None where none is
    kept. Each line names the user of the operating system, since nobody is asked who runs a
    command. Raises OutOfReach for what is refused because the trail cannot be written.
    """
    path = trail_path(settings)
    if path is None:
        yield None
        return
    problems = list[str]()
    told = Trail(path, _now, problems.append, _who_runs_this())
    try:
        yield told
    except StorageFailed:
        if problems and problems[-1]:
            raise OutOfReach(problems[-1]) from None
        raise
    finally:
        told.close()


def _who_runs_this() -> dict[str, str]:
    """The user of the operating system, and who became that user by sudo, as it says."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:  # as in a container
        name = str(number)
    sudo = os.environ.get("SUDO_USER", "")
    return {"system_user": name, **({"sudo_user": sudo} if sudo else {})}


def _now() -> datetime:
    return datetime.now(UTC)


def check_folder(path: Path) -> None:
    """Raises OutOfReach when there is no data folder at `path`."""
    if not path.is_dir():
        former = usual_folders.left_behind() if path == usual_folders.of_data() else ""
        text = f"There is no data folder {path}. Name it with --data-dir. {former}"
        raise OutOfReach(text.rstrip())


def _check_socket(path: Path, in_use: FolderInUse) -> None:
    if not path.is_socket():
        raise OutOfReach(
            f"{in_use} If it is the service, name its socket with --admin-socket: "
            f"there is none at {path}."
        )


@asynccontextmanager
async def _service(path: Path) -> AsyncIterator[AdminServiceStub]:
    """The service that runs. Raises OutOfReach when it refuses."""
    options = (
        ("grpc.default_authority", "localhost"),
        ("grpc.enable_http_proxy", 0),
        ("grpc.max_receive_message_length", -1),  # there may be many ledgers
    )
    async with grpc.aio.insecure_channel(f"unix:{path}", options=options) as channel:
        try:
            yield AdminServiceStub(channel)
        except grpc.aio.AioRpcError as error:
            raise OutOfReach(error.details() or error.code().name) from None
