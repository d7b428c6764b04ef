"""What is counted while Talea serves, in the text format of Prometheus: `/metrics`.

Every request is counted once, from the facts that the access log gathers (`access.py`); what the
query processes do is read from the pool when somebody looks. Labels come from short fixed lists
(lanes, statuses, outcomes), never from a client: no address, no path and no text of a query gets
in, and the memory that the counts take is bounded. The counts of a pool begin again with each
release that comes into force, as counters do when a service restarts.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from talea_sparql.pool import PoolStats

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_NOW: Final[Mapping[str, str]] = {
    "children": "Processes that evaluate public queries",
    "running": "Public queries that run now",
    "waiting": "Public queries that wait for a process now",
}
"""The fields of `PoolStats` that go up and down."""
_SINCE: Final[Mapping[str, str]] = {
    "answered": "Public queries that a process answered",
    "killed": "Query processes stopped: at the deadline, or because the client left",
    "crashed": "Query processes that ended by themselves: memory, or a fault of the engine",
    "recycled": "Query processes replaced after their share of queries",
    "starts": "Starts of the process that loads the release for the others",
}
"""The fields of `PoolStats` that only go up."""

disable_created_metrics()  # type: ignore[no-untyped-call] # the times at which counters were made say nothing here


class Metrics:
    """The counts of one application. `stats` gives the counters of the pool in force."""

    def __init__(self, stats: Callable[[], PoolStats]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_PoolCollector(stats))
        ProcessCollector(registry=self._registry)
        self._requests = self._counter("http_requests", "Requests answered", "lane", "status")
        self._bytes = self._counter("http_response_bytes", "Bytes of bodies sent", "lane")
        self._queries = self._counter("sparql_queries", "Public queries by their end", "outcome")
        self._cache = self._counter("sparql_cache", "Looks in the cache of answers", "result")
        self._away = self._counter("connections_refused", "Connections ended early", "reason")
        seconds = self._histogram("http_request_seconds", "Time until an answer", "lane")
        self._seconds = cache(seconds.labels)
        self._queued = self._histogram("sparql_queue_seconds", "Time that queries waited")
        self._evaluated = self._histogram("sparql_evaluation_seconds", "Time that queries ran")

    def observe(self, line: Mapping[str, Any]) -> None:
        """Count one request by the facts of its line in the access log."""
        lane = line["lane"]
        self._requests(lane, line["status"] or "none").inc()
        self._bytes(lane).inc(line["bytes"])
        self._seconds(lane).observe(line["ms"] / 1000)
        if lane != "sparql" or "outcome" not in line:
            return
        self._queries(line["outcome"]).inc()
        if "cache" in line:
            self._cache(line["cache"]).inc()
        if "queue_ms" in line:
            self._queued.observe(line["queue_ms"] / 1000)
        if "eval_ms" in line:
            self._evaluated.observe(line["eval_ms"] / 1000)

    def turn_away(self, reason: str) -> None:
        """Count a connection that was ended before or beside the application."""
        self._away(reason).inc()

    def text(self) -> bytes:
        """All of it, in the text format, version 0.0.4."""
        return generate_latest(self._registry)

    def _counter(self, name: str, words: str, *labels: str) -> Callable[..., Counter]:
        """The counter for values of its labels; kept at hand, since looking it up costs most."""
        return cache(Counter(f"talea_{name}", words, labels, registry=self._registry).labels)

    def _histogram(self, name: str, words: str, *labels: str) -> Histogram:
        return Histogram(f"talea_{name}", words, labels, buckets=_SECONDS, registry=self._registry)


class _PoolCollector(Collector):
    """Reads the pool in force each time that somebody looks."""

    def __init__(self, stats: Callable[[], PoolStats]) -> None:
        self._stats = stats

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        stats = self._stats()
        for name, words in _NOW.items():
            yield GaugeMetricFamily(f"talea_sparql_{name}", words, value=getattr(stats, name))
        for name, words in _SINCE.items():
            yield CounterMetricFamily(
                f"talea_sparql_pool_{name}", words, value=getattr(stats, name)
            )
