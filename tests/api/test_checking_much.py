"""What takes more than one request is checked as a whole: as if one request could have it all."""

from collections.abc import Iterator
from random import Random
from typing import Any

from diplomatic_ledger import InvalidRequest, LedgerClient, json_form
from diplomatic_ledger.batches import Limits
from diplomatic_ledger.checking import RESTS_ON_ALL
from diplomatic_ledger.v1.items_pb2 import RecordItem
from diplomatic_ledger.v1.ledger_service_pb2 import RemarkReason

from ledger_service.service import Service
from tests.support.wire import NAME, Api


class OfFew(LedgerClient):
    """A client that takes a request to have few items."""

    most = 6

    async def _limits(self) -> Limits:
        return Limits(items=self.most, usual_items=self.most)


def items(chance: Random) -> Iterator[dict[str, Any]]:
    """Items that name earlier ones, of a right type or not, or none."""
    made: list[str] = []
    rightly = chance.choice([0.9, 1.0])

    def any_of(kind: str) -> str:
        fitting = [each for each in made if each.startswith(kind)]
        at_random = chance.choice([*made, "nobody"])
        return chance.choice(fitting) if fitting and chance.random() < rightly else at_random

    for number, what in enumerate(["q", "p", "r", "c", "a", *chance.choices("prcaae", k=40)]):
        match what:
            case "p":
                yield {"id": f"p{number}", "party": {"name": f"P {number}", "kind": "state"}}
                made.append(f"p{number}")
            case "q":
                yield {"id": "q", "party": {"name": "Q", "kind": "state"}}
            case "r":
                said = {"title": f"R {number}", "publisher": "P", "published": "2018-01-01"}
                yield {"id": f"r{number}", "report": said}
                made.append(f"r{number}")
            case "c":
                told = {
                    "debtors": [any_of("p")],
                    "creditors": ["q"],
                    "consequent": "Leave",
                    "occurred": "2018-01-01",
                    "evidence": [{"report": any_of("r")}],
                }
                if chance.random() > rightly:
                    told["nature"] = "maintenance"
                yield {"id": f"c{number}", "commitment": told}
                made.append(f"c{number}")
            case "a":
                told = {
                    "kind": "visit",
                    "actor": any_of("p"),
                    "title": "T" if chance.random() < rightly else "",
                    "occurred": "2018-01-01",
                    "evidence": [{"report": any_of("r")}],
                    "relations": [
                        {"kind": "reschedules", "target": any_of("c"), "due": "2019-01-01"}
                    ],
                }
                yield {"id": f"a{number}", "act": told}
                made.append(f"a{number}")
            case _:
                # A commitment that is amended further on is held against nothing before it.
                acts = [each for each in made if each.startswith("a")]
                more = {
                    "evidence_added": [{"report": any_of("r"), "quote": f"{number}"}],
                    "reason": f"More {number}",
                }
                yield {"amend": chance.choice(acts), **more, "correction": True}


async def all_of(client: LedgerClient, what: list[RecordItem]) -> set[tuple[str, str]]:
    found, looked_at = set[tuple[str, str]](), 0
    async for part in client.check_all(NAME, what):
        assert part.first == looked_at
        looked_at += part.items
        found.update(part.violations)
        assert not part.unchecked
    assert looked_at == len(what)
    return found


async def test_parts_are_refused_for_what_the_whole_would_be_refused_for(
    api: Api, service: Service
) -> None:
    refused = 0
    async with LedgerClient(service.address) as whole, OfFew(service.address) as parts:
        parts.most = 14
        for seed in range(24):
            what = [json_form.read_item(each) for each in items(Random(seed))]
            try:
                await whole.check(NAME, what)
                expected: set[tuple[str, str]] = set()
            except InvalidRequest as error:
                expected = set(error.violations)
            assert await all_of(parts, what) == expected, seed
            refused += bool(expected)
    assert 5 < refused < 24
    assert await api.head() == 1, "nothing was recorded"


async def test_an_item_that_names_more_than_a_request_can_have_is_said_not_to_be_checked(
    api: Api, service: Service
) -> None:
    parties = [{"id": f"p{n}", "party": {"name": f"P {n}", "kind": "state"}} for n in range(9)]
    report = {"id": "r", "report": {"title": "R", "publisher": "P", "published": "2018-01-01"}}
    act = {
        "id": "a",
        "act": {
            "kind": "meeting",
            "actor": "p0",
            "co_actors": [f"p{n}" for n in range(1, 9)],
            "title": "T",
            "occurred": "2018-01-01",
            "evidence": [{"report": "r"}],
        },
    }
    what = [json_form.read_item(each) for each in (*parties, report, act)]
    async with OfFew(service.address) as client:
        found = [each async for each in client.check_all(NAME, what)]
    assert sum(each.items for each in found) == len(what)
    assert [(each.first, each.unchecked) for each in found if each.unchecked] == [(10, 1)]


