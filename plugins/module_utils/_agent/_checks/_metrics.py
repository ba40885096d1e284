# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Prometheus metrics of a source (https://prometheus.io/docs/instrumenting/exposition_formats/).

Names and labels of the original's three families are kept, nanoseconds included; beside them are families in seconds.
What is counted per check lives with the check, so its series go when it goes.
"""

from __future__ import annotations

import asyncio
import bisect
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._record import Record
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._checks._result import ProbeResult
from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._check import REACHABLE

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
BREATH = 200  # checks between two breaths: probes are waiting for the processor
Labels = t.Sequence[tuple[str, str]]


class Histogram:
    """How many of what lengths. Seconds."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BUCKETS) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect.bisect_left(BUCKETS, seconds)] += 1
        self._sum += seconds

    def lines(self, name: str, labels: Labels) -> t.Iterator[str]:
        total = 0
        for bound, count in zip((*map(_number, BUCKETS), "+Inf"), self._counts):
            total += count
            yield sample(f"{name}_bucket", [*labels, ("le", bound)], total)
        yield sample(f"{name}_sum", labels, self._sum)
        yield sample(f"{name}_count", labels, total)


class Single(t.NamedTuple):
    """A family of few samples. kind: counter or gauge."""

    name: str
    kind: str
    about: str
    samples: t.Sequence[tuple[Labels, float]]


class Metrics:
    """component: the namespace, as in the original."""

    def __init__(self, component: str) -> None:
        self._component = component
        self._connect = Histogram()
        self._resolve = Histogram()

    def observe(self, record: Record, result: ProbeResult) -> None:
        """A probe has ended."""
        record.count(result)
        if result.tcp is not None and not result.tcp.error:
            self._connect.observe(result.tcp.seconds)
        if result.dns is not None and not result.dns.error:
            self._resolve.observe(result.dns.seconds)

    async def render(self, records: t.Mapping[str, Record], singles: t.Iterable[Single]) -> bytes:
        """Everything, as a scrape wants it."""
        pieces: list[bytes] = []
        for single in singles:
            pieces.append(
                _text(
                    [
                        *_head(single.name, single.kind, single.about),
                        *(sample(single.name, labels, value) for labels, value in single.samples),
                    ]
                )
            )
        for name, about, histogram in (
            (
                "podnet_check_tcp_connect_seconds",
                "Time of successful TCP connects of all checks of this source.",
                self._connect,
            ),
            (
                "podnet_check_dns_resolve_seconds",
                "Time of successful name lookups of all checks of this source.",
                self._resolve,
            ),
        ):
            pieces.append(
                _text([*_head(name, "histogram", about), *histogram.lines(name, [("component", self._component)])])
            )
        every = [records[name] for name in sorted(records)]
        for name, kind, about, lines in _FAMILIES:
            pieces.append(_text(_head(name, kind, about)))
            for start in range(0, len(every), BREATH):
                pieces.append(
                    _text(
                        [
                            line
                            for record in every[start : start + BREATH]
                            for line in lines(name, self._labels(record), record)
                        ]
                    )
                )
                await asyncio.sleep(0)
        return b"".join(pieces)

    def _labels(self, record: Record) -> str:
        return (
            f'component="{escape(self._component)}",checkName="{escape(record.name)}",'
            f'targetEndpoint="{escape(record.endpoint)}"'
        )


def _count_lines(name: str, labels: str, record: Record) -> t.Iterator[str]:
    for (tcp, dns), count in sorted(record.counts.items()):
        yield f'{name}{{{labels},tcpConnect="{tcp}",dnsResolve="{dns}"}} {count}'


def _tcp_nanoseconds(name: str, labels: str, record: Record) -> t.Iterator[str]:
    if record.tcp_seconds is not None:
        yield f"{name}{{{labels}}} {round(record.tcp_seconds * 1e9)}"


def _dns_nanoseconds(name: str, labels: str, record: Record) -> t.Iterator[str]:
    if record.dns_seconds is not None:
        yield f"{name}{{{labels}}} {round(record.dns_seconds * 1e9)}"


def _reachable(name: str, labels: str, record: Record) -> t.Iterator[str]:
    condition = record.status.condition(REACHABLE)
    if condition is not None and condition.status in ("True", "False"):
        yield f"{name}{{{labels}}} {int(condition.status == 'True')}"


_Lines = t.Callable[[str, str, Record], t.Iterator[str]]
_FAMILIES: t.Sequence[tuple[str, str, str, _Lines]] = (
    ("pod_network_connectivity_check_count", "counter", "Probes of a check, by outcome.", _count_lines),
    (
        "pod_network_connectivity_check_tcp_connect_latency_gauge",
        "gauge",
        "Nanoseconds that the last successful TCP connect took.",
        _tcp_nanoseconds,
    ),
    (
        "pod_network_connectivity_check_dns_resolve_latency_gauge",
        "gauge",
        "Nanoseconds that the last successful name lookup took.",
        _dns_nanoseconds,
    ),
    (
        "podnet_check_reachable",
        "gauge",
        "1 when the target of a check is reachable, 0 when not; absent when that is unknown.",
        _reachable,
    ),
)


def sample(name: str, labels: Labels, value: float) -> str:
    """One line."""
    inside = ",".join(f'{key}="{escape(text)}"' for key, text in labels)
    return f"{name}{{{inside}}} {_number(value)}" if inside else f"{name} {_number(value)}"


def escape(text: str) -> str:
    """A label's value."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _head(name: str, kind: str, about: str) -> list[str]:
    return [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]


def _text(lines: t.Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
