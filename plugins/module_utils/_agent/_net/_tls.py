# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""TLS to a peer whose certificate is not verified: a check asks whether the handshake works, not whom to trust.

The original's checks do the same, so that servers see a whole handshake instead of a connection that is dropped.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import (
    BAD_REPLY,
    ERROR,
    TIMEOUT,
    Failure,
    from_os,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._poller import READABLE, WRITABLE, Watched

# How long a peer may take to refuse our certificate, or to hang up after we did.
GOODBYE_SECONDS = 0.5
_NOT_TLS = frozenset(
    (
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "UNKNOWN_PROTOCOL",
        "PACKET_LENGTH_TOO_LONG",
        "RECORD_LAYER_FAILURE",
        "UNEXPECTED_MESSAGE",
        "BAD_RECORD_TYPE",
        "UNSUPPORTED_PROTOCOL_VERSION",
    )
)


class BadCertificate(ValueError):
    """The client certificate of a check cannot be used."""


def client_context(certificate: bytes = b"", key: bytes = b"") -> ssl.SSLContext:
    """A context for probes, with a client certificate if one is given (PEM; keys tls.crt and tls.key of a Secret).

    Making one costs milliseconds: keep it. Raises BadCertificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate or key:
        _load(context, certificate, key)
    return context


def _load(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """The ssl module reads files only, and a pod of ours has no directory to write to: a file in memory will do."""
    descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, certificate.rstrip() + b"\n" + key)
        # An empty password: without one OpenSSL would ask for it on the terminal.
        context.load_cert_chain(f"/proc/self/fd/{descriptor}", password=b"")
    except (ssl.SSLError, OSError, ValueError) as exc:
        reason = getattr(exc, "reason", None) or getattr(exc, "strerror", None) or exc
        raise BadCertificate(f"Cannot use the client certificate: {str(reason).lower().replace('_', ' ')}") from None
    finally:
        os.close(descriptor)


async def handshake(watched: Watched, context: ssl.SSLContext, host: str, target: str, until: float) -> None:
    """Speak TLS on this connection from now on. host: for the server name extension; target: for the text of a
    Failure.
    """
    started = time.monotonic()
    secured = None
    try:
        secured = context.wrap_socket(
            watched.sock, do_handshake_on_connect=False, server_hostname=host.partition("%")[0]
        )
        watched.sock = secured
        while True:
            try:
                secured.do_handshake()
                return
            except ssl.SSLWantReadError:
                wanted = READABLE
            except ssl.SSLWantWriteError:
                wanted = WRITABLE
            if not await watched.wait(wanted, until):
                raise Failure(
                    TIMEOUT, f"tls {target}: handshake timeout: nothing came back for {time.monotonic() - started:.3g}s"
                )
    except (OSError, ValueError) as exc:
        raise _failure(target, exc) from None


async def goodbye(watched: Watched, target: str) -> None:
    """End a TLS connection that was only tried, so that the peer sees its proper end.

    With TLS 1.3 a server looks at the client's certificate after the client has finished its handshake: where it
    refuses it, this is a Failure. So this reads until the peer hangs up, for a short while.
    """
    secured = t.cast(ssl.SSLSocket, watched.sock)
    until = time.monotonic() + GOODBYE_SECONDS
    try:
        _drain(secured)
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
            secured.unwrap()
            return
        while await watched.wait(READABLE, until) and not _drain(secured):
            pass
    except (OSError, ValueError) as exc:
        if "ALERT" in (getattr(exc, "reason", None) or ""):
            raise _failure(target, exc) from None
        # Else it hung up without a word, which is as good an end.


def _drain(secured: ssl.SSLSocket) -> bool:
    """Throw away what has come. Whether that was the end."""
    try:
        for _number in range(64):
            if not secured.recv(16384):
                return True
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return False
    return True


def _failure(target: str, exc: Exception) -> Failure:
    prefix = f"tls {target}: handshake failure"
    if isinstance(exc, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or str(exc) in ("", "[Errno 0] Error"):
        return Failure(BAD_REPLY, f"{prefix}: the peer closed the connection")
    if isinstance(exc, ssl.SSLError) and exc.reason in _NOT_TLS:
        prefix += ": the peer does not speak TLS"
    return from_os(prefix, exc) if isinstance(exc, OSError) else Failure(ERROR, f"{prefix}: {exc}")
