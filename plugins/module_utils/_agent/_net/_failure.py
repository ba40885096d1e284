# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Why a probe failed: one word to decide by, and the text for people in the words of Go's net package, in which readers
of these objects know it (https://pkg.go.dev/net)."""

from __future__ import annotations

import errno
import os
import ssl

TIMEOUT, REFUSED, NO_ROUTE = "timeout", "refused", "no_route"
WRONG_POD, BAD_REPLY, ERROR = "wrong_pod", "bad_reply", "error"

# As Go's syscall package has them for Linux: a C library may have others (musl).
_TEXTS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset by peer",
    errno.ECONNABORTED: "software caused connection abort",
    errno.EPIPE: "broken pipe",
    errno.ETIMEDOUT: "connection timed out",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable",
    errno.ENETDOWN: "network is down",
    errno.EADDRNOTAVAIL: "cannot assign requested address",
    errno.EADDRINUSE: "address already in use",
    errno.EACCES: "permission denied",
    errno.EPERM: "operation not permitted",
    errno.EINVAL: "invalid argument",
    errno.EAFNOSUPPORT: "address family not supported by protocol",
    errno.EMFILE: "too many open files",
    errno.ENFILE: "too many open files in system",
    errno.ENOPROTOOPT: "protocol not available",
}
_REASONS = {
    errno.ECONNREFUSED: REFUSED,
    errno.ECONNRESET: BAD_REPLY,
    errno.EPIPE: BAD_REPLY,
    errno.ETIMEDOUT: TIMEOUT,
    errno.EHOSTUNREACH: NO_ROUTE,
    errno.ENETUNREACH: NO_ROUTE,
    errno.ENETDOWN: NO_ROUTE,
    errno.EAFNOSUPPORT: NO_ROUTE,
}


class Failure(Exception):
    """What was probed does not work. reason: timeout, refused, no_route, wrong_pod, bad_reply, or error for all
    else.
    """

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


def errno_text(number: int) -> str:
    """As Go has it: "connection refused"."""
    text = _TEXTS.get(number)
    if text is None:
        text = os.strerror(number)
        text = text[:1].lower() + text[1:]
    return text


def os_text(exc: OSError) -> str:
    """What went wrong, without what was tried."""
    if isinstance(exc, ssl.SSLError):
        return (exc.reason or str(exc)).lower().replace("_", " ")
    return errno_text(exc.errno) if exc.errno else str(exc)


def from_os(prefix: str, exc: OSError) -> Failure:
    """prefix: what was tried, as in "dial tcp 10.0.0.4:6443: connect"."""
    reason = BAD_REPLY if isinstance(exc, ssl.SSLError) else _REASONS.get(exc.errno or 0, ERROR)
    return Failure(reason, f"{prefix}: {os_text(exc)}")
