# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Outages of the pod network as events, from PodNetworkConnectivityCheck objects: ours and OpenShift's.

ansible-rulebook runs this file by its path: it imports the standard library alone (PyYAML where a kubeconfig is read,
which ansible-rulebook has). One list, then a watch with bookmarks. Whenever a watch cannot go on, the list is read
again and compared with what is known: an object keeps its outages, so that what began and ended meanwhile is in it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import datetime
import ipaddress
import json
import logging
import os
import random
import re
import socket
import ssl
import tempfile
import time
import urllib.parse
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
short_description: Outages of the pod network as events
description:
  - Watches PodNetworkConnectivityCheck objects, as the role C(podnet.diagnostics.connectivity_checks) and OpenShift
    make them.
  - Nothing that happens while a watch is renewed, while the API server is away, or, with O(state_file), while no
    rulebook runs is lost, and nothing is told twice.
  - The API server and the credentials are those of O(kubeconfig), O(host) or the environment (E(K8S_AUTH_KUBECONFIG),
    E(K8S_AUTH_HOST), E(K8S_AUTH_API_KEY), E(K8S_AUTH_SSL_CA_CERT), E(K8S_AUTH_VERIFY_SSL)), else the pod's service
    account.
options:
  namespaces:
    description: The namespaces of the checks. By default all.
    type: list
    elements: str
    default: []
  kubeconfig:
    description: Path of a kubeconfig file with a token or a client certificate.
    type: str
  context:
    description: The context of the kubeconfig file.
    type: str
  host:
    description: URL of the API server.
    type: str
  api_key:
    description: A bearer token.
    type: str
  ca_cert:
    description: Path of a file with certificate authorities.
    type: str
  validate_certs:
    description: Whether the API server's certificate is verified.
    type: bool
    default: true
  kube_events:
    description: Also tell the Kubernetes events about the checks.
    type: bool
    default: true
  initial:
    description: Tell outages that last already when the rulebook starts.
    type: bool
    default: true
  state_file:
    description: A file for what has been told. With it a rulebook that is started again goes on where it stopped.
    type: str
  settle:
    description: Seconds in which outages that begin together are collected.
    type: float
    default: 1.0
  storm:
    description:
      - More outages than these beginning within a minute are one storm instead of many outages.
      - A storm goes on until a minute has passed without another outage; what begins meanwhile belongs to it.
    type: int
    default: 10
  worst:
    description: How many outages of a storm, the worst of different pairs, are told by themselves as well.
    type: int
    default: 3
  most_per_minute:
    description: How many events are told in a minute at most. What is beyond waits.
    type: int
    default: 60
  stale_after:
    description: Seconds without a new result after which a source is told as stale, where it has no Lease.
    type: int
    default: 1800
  lease_interval:
    description: Seconds between two looks at the sources' Leases.
    type: float
    default: 30.0
"""

EXAMPLES = r"""
- podnet.diagnostics.connectivity:
    namespaces: [podnet-connectivity-checks, openshift-network-diagnostics]
    state_file: /var/lib/podnet/told.json
