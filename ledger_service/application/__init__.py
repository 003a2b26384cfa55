"""The ledgers of a service: opening and making them, recording, questions, checkpoints,
exports.
"""
