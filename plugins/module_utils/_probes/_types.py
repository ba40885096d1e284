# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What a probe is asked and what it answers.

Times are milliseconds where the name ends in _ms, else seconds; sizes are bytes. A request comes from outside and
is checked here, field by field; everything behind it may rely on that.
"""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import json
import math
import re
import typing as t

JsonObject = dict[str, t.Any]

# Amounts that tell a share: sent after the plain probes, and only as far as answers come.
DOSE_KINDS = ("burst", "connections", "dns_pairs")
KINDS = ("icmp", "tcp", "udp", "dns", "http", "path_mtu", "tcp_segment", "marker", "trace", *DOSE_KINDS, "idle")
# These send sizes that are expected not to pass, or wait for no answer: what is missing is no loss.
WITHOUT_LOSS = ("path_mtu", "tcp_segment", "marker")
PROTOCOLS = ("tcp", "udp", "icmp")
KINDS_WITH_PORT = ("tcp", "udp", "http", "tcp_segment", "connections", "idle")
KINDS_WITH_QUESTION = ("dns", "dns_pairs")
QTYPES = ("A", "AAAA", "CNAME", "NS", "PTR", "SOA", "SRV", "TXT")
# How often a probe is repeated unless told: a series tells loss, a lookup or a request is one answer.
DEFAULT_COUNT = {
    "icmp": 4,
    "tcp": 4,
    "udp": 4,
    "dns": 1,
    "http": 1,
    "path_mtu": 1,
    "tcp_segment": 4,
    "marker": 3,
    "trace": 3,
    "burst": 180,
    "connections": 40,
    "dns_pairs": 20,
    "idle": 1,
}
# The seconds between two attempts unless told.
DEFAULT_INTERVAL = {"burst": 0.0035, "dns_pairs": 0.03}
# More than this in one burst would be a test of load, which a diagnosis must not be.
MAX_COUNT = {"burst": 5000, "connections": 500, "dns_pairs": 200}
# Outcomes of an attempt that mean it went well; every other one is a failure.
GOOD_OUTCOMES = frozenset(("reply", "open", "answer", "response"))
SILENCE = frozenset(("no_reply", "timed_out"))
MAX_IP_PACKET = 65535
MAX_ERRORS_LISTED = 20
MIN_IPV4_MTU = 68  # RFC 791: every router must be able to forward a packet of 68 bytes without fragmentation

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NETNS = re.compile(r"host|pod:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_APPLICATION = re.compile(rf"({_NETNS.pattern})?")
_SCOPE = re.compile(r"[A-Za-z0-9_.@-]{1,15}")
_TOKEN = re.compile(r"([0-9a-fA-F]{2}){0,64}")
_HTTP_PATH = re.compile(r"/[!-~]{0,1023}")
_Number = t.TypeVar("_Number", int, float)


class RequestError(ValueError):
    """A request cannot be carried out; the text names the field and what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field


def shown(value: object) -> str:
    """A value from outside as it may stand in a message: one line, no control characters, not long."""
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):
        text = json.dumps(repr(value))
    return text if len(text) <= 80 else text[:77] + "..."


@dataclasses.dataclass(frozen=True)
class Address:
    """An IP address. scope: the interface of a link-local IPv6 address, else empty. one_host: neither multicast nor
    broadcast nor 0.0.0.0."""

    family: int
    text: str
    scope: str = ""
    one_host: bool = True

    @classmethod
    def parse(cls, text: str) -> Address | None:
        """None when the text is no IP address at all."""
        return _parse_address(text)

    def __str__(self) -> str:
        return f"{self.text}%{self.scope}" if self.scope else self.text


@functools.lru_cache(maxsize=4096)
def _parse_address(text: str) -> Address | None:
    """Cached: thousands of probes go to the same few addresses, and parsing costs as much as probing."""
    plain, percent, scope = text.partition("%")
    try:
        parsed = ipaddress.ip_address(plain)
    except ValueError:
        return None
    if percent and (parsed.version == 4 or not _SCOPE.fullmatch(scope)):
        return None
    one_host = not (parsed.is_multicast or parsed.is_unspecified or str(parsed) == "255.255.255.255")
    return Address(parsed.version, str(parsed), scope, one_host)


def is_name(text: str) -> bool:
    """Whether a text can be a host name: labels of RFC 1123 and underscores, the last one not a number."""
    plain = text[:-1] if text.endswith(".") else text
    labels = plain.split(".")
    return len(plain) <= 253 and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


