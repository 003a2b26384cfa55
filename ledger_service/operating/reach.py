"""Reaches the ledgers of a data folder: through the service that runs on it, or by opening the
folder in this process and running the same code.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
from diplomatic_ledger.admin.v1 import admin_service_pb2
from diplomatic_ledger.admin.v1.admin_service_pb2_grpc import AdminServiceStub

from ledger_service.access.authors import Authors
from ledger_service.api.admin_servicer import AdminServicer
from ledger_service.application.administration import Administration
from ledger_service.application.ledgers import FolderInUse, Ledgers
from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.author_register import register
from ledger_service.settings import Settings


class OutOfReach(LedgerError):
    """A service runs, but its socket cannot be used, or it refuses. The text says why."""


async def ask(settings: Settings, method: str, fields: Mapping[str, Any]) -> Any:
    """The response of a method of AdminService. Raises its refusal, OutOfReach, or the error
    that prevents opening the ledgers.
    """
    check_folder(settings.data_dir)
    request = getattr(admin_service_pb2, f"{method}Request")(**fields)
    ledgers = Ledgers(
        settings.data_dir,
        settings.keys_dir,
        settings.origin_base,
        lambda: datetime.now(UTC),
        settings.checkpoint_seconds,
        settings.store,
        trust_clock=settings.trust_clock,
    )
    try:
        ledgers.open()
        authors = Authors(register(settings.data_dir, settings.store))
        servicer = AdminServicer(Administration(ledgers), authors)
        return await getattr(servicer, method)(request, None)
    except FolderInUse as in_use:
        _check_socket(settings.admin_path, in_use)
        return await _ask_service(settings.admin_path, method, request)
    finally:
        await ledgers.close()


def check_folder(path: Path) -> None:
    """Raises OutOfReach when there is no data folder at `path`."""
    if not path.is_dir():
        raise OutOfReach(f"There is no data folder {path}. Name it with --data-dir.")


def _check_socket(path: Path, in_use: FolderInUse) -> None:
    if not path.is_socket():
        raise OutOfReach(
            f"{in_use} If it is the service, name its socket with --admin-socket: "
            f"there is none at {path}."
        )


async def _ask_service(path: Path, method: str, request: Any) -> Any:
    options = (("grpc.default_authority", "localhost"), ("grpc.enable_http_proxy", 0))
    async with grpc.aio.insecure_channel(f"unix:{path}", options=options) as channel:
        try:
            return await getattr(AdminServiceStub(channel), method)(request)
        except grpc.aio.AioRpcError as error:
            raise OutOfReach(error.details() or error.code().name) from None
