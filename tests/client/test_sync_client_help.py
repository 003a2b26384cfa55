"""help() of the client without asyncio tells what a call takes and gives."""

import inspect

import pytest
from diplomatic_ledger import LedgerClient, SyncLedgerClient

METHODS = [
    name
    for name, member in vars(SyncLedgerClient).items()
    if callable(member) and not name.startswith("_") and name != "close"
]


@pytest.mark.parametrize("name", METHODS)
def test_a_method_takes_what_that_of_the_other_client_takes(name):
    ours, theirs = getattr(SyncLedgerClient, name), getattr(LedgerClient, name)
    assert inspect.signature(ours).parameters == inspect.signature(theirs).parameters
    assert ours.__doc__
    assert ours.__doc__ == theirs.__doc__
    assert ours.__qualname__ == f"SyncLedgerClient.{name}"


def test_a_method_says_what_it_gives_without_asyncio():
    given = {name: str(inspect.signature(getattr(SyncLedgerClient, name))) for name in METHODS}
    assert given["balance"].endswith("GetBalanceResponse'")
    assert "-> 'SyncListing[" in given["commitments"]
    assert not [text for text in given.values() if "Async" in text]
