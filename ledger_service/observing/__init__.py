"""What an operator sees of a running service: metrics, health of what no part notices by
itself, and traces.
"""
