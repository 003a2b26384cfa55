"""Committed together or one by one, requests get the same answers.

A request that breaks a rule of its own is refused before it reaches a group. What else is
told of it depends on what is committed by then, so such requests are left out here.
"""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_service.domain.checks.command import check_command
from ledger_service.domain.checks.normal import normal_request
from tests.support.examples import a_command, a_party, an_amendment, an_annulment, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers
from tests.support.slow_tree import check_log

names = st.sampled_from("abcd")
versions = st.sampled_from([None, 1, 2])
items = st.one_of(
    names.map(lambda name: entry(name, a_party())),
    st.builds(
        lambda name, version: an_amendment(name, a_party(), expected_version=version),
        names,
        versions,
    ),
    st.builds(
        lambda name, version: an_annulment(name, expected_version=version), names, versions
    ),
)
requests = st.builds(
    lambda some, number: a_command(*some, request_id=f"r{number}"),
    st.lists(items, min_size=1, max_size=3),
    st.integers(1, 6),
).filter(lambda command: not check_command(normal_request(command).command, today=None))


async def outcomes(commands, *, together: bool) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        ledgers = all_ledgers(Path(folder), Clock())
        ledgers.open()
        ledger = await ledgers.create("law", "Law")
        if together:
            found = await asyncio.gather(*map(ledger.record, commands), return_exceptions=True)
        else:
            found = [await _told(ledger.record(command)) for command in commands]
        check_log(ledger)
        await ledgers.close()
    return list(map(repr, found))


async def _told(recording):
    try:
        return await recording
    except Exception as refusal:  # noqa: BLE001 -- every refusal is compared
        return refusal


@settings(max_examples=20, deadline=None)
@given(st.lists(requests, min_size=2, max_size=8))
def test_a_group_gives_the_answers_that_its_requests_would_get_one_by_one(commands) -> None:
    together = asyncio.run(outcomes(commands, together=True))
    assert together == asyncio.run(outcomes(commands, together=False))
