"""ledgerctl: ask and feed a ledger service from the command line."""

from diplomatic_ledger.cli.root import main

__all__ = ["main"]
