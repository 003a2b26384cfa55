"""The rules of the ledger: what may be recorded, and what follows from what was recorded.
Pure: no input or output, no clock, no gRPC.
"""
