"""What `ledger-service ledger list` says of one ledger."""

from diplomatic_ledger.v1.ledger_service_pb2 import LedgerInfo

from ledger_service.domain.values.refusals import TooManyLedgers
from ledger_service.operating.commands import lines_of


def test_of_a_ledger_that_could_not_be_looked_at_no_numbers_are_told() -> None:
    why = str(TooManyLedgers(1))
    assert lines_of(LedgerInfo(ledger="talks", untold=why)) == [
        "talks: not looked at",
        f"    No more is told of it. {why}",
    ]


def test_of_others_the_numbers_are_told_and_what_keeps_them_from_recording() -> None:
    found = LedgerInfo(ledger="talks", position=1, distrusted="A record was changed.")
    assert lines_of(found) == [
        "talks: 1 record, 0 signed",
        "    Read only. A record was changed.",
    ]
