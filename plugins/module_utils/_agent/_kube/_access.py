# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Where the API server is and how to be let in: a pod's service account, or files that environment variables name.

A token of a service account lives for an hour, and the kubelet replaces the file in time
(https://kubernetes.io/docs/concepts/security/service-accounts/#authenticating-credentials), so it is read again when
the file has changed.
"""

from __future__ import annotations

import os
import ssl
import time
import typing as t
import urllib.parse

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._config import ConfigError

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/"
LOOK_SECONDS = 5.0  # how often a file is looked at
_Stamp = t.Optional[tuple[int, int, int]]


class Access:
    """One API server. The files are named, not read, when this is made."""

    def __init__(
        self,
        url: str,
        token_file: str = "",
        ca_file: str = "",
        cert_file: str = "",
        key_file: str = "",
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = 0
        if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
            raise ConfigError(f"Cannot find the API server: {url!r} is not an https URL")
        self.tls = parts.scheme == "https"
        self.host = parts.hostname
        self.port = port or (443 if self.tls else 80)
        self.prefix = parts.path.rstrip("/")
        self.authority = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        self._token_file, self._ca_file, self._cert_file, self._key_file = token_file, ca_file, cert_file, key_file
        self._clock = clock
        self._token = ""
        self._token_stamp: _Stamp = None
        self._looked: float | None = None
        self._context: ssl.SSLContext | None = None
        self._context_stamp: tuple[_Stamp, ...] = ()

    def token(self) -> str:
        """The bearer token, empty without one. OSError when its file cannot be read and never could."""
        now = self._clock()
        if self._token_file and (self._looked is None or now - self._looked >= LOOK_SECONDS):
            self.renew()
        return self._token

    def renew(self) -> bool:
        """Look at the token's file now: whether there is another token than before."""
        if not self._token_file:
            return False
        self._looked = self._clock()
        try:
            stamp = _stamp(self._token_file)
            if stamp is not None and stamp == self._token_stamp:
                return False
            with open(self._token_file, encoding="ascii", errors="replace") as stream:
                token = stream.read().strip()
        except OSError:
            if self._token:
                return False  # it is being replaced; the one we have is good for a while
            raise
        changed, self._token, self._token_stamp = token != self._token, token, stamp
        return changed

    def context(self) -> ssl.SSLContext | None:
        """TLS settings with the authority that vouches for the server; None for plain HTTP. OSError, also ssl.SSLError,
        when a file is no good.
        """
        if not self.tls:
            return None
        stamp = tuple(_stamp(path) for path in (self._ca_file, self._cert_file, self._key_file))
        if self._context is None or stamp != self._context_stamp:
            context = ssl.create_default_context(cafile=self._ca_file or None)
            # Python 3.13 began to ask for more than the authorities of many clusters have (key usage, for one).
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
            if self._cert_file:
                context.load_cert_chain(self._cert_file, self._key_file or None)
            context.set_alpn_protocols(["http/1.1"])
            self._context, self._context_stamp = context, stamp
        return self._context


def load_access(environ: t.Mapping[str, str]) -> Access:
    """The API server of this pod's cluster, or the one that PODNET_API_URL names. Raises ConfigError."""
    url = environ.get("PODNET_API_URL", "")
    if url:
        token, authority, certificate, key = (
            environ.get(f"PODNET_API_{name}_FILE", "") for name in ("TOKEN", "CA", "CERT", "KEY")
        )
        return Access(url, token, authority, certificate, key)
    host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT", "")
    if not host or not port:
        raise ConfigError(
            "Cannot find the API server: neither KUBERNETES_SERVICE_HOST and _PORT nor PODNET_API_URL is set"
        )
    literal = f"[{host}]" if ":" in host else host
    return Access(f"https://{literal}:{port}", ACCOUNT + "token", ACCOUNT + "ca.crt")


def _stamp(path: str) -> _Stamp:
    """What changes when a file is replaced; None for a file that is not named or not there."""
    if not path:
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
