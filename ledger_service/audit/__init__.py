"""What makes a ledger verifiable by others: tree, proofs, signed notes, exports. Pure: it
takes bytes and returns bytes.
"""
