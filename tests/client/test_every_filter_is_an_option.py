"""What a list can be asked in the API, ledgerctl can be asked too, in one spelling everywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import click
import pytest
from diplomatic_ledger.cli.failures import failure
from diplomatic_ledger.cli.root import root
from diplomatic_ledger.errors import InvalidRequest, Violation
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from google.protobuf.descriptor import Descriptor

LISTS = {
    "commitments": [standing.ListCommitmentsRequest],
    "acts": [standing.ListActsRequest],
    "instruments": [standing.ListInstrumentsRequest],
    "parties": [standing.ListPartiesRequest],
    "reports": [standing.ListReportsRequest],
    "balances": [standing.ListBalancesRequest],
    "scales": [standing.ListScalesRequest],
    "agenda": [standing.AgendaRequest],
    "log": [history.ReadLogRequest],
    "watch": [history.SubscribeRequest, standing.WatchStandingsRequest],
}
#: Fields that stand for what is within them.
WITHIN = ("filter", "cuts")
#: What goes by another name, since people say it otherwise, or two fields are one question.
CALLED = {
    "ledger": "ledger_name",
    "descending": "backwards",
    "rubric": "rubrics",
    "position": "recorded_by",
    "token": "recorded_by",
    "recorded_at": "recorded_by",
    "after_position": "after",
    "up_to_position": "up_to",
    "format": "output",
}
#: What nobody says: pages come by themselves, and the format says how much is told; a client
#: knows what it saw.
UNSAID = {"page_size", "page_token", "view", "at_least"}
#: Options that mean the same of what differs: the kinds of each noun, what each is counted by,
#: and codes of deeds or of parties.
BY_NOUN = {"--kind", "--facet", "--code", "--format"}


def fields(message: Descriptor) -> Iterator[str]:
    for field in message.fields:
        if field.name in WITHIN:
            assert field.message_type is not None
            yield from fields(field.message_type)
        elif field.name not in UNSAID:
            yield CALLED.get(field.name, field.name)


def command(name: str) -> click.Command:
    found = root.get_command(click.Context(root), name)
    assert found is not None
    return found


def known(name: str) -> set[str]:
    """The names of a command's options; those of all commands go into the session."""
    everywhere = {"ledger": "ledger_name", "format": "output"}
    return {everywhere.get(each.name or "", each.name or "") for each in command(name).params}


@pytest.mark.parametrize("name", LISTS)
def test_every_field_of_a_list_is_an_option(name):
    asked = {each for message in LISTS[name] for each in fields(message.DESCRIPTOR)}
    assert asked - known(name) == set()


def test_an_option_has_one_spelling_and_one_meaning_in_all_lists():
    spelled: dict[str, set[str]] = defaultdict(set)
    meant: dict[str, set[object]] = defaultdict(set)
    for name in (*LISTS, "sources", "search", "alert", "accounts", "commitment", "instrument"):
        for each in command(name).params:
            if not isinstance(each, click.Option):
                continue
            assert each.name
            spelled[each.name].update(opt for opt in each.opts if opt.startswith("--"))
            choices = tuple(each.type.choices) if isinstance(each.type, click.Choice) else ()
            takes = (each.name, each.metavar, each.multiple, each.is_flag, choices)
            if not BY_NOUN.intersection(each.opts):
                meant[each.opts[0]].add(takes)
    assert {name: opts for name, opts in spelled.items() if len(opts) > 1} == {}
    assert {option: found for option, found in meant.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", LISTS)
def test_what_is_refused_of_a_filter_is_called_by_its_option(name):
    options = {opt for each in command(name).params for opt in each.opts}
    for message in LISTS[name]:
        asked = message.DESCRIPTOR.fields_by_name
        if "filter" not in asked:
            continue
        for field in asked["filter"].message_type.fields:
            for path in ("", "[3]", "[3].scheme", ".from_day"):
                violation = Violation(f"filter.{field.name}{path}", "no.")
                error = InvalidRequest("", violations=(violation,))
                (line,) = failure(error, server="", timeout=1).lines
                assert line.removesuffix(": no.") in options


@pytest.mark.parametrize("name", ["commitments", "acts", "log"])
def test_one_value_that_is_empty_is_refused(name):
    for each in command(name).params:
        if each.name in ("text", "instrument", "related_to"):
            with pytest.raises(click.BadParameter, match="it is empty"):
                command(name).make_context(name, [each.opts[0], ""])
