"""A value of a wrong kind is refused by its name, before anything is sent: whatever the method,
the parameter or the client.
"""

from __future__ import annotations

import asyncio
import inspect
import typing
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from diplomatic_ledger import (
    Cuts,
    InvalidArgument,
    LedgerClient,
    LedgerError,
    LogFilter,
    SyncLedgerClient,
    act_filter,
    arguments,
    commitment_filter,
    exporting,
    json_form,
)
from diplomatic_ledger.case_file.undoing import Undoing
from diplomatic_ledger.exporting import Reached, Wanted
from diplomatic_ledger.filters import (
    ActFields,
    CommitmentFields,
    InstrumentFields,
    PartyFields,
    ReportFields,
    instrument_filter,
    party_filter,
    report_filter,
)
from diplomatic_ledger.recording import ManyItems

#: Nobody listens there: what is not refused at once would fail otherwise.
NOWHERE = "127.0.0.1:1"
US = json_form.read_item({"id": "us", "party": {"name": "US", "kind": "state"}})
#: What is required, for a call of which something else is wrong.
RIGHT: dict[str, Any] = {
    "ledger": "talks",
    "entry_id": "F1",
    "entry_ids": ["F1"],
    "authors": ["a"],
    "title": "Talks",
    "text": "remains",
    "party_a": "a",
    "party_b": "b",
    "before": Cuts(),
    "items": [US],
    "item": US,
    "position": 1,
    "old_size": 1,
    "undoing": Undoing((), (), (), (), {}, ()),
    "reason": "a slip",
}
METHODS = [
    name
    for name in vars(SyncLedgerClient)
    if not name.startswith("_") and name not in ("close", "with_options")
]
PARAMETERS = [
    (method, name)
    for method in METHODS
    for name, each in inspect.signature(getattr(LedgerClient, method)).parameters.items()
    if name != "self" and each.kind is not each.VAR_KEYWORD
]


class Neither:
    """Of no kind that anything takes, and not even iterable."""


def arguments_of(method: str) -> dict[str, Any]:
    parameters = inspect.signature(getattr(LedgerClient, method)).parameters.values()
    return {each.name: RIGHT[each.name] for each in parameters if each.name in RIGHT}


async def answered(found: Any) -> None:
    """What comes of a call, whatever it gives."""
    if inspect.isawaitable(found):
        await found
    else:
        async for _ in found:
            break


@pytest.fixture(scope="module")
def sync() -> Iterator[SyncLedgerClient]:
    with SyncLedgerClient(NOWHERE, timeout=0.1) as client:
        yield client


@pytest.mark.parametrize(("method", "name"), PARAMETERS)
async def test_every_parameter_of_every_method_is_held(method: str, name: str) -> None:
    async with LedgerClient(NOWHERE, timeout=0.1) as client:
        with pytest.raises(InvalidArgument, match=rf"^{name}: .*Neither.*\. Give "):
            await answered(getattr(client, method)(**arguments_of(method) | {name: Neither()}))


@pytest.mark.parametrize(("method", "name"), PARAMETERS)
def test_it_is_so_without_asyncio_and_for_arguments_by_place(
    sync: SyncLedgerClient, method: str, name: str
) -> None:
    parameters = inspect.signature(getattr(LedgerClient, method)).parameters.values()
    given = arguments_of(method) | {name: Neither()}
    by_place = [
        given.pop(each.name, each.default)
        for each in parameters
        if each.kind is each.POSITIONAL_OR_KEYWORD and each.name != "self"
    ]
    with pytest.raises(InvalidArgument, match=rf"^{name}: .*\. Give "):
        next(iter(getattr(sync, method)(*by_place, **given)))


