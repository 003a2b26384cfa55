"""The log of one ledger as an application of the event sourcing library.

The library makes the recorder, the mapper and the event store, by the extension points that
it has for them, and closes them. What else its applications offer was made for aggregates.
Where that would write past the rules, or show what the rules do not, it is refused here in
plain words: a ledger records through `Ledger.record`, and is asked through its reader and
its questions. Its notification log only shows what stands in the log, so it works.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, cast

from eventsourcing.application import Application, Repository
from eventsourcing.persistence import EventStore, Recording
from eventsourcing.utils import Environment, EnvType

from ledger_service.persistence.storage.log import LogRecorder

_MAPPER = "ledger_service.persistence.records:RecordMapper"


class UnsupportedOperation(Exception):
    """Something that applications of the library can do and a log of a ledger must not."""

    def __init__(self, operation: str, instead: str) -> None:
        super().__init__(f"The log of a ledger has no {operation}. {instead}")


class AdmittedEvents(EventStore[str]):
    """Reads records and maps them; new ones come by admission only."""

    def put(self, *_: Any, **__: Any) -> list[Recording[str]]:
        """Would insert records that nothing decided, without a request that ends them."""
        raise UnsupportedOperation("put", "Record through Ledger.record.")


class LogApplication(Application[str]):
    """`environment` says where the log lies, see `Store.environment`. It is not looked into
    before its recorder is reopened. Raises PersistenceError.
    """

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self.name = name
        super().__init__({**environment, "MAPPER_TOPIC": _MAPPER, "ORIGINATOR_ID_TYPE": "text"})

    @property
    def log_recorder(self) -> LogRecorder:
        return cast(LogRecorder, self.recorder)

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """The settings that are passed in, and none of the process's environment."""
        return Environment(name, env)

    def construct_event_store(self) -> EventStore[str]:
        return AdmittedEvents(mapper=self.mapper, recorder=self.recorder)

    def save(self, *_: Any, **__: Any) -> NoReturn:
        """Would insert events that nothing decided."""
        raise UnsupportedOperation("save", "Record through Ledger.record.")

    @property
    def repository(self) -> Repository[str]:
        """Would make an aggregate of the records of an entry, as if there were one truth
        for all cuts, and keep it in a cache that knows nothing of other processes.
        """
        raise UnsupportedOperation(
            "repository", "Ask for versions by the reader of the ledger, or ask its questions."
        )

    def take_snapshot(self, *_: Any, **__: Any) -> NoReturn:
        """Would store a state that a later record can undo for an earlier day."""
        raise UnsupportedOperation("snapshots", "What is derived is computed, or is a view.")
