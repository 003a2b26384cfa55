"""Recording a file again and again while it grows comes to the same as recording its last form
once: nothing is counted twice, and nothing is left out. By `ledgerctl record`, against a service.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import SyncLedgerClient
from diplomatic_ledger.cli.root import run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger_service.domain.checks.normal import normalise
from tests.support.processes import Process
from tests.support.random_ledgers import Dice, accepted_ledger
from tests.support.runs import looks_at
from tests.support.wire import message

REPORTS = ("r1", "r2")
#: Each once; what is offered again says one of few things, so that equal ones are frequent.
TITLES = ("Comes", "Goes", "Go\u0065\u0301s")
ANNULLING = ("state", "annulment")
ADDING = ("state", "evidence")
#: They have ledgers of their own, so they may share the service.
OF_FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
_names = count()


class Ledgers:
    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self.client = SyncLedgerClient(address)

    def new(self) -> str:
        name = f"ledger-{next(_names)}"
        self.client.create_ledger(name, "Growing")
        return name

    def record(self, ledger: str, items: list[dict[str, Any]]) -> None:
        file = self._folder / "case.jsonl"
        file.write_text("".join(f"{json.dumps(each)}\n" for each in items))
        command = ["--server", self._address, "record", "-l", ledger, str(file)]
        assert run(command) == 0

    def states(self, ledger: str) -> dict[str, Any]:
        """What each act says that is not annulled, with its evidence in any order."""
        self.client.ledger(ledger)  # what comes is as new as that
        return {
            each.entry_id: (
                each.act.title,
                each.act.quantity.value,
                sorted(map(str, each.act.evidence)),
            )
            for each in self.client.acts(ledger)
        }

    def told(self, ledger: str) -> dict[str, list[Any]]:
        """All that the ledger has, by entry."""
        found: dict[str, list[Any]] = {}
        for each in self.client.read_versions(ledger):
            said = each.change, each.reason, each.report, each.state, list(each.evidence_added)
            found.setdefault(each.entry_id, []).append(said)
        return found


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledgers]:
    process = Process(tmp_path_factory.mktemp("service"))
    made = Ledgers(process.address(), tmp_path_factory.mktemp("files"))
    yield made
    made.client.close()
    process.stop()


def an_act(title: str, extent: str) -> dict[str, Any]:
    return {
        "kind": "visit",
        "title": title,
        "occurred": "2018-06",
        "quantity": f"{extent} persons",
        "evidence": [{"report": "r1"}],
    }


acts = st.builds(an_act, st.sampled_from(TITLES), st.sampled_from(["1", "1.50", "2"]))


@st.composite
def changes(
    draw: st.DrawFn, entry_id: str, number: int, kinds: Sequence[str]
) -> dict[str, Any]:
    match draw(st.sampled_from(kinds)):
        case "annulment":
            return {"annul": entry_id, "reason": draw(st.sampled_from(["twice", "never"]))}
        case "evidence":
            told = {"report": "r2", "quote": f"the {number}th"}
            return {
                "amend": entry_id,
                "reason": "told again",
                "correction": True,
                "evidence_added": [told],
            }
    cause = draw(st.sampled_from([{"correction": True}, {"new_information": "r2"}]))
    reason = draw(st.sampled_from(["so", "or so"]))
    return {"amend": entry_id, "reason": reason, **cause, "act": draw(acts)}


@st.composite
def growing_files(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    """The forms of a file: the last one has all items, each other one what was written by then.
    What changes an entry is written behind what is there of it.
    """
    forms = draw(st.integers(2, 4))
    written: list[tuple[int, dict[str, Any]]] = []
    for name in REPORTS:
        report = {"title": name, "publisher": "P", "published": "2018-07-01"}
        written.append((0, {"id": name, "report": report}))
    for number in range(draw(st.integers(1, 6))):
        since = draw(st.integers(0, forms - 1))
        if draw(st.booleans()):
            written.append((since, {"act": draw(acts)}))
            continue
        written.append((since, {"id": f"a{number}", "act": draw(acts)}))
        is_annulled = False
        for turn in range(draw(st.integers(0, 3))):
            since = draw(st.integers(since, forms - 1))
            kinds = ANNULLING if is_annulled else (*ANNULLING, "evidence")
            change = draw(changes(f"a{number}", turn, kinds))
            is_annulled = "annul" in change
            written.append((since, change))
    order = _interleaved(draw, written)
    return [[item for since, item in order if since <= form] for form in range(forms)]


def _interleaved(
    draw: st.DrawFn, written: list[tuple[int, dict[str, Any]]]
) -> list[tuple[int, dict[str, Any]]]:
    """In another order, in which what is said of one entry keeps its own."""
    waiting: dict[Any, list[tuple[int, dict[str, Any]]]] = {}
    for place, (since, item) in enumerate(written[len(REPORTS) :]):
        name = item.get("id") or item.get("amend") or item.get("annul") or place
        waiting.setdefault(name, []).append((since, item))
    order = written[: len(REPORTS)]
    while waiting:
        name = draw(st.sampled_from(sorted(waiting, key=str)))
        order.append(waiting[name].pop(0))
        if not waiting[name]:
            del waiting[name]
    return order


@given(growing_files())
@settings(looks_at(20), suppress_health_check=OF_FIXTURES)
def test_a_growing_file_comes_to_the_same_as_its_last_form(
    ledgers: Ledgers, forms: list[list[dict[str, Any]]]
) -> None:
    growing, at_once = ledgers.new(), ledgers.new()
    for form in forms:
        ledgers.record(growing, form)
        ledgers.record(growing, form)
    ledgers.record(at_once, forms[-1])
    told = ledgers.told(growing)
    assert told == ledgers.told(at_once)
    assert sum(map(len, told.values())) == len(forms[-1])


@st.composite
def files_changed_within(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    """The forms of a file in which a change may be written before one that was there. What adds
    evidence is not in one file with what annuls, so that each form is right by itself.
    """
    forms = draw(st.integers(2, 4))
    report = {"title": "R", "publisher": "P", "published": "2018-07-01"}
    written = [(0, {"id": name, "report": report}) for name in REPORTS]
    written.append((0, {"id": "a", "act": draw(acts)}))
    kinds = draw(st.sampled_from([ANNULLING, ADDING]))
    for turn in range(draw(st.integers(2, 5))):
        since = draw(st.integers(0, forms - 1))
        written.append((since, draw(changes("a", turn, kinds))))
    return [[item for since, item in written if since <= form] for form in range(forms)]


@given(files_changed_within())
@settings(looks_at(40), suppress_health_check=OF_FIXTURES)
def test_the_last_form_of_a_file_has_the_last_word_wherever_it_grew(
    ledgers: Ledgers, forms: list[list[dict[str, Any]]]
) -> None:
    growing, at_once = ledgers.new(), ledgers.new()
    for form in forms:
        ledgers.record(growing, form)
    ledgers.record(at_once, forms[-1])
    assert ledgers.states(growing) == ledgers.states(at_once)
    told = ledgers.told(growing)
    ledgers.record(growing, forms[-1])
    assert ledgers.told(growing) == told, "it is all there"


@given(st.integers(0, 2**32))
@settings(looks_at(10), suppress_health_check=OF_FIXTURES)
def test_whatever_was_recorded_is_found_to_say_the_same(ledgers: Ledgers, seed: int) -> None:
    name = ledgers.new()
    commands = [command for command, _ in accepted_ledger(Dice(seed)).requests]
    normal = [message(item) for each in commands for item in normalise(each).items]
    list(ledgers.client.record_all(name, normal))
    items = [message(item) for each in commands for item in each.items]
    found = {each.number: each for each in ledgers.client.compare(name, items)}
    assert [each.found for each in found.values()] == ["there"] * len(items)
    assert [each.recorded.position for each in found.values() if each.recorded] == [
        *range(2, len(items) + 2)
    ]
