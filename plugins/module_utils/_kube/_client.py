# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""A small client of the Kubernetes API: raw JSON objects, chunked lists, timeouts, and errors of one sentence.

Object models are not used, because turning thousands of pods into them costs more than reading them.
"""

from __future__ import annotations

import builtins
import contextlib
import datetime
import email.utils
import functools
import json
import os
import socket
import ssl
import threading
import time
import typing as t
import urllib.parse

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._config import Access, recent_access
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import (
    KubeError,
    cause_text,
    kind_of_status,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions

# recent_access() says what is missing before anybody comes here.
with contextlib.suppress(ImportError):
    import urllib3

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
CHUNK = 500
# What may be in the body of a PATCH (https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply).
APPLY_PATCH = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
# A list or an object without all that is not metadata.
METADATA_ONLY = "application/json;as={kind};v=v1;g=meta.k8s.io"
_JSON = "application/json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
Keep = t.Callable[[JsonObject], JsonObject]
_ITEMS = '"items":['
_Decode = t.Callable[[bytes], t.Any]
_Body = t.Union[JsonObject, list[JsonObject]]
_CONNECTIONS = 16
# For how long a request is tried again: a server that nobody has reached yet may be none; one that has answered before,
# or that must have, since there is an agent, is likely to come back.
_FIRST_PATIENCE = 1.5
PATIENCE_SECONDS = 15.0
_LONGEST_PAUSE = 5.0
# What a load balancer says that has no server at the moment.
_PASSING = (502, 504)
# A connection over which nothing comes is asked whether there is anybody, and given up after about so many seconds.
_KEEPALIVE = (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 3), ("TCP_KEEPCNT", 2), ("TCP_USER_TIMEOUT", 12000))


class Kube:
    """One API server; safe to use from several threads, and again after a fork."""

    def __init__(self, access: Access, read_seconds: float = READ_SECONDS, patience: float = _FIRST_PATIENCE) -> None:
        """patience: for how many seconds a request is tried again before the server has answered anything."""
        self.access = access
        self.patience = patience
        self._read_seconds = read_seconds
        self._lock = threading.Lock()
        self._pool: t.Any = None
        self._pool_owner = 0
        self._ahead = 0.0
        # Answers so far, and their bytes.
        self.requests = 0
        self.received = 0

    def now(self) -> datetime.datetime:
        """UTC by the clock of whoever answered last, the API server or a proxy before it; before that by our own.
        Objects are dated by that clock, and ours may be wrong."""
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self._ahead)

    @property
    def server(self) -> str:
        """The API server's URL."""
        return self.access.server

    def get(self, path: str, read_seconds: float | None = None, **query: t.Any) -> JsonObject:
        """GET one object. Raises KubeError."""
        return self._request("GET", path, query, read_seconds=read_seconds)

    def list(
        self,
        path: str,
        label_selector: str | None = None,
        field_selector: str | None = None,
        limit: int = CHUNK,
        cached: bool = False,
        keep: Keep | None = None,
    ) -> t.Iterator[JsonObject]:
        """Every item of a collection, read in chunks and given as they come. Raises KubeError.

        cached: what the API server has in its memory will do, which may be a moment old and costs etcd nothing
        (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions). keep: what is kept of an item,
        applied to one after the other while they are decoded, so that the chunk is never there as a whole.

        Where a chunk has expired (410), the server's own offer to go on is taken, else the list starts once again
        and what was given already is left out
        (https://kubernetes.io/docs/reference/using-api/api-concepts/#410-gone-responses).
        """
        query: JsonObject = {"limit": limit, "labelSelector": label_selector, "fieldSelector": field_selector}
        query["resourceVersion"] = "0" if cached else None
        decode = json.loads if keep is None else functools.partial(decode_list, keep=keep)
        seen: set[str] = set()
        expired = 0
        token = ""
        while True:
            try:
                if token:
                    query["resourceVersion"] = None  # the token has it
                page = self._request("GET", path, {**query, "continue": token or None}, decode=decode)
            except _ExpiredError as exc:
                expired += 1
                if expired > 2:
                    raise
                token = exc.token
                continue
            for item in page.get("items") or []:
                uid = str((item.get("metadata") or {}).get("uid") or id(item))
                if uid not in seen:
                    seen.add(uid)
                    yield item
            token = (page.get("metadata") or {}).get("continue") or ""
            if not token:
                return

    def table(self, path: str) -> JsonObject:
        """A collection as the server prints it for people: a short row for each object and nothing else of it, from
        the server's memory. A server that makes no tables gives the list instead. Raises KubeError
        (https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables)."""
        return self._request("GET", path, {"includeObject": "None", "resourceVersion": "0"}, accept=TABLE)

    def metadata(self, path: str) -> JsonObject:
        """The metadata of one object and nothing else of it, of a Secret for example. Raises KubeError."""
        return self._request("GET", path, {}, accept=METADATA_ONLY.format(kind="PartialObjectMetadata"))

    def create(self, path: str, body: JsonObject, again: bool = False, **query: t.Any) -> JsonObject:
        """POST an object. again: also where a connection broke that may have brought it there, for a caller to whom a
        conflict says that it is there."""
        return self._request("POST", path, query, body, again=again)

    def patch(
        self, path: str, body: JsonObject | builtins.list[JsonObject], content_type: str = MERGE_PATCH, **query: t.Any
    ) -> JsonObject:
        """PATCH an object; the object as it is then."""
        return self._request("PATCH", path, query, body, content_type=content_type)

    def apply(
        self, path: str, body: JsonObject, field_manager: str, force: bool = True, dry_run: bool = False
    ) -> JsonObject:
        """Server-side apply: the object as it is then, or with dry_run as it would be. Nothing is written where it is
        so
        already. force: take fields that others manage
        (https://kubernetes.io/docs/reference/using-api/server-side-apply/)."""
        return self.patch(
            path,
            body,
            APPLY_PATCH,
            fieldManager=field_manager,
            force="true" if force else "false",
            dryRun="All" if dry_run else None,
        )

    def delete(self, path: str, again: bool = False, **query: t.Any) -> JsonObject:
        """DELETE an object, or with labelSelector a collection; what they own goes in the background. again: also where
        a connection broke, for a caller to whom not_found says that it is gone."""
        return self._request("DELETE", path, {"propagationPolicy": "Background", **query}, again=again)

    def _request(
        self,
        method: str,
        path: str,
        query: t.Mapping[str, t.Any],
        body: _Body | None = None,
        read_seconds: float | None = None,
        content_type: str = _JSON,
        accept: str = _JSON,
        decode: _Decode = json.loads,
        again: bool = False,
    ) -> JsonObject:
        """One request, tried again within our patience: where the server is busy (429, 503) or nobody listens, and
        where nothing can have been changed by it, or it may be made twice (again), also where the connection or the
        server broke down."""
        attempt = 0
        end = time.monotonic() + self.patience
        headers = [("Accept", accept), *([] if body is None else [("Content-Type", content_type)])]
        while True:
            try:
                answer = self._send(method, path, query, body, headers, read_seconds or self._read_seconds, decode)
                self.patience = max(self.patience, PATIENCE_SECONDS)
                return answer
            except _RetryableError as exc:
                attempt += 1
                # Somebody answers, so that it is the API server that we are waiting for.
                if exc.kind in ("busy", "server"):
                    end = max(end, time.monotonic() + PATIENCE_SECONDS) if attempt == 1 else end
                pause = min(_LONGEST_PAUSE, exc.pause or 0.1 * 2 ** min(attempt, 4))
                if time.monotonic() + pause > end or not (exc.harmless or again or method == "GET"):
                    raise KubeError(exc.kind, str(exc)) from None
                time.sleep(pause)

    def _send(
        self,
        method: str,
        path: str,
        query: t.Mapping[str, t.Any],
        body: _Body | None,
        headers: t.Sequence[tuple[str, str]],
        read_seconds: float,
        decode: _Decode,
    ) -> JsonObject:
        given = [(key, value) for key, value in query.items() if value is not None]
        suffix = f"?{urllib.parse.urlencode(given)}" if given else ""
        try:
            response = self._connections().request(
                method,
                self.server + path + suffix,
                headers=self._headers(headers),
                body=None if body is None else json.dumps(body).encode(),
                retries=False,
                redirect=False,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
            )
            data = response.data
        except (urllib3.exceptions.HTTPError, OSError) as exc:
            raise self._transport(method, path, exc, read_seconds) from None
        with self._lock:
            self.requests += 1
            self.received += len(data)
        self._set_clock(response.headers.get("Date"))
        if not 200 <= response.status < 300:
            raise self._failed(method, path, response.status, response.headers.get("Retry-After"), data)
        try:
            parsed = decode(data)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            raise KubeError("server", f"Cannot {method} {path} at {self.server}: the reply is not JSON")
        return parsed

    def _set_clock(self, date: str | None) -> None:
        """A Date is in whole seconds and a little late: one that differs by less is the same."""
        try:
            told = email.utils.parsedate_to_datetime(date or "")
            ahead = (told - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
        except (TypeError, ValueError):
            return
        self._ahead = ahead if abs(ahead) > 2 else 0.0

    def _headers(self, more: t.Sequence[tuple[str, str]]) -> t.Any:
        return urllib3.HTTPHeaderDict([*more, ("User-Agent", "podnet.diagnostics"), *self.access.headers()])

    def _connections(self) -> t.Any:
        """The pool of this process: two processes must not use one TLS session."""
        with self._lock:
            if self._pool is None or self._pool_owner != os.getpid():
                self._pool_owner = os.getpid()
                self._pool = _new_pool(self.access)
            return self._pool

    def _failed(self, method: str, path: str, status: int, after: str | None, data: bytes) -> KubeError:
        reason, token = _status_reason(data)
        text = f"Cannot {method} {path}: HTTP {status}: {self.access.clean(reason)}".rstrip(": ")
        kind = kind_of_status(status)
        if kind == "gone":
            return _ExpiredError(text, token)
        if kind == "busy":
            return _RetryableError(kind, text, float(after) if after and after.isdigit() else 0.0, harmless=True)
        if kind == "server" and status in _PASSING:
            return _RetryableError(kind, text, 0.0)
        return KubeError(kind, text)

    def _transport(self, method: str, path: str, exc: BaseException, read_seconds: float) -> KubeError:
        where = f"Cannot {method} {path} at {self.server}"
        errors = urllib3.exceptions
        cause = exc.reason if isinstance(exc, errors.MaxRetryError) and exc.reason else exc
        if isinstance(cause, errors.ProxyError):
            proxy = self.access.proxy.url if self.access.proxy else ""
            inner = cause.original_error if isinstance(getattr(cause, "original_error", None), Exception) else cause
            return KubeError("unreachable", f"{where}: the proxy {proxy} does not let it pass: {self._cause(inner)}")
        # A NewConnectionError is a kind of ConnectTimeoutError in some versions, for no good reason.
        if isinstance(cause, errors.ConnectTimeoutError) and not isinstance(cause, errors.NewConnectionError):
            return KubeError("timeout", f"{where}: no connection within {CONNECT_SECONDS:g} s")
        if isinstance(cause, errors.ReadTimeoutError):
            return KubeError("timeout", f"{where}: no answer within {read_seconds:g} s")
        if isinstance(cause, errors.SSLError):
            inner = cause.args[0] if cause.args and isinstance(cause.args[0], Exception) else cause
            return KubeError("tls", f"{where}: {self._cause(inner)}")
        if isinstance(cause, errors.ProtocolError):
            inner = cause.args[1] if len(cause.args) > 1 and isinstance(cause.args[1], Exception) else cause
            return _RetryableError("unreachable", f"{where}: {self._cause(inner)}", 0.0)
        text = f"{where}: {self._cause(cause)}"
        if isinstance(cause, errors.NewConnectionError) and "refused" in text:
            return _RetryableError("unreachable", text, 0.0, harmless=True)
        return KubeError("unreachable", text)

    def _cause(self, exc: BaseException) -> str:
        return self.access.clean(cause_text(exc))


class _RetryableError(KubeError):
    """Asking again may help, after a pause of so many seconds (0: our choice). harmless: the request was not taken."""

    def __init__(self, kind: str, message: str, pause: float, harmless: bool = False) -> None:
        super().__init__(kind, message)
        self.pause = pause
        self.harmless = harmless


class _ExpiredError(KubeError):
    """A chunk of a list is too old; the token continues with what is there now (empty: begin again)."""

    def __init__(self, message: str, token: str) -> None:
        super().__init__("gone", message)
        self.token = token


def decode_list(data: bytes, keep: Keep) -> t.Any:
    """A list whose items are pruned one after the other, so that no more than one of them is there in full."""
    text = data.decode("utf-8")
    start = text.find(_ITEMS)
    items: list[JsonObject] = []
    try:
        end = _decode_items(text, start + len(_ITEMS), keep, items) if start >= 0 else -1
        whole = json.loads(f'{text[:start]}"items":[{text[end:]}') if end >= 0 else None
    except (ValueError, IndexError):
        whole = None
    if not isinstance(whole, dict) or whole.get("items") != []:
        # Not written as the API server writes it.
        whole = json.loads(text)
        items = [keep(item) for item in whole.get("items") or []] if isinstance(whole, dict) else []
    return {**whole, "items": items} if isinstance(whole, dict) else whole


def _decode_items(text: str, place: int, keep: Keep, items: list[JsonObject]) -> int:
    """The items of an array that begins at this place, pruned; where it ends."""
    decoder = json.JSONDecoder()
    while text[place] != "]":
        item, place = decoder.raw_decode(text, place)
        if not isinstance(item, dict):
            raise ValueError("not an object")
        items.append(keep(item))
        if text[place] == ",":
            place += 1
    return place


def _status_reason(data: bytes) -> tuple[str, str]:
    """The message of a meta/v1 Status and its token to continue; else how the reply begins."""
    try:
        status = json.loads(data)
        return str(status.get("message") or ""), str((status.get("metadata") or {}).get("continue") or "")
    except (ValueError, AttributeError):
        return data[:200].decode("utf-8", "replace"), ""


def _new_pool(access: Access) -> t.Any:
    settings: dict[str, t.Any] = {"maxsize": _CONNECTIONS, "num_pools": 2, "socket_options": _socket_options()}
    if access.tls is not None:
        settings.update(ssl_context=access.tls, cert_reqs=access.tls.verify_mode)
        if not access.tls.check_hostname:
            settings["assert_hostname"] = False
        if access.tls.verify_mode == ssl.CERT_NONE:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # somebody has asked for just that
        if access.server_hostname:
            settings["server_hostname"] = access.server_hostname
    if access.proxy is None:
        return urllib3.PoolManager(**settings)
    headers = {"Proxy-Authorization": access.proxy.authorization} if access.proxy.authorization else None
    return urllib3.ProxyManager(access.proxy.url, proxy_headers=headers, **settings)


def _socket_options() -> list[tuple[int, int, int]]:
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, value in _KEEPALIVE:
        option = getattr(socket, name, None)  # not on every operating system
        if option is not None:
            options.append((socket.IPPROTO_TCP, option, value))
    return options


def segment(name: str) -> str:
    """A name from outside as one segment of a path: it cannot lead to another object."""
    return urllib.parse.quote(name, safe="")


def connect(options: KubeOptions, patience: float = _FIRST_PATIENCE) -> Kube:
    """A client for these options; no request is made yet. Raises KubeError of kind config or tls."""
    return Kube(recent_access(options), patience=patience)