@pytest.mark.parametrize(
    ("made", "fields"),
    [
        (commitment_filter, CommitmentFields),
        (act_filter, ActFields),
        (instrument_filter, InstrumentFields),
        (party_filter, PartyFields),
        (report_filter, ReportFields),
    ],
)
def test_every_field_of_a_filter_is_held(made: Callable[..., Any], fields: type) -> None:
    for name, hint in typing.get_type_hints(fields).items():
        wrong: list[object] = [Neither(), 5, b"us", True]
        if name not in ("text", "instrument", "related_to"):
            wrong += [[Neither()], [5]]
        if "Iterable" in str(hint):
            wrong += ["us"]
        for value in wrong:
            with pytest.raises(InvalidArgument, match=rf"^{name}\b.*\. Give "):
                made(**{name: value})


@pytest.mark.parametrize("made", [Cuts, LogFilter])
def test_every_field_of_cuts_and_of_a_filter_of_the_log_is_held(made: Any) -> None:
    for name in made.__dataclass_fields__:
        for value in (Neither(), 5.0, b"", [Neither()]):
            with pytest.raises(InvalidArgument, match=rf"^{name}\b.*\. Give "):
                made(**{name: value}).message()


@pytest.mark.parametrize(
    "value",
    [date(2000, 1, 1), 5.0, b"", True, -1, 2**64, [1], "\ud800"],
    ids=repr,
)
async def test_a_cut_of_a_wrong_kind_is_not_the_newest_position(value: Any) -> None:
    async with LedgerClient(NOWHERE, timeout=0.1) as client:
        with pytest.raises(LedgerError, match=r"^recorded_by: .*Give a position") as refused:
            await client.balance("talks", "a", "b", Cuts(recorded_by=value))
        assert isinstance(refused.value, InvalidArgument)
        with pytest.raises(InvalidArgument, match=r"^recorded_by: "):
            await answered(client.export("talks", Wanted(recorded_by=value)))


def test_what_is_of_a_right_kind_is_taken() -> None:
    class Number:  # as those of numpy
        def __index__(self) -> int:
            return 7

    zone = datetime(2018, 6, 12, tzinfo=UTC)
    assert Cuts(recorded_by=Number()).message().position == 7  # type: ignore[arg-type]
    assert Cuts(recorded_by=2**64 - 1).message().position == 2**64 - 1
    assert Cuts(recorded_by=zone).message().recorded_at.ToDatetime(UTC) == zone
    assert Cuts(recorded_by="token").message().token == "token"
    assert Cuts(as_of=date(2018, 6, 12)).message().as_of == "2018-06-12"
    assert Cuts().message().WhichOneof("recorded_by") is None
    named = (each for each in ["us", "dprk"])
    assert act_filter(parties=named).parties == ["us", "dprk"]
    assert act_filter(parties={"us"}, kinds=("aid",)).parties == ["us"]


def test_a_time_is_no_day_since_it_has_one_only_in_a_zone() -> None:
    with pytest.raises(InvalidArgument, match=r"^as_of: .*datetime\. Give a datetime\.date"):
        Cuts(as_of=datetime(2018, 6, 12, tzinfo=UTC)).message()


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.read_log("talks", after_position=-1),
        lambda client: client.read_log("talks", up_to_position=2**64),
        lambda client: client.read_versions("talks", limit=-1),
        lambda client: client.subscribe("talks", give_up_after=-1),
        lambda client: client.subscribe("talks", give_up_after=float("nan")),
        lambda client: client.receipt("talks", version=2**32),
        lambda client: client.alerts("talks", within_days=-1),
        lambda client: client.search("talks", "x", limit=-1),
        lambda client: client.acts("talks").first(-1),
        lambda client: client.export("talks", reached=Reached(-1)),
    ],
)
async def test_a_number_that_no_field_has_room_for_is_out_of_range(call: Any) -> None:
    async with LedgerClient(NOWHERE, timeout=0.1) as client:
        with pytest.raises(InvalidArgument, match=r"^\w+: \S+ is out of range\. Give "):
            await answered(call(client))


async def test_what_is_read_one_by_one_is_held_as_it_is_read() -> None:
    items = (each for each in (US, "us"))
    async with LedgerClient(NOWHERE, timeout=0.1) as client:
        with pytest.raises(InvalidArgument, match=r"^items\[1\]: .* str is of the wrong kind"):
            await client.record("talks", items)  # type: ignore[arg-type]


