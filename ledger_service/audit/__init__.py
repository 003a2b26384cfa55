"""What makes a ledger verifiable by others. Pure: bytes in, bytes out."""