"""

PREFIX = "podnet.connectivity."
GROUP = "/apis/controlplane.operator.openshift.io/v1alpha1"
PLURAL = "podnetworkconnectivitychecks"
KIND = "PodNetworkConnectivityCheck"
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
WATCH_SECONDS = (240, 480)
SILENCE_SECONDS = 30.0
REQUEST_SECONDS = 30.0
STEADY_SECONDS = 5.0
AWAY_SECONDS = 30.0
CHUNK = 500
LONGEST_LINE = 16 * 1024 * 1024
LONGEST_TEXT = 500
STORM_SECONDS = 60.0
STORM_NAMES = 200
# A peer that has gone without a word is noticed after a minute.
KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
FALSE = ("0", "no", "false", "off", "n", "f")

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\Z")
_HOST = re.compile(r"[a-zA-Z0-9]([-a-zA-Z0-9.]{0,251}[a-zA-Z0-9])?\Z")

JsonObject = dict[str, Any]
logger = logging.getLogger("podnet.diagnostics.connectivity")


class SettingError(ValueError):
    """A setting cannot be used; the text names it and says what is allowed."""


class ApiError(Exception):
    """A request failed. away: nobody answered; gone: what was asked for has expired (410)."""

    def __init__(self, text: str, away: bool = False, gone: bool = False) -> None:
        super().__init__(text)
        self.away, self.gone = away, gone


# -- what is asked for -----------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True)
class Access:
    """An API server and how to speak to it. token: read anew for each request, because a pod's token is replaced."""

    host: str
    port: int
    prefix: str
    tls: ssl.SSLContext | None
    token: Callable[[], str] = dataclasses.field(repr=False)

    @property
    def authority(self) -> str:
        """Host and port, as in an URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclasses.dataclass(frozen=True)
class Settings:
    """The options of the source, checked."""

    namespaces: tuple[str, ...]
    access: Access
    kube_events: bool
    initial: bool
    state_file: Path | None
    settle: float
    storm: int
    worst: int
    most_per_minute: int
    stale_after: int
    lease_interval: float


def read_settings(args: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Check the arguments of the source. Raises SettingError."""
    namespaces = args.get("namespaces") or []
    if isinstance(namespaces, str):
        namespaces = [part.strip() for part in namespaces.split(",") if part.strip()]
    for name in namespaces:
        if not _LABEL.match(str(name)):
            raise SettingError(f"namespaces: {str(name)[:80]!r} is not the name of a namespace")
    state_file = args.get("state_file")
    return Settings(
        namespaces=tuple(dict.fromkeys(namespaces)),
        access=read_access(args, environment),
        kube_events=_boolean(args, "kube_events", True),
        initial=_boolean(args, "initial", True),
        state_file=Path(state_file).expanduser() if state_file else None,
        settle=_number(args, "settle", 1.0, 0, 60),
        storm=int(_number(args, "storm", 10, 1, 10000)),
        worst=int(_number(args, "worst", 3, 0, 100)),
        most_per_minute=int(_number(args, "most_per_minute", 60, 1, 10000)),
        stale_after=int(_number(args, "stale_after", 1800, 10, 86400)),
        lease_interval=_number(args, "lease_interval", 30.0, 0.1, 3600),
    )


