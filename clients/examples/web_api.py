"""A web API over a ledger service, made with FastAPI: one client for as long as the program runs,
and each request with a time and a trace of its own.

    LEDGER_SERVER=127.0.0.1:50551 uvicorn --app-dir clients/examples web_api:app

Several addresses in LEDGER_SERVER, with commas between them, take turns. LEDGER_CA and
LEDGER_TOKEN_FILE name what shows who calls, to a service that asks.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any

from diplomatic_ledger import (
    Credentials,
    Cuts,
    EntryExists,
    InvalidRequest,
    LedgerClient,
    LedgerError,
    NotFound,
    VersionConflict,
    json_form,
    retries,
)
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

#: A web page does not wait as long as a program does.
SECONDS = 5.0
#: What a caller sends to have its request found again in the logs of all services.
PASSED_ON = ("traceparent", "tracestate", "x-request-id")


def chosen_credentials() -> Credentials | None:
    """None for a service on this machine that asks nobody who calls."""
    authority, token = os.environ.get("LEDGER_CA"), os.environ.get("LEDGER_TOKEN_FILE")
    return Credentials(ca=authority, token_file=token) if authority else None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The client is made in the event loop in which it is used, and closed when the program
    ends, after what is under way.
    """
    servers = os.environ.get("LEDGER_SERVER", "127.0.0.1:50551").split(",")
    async with LedgerClient(servers, credentials=chosen_credentials()) as client:
        app.state.client = client
        yield


def client_of(request: Request) -> LedgerClient:
    """The client, for calls on behalf of this request. What one request has recorded the next
    ones see: it is one client that remembers.
    """
    client: LedgerClient = request.app.state.client
    headers = {key: request.headers[key] for key in PASSED_ON if key in request.headers}
    return client.with_options(timeout=SECONDS, metadata=headers)


Client = Annotated[LedgerClient, Depends(client_of)]

app = FastAPI(title="Who owes what", lifespan=lifespan)


@app.get("/ledgers/{ledger}/balances/{a}/{b}")
async def balance(
    client: Client, ledger: str, a: str, b: str, as_of: date | None = None
) -> dict[str, Any]:
    answer = await client.balance(ledger, a, b, Cuts(as_of=as_of))
    written: dict[str, Any] = json_form.write(answer)
    return written


@app.post("/ledgers/{ledger}/entries", status_code=201)
async def record(client: Client, ledger: str, item: dict[str, Any]) -> dict[str, Any]:
    """Records one item in its plain form. Sent twice, it is recorded once."""
    recorded = await client.record_one(ledger, json_form.read_item(item))
    return {
        "entry_id": recorded.entry_id,
        "version": recorded.version,
        "position": recorded.position,
        "already_recorded": recorded.already_recorded,
    }


@app.exception_handler(json_form.PlainError)
async def unreadable(_request: Request, error: json_form.PlainError) -> JSONResponse:
    problems = [{"field": each.field, "problem": each.problem} for each in error.problems]
    return JSONResponse({"reason": "UNREADABLE", "problems": problems}, status_code=422)


@app.exception_handler(LedgerError)
async def refused(_request: Request, error: LedgerError) -> JSONResponse:
    """What the ledger says, as HTTP says it: who should do something else, and what."""
    told: dict[str, Any] = {"reason": error.reason, "message": error.message}
    if isinstance(error, InvalidRequest):
        told["problems"] = [each._asdict() for each in error.violations]
    headers = {"x-request-id": error.call_id} if error.call_id else {}
    if (status := _status(error)) == 503:
        headers["retry-after"] = f"{error.retry_seconds or 1:.0f}"
    return JSONResponse(told, status_code=status, headers=headers)


def _status(error: LedgerError) -> int:
    match error:
        case NotFound():
            return 404
        case EntryExists() | VersionConflict():
            return 409
        case InvalidRequest():
            return 422
        case _:
            return 503 if retries.may_pass(error) else 502
