# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Why a request to the API server failed, and whether asking again may help."""

from __future__ import annotations

import json
import typing as t

KINDS = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "missing",
    409: "conflict",
    410: "gone",
    413: "invalid",
    422: "invalid",
    429: "busy",
    503: "busy",
}
FINAL = frozenset(("forbidden", "missing", "invalid", "gone"))
LONGEST_PAUSE = 60.0


class ApiError(Exception):
    """One sentence. kind: unreachable, timeout, tls, unauthorized, forbidden, missing, conflict, gone, invalid, busy,
    server or
    garbled. pause: seconds the server asks us to wait (0: our choice)."""

    def __init__(self, kind: str, message: str, pause: float = 0.0) -> None:
        super().__init__(message)
        self.kind = kind
        self.pause = pause

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed later although nobody mends anything."""
        return self.kind not in FINAL

    @property
    def group(self) -> str:
        """The kind, but one for all ways in which nobody answers: which one it is changes from try to try."""
        return "away" if self.away else self.kind

    @property
    def away(self) -> bool:
        """Whether the server was not heard at all."""
        return self.kind in ("unreachable", "timeout", "tls")


def refusal(method: str, path: str, status: int, after: str, body: bytes) -> ApiError:
    """The error for an answer that is none of 2xx."""
    kind = KINDS.get(status, "server" if status >= 500 else "invalid")
    pause = min(LONGEST_PAUSE, float(after)) if after.isdigit() else 0.0
    text = f"Cannot {method} {path.partition('?')[0]}: HTTP {status}: {one_line(status_message(body))}"
    return ApiError(kind, text.rstrip(": "), pause)


def status_message(body: bytes) -> str:
    """The message of a meta/v1 Status; else how the answer begins."""
    try:
        return str(json.loads(body).get("message") or "")
    except (ValueError, AttributeError):
        return body[:200].decode("utf-8", "replace")


def one_line(text: t.Any, longest: int = 1000) -> str:
    """Text from elsewhere, printable in one line."""
    return " ".join("".join(character if character.isprintable() else " " for character in str(text)[:longest]).split())
