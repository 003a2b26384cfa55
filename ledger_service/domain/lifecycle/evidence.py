"""The status of the visible evidence on an act, or on the existence of a commitment or an
instrument.

The first status that fits counts: verified, refuted, disputed, attested, claimed. Neither side
of a contradiction wins by coming last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from ledger_service.domain.lifecycle.interest import Interest
from ledger_service.domain.lifecycle.neutrality import (
    interested_in,
    on_account_of,
    told_by_neutral,
)
from ledger_service.domain.lifecycle.sides import (
    PUBLISHER,
    SPOKEN,
    confirmed,
    doers,
    own_words,
    sides,
    speakers,
    tellers,
)
from ledger_service.domain.lifecycle.statements import (
    ASSERTING,
    Statement,
    about_act,
    about_existence,
)
from ledger_service.domain.picture import bodies
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import RestsOn, VisibleEntry
from ledger_service.domain.values.answers import EvidenceStatus, Finding
from ledger_service.domain.values.entries import About, ActKind, Mandate
from ledger_service.domain.values.stopping import looking

_PUBLISHED = frozenset({PUBLISHER})

#: Acts that the report of them does not attest: it was said, which does not make it true.
CLAIMS = frozenset({ActKind.CLAIM, ActKind.DENIAL})
_NOTHING = frozenset[str]()


class _Judged(NamedTuple):
    """A finding, and the entries that make it what it is beside those that it names."""

    finding: Finding
    beside: AbstractSet[str] = _NOTHING


def act_finding(picture: Picture, act: VisibleEntry) -> Finding:
    """The evidence on a visible act."""
    return _judged(picture, act).finding


def add_grounds(picture: Picture, act: VisibleEntry, found: RestsOn) -> None:
    """Adds the entries on which the finding on a visible act rests: who speaks for or against
    it, the commitments of whose fulfilment they speak, and those on whose account others do
    not speak as neutrals.
    """
    judged = _judged(picture, act)
    found.checks.update(judged.finding.because)
    found.events.update(judged.beside)


def _judged(picture: Picture, act: VisibleEntry) -> _Judged:
    return picture.memoised_of("act_finding", act, _judge_act)


def _judge_act(picture: Picture, act: VisibleEntry) -> _Judged:
    attested = act.act.kind not in CLAIMS and _published(act)
    return _judge(picture, act, about_act(picture, act), attested=attested)


def existence_finding(picture: Picture, entry: VisibleEntry) -> Finding:
    """The evidence that a visible commitment was made, or a visible instrument concluded."""
    return picture.memoised_of("existence_finding", entry, _existence_finding)


def _existence_finding(picture: Picture, entry: VisibleEntry) -> Finding:
    says = _debtor_says if entry.is_commitment else _participant_says
    attested = _published(entry) or says(picture, entry)
    return _judge(picture, entry, about_existence(picture, entry), attested=attested).finding


def _judge(
    picture: Picture,
    subject: VisibleEntry,
    words: Sequence[Statement],
    *,
    attested: bool,
) -> _Judged:
    if not words and not any(e.hedged for e in subject.evidence):  # as nearly always
        return _Judged(
            Finding(
                _status(verified=False, refuted=False, opposed=False, attested=attested),
                hedged=False,
            )
        )
    verified, refuted = list[VisibleEntry](), list[VisibleEntry]()
    opposed, fulfilments = list[VisibleEntry](), set[str]()
    unheard = set[tuple[frozenset[str], date]]()
    interested = interested_in(picture, subject)
    voices = _Voices(picture, subject)
    for said in looking(words):
        neutral, others = _neutrals(picture, said, interested)
        (refuted if said.denies else verified).extend(neutral)
        opposes = bool(others) and voices.are_opposed_by(said)
        if opposes:
            opposed += others
        if said.fulfilment_of and (neutral or opposes):
            fulfilments.add(said.fulfilment_of)
        if said.checks and said.related and subject.is_act:
            unheard.update((said.related, source.day) for source in others)
    status = _status(
        verified=bool(verified),
        refuted=bool(refuted),
        opposed=bool(opposed),
        attested=attested,
    )
    because = {source.id: source for source in (*verified, *refuted, *opposed)}
    hedged = _hedged(picture, subject, interested)
    told = sorted(because.values(), key=attrgetter("order"))
    finding = Finding(status, hedged, tuple([source.id for source in told]))
    silencing = [on_account_of(picture, subject, who, day) for who, day in looking(unheard)]
    if hedged and subject.is_act:
        silencing.append(kept_from_telling(picture, subject))
    return _Judged(finding, fulfilments.union(*silencing))


def kept_from_telling(picture: Picture, act: VisibleEntry) -> frozenset[str]:
    """The entries without which those would be neutral who tell of an act without a hedge."""
    tellers = {e.asserted_by for e in act.evidence if e.asserted_by and not e.hedged}
    related = (bodies.related(picture.parties, (each,), act.day) for each in tellers)
    return _NOTHING.union(*(on_account_of(picture, act, who, act.day) for who in related))


def _neutrals(
    picture: Picture, said: Statement, interested: Interest
) -> tuple[Sequence[VisibleEntry], Sequence[VisibleEntry]]:
    """The sources of a statement that verify or refute as neutrals, and the others."""
    if not said.checks or not said.related:
        return (), said.sources
    if not interested.succeeded:
        neutral = said.related.isdisjoint(interested.named)
        return (said.sources, ()) if neutral else ((), said.sources)
    parted: tuple[list[VisibleEntry], list[VisibleEntry]] = [], []
    for source in said.sources:
        who = interested.on(picture.parties, source.day)
        parted[not said.related.isdisjoint(who)].append(source)
    return parted


def _status(*, verified: bool, refuted: bool, opposed: bool, attested: bool) -> EvidenceStatus:
    if verified and not refuted:
        return EvidenceStatus.VERIFIED
    if refuted and not verified:
        return EvidenceStatus.REFUTED
    if verified or opposed:
        return EvidenceStatus.DISPUTED
    return EvidenceStatus.ATTESTED if attested else EvidenceStatus.CLAIMED


class _Voices:
    """Whose words the evidence on an entry is; looked up when it is first needed."""

    def __init__(self, picture: Picture, subject: VisibleEntry) -> None:
        self._picture = picture
        self._subject = subject
        self._known: frozenset[frozenset[str]] | None = None

    def are_opposed_by(self, said: Statement) -> bool:
        """Whether words against the entry are those of somebody else."""
        if said.denies:
            by = said.said_by
            return bool(by) and any(not voice <= by for voice in self._own())
        return not said.checks and any(map(self._contradicted, said.sources))

    def _contradicted(self, other: VisibleEntry) -> bool:
        """Whether an entry and one that contradicts it are told by different voices. What a
        single party says on both sides disputes neither.
        """
        voices = self._own().union(_voices(self._picture, other))
        return len(voices) > 1 or voices == {_PUBLISHED}

    def _own(self) -> frozenset[frozenset[str]]:
        if self._known is None:
            self._known = frozenset(_voices(self._picture, self._subject))
        return self._known


def _voices(picture: Picture, subject: VisibleEntry) -> Iterator[frozenset[str]]:
    """Whose words the evidence on an entry is: a publisher's, a party's, or, of an act that
    consists of words, its actors'.
    """
    for evidence in subject.evidence:
        spoken = subject.is_act and subject.act.kind in SPOKEN and subject.act.actors
        if not evidence.asserted_by and spoken:
            yield speakers(picture, subject)
        else:
            yield tellers(picture, subject, evidence)


def _published(subject: VisibleEntry) -> bool:
    return any(not e.asserted_by and not e.hedged for e in subject.evidence)


def _debtor_says(picture: Picture, commitment: VisibleEntry) -> bool:
    """Whether a promise is a debtor's own mandated word, in its evidence or by an act that
    asserts it; of a mutual one, whether it is that of every party.
    """
    parties = sides(picture, commitment)
    said = own_words(picture, commitment, parties)
    for act, relation in picture.relations_to(commitment.id):
        asserts = relation.kind in ASSERTING and relation.about is not About.FULFILMENT
        if asserts and act_finding(picture, act).status is not EvidenceStatus.REFUTED:
            # Who has succeeded a debtor by then may say it too.
            by = confirmed(picture, act, parties.on(act.day))
            said |= {debtor for debtor in parties.debtors if by & parties.line(debtor, act.day)}
    return parties.debtors <= said if parties.mutual else bool(said)


def _participant_says(picture: Picture, instrument: VisibleEntry) -> bool:
    """Whether an instrument is the own mandated word of one of its participants, in its
    evidence or by an act that asserts it, or verifies it, which is no more from them.
    """
    day = instrument.day
    parties = picture.parties.principals(instrument.instrument.participants, day)
    for each in instrument.evidence:
        by = each.asserted_by
        if by and picture.parties.backs(by, day, parties, Mandate.PROMISE):
            return True
    return any(
        relation.kind in ASSERTING
        and act_finding(picture, act).status is not EvidenceStatus.REFUTED
        and doers(picture, act, parties, Mandate.PROMISE)
        for act, relation in picture.relations_to(instrument.id)
    )


def plainly_told(picture: Picture, act: VisibleEntry) -> bool:
    """Whether a publisher or a neutral tells of an act without a hedge."""
    return _plain(picture, act, interested_in(picture, act))


def _hedged(picture: Picture, subject: VisibleEntry, interested: Interest) -> bool:
    hedged = any(e.hedged for e in subject.evidence)
    return hedged and not _plain(picture, subject, interested)


def _plain(picture: Picture, subject: VisibleEntry, interested: Interest) -> bool:
    return any(
        not e.hedged and told_by_neutral(picture, subject, e, interested)
        for e in subject.evidence
    )
