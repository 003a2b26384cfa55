"""Why an entry that a question names is not there to be asked about."""

from __future__ import annotations

from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import TYPE_NAMES, Instrument, Party, Report, State
from ledger_service.domain.values.missing import Missing, MissingReason
from ledger_service.domain.values.refusals import NO_PARTY, EntryNotFound

_NOT_IN_LEDGER = "is not in this ledger at these cuts"
_NONE = {
    Party: NO_PARTY,
    Instrument: "is not an instrument of this ledger at these cuts",
    Report: "is not a report of this ledger at these cuts",
}

#: Nobody recorded an entry of this id.
NOT_RECORDED = Missing(MissingReason.NOT_RECORDED, _NOT_IN_LEDGER)


def why_not(picture: Picture, entry_id: str, wanted: type[State]) -> str:
    return missing(picture, entry_id, wanted).text


def missing(picture: Picture, entry_id: str, wanted: type[State]) -> Missing:
    """Why no entry of a type with this id is visible."""
    versions = picture.history.versions(entry_id)
    if not versions:
        return NOT_RECORDED
    state = versions[0].state
    if state is not None and not isinstance(state, wanted):
        return Missing(MissingReason.OTHER_TYPE, _other_type(state, wanted))
    if versions[-1].state is None:
        return Missing(MissingReason.ANNULLED, "was annulled")
    known = picture.known(entry_id)
    if known is None:
        told = "is told only by reports that are annulled or were not out yet at these cuts"
        return Missing(MissingReason.NOT_REPORTED, told)
    begins = f"takes effect on {known.since}, after the day that was asked for"
    return Missing(MissingReason.NOT_YET, begins)


def check_known(picture: Picture, entry_id: str) -> None:
    """Raises EntryNotFound for an entry that nobody recorded up to the cut. One that is not
    visible at the cuts passes: that nothing is found of it is an answer.
    """
    if _first_state(picture, entry_id) is None:
        raise EntryNotFound(entry_id, _NOT_IN_LEDGER)


def check_type(
    picture: Picture, entry_id: str, wanted: type[Instrument | Party | Report]
) -> None:
    """Raises EntryNotFound for an entry that is of another type, or is not there."""
    state = _first_state(picture, entry_id)
    if isinstance(state, wanted):
        return
    if state is None:
        raise EntryNotFound(entry_id, _NONE[wanted])
    raise EntryNotFound(entry_id, _other_type(state, wanted))


def _other_type(state: State, wanted: type[State]) -> str:
    return f"is of type {TYPE_NAMES[type(state)]}, not {_a(TYPE_NAMES[wanted])}"


def _first_state(picture: Picture, entry_id: str) -> State | None:
    versions = picture.history.versions(entry_id)
    return versions[0].state if versions else None


def _a(name: str) -> str:
    return f"an {name}" if name[0] in "aei" else f"a {name}"
