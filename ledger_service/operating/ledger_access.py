"""How a command reaches what it operates: on this machine, by the settings of the service, or on
another one, by a profile of `ledgerctl`.

This module does not import the packages of the server.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from ledger_service.operating.options import (
    give_up,
    in_sentences,
    keep_private,
    load,
    need_the_server,
    place,
    with_settings,
)
from ledger_service.settings import Loaded, Settings

#: By what the ledgers of a service are found.
OF_LEDGERS = (
    "data_dir",
    "keys_dir",
    "store",
    "origin_base",
    "admin_socket",
    "checkpoint_seconds",
)
REFUSED = 1


class LedgerAccess:
    """Asks AdminService: of the service that runs here, or of this process where none does; with
    a `profile`, of the service on another machine that it names.
    """

    def __init__(
        self, config: Path | None, flags: Mapping[str, Any], profile: str | None = None
    ) -> None:
        self._config = config
        self._flags = dict(flags)
        self.profile = profile
        if profile is not None:
            self._refuse_settings()
            # gRPC reads it when it is imported. What it logs of a handshake is said in words.
            os.environ.setdefault("GRPC_VERBOSITY", "NONE")

    @cached_property
    def loaded(self) -> Loaded:
        return load(self._config, self._flags)

    @property
    def settings(self) -> Settings:
        """Those of the service on this machine."""
        return self.loaded.settings

    @property
    def place(self) -> str:
        """Where the ledgers are."""
        return (
            place(self.settings) if self.profile is None else f"the service of {self.profile}"
        )

    @property
    def option(self) -> str:
        """What a command to paste has at its end, to reach the same service."""
        return "" if self.profile is None else f" --profile {self.profile}"

    def ask(self, method: str, **fields: Any) -> Any:
        """The response of a method. Ends the run when it is refused."""
        self.prepare()
        with in_sentences(REFUSED):
            return self.answer(method, **fields)

    def answer(self, method: str, **fields: Any) -> Any:
        """The response of a method, behind `prepare`. Raises its refusal, and OutOfReach."""
        return asyncio.run(self._answer(method, fields))

    def follow(self, method: str, **fields: Any) -> AsyncIterator[Any]:
        """The responses of a method that answers with a stream, behind `prepare`. Raises as
        `answer`.
        """
        from ledger_service.operating import reach, remote  # noqa: PLC0415 - as below

        if self.profile is not None:
            return remote.follow(self.profile, method, fields)
        return reach.follow(self.settings, method, fields)

    def prepare(self) -> None:
        """Ends the run where the server's packages are missing. What is made is private, and of
        what is logged only errors are shown.
        """
        need_the_server()
        from ledger_service import logging_setup  # noqa: PLC0415 - needs the server's packages

        logging_setup.configure("human", "error", tracebacks=False)
        keep_private()

    def _answer(self, method: str, fields: Mapping[str, Any]) -> Coroutine[Any, Any, Any]:
        from ledger_service.operating import remote  # noqa: PLC0415 - needs the server's packages

        if self.profile is not None:
            return remote.ask(self.profile, method, fields)
        return self._answer_here(method, fields)

    def _answer_here(self, method: str, fields: Mapping[str, Any]) -> Coroutine[Any, Any, Any]:
        from ledger_service.operating import reach  # noqa: PLC0415 - as above

        return reach.ask(self.settings, method, fields)

    def _refuse_settings(self) -> None:
        """Ends the run where something says where a service is on this machine, too."""
        said = {**self._flags, "config": self._config}
        for name, value in said.items():
            if value is not None:
                flag = f"--{name.replace('_', '-')}"
                give_up(
                    f"--profile is for a service on another machine, of which {flag} says "
                    f"nothing. Leave out one of them."
                )


def reaching(
    kind: Callable[..., LedgerAccess], names: Sequence[str] = OF_LEDGERS
) -> Callable[[Any], Any]:
    """Gives a command an access of this kind: from flags of these settings, which say where the
    service is on this machine, or from a profile.
    """

    def decorate(command: Any) -> Any:
        def run(config: Path | None, profile: str | None, **arguments: Any) -> Any:
            flags = {name: arguments.pop(name) for name in names}
            return command(kind(config, flags, profile), **arguments)

        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
        return click.option(
            "--profile",
            metavar="NAME",
            help="The service on another machine that this profile of ledgerctl names, over the "
            "network: ledgerctl login NAME --server HOST:PORT --ca FILE --certificate FILE "
            "--key FILE.",
        )(with_settings(names)(run))

    return decorate


#: Of a command that asks AdminService.
operator = reaching(LedgerAccess)