# -- request -----------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class Request:
    """One probe. Which fields matter depends on the kind; plugins/modules/probe.py describes them."""

    id: str
    kind: str
    role: str = ""
    netns: str = "host"
    application: str = ""
    target: str = ""
    port: int | None = None
    count: int = 1
    interval: float = 0.2
    timeout: float = 1.0
    size: int = 56
    token: str = ""
    source_port: int | None = None
    nameserver: str | None = None
    name: str = ""
    qtype: str = "A"
    search: bool = False
    each_nameserver: bool = False
    min_mtu: int | None = None
    max_mtu: int | None = None
    expect: int | None = None
    path: str = "/"
    allow_tcp_data: bool = False
    expect_reply: bool = False
    family: int = 0
    protocol: str = "icmp"
    idle: float = 60.0
    once: bool = False

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Request:
        """Check every field; RequestError names the first bad one. Unknown fields are the caller's own."""
        if not isinstance(data, dict):
            raise RequestError("request", f"must be a dictionary, not {shown(data)}")
        read = _Reader(data)
        kind = read.choice("kind", KINDS, None)
        request = cls(
            id=read.label("id"),
            kind=kind,
            role=read.label("role"),
            netns=read.matching("netns", _NETNS, "host"),
            application=read.matching("application", _APPLICATION, ""),
            target=read.text("target"),
            port=read.optional_integer("port", 1, 65535),
            count=read.integer("count", 1, MAX_COUNT.get(kind, 10000), DEFAULT_COUNT[kind]),
            interval=read.number("interval", 0, 60, DEFAULT_INTERVAL.get(kind, 0.2)),
            timeout=read.number("timeout", 0.001, 60, 1.0),
            size=read.integer("size", 0, MAX_IP_PACKET - 28, 56),
            token=read.matching("token", _TOKEN, ""),
            source_port=read.optional_integer("source_port", 1, 65535),
            nameserver=read.nameserver(),
            name=read.text("name"),
            qtype=read.choice("qtype", QTYPES, "A"),
            search=read.boolean("search"),
            each_nameserver=read.boolean("each_nameserver"),
            min_mtu=read.optional_integer("min_mtu", MIN_IPV4_MTU, MAX_IP_PACKET),
            max_mtu=read.optional_integer("max_mtu", MIN_IPV4_MTU, MAX_IP_PACKET),
            expect=read.optional_integer("expect", MIN_IPV4_MTU, MAX_IP_PACKET),
            path=read.matching("path", _HTTP_PATH, "/"),
            allow_tcp_data=read.boolean("allow_tcp_data"),
            expect_reply=read.boolean("expect_reply"),
            family=int(read.choice("family", ("0", "4", "6"), "0")),
            protocol=read.choice("protocol", PROTOCOLS, "icmp"),
            idle=read.number("idle", 1, 86400, 60.0),
            once=read.boolean("once"),
        )
        request._check_together()
        return request

    def _check_together(self) -> None:
        with_port = self.kind in KINDS_WITH_PORT or (self.kind in ("marker", "trace") and self.protocol != "icmp")
        if with_port and self.port is None:
            raise RequestError("port", f"is required for kind {self.kind}")
        if self.kind in KINDS_WITH_QUESTION:
            self._check_name("name", self.question)
        else:
            self._check_target()
        if self.min_mtu is not None and self.max_mtu is not None and self.min_mtu > self.max_mtu:
            raise RequestError("min_mtu", f"must not be larger than max_mtu: {self.min_mtu}, {self.max_mtu}")
        if self.source_port is not None and self.source_port + self.count - 1 > 65535:
            raise RequestError("source_port", f"must leave room for {self.count} ports: {self.source_port}")

    def _check_target(self) -> None:
        if not self.target:
            raise RequestError("target", f"is required for kind {self.kind}")
        address = self.address
        if address is None:
            self._check_name("target", self.target)
            return
        if not address.one_host:
            raise RequestError("target", f"must be the address of one host, not {shown(self.target)}")
        if self.family and self.family != address.family:
            raise RequestError("target", f"is not an IPv{self.family} address: {shown(self.target)}")

    def _check_name(self, field: str, text: str) -> None:
        if not text:
            raise RequestError(field, f"is required for kind {self.kind}")
        if not is_name(text) and Address.parse(text) is None:
            raise RequestError(field, f"is neither an IP address nor a host name: {shown(text)}")

    @property
    def address(self) -> Address | None:
        """The target as an address; None when it is a name."""
        return Address.parse(self.target)

    @property
    def question(self) -> str:
        """The name that a dns probe asks for."""
        return self.name or self.target


