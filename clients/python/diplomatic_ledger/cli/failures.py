"""How a run ends with an error: a sentence on stderr and an exit code.

0 answered, 1 refused or the output cannot be written, 2 wrong usage, 3 not found, 4
unreachable or out of time, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from diplomatic_ledger import words
from diplomatic_ledger.cli.interrupts import INTERRUPTED
from diplomatic_ledger.entry_places import without_item
from diplomatic_ledger.errors import (
    DeadlineExceeded,
    InvalidRequest,
    LedgerError,
    NoAnswer,
    NotFound,
    NotIdentified,
    Overloaded,
    Unavailable,
    UnknownMethod,
    Violation,
)
from diplomatic_ledger.tls_failures import refusal, was_closed

REFUSED, USAGE, NOT_FOUND, UNREACHABLE = 1, 2, 3, 4

#: Which of several values, and what of it; the problem quotes it.
_OF_MANY = re.compile(r"^(filter\.\w+|parties)(\[\d+\])?(\.\w+)*$")
_TYPED = {
    "entry_id": "ID",
    "expected_version": "--expected-version",
    "filter.actors": "--actor",
    "filter.asserted_by": "--asserted-by",
    "filter.attributions": "--attribution",
    "filter.changes": "--change",
    "filter.codes": "--code",
    "filter.counterparties": "--counterparty",
    "filter.countries": "--country",
    "filter.creditors": "--creditor",
    "filter.debtors": "--debtor",
    "filter.due": "--due",
    "filter.entry_ids": "--entry",
    "filter.entry_types": "--entry-type",
    "filter.evidence_statuses": "--evidence-status",
    "filter.flags": "--flag",
    "filter.id_prefixes": "--prefix",
    "filter.instrument": "--instrument",
    "filter.kinds": "--kind",
    "filter.languages": "--language",
    "filter.lifecycles": "--lifecycle",
    "filter.makers": "--maker",
    "filter.members_of": "--member-of",
    "filter.occurred": "--occurred",
    "filter.participants": "--participant",
    "filter.parties": "--party",
    "filter.places": "--place",
    "filter.provisions": "--provision",
    "filter.published": "--published",
    "filter.publishers": "--publisher",
    "filter.record_types": "--type",
    "filter.recorded": "--recorded",
    "filter.related_to": "--related-to",
    "filter.reported": "--reported",
    "filter.reports": "--report",
    "filter.represents": "--represents",
    "filter.text": "--text",
    "filter.third_parties": "--third-party",
    "filter.topics": "--topic",
    "from_day": "--from",
    "ledger": "LEDGER",
    "half_life_days": "--half-life",
    "new_information": "--report",
    "parties": "--party",
    "party_a": "A",
    "party_b": "B",
    "reason": "--reason",
    "to_day": "--to",
}


_NAME_AUTHORITY = (
    "Name the file of who vouches for it, as its operator gave it: "
    "ledgerctl login NAME --ca FILE"
)
#: Sentences of a service that are for programs, and what they mean to who runs ledgerctl.
REWORDED = {
    "Repeat Record with the same request id; its answer says whether the first attempt was "
    "recorded.": "If something was to be recorded, run the command again: what is recorded "
    "already is found, and not recorded twice.",
    "Ask for the basic view, which tells the lengths of long lists. ": "Ask without --format json, "
    "which has long lists whole. ",
    "Send a valid bearer token as authorization metadata, or connect with a certificate that the "
    "service accepts.": "Log in with a token or a certificate that the service accepts.",
}
_UNKNOWN_METHOD = (
    "The service does not know this question; it is of another version than ledgerctl. Its "
    "operator can bring it up to date."
)
_REMEDIES = {
    "shows a certificate that is not trusted here": _NAME_AUTHORITY,
    "shows a certificate that is for another name": (
        "Name it with --server as its certificate does, or ask its operator for one with "
        "this name."
    ),
    "does not speak TLS": (
        "Give its right port with --server, or log in with --plain-text if it is on this "
        "machine."
    ),
    "wants a certificate of the client": (
        "Log in with one: ledgerctl login NAME --ca FILE --certificate FILE --key FILE"
    ),
}


class Failure(Exception):
    """Ends the run with a sentence, perhaps some lines of detail, and an exit code."""

    def __init__(
        self, sentence: str, lines: Sequence[str] = (), *, code: int = REFUSED
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.lines = tuple(lines)
        self.code = code


@contextmanager
def if_stopped(sentence: str) -> Iterator[None]:
    """Says what may have become of a call that a Ctrl-C cuts off: it may have been answered."""
    try:
        yield
    except KeyboardInterrupt:
        raise Failure(f"Stopped; {sentence}", code=INTERRUPTED) from None


def usage(sentence: str) -> Failure:
    return Failure(sentence, code=USAGE)


def failure(
    error: LedgerError,
    *,
    server: str,
    timeout: float,
    advice: Callable[[str, str], str] = lambda _field, _problem: "",
) -> Failure:
    """The failure that tells a person about an error of a call. `advice` says of a field and its
    problem what may have been meant.
    """
    if told := _of_tls(error, server):
        return Failure(told, code=UNREACHABLE)
    if isinstance(error, NotIdentified):
        return Failure(f"{_for_people(error)} Log in with: ledgerctl login NAME", code=REFUSED)
    if _is_unreachable(error):
        return Failure(
            f"No ledger service answers at {server}. Start one with `ledger-service serve`, "
            "or say where it is with --server.",
            code=UNREACHABLE,
        )
    if isinstance(error, NoAnswer):
        return Failure(
            f"No answer from {server} within {timeout:g} s. Wait longer with --timeout.",
            code=UNREACHABLE,
        )
    if isinstance(error, InvalidRequest) and error.violations:
        lines = [
            f"{_line(each)} {advice(each.field, each.problem)}".rstrip()
            for each in error.violations
        ]
        return Failure(_refusal(error), lines)
    return Failure(_for_people(error), code=exit_code(error))


def _for_people(error: LedgerError) -> str:
    """What a service says to programs, as it concerns a person."""
    if isinstance(error, UnknownMethod):
        return _UNKNOWN_METHOD
    told = words.in_words(error.message)
    for sentence, meant in REWORDED.items():
        told = told.replace(sentence, meant)
    return told


def _of_tls(error: LedgerError, server: str) -> str:
    """A sentence with what helps, where the two do not come together over TLS."""
    why = error.before if isinstance(error, NoAnswer) and error.before else error
    if told := refusal(why):
        return f"{server} {told}. {_REMEDIES[told]}"
    if was_closed(why):
        return (
            f"{server} closes each connection. It may want TLS (--ca FILE), or a certificate of "
            "yours (--certificate FILE --key FILE): see ledgerctl login --help."
        )
    return ""


def _is_unreachable(error: LedgerError | None) -> bool:
    """Whether nobody was there at all, as far as is known."""
    if isinstance(error, NoAnswer):
        return _is_unreachable(error.before)
    return isinstance(error, Unavailable) and not error.reason


def exit_code(error: LedgerError) -> int:
    if isinstance(error, NotFound):
        return NOT_FOUND
    if isinstance(error, Unavailable | DeadlineExceeded | Overloaded):
        return UNREACHABLE
    return REFUSED


def _line(violation: Violation) -> str:
    """What is wrong with a field, or with the request as a whole."""
    field, problem = _as_typed(violation.field), without_item(violation.problem)
    return f"{field}: {problem}" if field else problem


def _as_typed(field: str) -> str:
    """A field of a request, as it is called on the command line."""
    inner = without_item(_OF_MANY.sub(r"\1", field))
    return _TYPED.get(inner, inner)


def _refusal(error: InvalidRequest) -> str:
    count = len(error.violations)
    return "The service refused this:" if count == 1 else f"The service found {count} problems:"
