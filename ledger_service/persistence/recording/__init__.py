"""From a request to a committed one: waiting in order, admission under the head lock, group commit."""
