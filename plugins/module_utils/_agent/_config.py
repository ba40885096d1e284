# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What the programs in the pods are told: config.json, and who they are (environment variables). Times are seconds."""

from __future__ import annotations

import dataclasses
import json
import typing as t

CONFIG_FILE = "/etc/podnet/config/config.json"
CONFIG_VARIABLE = "PODNET_CONFIG"
JsonObject = dict[str, t.Any]


class ConfigError(Exception):
    """The program cannot know what to do: one sentence."""


@dataclasses.dataclass(frozen=True)
class LoadBalancer:
    """A load balancer. endpoint: host:port. tls: whether it speaks TLS, as those before the API servers do."""

    name: str
    endpoint: str
    tls: bool = True


@dataclasses.dataclass(frozen=True)
class Extra:
    """One more thing to watch. target: pod:NAMESPACE/NAME, service:NAMESPACE/NAME, an address or a host name, with or
    without
    a port. http: what has to answer over HTTP; None: a connection is enough."""

    name: str
    target: str
    port: int | None = None
    tls: bool = False
    tls_secret: str = ""
    http: JsonObject | None = None


@dataclasses.dataclass(frozen=True)
class Targets:
    """What the source looks for by itself."""

    kubernetes: bool = True
    openshift: bool = False
    target_service: bool = True
    target_endpoints: bool = True
    load_balancers: tuple[LoadBalancer, ...] = ()
    extra: tuple[Extra, ...] = ()


@dataclasses.dataclass(frozen=True)
class MeshConfig:
    """How the target pods probe one another."""

    enabled: bool = True
    interval: float = 60.0
    all_pairs_up_to: int = 30
    partners: int = 10
    host_scheme: str = "https"
    host_port: int = 10250
    timeout: float = 5.0


@dataclasses.dataclass(frozen=True)
class Config:
    """config.json. period: between two probes of a check; timeout: of one probe; write_interval: between two writes of
    a status in which nothing of note has changed; prune_after: without activity until an unwanted object is deleted.
    """

    period: float = 60.0
    timeout: float = 10.0
    write_interval: float = 1200.0
    lease_interval: float = 30.0
    max_in_flight: int = 1024
    prune_after: float = 172800.0
    targets: Targets = Targets()
    mesh: MeshConfig = MeshConfig()


@dataclasses.dataclass(frozen=True)
class Identity:
    """The pod this program runs in. An unknown field is empty."""

    pod: str
    namespace: str
    uid: str = ""
    node: str = ""
    pod_ip: str = ""
    host_ip: str = ""


def load_identity(environ: t.Mapping[str, str]) -> Identity:
    """Who we are. Raises ConfigError."""
    for name in ("POD_NAME", "POD_NAMESPACE", "NODE_NAME"):
        if not environ.get(name):
            raise ConfigError(f"Cannot start: the environment variable {name} is not set")
    return Identity(
        pod=environ["POD_NAME"],
        namespace=environ["POD_NAMESPACE"],
        uid=environ.get("POD_UID", ""),
        node=environ["NODE_NAME"],
        pod_ip=environ.get("POD_IP", ""),
        host_ip=environ.get("HOST_IP", ""),
    )


def load_config(environ: t.Mapping[str, str]) -> Config:
    """Read config.json, from PODNET_CONFIG or its usual place. Raises ConfigError."""
    path = environ.get(CONFIG_VARIABLE) or CONFIG_FILE
    try:
        with open(path, encoding="utf-8") as stream:
            data = json.load(stream)
    except OSError as exc:
        raise ConfigError(f"Cannot read the configuration {path}: {exc.strerror or exc}") from None
    except ValueError as exc:
        raise ConfigError(f"Cannot read the configuration {path}: it is not JSON: {exc}") from None
    try:
        return parse_config(data)
    except ConfigError as exc:
        raise ConfigError(f"Cannot use the configuration {path}: {exc}") from None


