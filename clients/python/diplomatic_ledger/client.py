"""LedgerClient: everything that one can ask of a ledger service, for asyncio."""

from __future__ import annotations

from diplomatic_ledger.arguments import all_checked
from diplomatic_ledger.auditing import Auditing
from diplomatic_ledger.case_file.undoing import TakingBack
from diplomatic_ledger.checking import Checking
from diplomatic_ledger.composing import Composing
from diplomatic_ledger.exporting import Exporting
from diplomatic_ledger.watching import Watching


@all_checked
class LedgerClient(TakingBack, Checking, Composing, Watching, Auditing, Exporting):
    """A client of a ledger service; an async context manager.

    `server` is an address, or several of them that take turns; one that does not answer, or says
    that it is not well, is left out, and one that falls silent within six seconds. `timeout` is the time in seconds for each call, retries
    included: what may pass is tried again until then. `with_options` gives this client with
    another timeout, or with metadata, for some calls. A stream that says nothing for
    `longest_silence` seconds is taken for broken off, and goes on anew; by default that are two
    heartbeats of the service. `on_notice` is told what the client does beside its answers; by
    default that goes to the log of Python. With `compress` the answers come compressed, which
    is worth it over a slow network. `channel_options` are options of gRPC, which take the place
    of the client's own; `interceptors` those of grpc.aio. `credentials` say how it
    connects to a service that asks who calls; without, it connects in plain text and says
    nothing. Every method raises the exceptions of `diplomatic_ledger.errors`.
    """