def test_of_very_many_items_none_is_read_before_it_is_sent() -> None:
    read = list[int]()

    class Made(Sequence[Any]):
        def __len__(self) -> int:
            return 1_000_000

        def __getitem__(self, number: Any) -> Any:
            read.append(number)
            return US

    items = arguments.hold("items", Made(), ManyItems)
    assert next(items) is US
    assert read == [0]
    with pytest.raises(InvalidArgument, match=r"items\[1\]"):
        [*arguments.hold("items", [US, "us"], ManyItems)]


class Numbered:
    """Has members by their numbers, and says no more of itself."""

    def __init__(self, *members: Any) -> None:
        self._members = members

    def __getitem__(self, number: int) -> Any:
        return self._members[number]


@pytest.mark.parametrize("kind", [lambda each: Numbered(*each), np.array, iter, tuple])
def test_a_sequence_of_any_kind_is_taken(kind: Any) -> None:
    parties = ("us", "dprk")
    assert LogFilter(parties=kind(parties)).message() == LogFilter(parties=parties).message()
    assert act_filter(parties=kind(parties)) == act_filter(parties=parties)
    wanted = exporting._request("talks", Wanted(parties=kind(parties)))
    assert wanted == exporting._request("talks", Wanted(parties=parties))


@pytest.mark.parametrize(
    "value", [Numbered("us", 5), np.array(["us", 5], dtype=object), np.array("us"), list]
)
def test_a_sequence_that_is_none_or_has_wrong_members_is_refused(value: Any) -> None:
    for ask in (
        lambda: LogFilter(parties=value).message(),
        lambda: act_filter(parties=value),
        lambda: exporting._request("talks", Wanted(parties=value)),
    ):
        with pytest.raises(InvalidArgument, match=r"^parties(\[1\])?: .* is of the wrong kind"):
            ask()


async def test_half_a_surrogate_pair_is_refused_wherever_it_stands() -> None:
    half = "a\udc80"
    async with LedgerClient(NOWHERE, timeout=0.1) as client:
        for call, name in (
            (client.commitment("talks", half), "entry_id"),
            (client.ledger(half), "ledger"),
            (client.entries_by_id("talks", [half]), r"entry_ids\[0\]"),
            (client.with_options(metadata={"a": "b"}).party("talks", half), "entry_id"),
        ):
            with pytest.raises(InvalidArgument, match=rf"^{name}: .*surrogate"):
                await call


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server", 5),
        ("server", [NOWHERE, 5]),
        ("server", b"127.0.0.1:1"),
        ("timeout", "5"),
        ("timeout", True),
        ("timeout", float("nan")),
        ("timeout", 10**400),
        ("longest_silence", 0),
        ("longest_silence", "5"),
        ("on_notice", 5),
        ("compress", "no"),
        ("credentials", "secret"),
    ],
)
async def test_a_client_is_not_made_of_what_it_cannot_use(name: str, value: Any) -> None:
    with pytest.raises(InvalidArgument, match=rf"^{name}\b"):
        LedgerClient(**{name: value})
    with pytest.raises(InvalidArgument, match=rf"^{name}\b"):
        await asyncio.to_thread(SyncLedgerClient, **{name: value})


@pytest.mark.parametrize(
    "metadata", [5, "ab", ["ab"], {"a": 5}, {5: "a"}, {"a": None}, [("a", "b", "c")]]
)
async def test_metadata_of_a_wrong_kind_are_refused(metadata: Any) -> None:
    async with LedgerClient(NOWHERE) as client:
        with pytest.raises(InvalidArgument, match=r"^metadata.*\. Give "):
            client.with_options(metadata=metadata)


def test_a_long_value_is_told_in_short() -> None:
    with pytest.raises(InvalidArgument) as refused:
        arguments.hold("text", b"x" * 100_000, str)
    assert len(str(refused.value)) < 250


