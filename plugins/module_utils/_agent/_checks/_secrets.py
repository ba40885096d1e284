# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""TLS settings for probes: with the client certificate from a Secret of type kubernetes.io/tls where a check names one.

A source may only get the Secrets that its Role names, so each one in use is read again now and then.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import ssl
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api import Api, segment
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._kube._api_error import ApiError, one_line
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._log import Told
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._tls import BadCertificate, client_context
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._waiting import wait_set

AGAIN_SECONDS = 600.0
RETRY_SECONDS = 30.0


class _Secret:
    """context: None while there is none, and problem says why; both empty before the first answer."""

    def __init__(self, name: str) -> None:
        self.told = Told(f"Reading the Secret {name}")
        self.context: ssl.SSLContext | None = None
        self.digest = b""
        self.problem = ""


class Secrets:
    """changed: called with the name of a Secret that has become another one, usable, or unusable."""

    def __init__(self, api: Api, namespace: str, changed: t.Callable[[str], None]) -> None:
        self._api, self._changed = api, changed
        self._namespace = namespace
        self._secrets: dict[str, _Secret] = {}
        self._plain: ssl.SSLContext | None = None
        self._wanted = asyncio.Event()

    def plain(self) -> ssl.SSLContext:
        """Without a certificate; one for all checks."""
        if self._plain is None:
            self._plain = client_context()
        return self._plain

    def context(self, name: str) -> tuple[ssl.SSLContext | None, str]:
        """The settings with this Secret's certificate, or why there are none; neither: it is being read."""
        secret = self._secrets.get(name)
        if secret is None:
            secret = self._secrets[name] = _Secret(name)
            self._wanted.set()
        return secret.context, secret.problem

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wanted.clear()
            for name in list(self._secrets):
                await self._read(name, self._secrets[name])
            bad = any(secret.context is None for secret in self._secrets.values())
            await wait_set(self._wanted, RETRY_SECONDS if bad else AGAIN_SECONDS)

    async def _read(self, name: str, secret: _Secret) -> None:
        problem, digest = "", b""
        try:
            found = await self._api.get(f"/api/v1/namespaces/{segment(self._namespace)}/secrets/{segment(name)}")
            certificate, key = _pair(found)
            digest = hashlib.sha256(certificate + b"\0" + key).digest()
            if digest != secret.digest:
                secret.context = client_context(certificate, key)
        except ApiError as exc:
            if exc.transient and (secret.context is not None or exc.away):
                return  # what is known stays
            problem = f"Cannot read the Secret {name}: {exc}"
        except (BadCertificate, ValueError, ssl.SSLError, OSError) as exc:
            problem = f"Cannot use the Secret {name}: {one_line(exc)}"
        if problem:
            secret.context, digest = None, b""
            secret.told.bad(problem)
        else:
            secret.told.good()
        if (digest, problem) != (secret.digest, secret.problem):
            secret.digest, secret.problem = digest, problem
            self._changed(name)


def _pair(secret: t.Mapping[str, t.Any]) -> tuple[bytes, bytes]:
    """tls.crt and tls.key. Raises ValueError."""
    data = secret.get("data")
    found = []
    for key in ("tls.crt", "tls.key"):
        value = data.get(key) if isinstance(data, dict) else None
        if not isinstance(value, str) or not value:
            raise ValueError(f"it has no {key}")
        try:
            found.append(base64.b64decode(value, validate=True))
        except (binascii.Error, ValueError):
            raise ValueError(f"its {key} is not base64") from None
    return found[0], found[1]
