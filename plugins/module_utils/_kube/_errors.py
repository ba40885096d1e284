# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""What can go wrong between us and the Kubernetes API, as one sentence and one word for programs."""

from __future__ import annotations

import re
import ssl
import time
import typing as t


class KubeError(Exception):
    """A request failed. kind: config, unreachable, timeout, tls, unauthorized, forbidden, not_found, conflict,
    invalid, gone, busy or server. The text is for people and holds no secret."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


_KINDS = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    410: "gone",
    422: "invalid",
    429: "busy",
    503: "busy",
    504: "timeout",
}
_LONGEST = 600
# X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED
# (https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/#error-codes): it may be our clock that is wrong.
_OF_THE_CLOCK = (9, 10)
# How the sentence begins that says that a command's stream broke: the command may have run.
STREAM_LOST = "Lost the stream"
_ERRNO = re.compile(r"\[Errno -?\d+\] ")
# What urllib3 writes before the reason.
_OBJECT = re.compile(r"^.*?(?:0x[0-9a-f]+>|HTTPS?Connection\([^)]*\)): (?:Failed to establish a new connection: )?")


def kind_of_status(status: int) -> str:
    """The kind of an HTTP status that is an error."""
    return _KINDS.get(status, "invalid" if 400 <= status < 500 else "server")


def one_line(text: str) -> str:
    """A reason that somebody else wrote, in one line of bounded length."""
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else words[:_LONGEST] + " …"


def cause_text(exc: BaseException) -> str:
    """Why a connection failed, without class names, numbers and object addresses."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        clock = f" (this machine's clock says {_clock()})" if exc.verify_code in _OF_THE_CLOCK else ""
        return f"the server's certificate is not trusted: {exc.verify_message}{clock}"
    if isinstance(exc, ssl.SSLError):
        return one_line((exc.reason or str(exc)).replace("_", " ").lower())
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror
    return one_line(_ERRNO.sub("", _OBJECT.sub("", str(exc)))) or type(exc).__name__


def _clock() -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())


def without(text: str, secrets: t.Iterable[str | None]) -> str:
    """The text with every secret in it replaced."""
    for secret in secrets:
        if secret and len(secret) > 3:
            text = text.replace(secret, "********")
    return text
