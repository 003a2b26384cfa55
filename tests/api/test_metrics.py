"""An operator sees what happens: metrics on a port of their own, in the form of OpenMetrics."""

import asyncio
import re
import socket
import time
import urllib.error
import urllib.request
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.history_service_pb2 import SubscribeRequest
from diplomatic_ledger.v1.standing_service_pb2 import ListActsRequest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from ledger_service.observing import operator_view
from ledger_service.observing.catalog import METRICS, Kind
from ledger_service.observing.port import MetricsPortTaken
from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.support.wire import NAME, Api, refused

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture
def changes() -> dict[str, Any]:
    return {"metrics_listen": "127.0.0.1:0", "check_hours": 0.0}


def get(address: str, path: str, method: str = "GET") -> tuple[int, str]:
    asked = urllib.request.Request(
        f"http://{address}{path}", headers={"Accept": OPENMETRICS}, method=method
    )
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


async def scraped(service: Service) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels, in the order of their names."""
    status, text = await asyncio.to_thread(get, service.view.address, "/metrics")
    assert status == 200
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_calls_are_counted_by_method_status_and_what_their_callers_showed(
    api: Api, service: Service
) -> None:
    await api.head()
    await api.head()
    await refused(api.head("nobody"))

    found = await scraped(service)
    method = "LedgerService/GetLedger"
    assert found["ledger_calls_total", "anybody", "OK", method] == 2
    assert found["ledger_calls_total", "anybody", "NOT_FOUND", method] == 1
    assert found["ledger_refusals_total", "LEDGER_NOT_FOUND"] == 1
    assert found["ledger_call_duration_seconds_count", method] == 3
    assert found["ledger_call_duration_seconds_bucket", "+Inf", method] == 3
    assert 0 < found["ledger_call_duration_seconds_sum", method] < 3


async def test_groups_their_commits_and_the_syncs_of_the_disk_are_counted(
    api: Api, service: Service
) -> None:
    await api.record()
    head = await api.head()
    found = await scraped(service)
    assert found["ledger_records_written_total",] == head - 1
    assert found["ledger_commit_requests_bucket", "1.0"] == 1
    assert found["ledger_commit_duration_seconds_count",] == 1
    assert found["ledger_sync_duration_seconds_count",] >= 2, "the first record, and these"
    assert found["ledger_log_records",] == head
    assert found["ledger_log_bytes",] > 16 * 1024
    assert found["ledger_queue_requests",] == 0
    assert found["ledger_commit_failures_total",] == 0


async def test_subscribers_are_seen_while_they_are_there(api: Api, service: Service) -> None:
    stream = api.history.Subscribe(SubscribeRequest(ledger=NAME))
    await anext(aiter(stream))
    found = await scraped(service)
    assert found["ledger_calls_open", "HistoryService/Subscribe"] == 1
    assert found["ledger_streams",] == 1
    stream.cancel()
    while (await scraped(service))["ledger_calls_open", "HistoryService/Subscribe"]:
        pass


async def test_views_checkpoints_checks_and_caches_are_seen(api: Api, service: Service) -> None:
    recorded = await api.record()
    asked = ListActsRequest(ledger=NAME, cuts=Cuts(at_least=recorded.token))
    await api.standing.ListActs(asked)
    await api.standing.ListActs(asked)
    found = await scraped(service)
    assert found["ledger_view_lag_records",] == 0
    assert found["ledger_view_lag_seconds",] == 0
    assert 0 <= found["ledger_check_progress_ratio", "log"] <= 1
    assert 0 <= found["ledger_check_age_seconds", "views"] < 600
    assert found["ledger_cache_entries", "histories"] >= 1
    assert found["ledger_cache_requests_total", "answers", "hit"] == 1
    assert found["ledger_cache_requests_total", "answers", "miss"] == 1
    named = {key[1] for key in found if key[0] == "ledger_cache_requests_total"}
    assert named >= {
        *("acts_between", "authors", "commitments_between", "decoded_versions", "entry_heads"),
        *("ends_of_requests", "entry_positions", "histories", "lists", "pictures", "results"),
        *("suppositions", "tiles", "written_versions"),
    }
    for name in ("histories", "results"):
        assert found["ledger_cache_requests_total", name, "miss"] >= 1, name
    assert found["ledger_serving",] == 1
    assert found["ledger_ledgers", "serving"] == 1
    assert found["ledger_disk_free_bytes", "data"] > 0
    assert found["ledger_disk_size_bytes", "keys"] > found["ledger_disk_free_bytes", "keys"]


async def test_the_age_of_a_checkpoint_grows_while_the_head_is_not_signed(
    api: Api, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = service.registry.get(NAME).ledger
    await ledger.audit.covering(1)
    await service.view.lookout.look()
    assert (await scraped(service))["ledger_checkpoint_age_seconds",] == 0

    def fails(*_: object, **__: object) -> None:
        raise OSError("the key cannot be read")

    monkeypatch.setattr(ledger.audit._signing, "sign", fails)
    await api.record()
    before = time.monotonic()
    await service.view.lookout.look()
    while time.monotonic() == before:
        pass
    await service.view.lookout.look()
    found = await scraped(service)
    assert found["ledger_checkpoint_age_seconds",] > 0
    while ("ledger_problems", "checkpoint", "yes") not in found:
        found = await scraped(service)


@pytest.mark.parametrize("named", [0, 1])
async def test_ledgers_are_named_only_as_many_as_the_operator_wants(
    settings: Settings, named: int
) -> None:
    from dataclasses import replace

    service = Service(replace(settings, metrics_ledgers=named))
    await service.start()
    try:
        for name in ("beta", "alpha", "gamma"):
            await service.registry.create(name, "Talks", "", None)
        found = await scraped(service)
    finally:
        await service.stop()
    assert found["ledger_ledgers_open",] == 3
    assert [key for key in found if key[0] == "ledger_each_log_records"] == [
        ("ledger_each_log_records", "alpha")
    ][:named]
    assert all("beta" not in key and "gamma" not in key for key in found)


async def test_everything_that_is_scraped_stands_in_the_document(
    api: Api, service: Service
) -> None:
    rows = re.findall(
        r"^\| `(ledger_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|$", text(), re.MULTILINE
    )
    documented = {
        name: (kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in rows
    }
    assert documented == {each.name: (each.kind.value, each.labels) for each in METRICS}
    assert {name: meaning.strip() for name, _, _, meaning in rows} == {
        each.name: each.meaning for each in METRICS
    }

    await api.record()
    _, said = await asyncio.to_thread(get, service.view.address, "/metrics")
    families = {family.name: family for family in text_string_to_metric_families(said)}
    ends = {Kind.COUNTER: "_total", Kind.INFO: "_info"}
    for each in METRICS:
        family = families[each.name.removesuffix(ends.get(each.kind, ""))]
        assert family.type == each.kind.value
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert labels in (set(), set(each.labels)), each.name


def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


async def test_the_program_says_which_one_it_is(service: Service) -> None:
    from ledger_service import __version__

    (key,) = [key for key in await scraped(service) if key[0] == "ledger_build_info"]
    assert key[2:] == ("sqlite", __version__)
    assert re.fullmatch(r"[0-9a-f]{12}|unknown", key[1])


async def test_health_is_asked_for_by_http_too(service: Service) -> None:
    ask = asyncio.to_thread
    address = service.view.address
    assert await ask(get, address, "/health") == (200, "SERVING\n")
    service.health.tell("", "a part", "It does not work.")
    assert await ask(get, address, "/health") == (503, "NOT_SERVING\n")
    assert (await ask(get, address, "/"))[0] == 404
    assert (await ask(get, address, "/metrics", "POST"))[0] == 405


async def test_a_service_whose_event_loop_hangs_does_not_say_that_it_serves(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator_view, "_PATIENCE_SECONDS", 0.05)
    asked = asyncio.create_task(asyncio.to_thread(get, service.view.address, "/health"))
    await asyncio.sleep(0)
    while not asked.done():
        time.sleep(0.5)  # noqa: ASYNC251 - so it hangs
        await asyncio.sleep(0)
    assert await asked == (503, "The service does not answer.\n")


async def test_those_who_say_nothing_take_a_few_places_only(service: Service) -> None:
    host, _, port = service.view.address.rpartition(":")

    def connect_and_be_hung_up_on() -> list[socket.socket]:
        silent = [socket.create_connection((host, int(port))) for _ in range(9)]
        assert silent[-1].recv(1) == b"", "who comes when the places are taken"
        return silent

    for each in await asyncio.to_thread(connect_and_be_hung_up_on):
        each.close()
    while not await answers(service):
        pass


async def test_who_sends_a_request_byte_by_byte_is_hung_up_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight of them would keep probes from being answered."""
    monkeypatch.setattr("ledger_service.observing.port._Handler.timeout", 0.3)
    host, _, port = service.view.address.rpartition(":")

    def drip() -> bool:
        with socket.create_connection((host, int(port)), timeout=0.05) as slow:
            for _ in range(100):
                try:
                    slow.send(b"G")
                    if slow.recv(1) == b"":
                        return True
                except TimeoutError:
                    continue
                except ConnectionError:
                    return True
        return False

    assert await asyncio.to_thread(drip)


async def answers(service: Service) -> bool:
    try:
        found = await asyncio.to_thread(get, service.view.address, "/health")
    except (RemoteDisconnected, ConnectionError, urllib.error.URLError):
        return False  # the places are not free yet
    return found == (200, "SERVING\n")


async def test_a_port_that_is_taken_stops_the_start_with_a_sentence(
    settings: Settings,
) -> None:
    from dataclasses import replace

    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(MetricsPortTaken, match=f"{listen} of metrics_listen"):
            await Service(replace(settings, metrics_listen=listen)).start()
    again = Service(settings)
    await again.start()
    await again.stop()


async def test_a_service_starts_again_at_once_on_a_port_that_was_just_scraped(
    settings: Settings,
) -> None:
    """The system keeps the address of a connection that the service closed for a minute."""
    from dataclasses import replace

    service = Service(settings)
    await service.start()
    await scraped(service)
    address = service.view.address
    await service.stop()
    again = Service(replace(settings, metrics_listen=address))
    await again.start()
    await scraped(again)
    await again.stop()


async def test_without_the_setting_there_is_no_port(settings: Settings) -> None:
    from dataclasses import replace

    service = Service(replace(settings, metrics_listen=""))
    await service.start()
    assert service.view.address == ""
    await service.stop()
