"""help() of the client without asyncio tells what a call takes and gives."""

import inspect
import re

import diplomatic_ledger
import pytest
from diplomatic_ledger import LedgerClient, SyncLedgerClient

METHODS = [
    name
    for name, member in vars(SyncLedgerClient).items()
    if callable(member) and not name.startswith("_") and name != "close"
]


def test_the_client_without_asyncio_has_every_method_of_the_other_one():
    public = {name for name in dir(LedgerClient) if not name.startswith("_")}
    assert public - {*METHODS, "close"} == set()


@pytest.mark.parametrize("name", METHODS)
def test_a_method_takes_what_that_of_the_other_client_takes(name):
    ours, theirs = getattr(SyncLedgerClient, name), getattr(LedgerClient, name)
    assert inspect.signature(ours).parameters == inspect.signature(theirs).parameters
    assert ours.__doc__
    assert ours.__doc__ == theirs.__doc__
    assert ours.__qualname__ == f"SyncLedgerClient.{name}"


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_of_each_argument_what_it_means(name):
    method = getattr(LedgerClient, name)
    text = inspect.getdoc(method)
    told = re.findall(r"^    (\w+): \S", text.partition("Args:")[2], re.MULTILINE)
    arguments = [each for each in inspect.signature(method).parameters if each != "self"]
    assert [each for each in told if each in arguments] == arguments
    assert re.search(r"^(Returns|Yields|Raises):$", text, re.MULTILINE)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_names_only_errors_that_exist(name):
    text = inspect.getdoc(getattr(LedgerClient, name)).partition("Raises:")[2]
    lines = re.findall(r"^    ([A-Z]\w+(?:, \w+)*):", text, re.MULTILINE)
    named = [each for line in lines for each in line.split(", ")]
    missing = [each for each in named if not hasattr(diplomatic_ledger, each)]
    assert set(missing) <= {"ValueError"}


def test_a_method_says_what_it_gives_without_asyncio():
    given = {name: str(inspect.signature(getattr(SyncLedgerClient, name))) for name in METHODS}
    assert given["balance"].endswith("GetBalanceResponse'")
    assert "-> 'SyncListing[" in given["commitments"]
    assert not [text for text in given.values() if "Async" in text]