def _number(args: Mapping[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = args.get(name)
    if value is None or value == "":
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if isinstance(value, bool) or not low <= number <= high:
        raise SettingError(f"{name} is {str(value)[:80]!r}; it must be a number from {low:g} to {high:g}")
    return number


def _boolean(args: Mapping[str, Any], name: str, default: bool) -> bool:
    value = args.get(name)
    if value is None or value == "":
        return default
    return value if isinstance(value, bool) else str(value).strip().lower() not in FALSE


def read_access(args: Mapping[str, Any], environment: Mapping[str, str]) -> Access:
    """The API server: of the arguments, of the environment, or of the pod that this runs in. Raises SettingError."""

    def given(name: str, variable: str) -> str:
        return str(args.get(name) or environment.get(variable) or "")

    host = given("host", "K8S_AUTH_HOST")
    kubeconfig = str(args.get("kubeconfig") or ("" if host else environment.get("K8S_AUTH_KUBECONFIG") or ""))
    if not host and not kubeconfig and not (SERVICE_ACCOUNT / "token").exists():
        kubeconfig = environment.get("KUBECONFIG") or "~/.kube/config"
    verify = _boolean(args, "validate_certs", environment.get("K8S_AUTH_VERIFY_SSL", "true").lower() not in FALSE)
    if kubeconfig:
        return _from_kubeconfig(Path(kubeconfig).expanduser(), given("context", "K8S_AUTH_CONTEXT"), verify)
    if host:
        key = given("api_key", "K8S_AUTH_API_KEY")
        return _access(host, lambda: key, _context(verify, given("ca_cert", "K8S_AUTH_SSL_CA_CERT")))
    server = environment.get("KUBERNETES_SERVICE_HOST", "kubernetes.default.svc")
    url = f"https://[{server}]" if ":" in server else f"https://{server}"
    port = environment.get("KUBERNETES_SERVICE_PORT", "443")
    return _access(f"{url}:{port}", _pod_token, _context(verify, str(SERVICE_ACCOUNT / "ca.crt")))


def _pod_token() -> str:
    try:
        return (SERVICE_ACCOUNT / "token").read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise ApiError(f"Cannot read the pod's token: {exc.strerror}") from None


def _access(url: str, token: Callable[[], str], tls: ssl.SSLContext) -> Access:
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise SettingError(f"host: {url[:80]!r} is not the URL of an API server") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingError(f"host: {url[:80]!r} is not the URL of an API server")
    return Access(parts.hostname, port, parts.path.rstrip("/"), tls if parts.scheme == "https" else None, token)


def _context(verify: bool, ca_file: str = "", ca_data: str = "") -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file or None, cadata=ca_data or None)
    except (OSError, ssl.SSLError) as exc:
        raise SettingError(f"ca_cert: {ca_file or 'the authorities of the kubeconfig'} cannot be read: {exc}") from None
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _from_kubeconfig(path: Path, wanted: str, verify: bool) -> Access:
    import yaml  # ansible-rulebook has it; who gives host and token does not need it

    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        name = wanted or config.get("current-context")
        context = _entry(config, "contexts", name)["context"]
        cluster = _entry(config, "clusters", context["cluster"])["cluster"]
        user = _entry(config, "users", context["user"])["user"]
        server = str(cluster["server"])
    except OSError as exc:
        raise SettingError(f"kubeconfig: {path} cannot be read: {exc.strerror}") from None
    except (KeyError, TypeError, AttributeError, ValueError, yaml.YAMLError) as exc:
        raise SettingError(f"kubeconfig: {path} cannot be used: {type(exc).__name__} {exc}") from None
    authority = cluster.get("certificate-authority-data")
    ca_file = cluster.get("certificate-authority") or ""
    verify = verify and not cluster.get("insecure-skip-tls-verify")
    tls = _context(verify, str(path.parent / ca_file) if ca_file else "", _decoded(authority) if authority else "")
    _client_certificate(tls, user, path)
    token = str(user.get("token") or "")
    return _access(server, lambda: token, tls)


def _entry(config: JsonObject, kind: str, name: object) -> JsonObject:
    for entry in config.get(kind) or []:
        if entry.get("name") == name:
            return dict(entry)
    raise KeyError(f"{kind} {name}")


def _decoded(data: str) -> str:
    return base64.b64decode(data).decode("ascii")


def _client_certificate(tls: ssl.SSLContext, user: JsonObject, path: Path) -> None:
    """Python takes certificates from files alone: those that stand in the kubeconfig are written for a moment."""
    files = []
    with contextlib.ExitStack() as stack:
        for key in ("client-certificate", "client-key"):
            if user.get(f"{key}-data"):
                stream = stack.enter_context(tempfile.NamedTemporaryFile("w", encoding="ascii"))
                stream.write(_decoded(user[f"{key}-data"]))
                stream.flush()
                files.append(stream.name)
            elif user.get(key):
                files.append(str(path.parent / user[key]))
        if len(files) == 2:
            try:
                tls.load_cert_chain(*files)
            except (OSError, ssl.SSLError) as exc:
                raise SettingError(f"kubeconfig: the client certificate of {path} cannot be used: {exc}") from None


# -- the API ---------------------------------------------------------------------------------------------------------
class Api:
    """GET requests, each with a connection of its own: they are few, and streams last for minutes."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def pages(self, path: str) -> AsyncGenerator[JsonObject, None]:
        """A collection in chunks."""
        token = ""
        while True:
            query = urllib.parse.urlencode({"limit": CHUNK, **({"continue": token} if token else {})})
            page = await self.get(f"{path}{'&' if '?' in path else '?'}{query}")
            yield page
            token = str((page.get("metadata") or {}).get("continue") or "")
            if not token:
                return

    async def get(self, path: str) -> JsonObject:
        """One object."""
        body = bytearray()
        async with contextlib.aclosing(self._pieces(path, REQUEST_SECONDS)) as pieces:
            async for piece in pieces:
                body += piece
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ApiError(f"{path.partition('?')[0]}: the answer is no JSON object")
        return found

    async def lines(self, path: str, silence: float) -> AsyncGenerator[bytes, None]:
        """The lines of an endless answer; silence: seconds that mean that nobody is there."""
        rest = b""
        async with contextlib.aclosing(self._pieces(path, silence)) as pieces:
            async for piece in pieces:
                *lines, rest = (rest + piece).split(b"\n")
                if len(rest) > LONGEST_LINE:
                    raise ApiError(f"{path.partition('?')[0]}: a line has no end")
                for line in lines:
                    if line.strip():
                        yield line

    async def _pieces(self, path: str, silence: float) -> AsyncGenerator[bytes, None]:
        access, shown = self._access, path.partition("?")[0]
        writer: asyncio.StreamWriter | None = None
        try:
            connecting = asyncio.open_connection(access.host, access.port, ssl=access.tls, limit=1 << 20)
            reader, opened = await asyncio.wait_for(connecting, REQUEST_SECONDS)
            writer = opened
            _keep_alive(opened.get_extra_info("socket"))
            opened.write(self._request(path))
            await asyncio.wait_for(opened.drain(), REQUEST_SECONDS)
            status, headers = await asyncio.wait_for(_head(reader), REQUEST_SECONDS)
            body = _body(reader, headers, silence)
            if status != 200:
                text = b"".join([piece async for piece in body])[:4096]
                raise ApiError(f"{shown}: HTTP {status}: {_reason(text)}", status in (429, 503, 504), status == 410)
            async for piece in body:
                yield piece
        except (asyncio.TimeoutError, TimeoutError):
            raise ApiError(f"{access.authority} does not answer", away=True) from None
        except ssl.SSLCertVerificationError as exc:
            why = f"{access.authority} shows a certificate that is not trusted: {exc.verify_message}"
            raise ApiError(why, away=True) from None
        except (OSError, EOFError, asyncio.LimitOverrunError) as exc:
            why = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
            raise ApiError(f"{access.authority} cannot be reached: {why}", away=True) from None
        except (ValueError, IndexError):
            raise ApiError(f"{shown}: the answer is not HTTP") from None
        finally:
            if writer is not None:
                writer.close()

    def _request(self, path: str) -> bytes:
        access = self._access
        token = access.token()
        lines = [f"GET {access.prefix}{path} HTTP/1.1", f"Host: {access.authority}", "Accept: application/json"]
        lines += ["User-Agent: podnet.diagnostics", "Connection: close"]
        lines += [f"Authorization: Bearer {token}"] if token else []
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ", 2)[1])
    fields = (line.partition(":") for line in head[1:] if line)
    return status, {name.strip().lower(): value.strip() for name, _colon, value in fields}


async def _body(
    reader: asyncio.StreamReader, headers: Mapping[str, str], silence: float
) -> AsyncGenerator[bytes, None]:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while True:
            size = int((await asyncio.wait_for(reader.readline(), silence)).split(b";")[0] or b"x", 16)
            if size == 0:
                return
            piece = await asyncio.wait_for(reader.readexactly(size + 2), silence)
            yield piece[:-2]
    left = int(headers["content-length"]) if "content-length" in headers else -1
    while left:
        piece = await asyncio.wait_for(reader.read(65536 if left < 0 else min(left, 65536)), silence)
        if not piece:
            if left > 0:
                raise EOFError("the connection was closed in the middle of an answer")
            return
        left -= len(piece) if left > 0 else 0
        yield piece


def _reason(body: bytes) -> str:
    try:
        return text_of(json.loads(body).get("message"))
    except (ValueError, AttributeError):
        return text_of(body.decode("utf-8", "replace"))[:200]


# -- what is known of the checks -------------------------------------------------------------------------------------
def text_of(value: object) -> str:
    """Text of somebody else as data: one line of bounded length, and nothing in it that a template would evaluate."""
    text = " ".join("".join(char if char.isprintable() else " " for char in str(value or "")).split())
    text = re.sub(r"\{(?=[{%#])", "{ ", text)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"


@dataclasses.dataclass
class Known:
    """What has been told of one check: the beginning of the newest outage, the one that lasts, and the condition."""

    check: str
    newest: str = ""
    open: str = ""
    reachable: str = ""
    stale: bool = False


def describe(obj: JsonObject) -> JsonObject:
    """The check of an object as events name it."""
    metadata, spec = _dict(obj, "metadata"), _dict(obj, "spec")
    labels = _dict(metadata, "labels")
    return {
        "namespace": text_of(metadata.get("namespace")),
        "name": text_of(metadata.get("name")),
        "source": text_of(spec.get("sourcePod")),
        "source_node": text_of(labels.get("podnet.diagnostics/source-node")),
        "target": text_of(spec.get("targetEndpoint")),
    }


def diagnosis(obj: JsonObject) -> JsonObject | None:
    """The variables of the diagnosis of this pair; None unless all are what Kubernetes allows such names to be."""
    spec, namespace = _dict(obj, "spec"), str(_dict(obj, "metadata").get("namespace") or "")
    pod = str(spec.get("sourcePod") or "")
    host, colon, port = str(spec.get("targetEndpoint") or "").rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not _LABEL.match(namespace) or not _NAME.match(pod) or not re.fullmatch(r"[0-9]{1,5}", port):
        return None
    with contextlib.suppress(ValueError):
        host = str(ipaddress.ip_address(host))
    if not (_HOST.match(host) or ":" in host) or not 1 <= int(port) <= 65535 or "%" in host:
        return None
    if ":" in host and not _is_address(host):
        return None
    return {
        "diagnose_source": f"pod:{namespace}/{pod}",
        "diagnose_destination": host,
        "diagnose_port": port,
        "diagnose_protocol": "tcp",
    }


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _dict(obj: Mapping[str, Any], key: str) -> JsonObject:
    value = obj.get(key)
    return value if isinstance(value, dict) else {}


def _list(obj: Mapping[str, Any], key: str) -> list[JsonObject]:
    value = obj.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


class Checks:
    """All checks that are known, and what has to be told when one looks different. Neither network nor clock."""

    def __init__(self, known: dict[str, Known] | None = None, initial: bool = True) -> None:
        self.known = known or {}
        self.objects: dict[str, JsonObject] = {}
        # With nothing remembered the first list is the beginning: what is over is history.
        self._history = not self.known
        self._initial = initial

    def begun(self) -> None:
        """The first list is complete: from now on nothing is history."""
        self._history = False

    def seen(self, obj: JsonObject) -> list[JsonObject]:
        """The events that an object as it is now gives, oldest first."""
        uid = str(_dict(obj, "metadata").get("uid") or "")
        if not uid:
            return []
        check = describe(obj)
        fresh = uid not in self.known
        known = self.known.setdefault(uid, Known(f"{check['namespace']}/{check['name']}"))
        self.objects[uid] = obj
        events = self._outages(obj, known, history=fresh and self._history)
        status, reason, message = _condition(obj)
        if status and status != known.reachable:
            if not fresh:
                events.append(_event("condition", obj, status=status, reason=reason, message=message))
            known.reachable = status
        return events

    def _outages(self, obj: JsonObject, known: Known, history: bool) -> list[JsonObject]:
        events = []
        outages = sorted(_list(_dict(obj, "status"), "outages"), key=lambda outage: str(outage.get("start") or ""))
        for outage in outages:
            start, end = str(outage.get("start") or ""), str(outage.get("end") or "")
            if _moment(start) is None:
                continue
            if start > known.newest:
                known.newest = start
                if history and (end or not self._initial):
                    known.open = "" if end else start
                    continue
                known.open = start
                events.append(_outage("outage", obj, outage))
            if end and start == known.open:
                known.open = ""
                events.append(_outage("restored", obj, outage))
        return events

    def gone(self, uid: str) -> list[JsonObject]:
        """The events that the end of a check gives."""
        known, obj = self.known.pop(uid, None), self.objects.pop(uid, None)
        if known is None or not known.open:
            return []
        if obj is None:
            # Removed while nobody looked: its name is all that is left.
            namespace, _slash, name = known.check.partition("/")
            obj = {"metadata": {"uid": uid, "namespace": namespace, "name": name}}
        return [_event("removed", obj, outage={"start": known.open, "end": "", "message": ""})]

    def stale(self, uid: str, is_stale: bool, why: str) -> list[JsonObject]:
        """The event that a source gives which has stopped, or lives again."""
        known, obj = self.known.get(uid), self.objects.get(uid)
        if known is None or obj is None or known.stale == is_stale:
            return []
        known.stale = is_stale
        return [_event("stale" if is_stale else "alive", obj, message=why)]


def _condition(obj: JsonObject) -> tuple[str, str, str]:
    for condition in _list(_dict(obj, "status"), "conditions"):
        if condition.get("type") == "Reachable":
            status, reason, message = (text_of(condition.get(key)) for key in ("status", "reason", "message"))
            return status, reason, message
    return "", "", ""


def _outage(kind: str, obj: JsonObject, outage: JsonObject) -> JsonObject:
    told = {key: text_of(outage.get(key)) for key in ("start", "end", "message")}
    return _event(kind, obj, outage=told, message=told["message"])


def _event(kind: str, obj: JsonObject, **more: Any) -> JsonObject:
    check = describe(obj)
    moment = more.get("outage", {}).get("start", "") or _dict(obj, "metadata").get("resourceVersion")
    return {
        "type": PREFIX + kind,
        "id": f"{_dict(obj, 'metadata').get('uid')}/{kind}/{moment}",
        "check": check,
        "diagnose": diagnosis(obj),
        **more,
    }


class Storms:
    """Outages that begin together, however slowly a crowd of them comes in: bounded, and none of them untold."""

    def __init__(self, most: int, worst: int) -> None:
        self._most, self._worst = most, worst
        self._alone: list[float] = []
        self._name = ""
        self._last = 0.0
        self._left = 0

    def of(self, events: list[JsonObject], now: float) -> list[JsonObject]:
        """The events as they are told at this moment (monotonic seconds): those of a storm become one, and the worst
        of different pairs come by themselves as well, no more of them than are allowed in the whole storm."""
        began = [event for event in events if event["type"] == PREFIX + "outage"]
        if not began:
            return events
        self._alone = [moment for moment in self._alone if now - moment < STORM_SECONDS]
        going_on = bool(self._name) and now - self._last < STORM_SECONDS
        if not going_on and len(self._alone) + len(began) <= self._most:
            self._alone += [now] * len(began)
            return events
        if not going_on:
            self._name, self._left = f"{began[0]['id']}+", self._worst
        self._last = now
        chosen = _worst(began, self._left)
        self._left -= len(chosen)
        others = [event for event in events if event["type"] != PREFIX + "outage"]
        return [_storm(began, self._name), *({**event, "of_storm": True} for event in chosen), *others]


def _storm(began: list[JsonObject], name: str) -> JsonObject:
    return {
        "type": PREFIX + "storm",
        "id": f"{began[0]['id']}+{len(began)}",
        "storm": name,
        "count": len(began),
        "sources": _count(began, "source_node", "source"),
        "targets": _count(began, "target"),
        "checks": [f"{event['check']['namespace']}/{event['check']['name']}" for event in began[:STORM_NAMES]],
    }


def _worst(began: list[JsonObject], number: int) -> list[JsonObject]:
    """First those whose two ends fail most often; each end once, as long as there are others."""
    ends = [(event["check"]["source"], event["check"]["target"]) for event in began]
    weight: dict[str, int] = {}
    for pair in ends:
        for end in pair:
            weight[end] = weight.get(end, 0) + 1
    order = sorted(
        began, key=lambda event: (-sum(weight[event["check"][end]] for end in ("source", "target")), event["id"])
    )
    chosen: list[JsonObject] = []
    used: set[str] = set()
    for again in (False, True):
        for event in order:
            target = event["check"]["target"]
            if len(chosen) < number and event["diagnose"] and event not in chosen and (again or target not in used):
                chosen.append(event)
                used.add(target)
    return chosen


def _count(events: list[JsonObject], *keys: str) -> list[JsonObject]:
    counts: dict[str, int] = {}
    for event in events:
        name = next((event["check"][key] for key in keys if event["check"][key]), "")
        counts[name] = counts.get(name, 0) + 1
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"name": name, "count": count} for name, count in order[:20]]


# -- remembering -----------------------------------------------------------------------------------------------------
def load_state(path: Path | None) -> dict[str, Known]:
    """What has been told by an earlier run; a file that cannot be used is told and left as it is."""
    if path is None or not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        fields = {field.name for field in dataclasses.fields(Known)}
        return {
            uid: Known(**{key: value for key, value in entry.items() if key in fields})
            for uid, entry in found["checks"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        logger.warning("Cannot use %s: %s. What lasts now is told again.", path, exc)
        return {}


def save_state(path: Path, known: Mapping[str, Known]) -> None:
    """Write it whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    data = json.dumps({"checks": {uid: dataclasses.asdict(entry) for uid, entry in known.items()}})
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(data)
    os.replace(partial, path)


# -- the source ------------------------------------------------------------------------------------------------------
class Watch:
    """A collection, listed and watched for ever."""

    def __init__(self, api: Api, path: str, owner: Source) -> None:
        self.api, self.path, self.owner = api, path, owner
        self._failed = 0
        self._away_since: float | None = None

    async def run(self, listed: Callable[[list[JsonObject]], None], changed: Callable[[str, JsonObject], None]) -> None:
        """Until cancelled. listed gets all objects, changed one with ADDED, MODIFIED or DELETED."""
        version = ""
        while True:
            begun = time.monotonic()
            try:
                if not version:
                    version = await self._list(listed)
                    self._works()
                version = await self._follow(version, changed)
                # Watches of Events on a version that has expired end at once and without a word
                # (https://github.com/kubernetes/kubernetes/issues/104171).
                if time.monotonic() - begun < STEADY_SECONDS:
                    version = ""
                    await self._pause()
                else:
                    self._failed = 0
            except ApiError as exc:
                # The server may have been restored from an older state: whatever the reason, what is there is compared.
                version = ""
                if not exc.gone:
                    self._trouble(exc)
                await self._pause()

    async def _list(self, listed: Callable[[list[JsonObject]], None]) -> str:
        objects, version = [], ""
        async for page in self.api.pages(self.path):
            objects += _list(page, "items")
            version = str(_dict(page, "metadata").get("resourceVersion") or "")
        if not version:
            raise ApiError(f"{self.path}: the list has no resourceVersion")
        listed(objects)
        return version

    async def _follow(self, version: str, changed: Callable[[str, JsonObject], None]) -> str:
        seconds = random.randint(*WATCH_SECONDS)
        query = f"watch=1&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={seconds}"
        path = f"{self.path}{'&' if '?' in self.path else '?'}{query}"
        async with contextlib.aclosing(self.api.lines(path, seconds + SILENCE_SECONDS)) as lines:
            async for line in lines:
                try:
                    event = json.loads(line)
                    kind, obj = event["type"], event["object"]
                    metadata = _dict(obj, "metadata")
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                    raise ApiError(f"{self.path}: the server sent a line that is no event") from None
                if kind == "ERROR":
                    raise ApiError(
                        f"{self.path}: {text_of(_dict(event, 'object').get('message'))}", gone=obj.get("code") == 410
                    )
                if kind in ("ADDED", "MODIFIED", "DELETED"):
                    changed(kind, obj)
                version = str(metadata.get("resourceVersion") or version)
                self._works()
        return version

    async def _pause(self) -> None:
        self._failed += 1
        await asyncio.sleep(min(5.0, 0.2 * 2 ** min(self._failed, 6)) * random.uniform(0.7, 1.0))

    def _trouble(self, exc: ApiError) -> None:
        """One sentence when it begins, and an event when nothing has been seen for a while."""
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
            logger.warning("Cannot watch %s: %s; it is tried again, and nothing is lost.", self.path, exc)
        elif now - self._away_since > AWAY_SECONDS:
            self.owner.blind(self.path, str(exc))

    def _works(self) -> None:
        if self._away_since is not None:
            logger.warning("Watching %s again after %.0f s.", self.path, time.monotonic() - self._away_since)
            self._away_since = None
            self.owner.seeing(self.path)


class Source:
    """Watches, compares, collects and tells."""

    def __init__(self, put: Callable[[JsonObject], Awaitable[None]], settings: Settings) -> None:
        self._put, self._settings = put, settings
        self.api = Api(settings.access)
        self.checks = Checks(load_state(settings.state_file), settings.initial)
        self._pending: list[JsonObject] = []
        self._work = asyncio.Event()
        self._paths: dict[str, set[str]] = {}
        self._unlisted: set[str] = set()
        self._blind: set[str] = set()
        self._told_events: dict[str, str] = {}
        self._began = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._told: list[float] = []
        self._storms = Storms(settings.storm, settings.worst)

    async def run(self) -> None:
        """Until cancelled."""
        scopes = [f"/namespaces/{name}" for name in self._settings.namespaces] or [""]
        paths = [f"{GROUP}{scope}/{PLURAL}" for scope in scopes]
        self._unlisted = set(paths)
        jobs = [asyncio.ensure_future(self._watch_checks(path)) for path in paths]
        if self._settings.kube_events:
            selector = f"fieldSelector=involvedObject.kind%3D{KIND}"
            jobs += [asyncio.ensure_future(self._watch_events(f"/api/v1{scope}/events?{selector}")) for scope in scopes]
        jobs += [asyncio.ensure_future(self._look_at_sources(scopes)), asyncio.ensure_future(self._deliver())]
        try:
            await asyncio.gather(*jobs)
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    # -- checks
    async def _watch_checks(self, path: str) -> None:
        def listed(objects: list[JsonObject]) -> None:
            there = {str(_dict(obj, "metadata").get("uid")) for obj in objects}
            for uid in self._paths.get(path, set(self._of_path(path))) - there:
                self.tell(self.checks.gone(uid))
            self._paths[path] = there
            for obj in objects:
                self.tell(self.checks.seen(obj))
            self._unlisted.discard(path)
            if not self._unlisted:
                self.checks.begun()

        def changed(kind: str, obj: JsonObject) -> None:
            uid = str(_dict(obj, "metadata").get("uid"))
            if kind == "DELETED":
                self._paths[path].discard(uid)
                self.tell([*self.checks.seen(obj), *self.checks.gone(uid)])
            else:
                self._paths[path].add(uid)
                self.tell(self.checks.seen(obj))

        await Watch(self.api, path, self).run(listed, changed)

    def _of_path(self, path: str) -> list[str]:
        """Remembered checks of an earlier run in the namespace of this path."""
        namespace = path.split("/namespaces/")[-1].split("/")[0] if "/namespaces/" in path else ""
        return [
            uid for uid, known in self.checks.known.items() if not namespace or known.check.startswith(f"{namespace}/")
        ]

    # -- Kubernetes events
    async def _watch_events(self, path: str) -> None:
        def changed(kind: str, obj: JsonObject) -> None:
            metadata, about = _dict(obj, "metadata"), _dict(obj, "involvedObject")
            uid, version = str(metadata.get("uid")), str(metadata.get("resourceVersion"))
            moment = str(obj.get("lastTimestamp") or obj.get("eventTime") or metadata.get("creationTimestamp") or "")
            if kind == "DELETED" or self._told_events.get(uid) == version or moment < self._began:
                return
            self._told_events[uid] = version
            while len(self._told_events) > 5000:
                del self._told_events[next(iter(self._told_events))]
            check = {"namespace": text_of(metadata.get("namespace")), "name": text_of(about.get("name"))}
            told = {"type": PREFIX + "event", "id": f"{uid}/{version}", "check": check, "time": text_of(moment)}
            self.tell([{**told, "reason": text_of(obj.get("reason")), "message": text_of(obj.get("message"))}])

        def listed(objects: list[JsonObject]) -> None:
            for obj in objects:
                changed("ADDED", obj)

        await Watch(self.api, path, self).run(listed, changed)

    # -- sources that have stopped
    async def _look_at_sources(self, scopes: list[str]) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_interval)
            leases: dict[tuple[str, str], JsonObject] = {}
            try:
                for scope in scopes:
                    async for page in self.api.pages(f"/apis/coordination.k8s.io/v1{scope}/leases"):
                        for item in _list(page, "items"):
                            metadata = _dict(item, "metadata")
                            leases[str(metadata.get("namespace")), str(metadata.get("name"))] = item
            except ApiError:
                # The watch of the checks says what is wrong with the server; without Leases ages are all there is.
                leases = {}
            self._judge(leases, datetime.datetime.now(datetime.timezone.utc))

    def _judge(self, leases: Mapping[tuple[str, str], JsonObject], now: datetime.datetime) -> None:
        if self._blind:
            return
        for uid, obj in list(self.checks.objects.items()):
            namespace, pod = str(_dict(obj, "metadata").get("namespace")), str(_dict(obj, "spec").get("sourcePod"))
            lease = leases.get((namespace, pod))
            if lease is not None:
                spec = _dict(lease, "spec")
                renewed, lasts = _moment(spec.get("renewTime")), float(spec.get("leaseDurationSeconds") or 60)
                why = f"the source {pod} has not renewed its Lease for more than {lasts:g} s"
            else:
                status = _dict(obj, "status")
                entries = [entry for key in ("successes", "failures") for entry in _list(status, key)]
                times = [moment for moment in (_moment(entry.get("time")) for entry in entries) if moment]
                renewed, lasts = max(times, default=None), float(self._settings.stale_after)
                why = f"no result for more than {lasts:g} s"
            if renewed is not None:
                self.tell(self.checks.stale(uid, (now - renewed).total_seconds() > lasts, text_of(why)))

    # -- telling
    def blind(self, path: str, why: str) -> None:
        """Nothing has been seen for a while."""
        if path not in self._blind:
            self._blind.add(path)
            self.tell([{"type": PREFIX + "blind", "id": f"{path}/blind/{time.time():.0f}", "message": text_of(why)}])

    def seeing(self, path: str) -> None:
        """It works again."""
        if path in self._blind:
            self._blind.discard(path)
            self.tell([{"type": PREFIX + "seeing", "id": f"{path}/seeing/{time.time():.0f}", "message": ""}])

    def tell(self, events: list[JsonObject]) -> None:
        """Events are collected for a moment, so that a crowd is seen as one."""
        self._pending += events
        if events:
            self._work.set()

    async def _deliver(self) -> None:
        settings = self._settings
        while True:
            await self._work.wait()
            await asyncio.sleep(settings.settle)
            while self._pending:
                batch, self._pending = self._pending, []
                for event in self._storms.of(batch, time.monotonic()):
                    await self._wait_for_turn()
                    await self._put({"time": _now(), **event})
            self._work.clear()
            if settings.state_file is not None:
                # Only now: what is in the file has been told.
                try:
                    save_state(settings.state_file, self.checks.known)
                except OSError as exc:
                    logger.warning("Cannot write %s: %s", settings.state_file, exc.strerror)

    async def _wait_for_turn(self) -> None:
        now = time.monotonic()
        self._told = [moment for moment in self._told if now - moment < 60]
        if len(self._told) >= self._settings.most_per_minute:
            await asyncio.sleep(60 - (now - self._told[0]))
        self._told.append(time.monotonic())


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(value: object) -> datetime.datetime | None:
    """A time of Kubernetes; None if it is none."""
    found = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z\Z", str(value or ""))
    if not found:
        return None
    return datetime.datetime.strptime(found[1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)


async def main(queue: Any, args: JsonObject) -> None:
    """What ansible-rulebook calls: put events into its queue until it is cancelled. Raises SettingError."""
    await Source(queue.put, read_settings(args, os.environ)).run()


if __name__ == "__main__":

    class _Printed:
        """A queue that prints: python connectivity.py '{"namespaces": ["podnet-connectivity-checks"]}'."""

        async def put(self, event: JsonObject) -> None:
            """One event, one line."""
            os.write(1, (json.dumps(event) + "\n").encode())

    import sys

    logging.basicConfig(level=logging.INFO)
    asyncio.run(main(_Printed(), json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}")))
