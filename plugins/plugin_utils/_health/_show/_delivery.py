# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Where the health of the cluster goes: files, whole or not at all and readable by their owner alone, and the event to
a web hook, as rulebooks of Event-Driven Ansible take it (ansible.eda.webhook).
"""

from __future__ import annotations

import json
import os
import pathlib
import typing as t
import urllib.error
import urllib.parse

from ansible.module_utils.urls import ConnectionError as UrlConnectionError
from ansible.module_utils.urls import SSLValidationError, open_url

from ansible_collections.podnet.diagnostics.plugins.module_utils._json_object import JsonObject
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import one_line, without


class FileError(Exception):
    """A file cannot be written; the text names it and the cause."""


def absolute(folder: str) -> pathlib.Path:
    """A folder as an absolute path; ~ is the home directory."""
    return pathlib.Path(folder).expanduser().absolute()


def write_files(folder: str, files: t.Mapping[str, str]) -> dict[str, str]:
    """Write texts by name into a folder, which is made if it is missing; returns their paths. Raises FileError."""
    root = absolute(folder)
    written = {}
    path = root
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in files.items():
            path = root / name
            partial = root / f".{name}.{os.getpid()}.partial"
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
            os.replace(partial, path)
            written[name] = str(path)
    except OSError as exc:
        raise FileError(f"Cannot write {path}: {exc.strerror}") from exc
    return written


def post(
    url: str, event: JsonObject, token: str | None, timeout: float, validate_certs: bool, ca_path: str | None
) -> str:
    """POST the event; "" when it was taken, else why it was not, without the token and without what follows the
    host.
    """
    where = _shown(url)
    if not where:
        return f"Cannot send the event to {url.partition(':')[0][:20]!r}…: it is no http or https address"
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        with open_url(
            url,
            data=json.dumps(event).encode(),
            method="POST",
            headers=headers,
            timeout=timeout,
            validate_certs=validate_certs,
            ca_path=ca_path,
            follow_redirects="none",
            http_agent="podnet.diagnostics",
            use_proxy=True,
        ) as reply:
            reply.read(1024)
    except urllib.error.HTTPError as exc:
        return f"Cannot send the event to {where}: HTTP {exc.code} {one_line(str(exc.reason))}"
    except (OSError, UrlConnectionError, SSLValidationError, ValueError) as exc:
        cause = exc.reason if isinstance(exc, urllib.error.URLError) else exc
        return f"Cannot send the event to {where}: {without(one_line(str(cause)), [token, url])}"
    return ""


def _shown(url: str) -> str:
    """Scheme, host and port: a path or a query may hold a secret."""
    try:
        parts = urllib.parse.urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.scheme in ("http", "https") and parts.hostname else ""
