"""From a waiting request to a committed one: sequencer, admission under the head lock, group
commit.
"""
