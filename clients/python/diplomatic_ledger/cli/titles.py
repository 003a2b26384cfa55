"""The titles of acts, shown beside what rests on them."""

from __future__ import annotations

from collections.abc import Iterable

from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import pinned
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import cuts_pb2

#: The longest ids that there are, 128 bytes each, in a request of 64 KiB at most.
_AT_ONCE = 400


def titles(
    session: Session, basis: cuts_pb2.Basis, ids: Iterable[str], cuts: Cuts
) -> dict[str, str]:
    """The title of each act among some entries, as it reads on the basis of an answer to a
    question with these cuts.
    """
    pictured = pinned(basis, cuts.suppose)
    wanted = sorted(ids)
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        acts = session.client.acts(session.ledger, pictured, entry_ids=part)
        found |= {act.entry_id: spoken.title(act) for act in acts}
    return found
