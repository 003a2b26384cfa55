"""Every way in which the ledger says no, each carrying what it refused.

A refusal's text is for the caller: it names the field, the value and the remedy.
How a refusal looks on the wire is decided in `api.errors`, nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ledger_service.domain.values.limits import COUNTED, VIOLATIONS


class LedgerError(Exception):
    """Base of all refusals."""


@dataclass(frozen=True)
class Violation:
    """A field of a request that breaks a rule. `field` is its path, such as
    `items[3].entry.state.act.relations[0].extent`; empty for the request as a whole.
    """

    field: str
    problem: str


def counted(count: int, more: int) -> str:
    """A number of violations, which may be larger where very many were left out."""
    return f"{count:,}" if more < COUNTED else f"at least {count:,}"


@dataclass
class Invalid(LedgerError):
    """The request breaks rules. Its violations are listed; where there are very many, the
    first of them, and how many `more` there are: at least `COUNTED` where nothing more was
    looked at.
    """

    violations: tuple[Violation, ...]
    more: int = 0

    def __str__(self) -> str:
        first = self.violations[0]
        count = len(self.violations) - 1 + self.more
        tail = f" (and {counted(count, self.more)} more)" if count else ""
        problem = f"{first.field}: {first.problem}" if first.field else first.problem
        return problem + tail


def invalid(violations: Iterable[Violation], more: int = 0) -> Invalid:
    """A refusal that tells each violation once, and counts those beyond `VIOLATIONS` with
    `more`.
    """
    found = tuple(dict.fromkeys(violations))
    return Invalid(found[:VIOLATIONS], more + max(0, len(found) - VIOLATIONS))


@dataclass
class UnknownReference(Invalid):
    """The request names ids that are not in the ledger or are of another type."""


@dataclass
class Remarked(Invalid):
    """The request breaks no rule, but it asked to be refused for what may be a slip."""


@dataclass
class LedgerNotFound(LedgerError):
    name: str

    def __str__(self) -> str:
        return f"There is no ledger {self.name!r}. List the ledgers, or create it."


@dataclass
class LedgerNotServed(LedgerError):
    """The ledger is there and cannot be opened; `problem` says in sentences why not, and
    what helps.
    """

    name: str
    problem: str

    def __str__(self) -> str:
        return (
            f"The ledger {self.name!r} is not served, since it cannot be opened. {self.problem}"
        )


@dataclass
class UnusableKey(LedgerError):
    """A key file is missing, damaged, or open to others. `problem` says which, and the remedy."""

    problem: str

    def __str__(self) -> str:
        return self.problem


@dataclass
class LedgerExists(LedgerError):
    name: str

    def __str__(self) -> str:
        return (
            f"The ledger {self.name!r} exists with another title, purpose or opening day. "
            "Choose another name."
        )


class NothingRetired(LedgerNotFound):
    """No ledger of the name was retired, or none in the archive that was named."""

    def __str__(self) -> str:
        return (
            f"No ledger {self.name!r} lies there as it was retired. `ledger-service ledger list` "
            "shows those that were, each with its archive."
        )


class NameInUse(LedgerExists):
    """A retired ledger cannot come back while another one has its name."""

    def __str__(self) -> str:
        return (
            f"There is a ledger {self.name!r} already, so the retired one stays where it is. Retire "
            "the one that is there first; then bring this one back by its archive."
        )


#: So many entries that are not there are told of one by one.
_NOT_FOUND_TOLD = 5


@dataclass
class EntryNotFound(LedgerError):
    """The entry does not exist, or is not visible at the cuts; `what` says which. `wanted` is
    the type of entry that is asked for; empty where it may be of any. `others` are not there
    either.
    """

    entry_id: str
    what: str = "is not in this ledger"
    wanted: str = ""
    others: tuple[EntryNotFound, ...] = ()

    def __str__(self) -> str:
        every = (self, *self.others)
        told = [f"The entry {e.entry_id!r} {e.what}." for e in every[:_NOT_FOUND_TOLD]]
        if more := len(every) - len(told):
            told.append(f"{more} more that are asked for are not there either.")
        return " ".join(told)


@dataclass
class EntryExists(LedgerError):
    entry_id: str
    version: int

    def __str__(self) -> str:
        return (
            f"The entry {self.entry_id!r} exists at version {self.version}. "
            "Amend it, or choose another id."
        )


@dataclass
class EntryDiffers(EntryExists):
    """The entry would be accepted if its last version said the same as the new one. `fields`
    are those that differ; none where the entry is annulled.
    """

    fields: tuple[str, ...]

    def __str__(self) -> str:
        if not self.fields:
            return (
                f"The entry {self.entry_id!r} is there, annulled by its version {self.version}, "
                "and this request would record version 1. Amend it back, or choose another id."
            )
        return (
            f"The entry {self.entry_id!r} is there at version {self.version}, which differs from "
            f"version 1 of this request in: {', '.join(self.fields)}. Amend it, or choose another "
            "id."
        )


@dataclass
class RequestIdReused(LedgerError):
    request_id: str

    def __str__(self) -> str:
        return (
            f"The request id {self.request_id!r} was used with other content. "
            "Send new content under a new request id."
        )


@dataclass
class RequestContentErased(RequestIdReused):
    """The answer to every reuse of a request id once a sealed value of it was erased."""

    def __str__(self) -> str:
        return (
            f"The request id {self.request_id!r} was used, and a value that it sealed was "
            "erased since, so its content can no longer be compared. Look the entries up, "
            "and send new content under a new request id."
        )


@dataclass
class VersionConflict(LedgerError):
    entry_id: str
    expected: int
    actual: int

    def __str__(self) -> str:
        return (
            f"The entry {self.entry_id!r} is at version {self.actual}, not {self.expected}. "
            "Read it again and decide anew."
        )


@dataclass
class CutOutOfRange(LedgerError):
    """A cut lies beyond the end of the log or the clock of the service."""

    cut: str
    value: str | datetime
    head: int
    now: datetime | None = field(default=None)

    def __str__(self) -> str:
        asked, now = _told_apart(self.value, self.now)
        clock = f" and its clock is at {now}" if now else ""
        return (
            f"{self.cut} {asked} lies beyond this ledger: it ends at position "
            f"{self.head}{clock}. Ask for an earlier one."
        )


def _told_apart(value: str | datetime, now: datetime | None) -> tuple[str, str]:
    """Both times to the second, or to the microsecond within one and the same second."""
    if isinstance(value, str):
        return value, _time(now) if now else ""
    if now is None or value.replace(microsecond=0) != now.replace(microsecond=0):
        return _time(value), _time(now) if now else ""
    return _time(value, "microseconds"), _time(now, "microseconds")


def _time(moment: datetime, precision: str = "seconds") -> str:
    """A time in UTC, as in 2018-06-12T09:00:00Z."""
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


@dataclass
class InvalidToken(LedgerError):
    """`field` is that of the cuts in which the token stands: a caller may send two of them."""

    problem: str
    field: str = ""

    def __str__(self) -> str:
        place = f"{self.field}: " if self.field else ""
        return (
            f"{place}The consistency token {self.problem}. Use a token that this ledger gave."
        )


class InvalidResumeToken(InvalidToken):
    def __str__(self) -> str:
        return (
            f"The resume token {self.problem}. Use one of a watch of this ledger with the same "
            "filter, or begin anew."
        )


@dataclass
class InvalidPageToken(LedgerError):
    problem: str

    def __str__(self) -> str:
        return (
            f"The page token {self.problem}. Repeat the question without it, "
            "or with all other fields unchanged."
        )


@dataclass
class LedgerDistrusted(LedgerError):
    """The log does not fit what was signed; `finding` says what does not fit. `of_a_read`: an
    answer would have needed what was changed.
    """

    name: str
    finding: str
    of_a_read: bool = False

    def __str__(self) -> str:
        if self.of_a_read:
            return (
                f"The ledger {self.name!r} cannot answer this, since the answer would need what "
                f"somebody changed in its log. {self.finding} What does not need it is "
                "answered still, such as what was recorded before it (recorded_by). An operator can "
                "restore the right log, or open a successor."
            )
        return (
            f"The ledger {self.name!r} is read only, since its log is not to be trusted. "
            f"{self.finding} An operator can restore the right log, or open a successor."
        )


@dataclass
class LedgerElsewhere(LedgerError):
    """The log lies in another place than it remembers; `finding` says how these differ."""

    name: str
    finding: str

    def __str__(self) -> str:
        return (
            f"The ledger {self.name!r} is only read here, since its log is a copy or was moved. "
            f"{self.finding} If it moved here for good, run: ledger-service ledger adopt "
            f"{self.name}; to try something with a copy: ledger-service ledger fork "
            f"{self.name} NEW-NAME"
        )


@dataclass
class LedgerSucceeded(LedgerError):
    """Another ledger goes on for this one; `successor` is its origin."""

    name: str
    successor: str

    def __str__(self) -> str:
        return (
            f"The ledger {self.name!r} is only read, since another one goes on for it, whose "
            f"origin is {self.successor}. Record there."
        )


class ReadOnlyService(LedgerError):
    """The service only reads: it records, makes and signs nothing."""

    def __str__(self) -> str:
        return "This service only reads, from a replica. Ask one that records."


@dataclass
class ReplicaBehind(LedgerError):
    """The replica that answers has not got so far in the time of the call."""

    position: int

    def __str__(self) -> str:
        return (
            f"This service reads from a replica that has only reached position "
            f"{self.position}. Ask again, or ask one that records."
        )


@dataclass
class UnknownScale(LedgerError):
    scale: str
    known: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"There is no scale {self.scale!r} at these cuts. "
            f"Known here: {', '.join(self.known)}."
        )


@dataclass
class Overloaded(LedgerError):
    waiting: int

    def __str__(self) -> str:
        return f"{self.waiting} requests wait already. Try again in a moment."


@dataclass
class TooManyQuestions(LedgerError):
    """So many questions wait for their turn as this service lets wait."""

    waiting: int

    def __str__(self) -> str:
        return f"{self.waiting} questions wait for their turn already. Try again in a moment."


@dataclass
class TooManyHeavyQuestions(LedgerError):
    """So many heavy questions are at work, of all callers or of this one, as may be."""

    heavy: int

    def __str__(self) -> str:
        return (
            f"{self.heavy} questions that take long are at work already, as many as may be. One "
            "that was cancelled counts until it has ended. Try again when one of them is "
            "answered or has ended, or ask for less."
        )


@dataclass
class TooManyStreams(LedgerError):
    """So many answers are on their way, or subscriptions open, as this service serves."""

    most: int

    def __str__(self) -> str:
        return (
            f"{self.most:,} streams are open already, as many as this service serves at "
            "once. End one, or try again later."
        )


@dataclass
class TooManyBytes(LedgerError):
    """So many bytes of requests are being dealt with as this service takes in at once."""

    most: int

    def __str__(self) -> str:
        return (
            f"Requests of {self.most:,} bytes are being dealt with already. Try again in a "
            "moment, or send less at once."
        )


@dataclass
class TooMuchAtOnce(LedgerError):
    """A caller has as much of something at once as one may have: so many calls, streams or
    bytes. `setting` says how many.
    """

    what: str
    setting: str
    most: int

    def __str__(self) -> str:
        return (
            f"This caller has {self.most:,} {self.what} open already, as many as one may have at "
            f"once ({self.setting}). Wait until some are dealt with, and send fewer at a time."
        )


@dataclass
class TooFast(LedgerError):
    """A caller makes more calls of a class in a second than one may. `seconds` later it may go
    on.
    """

    setting: str
    per_second: float
    seconds: float

    def __str__(self) -> str:
        return (
            f"This caller makes more than {self.per_second:,g} calls of this kind in a second "
            f"({self.setting}). Come again in {self.seconds:.1f} s, and ask for more, or record "
            "more, in one call."
        )


@dataclass
class ReaderTooSlow(LedgerError):
    """A stream whose caller took nothing in for so many `seconds`. Everything up to `position`
    was sent, and `resume_token` goes on behind what was told, where there is one.
    """

    seconds: float
    position: int | None = None
    resume_token: str = ""

    def __str__(self) -> str:
        told = f"Nothing of this stream was taken in for {self.seconds:g} s, so it was ended."
        if self.resume_token:
            return f"{told} Watch again with the resume token of the last message."
        if self.position is not None:
            return (
                f"{told} Subscribe again after the last record that came, or after position "
                f"{self.position}."
            )
        return f"{told} Ask again, for less at once where it takes you long to deal with."


@dataclass
class ComputedTooLong(LedgerError):
    """A question for which was computed for as many seconds as may be."""

    seconds: float

    def __str__(self) -> str:
        return (
            f"This question took more than {self.seconds:g} s of computing, as much as one may. "
            "Ask for less at once: bases that lie nearer, one pair or one commitment, smaller "
            "pages."
        )


class BodyTooSlow(LedgerError):
    """A request did not come in while others waited to send theirs."""

    def __str__(self) -> str:
        return "This request took too long to come in while others waited. Send it again."


@dataclass
class AnswerTooLarge(LedgerError):
    """An answer, or one item of a page, would have more bytes than answers may have. `full`:
    the full view was asked for.
    """

    most: int
    full: bool

    def __str__(self) -> str:
        remedy = "Ask for the basic view, which tells the lengths of long lists. "
        return (
            f"This answer would have more than {self.most:,} bytes. {remedy if self.full else ''}"
            "Ask for less at once, such as fewer days of a series."
        )


@dataclass
class TooManyLedgers(LedgerError):
    """As many ledgers are open as may be, and each is in use."""

    most: int

    def __str__(self) -> str:
        return (
            f"This service has {self.most:,} ledgers open, as many as it may, and all of them "
            "are in use. Ask again later. Its operator can allow more (open_ledgers, and "
            "ulimit -n for the files that they hold open), or run another service."
        )


class ShuttingDown(LedgerError):
    def __str__(self) -> str:
        return "The service is stopping. Try again."


class ErasureIncomplete(LedgerError):
    """The value is erased, but the store may hold a copy until the erasure is repeated."""

    def __str__(self) -> str:
        return (
            "The value is erased and that is recorded, but something still reads the log, so "
            "a copy may be left beside it. Erase the field again in a moment."
        )


@dataclass
class ClockAhead(LedgerError):
    """The clock of the service is too far ahead of `other`, the later of the last record and
    the clock of where the log lies.
    """

    now: datetime
    other: datetime

    def __str__(self) -> str:
        return (
            f"The clock of the service says {_time(self.now)}, more than a day later than the "
            f"last record and than the clock of where the log lies ({_time(self.other)}), and a "
            "record would keep that time for good. An operator can set the clock right, or the "
            "setting trust_clock."
        )


class StorageFailed(LedgerError):
    """The storage failed. Whether what was to be recorded was recorded is told by a retry with
    the same request id.
    """

    def __str__(self) -> str:
        return "The storage failed; the log of the service says why. Try again later."


class ViewsFailed(StorageFailed):
    """What is derived from the log cannot be used; the log itself is not concerned."""

    def __str__(self) -> str:
        return (
            "The views of the ledger cannot be used just now. They are derived from its log, "
            "which is not concerned, and are mended or built anew by themselves. Ask again in "
            "a moment."
        )
