"""The words of answers that need a definition: a footnote tells it once in each answer."""

from __future__ import annotations

from diplomatic_ledger.cli.cells import Footnote

RECIPROCITY = Footnote(
    "reciprocity: twice the smaller of both weights, divided by their sum; 1 when both gave "
    "as much, 0 when only one gave.",
    is_definition=True,
)
ALTERNATION = Footnote(
    "alternation: of all steps that follow another, the share at which the giver changes; 1 "
    "when they took turns, 0 when one gave everything first.",
    is_definition=True,
)
FEWER = Footnote(
    "gave fewer: a count of what was delivered, and a sum of its weights; not a judgement of "
    "who ought to move.",
    is_definition=True,
)
IN_DOUBT = Footnote(
    "in doubt: entries that this answer would rest on under one reading of uncertain dates "
    "and not under the other; see --dates.",
    is_definition=True,
)
