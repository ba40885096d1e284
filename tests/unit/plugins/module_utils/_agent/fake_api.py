# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API server on the loopback address that keeps objects in memory: lists in chunks, watches, creations, patches,
deletions; and it can be told to misbehave. Run it in the event loop of the test.
"""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import datetime
import email.utils
import json
import typing as t
import urllib.parse

Json = dict[str, t.Any]
GROUP = "/apis/controlplane.operator.openshift.io"
NAMESPACE = "checks"
CHECKS = f"{GROUP}/v1alpha1/namespaces/{NAMESPACE}/podnetworkconnectivitychecks"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
EVENTS = f"/api/v1/namespaces/{NAMESPACE}/events"
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
CONFIG_MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"
SERVICES = "/api/v1/namespaces/default/services"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
COLLECTIONS = (CHECKS, PODS, EVENTS, LEASES, CONFIG_MAPS, SECRETS, SERVICES, SLICES)


@dataclasses.dataclass(frozen=True)
class Request:
    """What a client asked. path: without the query."""

    method: str
    path: str
    query: t.Mapping[str, str]
    headers: t.Mapping[str, str]
    body: t.Any


@dataclasses.dataclass(frozen=True)
class Reply:
    """What it gets. body: an object, or bytes as they are."""

    status: int = 200
    body: t.Any = dataclasses.field(default_factory=dict)
    headers: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


Rule = t.Callable[[Request], t.Optional[Reply]]


def refusal(status: int, message: str = "", **headers: str) -> Reply:
    """A Status as the API server sends it."""
    body = {"kind": "Status", "status": "Failure", "message": message or f"refused with {status}", "code": status}
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


class FakeApi:
    """rules: the first one that has a reply for a request decides; else the objects do. hanging: requests get no
    answer.
    requests: all that came, in order. shift: of the server's clock."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Json]] = {collection: {} for collection in COLLECTIONS}
        self.requests: list[Request] = []
        self.rules: list[Rule] = []
        self.hanging = False
        self.shift = datetime.timedelta()
        self.port = 0
        self._version = 100
        self._history: list[tuple[int, str, str, Json]] = []
        self._changed = asyncio.Condition()
        self._server: asyncio.AbstractServer | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; always on the same port."""
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Go away, with all connections."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def fail(self, method: str, part: str, reply: Reply, times: int = 1) -> None:
        """The next requests with this method and part of a path get this reply."""
        left = [times]

        def rule(request: Request) -> Reply | None:
            if request.method == method and part in request.path and left[0] > 0:
                left[0] -= 1
                return reply
            return None

        self.rules.append(rule)

    def asked(self, method: str, part: str = "") -> list[Request]:
        """The requests with this method and part of a path."""
        return [request for request in self.requests if request.method == method and part in request.path]

    # -- objects --------------------------------------------------------------------------------------------------
    def put(self, collection: str, name: str, obj: Json) -> Json:
        """Create or replace an object, as somebody else would."""
        kept = copy.deepcopy(obj)
        old = self.objects[collection].get(name)
        metadata = kept.setdefault("metadata", {})
        metadata["name"] = name
        self._version += 1
        metadata["resourceVersion"] = str(self._version)
        metadata.setdefault("uid", old["metadata"]["uid"] if old else f"uid-{self._version}")
        metadata.setdefault("creationTimestamp", old["metadata"]["creationTimestamp"] if old else rfc3339(self.now()))
        self.objects[collection][name] = kept
        self._tell(collection, "MODIFIED" if old else "ADDED", kept)
        return kept

    def change(self, collection: str, name: str, patch: Json) -> Json:
        """Merge a patch into an object, as somebody else would."""
        return self.put(collection, name, merged(self.objects[collection][name], patch))

    def delete(self, collection: str, name: str) -> None:
        """Delete an object, as somebody else would."""
        gone = self.objects[collection].pop(name)
        self._version += 1
        gone["metadata"]["resourceVersion"] = str(self._version)
        self._tell(collection, "DELETED", gone)

    def forget_history(self) -> None:
        """As the server does with what is older than some minutes: watches from before get 410."""
        self._version += 10
        self._history.append((self._version, "", "", {}))
        del self._history[:-1]

    def check(self, name: str) -> Json:
        return self.objects[CHECKS][name]

    def condition(self, name: str, kind: str = "Reachable") -> str:
        """The status of a condition; empty without one."""
        found = self.objects[CHECKS].get(name, {}).get("status", {}).get("conditions", [])
        return next((str(item["status"]) for item in found if item["type"] == kind), "")

    def events(self) -> list[str]:
        """The reasons of all events, in the order in which they came."""
        return [str(event["reason"]) for event in self.objects[EVENTS].values()]

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.timezone.utc) + self.shift

    def _tell(self, collection: str, kind: str, obj: Json) -> None:
        self._history.append((self._version, collection, kind, copy.deepcopy(obj)))
        task = asyncio.ensure_future(self._notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # -- connections ----------------------------------------------------------------------------------------------
    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = t.cast("asyncio.Task[None]", asyncio.current_task())
        self._tasks.add(task)
        self.connections += 1
        try:
            while True:
                request = await _read_request(reader)
                if request is None:
                    return
                self.requests.append(request)
                while self.hanging:
                    await asyncio.sleep(0.01)
                reply = next(
                    (reply for reply in (rule(request) for rule in list(self.rules)) if reply is not None), None
                )
                if reply is None and request.query.get("watch"):
                    await self._watch(request, writer)
                    return
                writer.write(self._encode(reply or self._answer(request)))
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    def _encode(self, reply: Reply) -> bytes:
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body, separators=(",", ":")).encode()
        head = [
            f"HTTP/1.1 {reply.status} Whatever",
            f"Date: {self._date()}",
            *(f"{name}: {value}" for name, value in reply.headers.items()),
        ]
        if "Transfer-Encoding" not in reply.headers and "Content-Length" not in reply.headers:
            head.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*head, "", ""]).encode() + body

    def _date(self) -> str:
        return email.utils.format_datetime(self.now(), usegmt=True)

    async def _watch(self, request: Request, writer: asyncio.StreamWriter) -> None:
        since = int(request.query["resourceVersion"])
        writer.write(f"HTTP/1.1 200 OK\r\nDate: {self._date()}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        if self._history and since < self._history[0][0] - 1:
            _write_event(writer, "ERROR", {"kind": "Status", "code": 410, "message": "too old resource version"})
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            return
        while True:
            for version, collection, kind, obj in list(self._history):
                if version > since and collection == request.path:
                    _write_event(writer, kind, obj)
            since = max(since, self._version)
            await writer.drain()
            async with self._changed:
                if self._version <= since:
                    await self._changed.wait()

    # -- requests -------------------------------------------------------------------------------------------------
    def _answer(self, request: Request) -> Reply:
        for collection in COLLECTIONS:
            if request.path == collection:
                return self._list(collection, request) if request.method == "GET" else self._create(collection, request)
            if request.path.startswith(collection + "/"):
                name, _slash, rest = urllib.parse.unquote(request.path[len(collection) + 1 :]).partition("/")
                if name not in self.objects[collection]:
                    return refusal(404, f"{name} not found")
                return self._one(collection, name, rest, request)
        return refusal(404, "the server could not find the requested resource")

    def _list(self, collection: str, request: Request) -> Reply:
        names = sorted(self.objects[collection])
        start, limit = int(request.query.get("continue", "0")), int(request.query.get("limit", "0")) or len(names)
        metadata = {"resourceVersion": str(self._version)}
        if start + limit < len(names):
            metadata["continue"] = str(start + limit)
        return Reply(
            200,
            {
                "kind": "List",
                "items": [self.objects[collection][name] for name in names[start : start + limit]],
                "metadata": metadata,
            },
        )

    def _create(self, collection: str, request: Request) -> Reply:
        name = request.body["metadata"]["name"]
        if name in self.objects[collection]:
            return refusal(409, f"{name} already exists")
        return Reply(201, self.put(collection, name, request.body))

    def _one(self, collection: str, name: str, rest: str, request: Request) -> Reply:
        old = self.objects[collection][name]
        if request.method == "GET":
            return Reply(200, old)
        if request.method == "DELETE":
            wanted = (request.body or {}).get("preconditions", {})
            if any(old["metadata"][key] != value for key, value in wanted.items()):
                return refusal(409, "the precondition is not met")
            self.delete(collection, name)
            return Reply(200, {})
        if request.headers["content-type"] == "application/json-patch+json":
            assert rest == "status" and [(step["op"], step["path"]) for step in request.body] == [("add", "/status")]
            new = {**old, "status": request.body[0]["value"]}
        else:
            version = request.body.get("metadata", {}).get("resourceVersion")
            if version is not None and version != old["metadata"]["resourceVersion"]:
                return refusal(409, "the object has been modified")
            new = merged(old, request.body)
        return Reply(200, {"metadata": self.put(collection, name, new)["metadata"]})


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    try:
        raw = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, target, _version = raw[0].split(" ")
    headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in raw[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urllib.parse.urlsplit(target)
    return Request(
        method, parts.path, dict(urllib.parse.parse_qsl(parts.query)), headers, json.loads(body) if body else None
    )


def _write_event(writer: asyncio.StreamWriter, kind: str, obj: Json) -> None:
    line = json.dumps({"type": kind, "object": obj}, separators=(",", ":")).encode() + b"\n"
    writer.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")


def merged(old: t.Any, patch: t.Any) -> t.Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    new = copy.deepcopy(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        else:
            new[key] = merged(new.get(key), value)
    return new


def rfc3339(time: datetime.datetime) -> str:
    return f"{time.astimezone(datetime.timezone.utc).isoformat()[:19]}Z"


async def until(condition: t.Callable[[], t.Any], what: str, seconds: float = 10.0) -> None:
    """Wait for something to become true."""
    end = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < end, f"not within {seconds:g} s: {what}"
        await asyncio.sleep(0.01)
