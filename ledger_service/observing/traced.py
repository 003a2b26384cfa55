"""Whether calls are traced, and by what. OpenTelemetry is imported only if they are."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from ledger_service.domain.values.refusals import LedgerError
from ledger_service.settings import Settings

if TYPE_CHECKING:
    from ledger_service.observing.tracing import Tracing

_NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.grpc")


class TracingUnavailable(LedgerError):
    """Calls are to be traced, and what does it is not installed."""


def tracing(settings: Settings) -> Tracing | None:
    """None where no collector is named. Raises TracingUnavailable."""
    if not settings.traces_endpoint:
        return None
    if not all(map(_is_there, _NEEDED)):
        raise TracingUnavailable(
            "traces_endpoint is set, and traces need more packages. Install them with: "
            "pip install 'diplomatic-ledger[server,tracing]'"
        )
    from ledger_service.observing.tracing import Tracing, to_collector  # noqa: PLC0415

    return Tracing(to_collector(settings.traces_endpoint), settings.traces_ratio)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