async def test_what_is_remarked_on_for_all_that_was_before_is_left_to_the_recording(
    api: Api, service: Service
) -> None:
    def seen(number: int, year: object) -> dict[str, Any]:
        told = {"kind": "claim", "actor": "p", "title": "T", "occurred": str(year)}
        return {"id": f"a{number}", "act": told | {"evidence": [{"report": "r"}]}}

    what = [
        {"id": "p", "party": {"name": "P", "kind": "state"}},
        {"id": "r", "report": {"title": "R", "publisher": "P", "published": "2018-01-01"}},
        *(seen(number, 2017) for number in range(20)),
        seen(20, 1018),
        seen(21, "2018-07"),
    ]
    items = [json_form.read_item(each) for each in what]
    async with LedgerClient(service.address) as client:
        whole = await client.check(NAME, items)
    async with OfFew(service.address) as client:
        found = [each async for each in client.check_all(NAME, items)]
    assert [each.path for each in whole.remarks if "1018" in each.text]
    remarks = [remark for each in found for remark in each.remarks]
    assert [each.path for each in remarks] == ["items[23].entry.state.act.evidence[0].report"]
    assert [each.after_others for each in found] == [False] + [True] * (len(found) - 1)


async def test_a_promise_made_binding_by_a_word_in_another_part_is_not_said_to_bind_nobody(
    api: Api, service: Service
) -> None:
    def promise(*relations: dict[str, str]) -> dict[str, Any]:
        return {
            "debtors": ["p"],
            "creditors": ["q"],
            "consequent": "Leave",
            "occurred": "2018-01-01",
            "evidence": [{"report": "r"}],
            "relations": list(relations),
        }

    def act(number: int, *relations: dict[str, str]) -> dict[str, Any]:
        told = {"kind": "statement", "actor": "p", "title": "T", "occurred": "2018-01-02"}
        more = {"evidence": [{"report": "r"}], "relations": list(relations)}
        return {"id": f"a{number}", "act": told | more}

    report = {"title": "R", "publisher": "P", "published": "2018-01-03"}
    only_carries = {"principal": "p", "from_day": "2017-01-01", "note": "Carries letters."}
    envoy = {"name": "The envoy", "kind": "person", "represents": [only_carries]}
    later = promise({"kind": "supersedes", "target": "old"})
    what = [
        *({"id": name, "party": {"name": name, "kind": "state"}} for name in "pq"),
        {"id": "r", "report": report},
        {"id": "envoy", "party": envoy},
        {"id": "old", "commitment": promise()},
        {"id": "new", "commitment": promise() | {"made_by": ["envoy"]}},
        act(0, {"kind": "asserts", "target": "new", "about": "existence"}),
        *(act(number) for number in range(1, 9)),
        {
            "amend": "new",
            "commitment": later | {"made_by": ["envoy"]},
            "correction": True,
            "reason": "It took its place",
        },
    ]
    items = [json_form.read_item(each) for each in what]
    async with LedgerClient(service.address) as client:
        assert not (await client.check(NAME, items)).remarks
    async with OfFew(service.address) as client:
        client.most = 7
        found = [each async for each in client.check_all(NAME, items)]
    assert [remark.text for each in found for remark in each.remarks] == []
    assert len(found) > 1


async def test_a_party_that_may_be_one_of_an_earlier_part_is_remarked_on(
    api: Api, service: Service
) -> None:
    def party(name: str, called: str, **more: Any) -> dict[str, Any]:
        return {"id": name, "party": {"name": called, "kind": "state", **more}}

    reports = [
        {"id": f"r{n}", "report": {"title": f"R {n}", "publisher": "P", "published": "2018"}}
        for n in range(7)
    ]
    what = [
        party("one", "Land", codes=[{"scheme": "iso3", "value": "LND"}]),
        party("other", "Sea"),
        *reports,
        party("two", "land"),
        party("three", "Lake", codes=[{"scheme": "iso3", "value": "LND"}]),
        party("four", "Se\u0430"),
        party("five", "Hill", succeeds=[{"predecessor": "other", "from_day": "1991-12-26"}]),
    ]
    items = [json_form.read_item(each) for each in what]
    async with LedgerClient(service.address) as client:
        whole = await client.check(NAME, items)
    async with OfFew(service.address) as client:
        found = [each async for each in client.check_all(NAME, items)]
        client.most = 4
        without_room = [each async for each in client.check_all(NAME, items)]
    said = [(remark.path, remark.reason) for each in found for remark in each.remarks]
    assert said == [(remark.path, remark.reason) for remark in whole.remarks]
    assert [int(path[6:].partition("]")[0]) for path, _ in said] == [9, 10, 11]
    assert not any(each.unchecked for each in without_room)


def test_each_reason_for_a_remark_rests_on_all_that_stands_or_on_what_is_named() -> None:
    on_what_is_named = {
        "UNSPECIFIED",
        "UNKNOWN_CODE",
        "FUTURE_REPORT",
        "REPORT_BEFORE_EVENT",
        "ENDS_BEFORE_PROMISE",
        "SAME_NAME",
        "LOOK_ALIKE_NAME",
        "SAME_CODE",
        "ANNULLED_PARTY",
        "SEALED_FROM_AUTHOR",
        "UNIT_DIFFERS",
        "SOURCE_NOT_NAMED",
    }
    reasons = {
        name.removeprefix("REMARK_REASON_"): value for name, value in RemarkReason.items()
    }
    on_all = {name for name, value in reasons.items() if value in RESTS_ON_ALL}
    assert on_all | on_what_is_named == reasons.keys()
    assert not on_all & on_what_is_named
