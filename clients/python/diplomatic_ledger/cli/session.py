"""One run of ledgerctl: which service and ledger are meant, and how to answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import click

from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.harmless import harmless
from diplomatic_ledger.cli.screen import Screen
from diplomatic_ledger.connection import DEFAULT_SERVER, DEFAULT_TIMEOUT_SECONDS
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.sync import SyncLedgerClient


@dataclass
class Session:
    server: str = DEFAULT_SERVER
    ledger_name: str = ""
    output: str = "table"
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    screen: Screen = field(default_factory=Screen)

    @cached_property
    def client(self) -> SyncLedgerClient:
        return SyncLedgerClient(self.server, timeout=self.timeout)

    @property
    def ledger(self) -> str:
        """The ledger that was named, or the only one of the service."""
        if not self.ledger_name:
            self.ledger_name = self._only_ledger()
        return self.ledger_name

    def check_known(self, entry_ids: Iterable[str], cuts: Cuts) -> None:
        """Raises EntryNotFound when there is no such entry, so that a mistyped id is told from
        an empty answer.
        """
        for entry_id in entry_ids:
            self.client.entry(self.ledger, entry_id, cuts)

    def tell(self, sentence: str) -> None:
        """Writes a sentence to stderr, beside the answer."""
        click.echo(harmless(sentence), err=True)

    @property
    def as_json(self) -> bool:
        return self.output == "json"

    def close(self) -> None:
        client = self.__dict__.pop("client", None)
        if client is not None:
            client.close()

    def _only_ledger(self) -> str:
        names = [info.ledger for info in self.client.ledgers()]
        if len(names) == 1:
            return names[0]
        if not names:
            raise Failure(
                "The service has no ledger yet. Create one with: "
                "ledgerctl ledgers create NAME --title TITLE",
                code=3,
            )
        raise usage(f"Say which ledger with --ledger: {', '.join(names)}.")
