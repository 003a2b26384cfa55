"""The server of the Diplomatic Ledger."""

__version__ = "0.1.0"
