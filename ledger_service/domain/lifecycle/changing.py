"""What counts as a change of a standing."""

from __future__ import annotations

from ledger_service.domain.values.answers import Standing


def essence(standing: Standing | None) -> object:
    """The parts of a standing by which it is said to have changed: not its grounds, nor the
    steps that led to it.
    """
    if standing is None:
        return None
    s = standing
    return (
        s.lifecycle,
        s.flags,
        s.share,
        s.share_at_least,
        s.existence.status,
        s.existence.hedged,
        s.superseded_by,
        s.against,
        s.day,
        s.held_by,
        s.left_by,
        s.due,
        s.until,
        s.due_share,
        s.behind,
        s.notice_given,
        s.last_reviewed,
        tuple(
            (
                c.act,
                c.relation,
                c.target,
                c.day,
                c.effective,
                c.why_not,
                c.flags,
                c.evidence.status,
                c.evidence.hedged,
            )
            for c in s.conduct
        ),
    )
