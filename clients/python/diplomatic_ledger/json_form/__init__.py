"""Converts messages to plain mappings and lists and back: the form of entry files and of JSON
answers.

Enum words are in small letters, interval dates are texts, conditions are mappings such as
`{act: F016}`. Writing a message and reading it back gives the same message. Reading refuses
what it does not know, and names the place and a remedy.
"""

from diplomatic_ledger.json_form.items import (
    read_item,
    read_items,
    read_partly,
    read_state,
    read_state_partly,
    write_item,
    write_state,
)
from diplomatic_ledger.json_form.problems import PlainError, Problem
from diplomatic_ledger.json_form.reading import fill, read
from diplomatic_ledger.json_form.severally import says_more
from diplomatic_ledger.json_form.writing import Plain, write

__all__ = [
    "Plain",
    "PlainError",
    "Problem",
    "fill",
    "read",
    "read_item",
    "read_items",
    "read_partly",
    "read_state",
    "read_state_partly",
    "says_more",
    "write",
    "write_item",
    "write_state",
]
