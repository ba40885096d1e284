# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Evidence at a web address: a pre-signed address of an object store takes one PUT, and so do most other servers.

Redirects are not followed: a token must not go to a server that was not named.
"""

from __future__ import annotations

import dataclasses
import typing as t
import urllib.error

from ansible.module_utils.urls import ConnectionError as UrlConnectionError
from ansible.module_utils.urls import SSLValidationError, open_url

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import one_line, without
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._sink._places import Place, SinkError

MOST_BYTES = 512 * 1024 * 1024
ARCHIVE = "application/gzip"


@dataclasses.dataclass(frozen=True)
class Web:
    """How a server is spoken to; timeout in seconds, for connecting and for each read."""

    token: str | None = dataclasses.field(default=None, repr=False)
    method: str = "PUT"
    timeout: float = 30.0
    validate_certs: bool = True
    ca_path: str | None = None


def store(place: Place, files: t.Mapping[str, bytes], web: Web) -> str:
    """Send each file below an address that ends in a slash, else the first alone to the address as it is."""
    folder = str(place).endswith("/")
    base, question, query = place.where.partition("?")
    names = list(files) if folder else list(files)[:1]
    for name in names:
        url = f"{base}{name}{question}{query}" if folder else place.where
        _send(web.method, url, files[name], place, web)
    return str(place) + (names[0] if folder else "")


def fetch(place: Place, web: Web) -> bytes:
    """What the address gives."""
    return _send("GET", place.where, None, place, web)


def _send(method: str, url: str, data: bytes | None, place: Place, web: Web) -> bytes:
    what = f"Cannot read the evidence from {place}" if data is None else f"Cannot store the evidence at {place}"
    headers = {"Authorization": f"Bearer {web.token}"} if web.token else {}
    if data is not None:
        headers["Content-Type"] = "text/markdown; charset=utf-8" if url.partition("?")[0].endswith(".md") else ARCHIVE
    try:
        with open_url(
            url,
            data=data,
            method=method,
            headers=headers,
            timeout=web.timeout,
            validate_certs=web.validate_certs,
            ca_path=web.ca_path,
            follow_redirects="none",
            http_agent="podnet.diagnostics",
        ) as reply:
            if not 200 <= reply.status < 300:
                raise SinkError(f"{what}: HTTP {reply.status} {one_line(str(reply.reason))}{_redirect(reply.status)}")
            return _body(reply, what) if data is None else b""
    except urllib.error.HTTPError as exc:
        reason = f"HTTP {exc.code} {one_line(str(exc.reason))}{_redirect(exc.code)}"
        raise SinkError(f"{what}: {reason}") from None
    except (OSError, UrlConnectionError, SSLValidationError, ValueError) as exc:
        cause = exc.reason if isinstance(exc, urllib.error.URLError) else exc
        raise SinkError(f"{what}: {_cause(cause, web, place)}") from None


def _body(reply: t.Any, what: str) -> bytes:
    body = t.cast(bytes, reply.read(MOST_BYTES + 1))
    if len(body) > MOST_BYTES:
        raise SinkError(f"{what}: it is larger than {MOST_BYTES >> 20} MiB")
    return body


def _redirect(status: int) -> str:
    return ", and redirects are not followed" if 300 <= status < 400 else ""


def _cause(cause: object, web: Web, place: Place) -> str:
    if isinstance(cause, TimeoutError):
        return f"no answer within {web.timeout:g} s"
    return without(one_line(str(cause)), [web.token, place.where])
