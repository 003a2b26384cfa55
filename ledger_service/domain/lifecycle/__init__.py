"""Where commitments stand: sides, evidence, moves, antecedents, and their course day by day."""
