"""The gRPC door: what stands on the wire, and how the ledger's answers get there."""