class _Reader:
    """Typed reading of an untyped dictionary. null is the same as absent; digits in a string are a number."""

    def __init__(self, data: t.Mapping[str, t.Any]) -> None:
        self._data = data

    def text(self, field: str, default: str = "") -> str:
        value = self._data.get(field)
        if value is None:
            return default
        if not isinstance(value, str):
            raise RequestError(field, f"must be a string, not {shown(value)}")
        return value

    def label(self, field: str) -> str:
        """Text that is only copied to the result."""
        value = self._data.get(field)
        return "" if value is None else str(value)

    def matching(self, field: str, pattern: t.Pattern[str], default: str) -> str:
        value = self.text(field, default)
        if not pattern.fullmatch(value):
            raise RequestError(field, f"is not valid: {shown(value)}")
        return value

    def choice(self, field: str, allowed: t.Sequence[str], default: str | None) -> str:
        value = self._data.get(field)
        if value is None:
            value = default
        if str(value) not in allowed or isinstance(value, bool):
            raise RequestError(field, f"must be one of {', '.join(allowed)}, not {shown(value)}")
        return str(value)

    def boolean(self, field: str) -> bool:
        value = self._data.get(field)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise RequestError(field, f"must be true or false, not {shown(value)}")
        return value

    def integer(self, field: str, low: int, high: int, default: int) -> int:
        value = self.optional_integer(field, low, high)
        return default if value is None else value

    def optional_integer(self, field: str, low: int, high: int) -> int | None:
        value = self._data.get(field)
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise RequestError(field, f"must be an integer, not {shown(value)}")
        return _in_range(field, value, low, high)

    def number(self, field: str, low: float, high: float, default: float) -> float:
        value = self._data.get(field)
        if value is None:
            return default
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
            raise RequestError(field, f"must be a number, not {shown(value)}")
        return _in_range(field, float(value), low, high)

    def nameserver(self) -> str | None:
        value = self.text("nameserver")
        if value and Address.parse(value) is None:
            raise RequestError("nameserver", f"must be an IP address, not {shown(value)}")
        return value or None


def _in_range(field: str, value: _Number, low: _Number, high: _Number) -> _Number:
    if not low <= value <= high:
        raise RequestError(field, f"must be from {low} to {high}, not {shown(value)}")
    return value


# -- result ------------------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class Attempt:
    """One packet, connection or query. address: who answered, or where it went. source_port: ours, where known."""

    seq: int
    outcome: str
    rtt_ms: float | None = None
    address: str | None = None
    source_port: int | None = None
    detail: str | None = None

    def to_dict(self) -> JsonObject:
        return {
            "seq": self.seq,
            "outcome": self.outcome,
            "rtt_ms": self.rtt_ms,
            "address": self.address,
            "source_port": self.source_port,
            "detail": self.detail,
        }

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Attempt:
        return cls(**{field.name: data.get(field.name) for field in dataclasses.fields(cls)})  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True)
class Rtt:
    """Round-trip times of the attempts that were answered; mdev as ping defines it, sqrt(mean(x²) - mean(x)²)."""

    min: float
    avg: float
    max: float
    mdev: float

    @classmethod
    def of(cls, attempts: t.Iterable[Attempt]) -> Rtt | None:
        times = [
            attempt.rtt_ms for attempt in attempts if attempt.rtt_ms is not None and attempt.outcome in GOOD_OUTCOMES
        ]
        if not times:
            return None
        average = sum(times) / len(times)
        variance = sum(time * time for time in times) / len(times) - average * average
        return cls(min(times), round(average, 3), max(times), round(math.sqrt(max(variance, 0.0)), 3))

    def to_dict(self) -> JsonObject:
        return {"min": self.min, "avg": self.avg, "max": self.max, "mdev": self.mdev}


@dataclasses.dataclass(frozen=True)
class IcmpError:
    """An ICMP message about one of our packets. sender: the router or host that sent it. mtu: of "fragmentation
    needed" and "packet too big"."""

    sender: str
    type: int
    code: int
    text: str
    mtu: int | None = None
    seq: int | None = None

    def to_dict(self) -> JsonObject:
        return {
            "from": self.sender,
            "type": self.type,
            "code": self.code,
            "text": self.text,
            "mtu": self.mtu,
            "seq": self.seq,
        }

    def __str__(self) -> str:
        mtu = f" (mtu {self.mtu})" if self.mtu else ""
        return f"ICMP {self.text}{mtu} from {self.sender}"


