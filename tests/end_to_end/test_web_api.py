"""The example of a web API, with a service of its own behind it."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import SyncLedgerClient
from fastapi.testclient import TestClient

from tests.support.processes import Process

EXAMPLE = Path(__file__).parents[2] / "clients/examples/web_api.py"
US = {"id": "us", "party": {"name": "United States", "kind": "state"}}
DPRK = {"id": "dprk", "party": {"name": "North Korea", "kind": "state"}}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    with SyncLedgerClient(process.address()) as client:
        client.create_ledger("talks", "Talks")
    yield process
    process.stop()


@pytest.fixture
def web(service: Process, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("LEDGER_SERVER", service.address())
    spec = importlib.util.spec_from_file_location("web_api", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(__import__("sys").modules, "web_api", module)
    spec.loader.exec_module(module)
    with TestClient(module.app, raise_server_exceptions=False) as client:
        yield client


def test_what_one_request_records_the_next_one_sees(web: TestClient) -> None:
    for item in (US, DPRK):
        assert web.post("/ledgers/talks/entries", json=item).status_code == 201
    told = web.get("/ledgers/talks/balances/dprk/us", params={"as_of": "2018-08-18"})
    assert told.status_code == 200
    assert told.json()["balance"]["net_count"] == 0
    assert told.json()["basis"]["as_of"] == "2018-08-18"
    again = web.post("/ledgers/talks/entries", json=US)
    assert (again.status_code, again.json()["already_recorded"]) == (201, True)


def test_refusals_are_told_as_http_tells_them(web: TestClient) -> None:
    assert web.get("/ledgers/nowhere/balances/dprk/us").status_code == 404
    web.post("/ledgers/talks/entries", json=US)
    other = {"id": "us", "party": {"name": "Somebody else", "kind": "state"}}
    taken = web.post("/ledgers/talks/entries", json=other)
    assert (taken.status_code, taken.json()["reason"]) == (409, "ENTRY_EXISTS")
    misspelt = web.post("/ledgers/talks/entries", json={"id": "a", "party": {"nam": "A"}})
    assert misspelt.status_code == 422
    assert misspelt.json()["problems"][0]["field"] == "party.nam"
    nameless = web.post("/ledgers/talks/entries", json={"id": "a", "party": {}})
    assert nameless.status_code == 422
    assert nameless.json()["reason"] == "VALIDATION_FAILED"


def test_a_request_is_found_in_the_log_of_the_service(web: TestClient) -> None:
    headers = {"x-request-id": "order-17"}
    refused = web.get("/ledgers/nowhere/balances/dprk/us", headers=headers)
    assert refused.headers["x-request-id"] == "order-17"


def test_a_service_that_is_gone_is_said_to_come_back(
    web: TestClient, service: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(__import__("sys").modules["web_api"], "SECONDS", 0.5)
    service.stop()
    gone = web.get("/ledgers/talks/balances/dprk/us")
    assert gone.status_code == 503
    assert int(gone.headers["retry-after"]) >= 1
