"""Makes metrics of what the parts of a service say, in a registry of our own, with those of the
process beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from ledger_service.counting import Counted
from ledger_service.observing.catalog import METRICS, Kind, Metric
from ledger_service.observing.readings import Readings


class Metrics(Collector):
    """All metrics of the catalog, as `read` has their values when somebody asks for them."""

    def __init__(self, read: Callable[[], Readings]) -> None:
        self._read = read

    def describe(self) -> Iterator[Family]:
        return map(_family, METRICS)

    def collect(self) -> Iterator[Family]:
        found = self._read()
        for metric in METRICS:
            family = _family(metric)
            for labels, value in found.get(metric.name, ()):
                _add(family, metric, labels, value)
            yield family


def registry(read: Callable[[], Readings]) -> CollectorRegistry:
    """Ours alone: what a library counts in the registry of the whole process is not shown."""
    own = CollectorRegistry()
    own.register(Metrics(read))
    ProcessCollector(registry=own)
    PlatformCollector(registry=own)
    GCCollector(registry=own)
    return own


_FAMILIES = {
    Kind.COUNTER: (CounterMetricFamily, "_total"),
    Kind.GAUGE: (GaugeMetricFamily, ""),
    Kind.HISTOGRAM: (HistogramMetricFamily, ""),
    Kind.INFO: (InfoMetricFamily, "_info"),
}
_UNITS = ("seconds", "bytes", "ratio")


def _family(metric: Metric) -> Family:
    kind, ending = _FAMILIES[metric.kind]
    name = metric.name.removesuffix(ending)
    unit = next((each for each in _UNITS if name.endswith(f"_{each}")), "")
    family: Family = kind(name, metric.meaning, labels=metric.labels)
    family.unit = unit
    return family


def _add(
    family: Family, metric: Metric, labels: tuple[str, ...], value: float | Counted
) -> None:
    if isinstance(value, Counted):
        bounds = ["+Inf" if bound == inf else str(bound) for bound, _ in value.buckets]
        counts = [count for _, count in value.buckets]
        buckets = [*zip(bounds, counts, strict=True)]
        assert isinstance(family, HistogramMetricFamily)
        family.add_metric(labels, buckets, value.sum)
    elif metric.kind is Kind.INFO:
        assert isinstance(family, InfoMetricFamily)
        family.add_metric((), dict(zip(metric.labels, labels, strict=True)))
    else:
        assert isinstance(family, CounterMetricFamily | GaugeMetricFamily)
        family.add_metric(labels, value)