@dataclasses.dataclass(frozen=True)
class Result:
    """The answer to one request. status: pass, fail (measured, and bad), skipped (makes no sense, error says why)
    or error (could not be measured, error says why)."""

    id: str
    role: str
    kind: str
    netns: str
    target: str
    port: int | None
    status: str
    outcome: str | None = None
    sent: int = 0
    received: int = 0
    loss_percent: float | None = None
    rtt_ms: Rtt | None = None
    attempts: tuple[Attempt, ...] = ()
    address: str | None = None
    local_address: str | None = None
    error: str | None = None
    started: str | None = None
    seconds: float = 0.0
    data: JsonObject = dataclasses.field(default_factory=dict)

    def to_dict(self) -> JsonObject:
        return {
            "id": self.id,
            "role": self.role,
            "kind": self.kind,
            "netns": self.netns,
            "target": self.target,
            "port": self.port,
            "status": self.status,
            "outcome": self.outcome,
            "sent": self.sent,
            "received": self.received,
            "loss_percent": self.loss_percent,
            "rtt_ms": self.rtt_ms.to_dict() if self.rtt_ms else None,
            "attempts": [attempt.to_dict() for attempt in self.attempts],
            "address": self.address,
            "local_address": self.local_address,
            "error": self.error,
            "started": self.started,
            "seconds": self.seconds,
            "data": self.data,
        }

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Result:
        """Read back what to_dict wrote; unknown fields are ignored, missing ones have their defaults."""
        known = {field.name: data[field.name] for field in dataclasses.fields(cls) if field.name in data}
        for field in ("id", "role", "kind", "netns", "target", "status"):
            known.setdefault(field, "")
        known.setdefault("port", None)
        known["attempts"] = tuple(Attempt.from_dict(attempt) for attempt in data.get("attempts") or ())
        known["rtt_ms"] = Rtt(**data["rtt_ms"]) if data.get("rtt_ms") else None
        return cls(**known)


@dataclasses.dataclass
class Measured:
    """What a probe function found, before the engine makes a result of it.

    outcome and status are derived from the attempts unless set: pass when every attempt went well; else the most
    frequent of the bad outcomes says what happened. An ICMP error counts more than silence, since routers send only
    few of them (Linux: one a second after the first five).
    """

    attempts: list[Attempt] = dataclasses.field(default_factory=list)
    address: str | None = None
    local_address: str | None = None
    data: JsonObject = dataclasses.field(default_factory=dict)
    status: str | None = None
    outcome: str | None = None
    error: str | None = None
    sent: int | None = None
    received: int | None = None

    def add_icmp_error(self, error: IcmpError | None) -> None:
        """Keep an ICMP error in data.icmp_errors, unless there are many already."""
        listed = self.data.setdefault("icmp_errors", [])
        if error is not None and len(listed) < MAX_ERRORS_LISTED:
            listed.append(error.to_dict())

    def add_peer(self, peer: tuple[str, int] | None) -> None:
        """Keep in data.connected_to to whom it was really sent, where that is not who was asked for."""
        if peer is not None:
            self.data["connected_to"] = list(peer)

    def add_forbidden(self) -> None:
        """Count in data.forbidden a connection that was refused before a packet was made."""
        self.data["forbidden"] = self.data.get("forbidden", 0) + 1

    def final_outcome(self) -> str | None:
        if self.outcome is not None or not self.attempts:
            return self.outcome
        bad = [attempt.outcome for attempt in self.attempts if attempt.outcome not in GOOD_OUTCOMES]
        if not bad:
            return self.attempts[0].outcome
        if self.data.get("icmp_errors"):
            bad = [outcome for outcome in bad if outcome not in SILENCE] or bad
        return max(dict.fromkeys(bad), key=bad.count)

    def final_status(self) -> str:
        if self.status is not None:
            return self.status
        return "pass" if self.attempts and self.final_outcome() in GOOD_OUTCOMES else "fail"

    def to_result(self, request: Request, started: str, seconds: float) -> Result:
        sent = len(self.attempts) if self.sent is None else self.sent
        good = sum(1 for attempt in self.attempts if attempt.outcome in GOOD_OUTCOMES)
        received = good if self.received is None else self.received
        search = request.kind in WITHOUT_LOSS
        return Result(
            id=request.id,
            role=request.role,
            kind=request.kind,
            netns=request.netns,
            target=request.target or request.question,
            port=request.port,
            status=self.final_status(),
            outcome=self.final_outcome(),
            sent=sent,
            received=received,
            loss_percent=round(100.0 * (sent - received) / sent, 1) if sent and not search else None,
            rtt_ms=Rtt.of(self.attempts),
            attempts=tuple(self.attempts),
            address=self.address,
            local_address=self.local_address,
            error=self.error,
            started=started,
            seconds=round(seconds, 4),
            data=self.data,
        )