def test_a_time_with_a_zone_may_be_any() -> None:
    late = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
    assert Cuts(recorded_by=late).message().HasField("recorded_at")


@pytest.mark.parametrize(
    "call",
    [
        lambda client: LedgerClient(NOWHERE, credentials="SECRET"),  # type: ignore[arg-type]
        lambda client: LedgerClient(NOWHERE, credentials={"token": "SECRET"}),  # type: ignore[arg-type]
        lambda client: client.with_options(metadata="SECRET"),
        lambda client: client.with_options(metadata=[("authorization", "SECRET", "")]),
        lambda client: client.with_options(metadata=[["authorization", 5, "SECRET"]]),
        lambda client: client.with_options(metadata={"authorization": ["SECRET"]}),
        lambda client: client.with_options(metadata={"authorization": b"SECRET"}),
        lambda client: client.with_options(metadata={"authorization": "SECRET\n"}),
        lambda client: client.with_options(metadata={"authorization": "SECRET\ud800"}),
        lambda client: client.record("talks", ["SECRET"]),
        lambda client: client.record("talks", [{"party": {"name": {"seal": "SECRET"}}}]),
        lambda client: client.record_one("talks", {"party": {"name": {"seal": "SECRET"}}}),
        lambda client: client.balance("talks", "a", "b", Cuts(suppose=["SECRET"])),  # type: ignore[list-item]
        lambda client: client.party("talks", {"seal": "SECRET"}),
        lambda client: LedgerClient("me:SECRET@10.0.0.7:50551"),
        lambda client: LedgerClient("http://me:SECRET@10.0.0.7:50551"),
        lambda client: LedgerClient(["me:SECRET@10.0.0.7:50551", NOWHERE]),
    ],
)
async def test_what_may_be_secret_is_not_shown(call: Any) -> None:
    async with LedgerClient(NOWHERE, timeout=0.1) as client:
        with pytest.raises(InvalidArgument) as refused:
            await answered(call(client))
    assert "SECRET" not in str(refused.value)


def test_truth_values_of_numpy_are_taken_and_are_no_numbers() -> None:
    assert arguments.hold("receipts", np.bool_(1), bool) is True
    for kind in (int, float):
        with pytest.raises(InvalidArgument):
            arguments.hold("limit", np.bool_(1), kind)


async def test_none_leaves_out_what_may_be_left_out() -> None:
    interceptors: Any = None
    async with LedgerClient(NOWHERE, timeout=0.1, interceptors=interceptors) as client:
        for call in (
            lambda: client.record("talks", [US], request_id=None),  # type: ignore[arg-type]
            lambda: client.checkpoint("talks", None),  # type: ignore[arg-type]
            lambda: client.read_log("talks", after_position=None, limit=None),  # type: ignore[arg-type]
        ):
            with pytest.raises(LedgerError) as failed:
                await answered(call())
            assert not isinstance(failed.value, InvalidArgument)
    nothing: Any = None
    assert act_filter(text=nothing, related_to=nothing, parties=nothing) == act_filter()
    assert LogFilter(related_to=nothing, parties=nothing).message() == LogFilter().message()


def test_none_is_no_address_which_may_be_a_slip() -> None:
    with pytest.raises(InvalidArgument, match=r"^server: None"):
        LedgerClient(None)  # type: ignore[arg-type]


async def test_pairs_may_be_lists() -> None:
    options: Any = [["grpc.max_metadata_size", 16_384]]
    pairs: Any = [["x-request-id", "a"]]
    after: Any = [5, "2018-08-18"]
    async with LedgerClient(NOWHERE, timeout=0.1, channel_options=options) as client:
        client.with_options(metadata=pairs)
        client.watch_standings("talks", after=after)


def test_a_method_keeps_its_type_when_it_is_checked() -> None:
    hints = typing.get_type_hints(arguments.checked)
    assert hints["return"] is hints["method"]