def parse_config(data: t.Any) -> Config:
    """config.json as an object; what is missing has its default. Raises ConfigError."""
    reader = _Reader("", data)
    defaults = Config()
    return Config(
        period=reader.seconds("period", defaults.period, 0.1),
        timeout=reader.seconds("timeout", defaults.timeout, 0.1),
        write_interval=reader.seconds("write_interval", defaults.write_interval, 1.0),
        lease_interval=reader.seconds("lease_interval", defaults.lease_interval, 1.0),
        max_in_flight=reader.whole("max_in_flight", defaults.max_in_flight, 1),
        prune_after=reader.seconds("prune_after", defaults.prune_after, 1.0),
        targets=_targets(reader.below("targets")),
        mesh=_mesh(reader.below("mesh")),
    )


def _targets(reader: _Reader) -> Targets:
    defaults = Targets()
    return Targets(
        kubernetes=reader.flag("kubernetes", defaults.kubernetes),
        openshift=reader.flag("openshift", defaults.openshift),
        target_service=reader.flag("target_service", defaults.target_service),
        target_endpoints=reader.flag("target_endpoints", defaults.target_endpoints),
        load_balancers=tuple(
            LoadBalancer(item.needed("name"), item.needed("endpoint"), item.flag("tls", True))
            for item in reader.items("load_balancers")
        ),
        extra=tuple(_extra(item) for item in reader.items("extra")),
    )


def _extra(reader: _Reader) -> Extra:
    return Extra(
        name=reader.needed("name"),
        target=reader.needed("target"),
        port=None if reader.data.get("port") is None else reader.whole("port", 0, 1),
        tls=reader.flag("tls", False),
        tls_secret=reader.text("tls_secret", ""),
        http=None if reader.data.get("http") is None else reader.below("http").data,
    )


def _mesh(reader: _Reader) -> MeshConfig:
    defaults = MeshConfig()
    return MeshConfig(
        enabled=reader.flag("enabled", defaults.enabled),
        interval=reader.seconds("interval", defaults.interval, 0.1),
        all_pairs_up_to=reader.whole("all_pairs_up_to", defaults.all_pairs_up_to, 0),
        partners=reader.whole("partners", defaults.partners, 0),
        host_scheme=reader.text("host_scheme", defaults.host_scheme),
        host_port=reader.whole("host_port", defaults.host_port, 1),
        timeout=reader.seconds("timeout", defaults.timeout, 0.1),
    )


class _Reader:
    """Typed access to one JSON object; place: where it is, for messages."""

    def __init__(self, place: str, data: t.Any) -> None:
        if not isinstance(data, dict):
            raise ConfigError(f"{place.rstrip('.') or 'it'} is not an object")
        self.place = place
        self.data: JsonObject = data

    def seconds(self, name: str, default: float, least: float) -> float:
        value = self.data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value < 1e9:
            raise ConfigError(f"{self.place}{name} is {value!r}, not a number of seconds from {least:g} on")
        return float(value)

    def whole(self, name: str, default: int, least: int) -> int:
        value = self.data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ConfigError(f"{self.place}{name} is {value!r}, not a whole number from {least} on")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.data.get(name, default)
        if not isinstance(value, bool):
            raise ConfigError(f"{self.place}{name} is {value!r}, neither true nor false")
        return value

    def text(self, name: str, default: str) -> str:
        value = self.data.get(name, default)
        if not isinstance(value, str):
            raise ConfigError(f"{self.place}{name} is {value!r}, not a text")
        return value

    def needed(self, name: str) -> str:
        value = self.text(name, "")
        if not value:
            raise ConfigError(f"{self.place}{name} is missing")
        return value

    def below(self, name: str) -> _Reader:
        value = self.data.get(name)
        return _Reader(f"{self.place}{name}.", {} if value is None else value)

    def items(self, name: str) -> list[_Reader]:
        value = self.data.get(name) or []
        if not isinstance(value, list):
            raise ConfigError(f"{self.place}{name} is not a list")
        return [_Reader(f"{self.place}{name}[{index}].", item) for index, item in enumerate(value)]
