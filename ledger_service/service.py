"""Puts all parts of the service together, starts them and stops them. No other module knows
all parts.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import structlog

from ledger_service import __version__
from ledger_service.access.authors import Authors
from ledger_service.access_parts import identifying, server_tls, trail
from ledger_service.api.access_servicer import AccessServicer
from ledger_service.api.admin_server import AdminServer
from ledger_service.api.admin_servicer import AdminServicer
from ledger_service.api.behind import Behind
from ledger_service.api.capacity import Capacity
from ledger_service.api.deadlines import Deadlines
from ledger_service.api.entrance import Entrance
from ledger_service.api.gate import Gate
from ledger_service.api.lanes import Lanes, Limits
from ledger_service.api.server import Connections, Operators, Server
from ledger_service.api.server_state import ServerState
from ledger_service.api.shares import ShareLimits
from ledger_service.api.sizes import Sizes
from ledger_service.application.administration import Administration
from ledger_service.application.descriptors import Descriptors, raised_limit
from ledger_service.application.ledgers import Ledgers
from ledger_service.background import in_thread
from ledger_service.backup_parts import backup_plan, backup_schedule, backups
from ledger_service.build import commit
from ledger_service.caches import Caches
from ledger_service.health import SERVICE, Health
from ledger_service.ledger_registry import LedgerRegistry
from ledger_service.log_file import LogFile
from ledger_service.memory import give_back_when_free
from ledger_service.observing.log_sizes import LogSizes
from ledger_service.observing.lookout import Lookout
from ledger_service.observing.operator_view import OperatorView
from ledger_service.observing.readings import Parts
from ledger_service.observing.traced import tracing
from ledger_service.persistence.author_register import register
from ledger_service.persistence.recording.waiting import QueueLimits
from ledger_service.settings import Settings, shown

#: So many ledgers are opened before anybody asks for them.
_UNASKED = 16
#: After how many new objects the youngest are collected, after how many times the middle-aged,
#: and after how many times all. Everybody waits for a collection, and what heavy questions
#: make takes a microsecond or two for each object: 5 ms, 20 ms, and rarely a fifth of a second.
_COLLECTIONS = (5_000, 5, 50)
#: How long a thread that computes may keep the event loop waiting for the interpreter's
#: lock. With Python's 5 ms one refusal of a large request is felt by every other caller.
_SWITCH_SECONDS = 0.001

log = structlog.get_logger()


def utc_now() -> datetime:
    return datetime.now(UTC)


class Service:
    """The service on one event loop, between `start` and `stop`. `now` returns the time in
    UTC.
    """

    def __init__(self, settings: Settings, now: Callable[[], datetime] = utc_now) -> None:
        self._settings = settings
        self.health = Health(now)
        self._descriptors = Descriptors(
            raised_limit(),
            settings.max_connections,
            settings.read_threads + settings.heavy_threads,
        )
        queue = QueueLimits(*(getattr(settings, each) for each in QueueLimits._fields))
        most = min(self._descriptors.ledgers, settings.open_ledgers)
        caches = Caches()
        ledgers = Ledgers(
            settings.data_dir,
            settings.keys_dir,
            settings.origin_base,
            now,
            settings.checkpoint_seconds,
            settings.store,
            read_only=settings.read_only,
            health=self.health,
            most=most,
            unasked=min(most, _UNASKED),
            trust_clock=settings.trust_clock,
            queue=queue,
            caches=caches,
        )
        self._lanes = Lanes(
            Limits(
                settings.read_threads,
                settings.heavy_threads,
                settings.light_seconds,
                settings.max_waiting_questions,
                settings.max_heavy_questions,
                settings.max_computing_seconds,
            ),
            self.health,
        )
        self.registry = LedgerRegistry(
            ledgers, now, settings.check_hours * 3600, partial(Behind, self._lanes)
        )
        self.backups = backups(settings, now)
        self._administration = Administration(
            ledgers,
            self.backups,
            self.registry.check_views,
            self.registry.views,
            backup_plan(settings),
            self.registry.let_go,
        )
        self._schedule = backup_schedule(
            settings,
            self.backups,
            self.registry.names,
            self.registry.entered,
            self.registry.glance,
            self.health,
            now,
        )
        service_health = self.health.of(SERVICE)
        known = identifying(settings, now, service_health)
        if known is not None:
            caches.add("credentials", known)
        gate = Gate(known, disclosed=settings.disclose_sealed)
        self._authors = Authors(register(settings.data_dir, settings.store))
        caches.add("authors", self._authors)
        self._tls = server_tls(settings, service_health)
        self._trail = trail(settings, now, service_health)
        sizes = Sizes(*(getattr(settings, each) for each in Sizes._fields))
        self._access = AccessServicer(
            known.files if known is not None else None,
            known.look if known is not None else _nothing,
            now,
            self._trail,
            sizes,
        )
        self._tracing = tracing(settings)
        self._state = ServerState(
            self.registry,
            self._lanes,
            Deadlines(settings.wait_seconds, self._lanes),
            now,
            self.health,
            settings.heartbeat_seconds,
            gate,
            self._authors if gate.asks else None,
            self._trail,
            settings.read_only,
            Capacity(settings.max_streams, settings.max_waiting_bytes),
            ShareLimits(*(getattr(settings, each) for each in ShareLimits._fields)),
            slow_reader_seconds=settings.slow_reader_seconds,
            sizes=sizes,
            queue=queue,
            caches=caches,
            tracer=self._tracing,
        )
        self.view = OperatorView(
            Parts(
                settings,
                self._state,
                ledgers.written,
                self.backups,
                self._schedule,
                self.health,
                Lookout(
                    self.registry.followed,
                    self.health,
                    (("data_dir", settings.data_dir), ("keys_dir", settings.keys_dir)),
                    settings.disk_reserve_bytes,
                ),
                self.registry.followed,
                LogSizes(ledgers.size, is_cheap=not ledgers.shared),
                lambda: self.health.serves and not self._state.stopping.is_set(),
                __version__,
                commit(),
            )
        )
        self._server: Server | None = None
        self._admin: AdminServer | None = None

    @property
    def address(self) -> str:
        """HOST:PORT on which it listens, once it is started."""
        assert self._server is not None
        return self._server.address

    async def start(self) -> None:
        """Opens the ledgers, then listens for calls. Raises FolderInUse, or AddressInUse when
        another program listens there.
        """
        self.registry.open()
        operators = Operators(
            AdminServicer(self._administration, self._authors, self._trail), self._access
        )
        try:
            self._server = Server(
                self._state,
                self._settings.listen,
                self._connections(),
                reflect=self._settings.reflection,
                lines_per_second=self._settings.log_calls_per_second,
                tls=self._tls,
                operators=operators if self._settings.admin_over_network else None,
            )
            self._admin = AdminServer(
                operators,
                self._settings.admin_path,
                self._server.health_servicer,
                Entrance(self._state.ledgers, self._state.deadlines),
            )
            await self._admin.start()
            self.view.start()
            await self._server.start()
            if self._schedule is not None:
                self._schedule.start()
        except BaseException:
            await self.view.stop()
            server, self._server = self._server, None
            if server is not None:
                await server.stop(0)
            if self._admin is not None:
                await self._admin.stop(0)
            await self.registry.close()
            raise

    def _connections(self) -> Connections:
        return Connections(
            self._descriptors.connections,
            self._settings.max_calls_per_connection,
            self._settings.idle_seconds,
            self._settings.hello_seconds,
            self._settings.connection_age_seconds,
            self._settings.keepalive_seconds,
        )

    async def stop(self) -> None:
        """Waits for open calls to end, then closes the ledgers. Does nothing when it does not
        run.
        """
        if self._server is None:
            return
        server, self._server = self._server, None
        self.registry.stop_opening()
        if self._schedule is not None:
            await self._schedule.stop()
        servers = (server, self._admin) if self._admin is not None else (server,)
        await asyncio.gather(*(each.stop(self._settings.drain_seconds) for each in servers))
        await self.view.stop()
        await self.registry.close()
        self._lanes.close()
        if self._trail is not None:
            self._trail.close()
        if self._tracing is not None:
            await in_thread(self._tracing.stop)


async def run(settings: Settings, ready: Callable[[str], None], lines: LogFile) -> None:
    """Serves until SIGTERM or SIGINT. `ready` is called with the address once calls are
    answered; when it fails, the service stops. The service's log is written to `lines`.
    """
    give_back_when_free()
    service = Service(settings)
    lines.listen(lambda problem: _tell_of_log(service.health, problem))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log.info(
        "opening",
        version=__version__,
        commit=commit(),
        data_dir=str(settings.data_dir.absolute()),
        keys_dir=str(settings.keys_dir.absolute()),
        store=str(shown(settings.store)),
    )
    await service.start()
    gc.collect()  # what stays from here on need not be looked at again
    gc.freeze()
    gc.set_threshold(*_COLLECTIONS)
    sys.setswitchinterval(_SWITCH_SECONDS)
    count = len(service.registry.names())
    data_dir = str(settings.data_dir.absolute())
    log.info(
        "ready",
        address=service.address,
        data_dir=data_dir,
        ledgers=count,
        access=_access(settings),
    )
    try:
        ready(service.address)
        await stop.wait()
    finally:
        log.info("stopping", drain_seconds=settings.drain_seconds)
        await service.stop()
        log.info("stopped")


def _nothing() -> None:
    """What follows on a change where nobody is asked who calls, and none can be made."""


def _access(settings: Settings) -> str:
    """Who may call, for the log."""
    if settings.access_dir is None:
        return "everybody on this machine; nobody is asked who calls, and records name local"
    transport = "TLS" if settings.tls_certificate else "plain text"
    return f"users with grants in {settings.access_dir}, over {transport}"


def _tell_of_log(health: Health, problem: str) -> None:
    if problem:
        text = f"Lines of the service's own log are lost: {problem} They are counted."
        health.tell(SERVICE, "log", text, usable=True)
    else:
        health.clear(SERVICE, "log")
