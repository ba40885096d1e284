# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""The endpoint of a check: host:port, where the host is a name, an IPv4 address or an IPv6 address in brackets.

Custom resources may hold anything that ends in a colon and digits; what cannot be dialled is said here, in one
sentence.
"""

from __future__ import annotations

import dataclasses
import functools
import re

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address, is_name

_PORT = re.compile(r"0{0,20}[0-9]{1,5}")


class BadEndpoint(ValueError):
    """Nothing can connect to this endpoint; the text begins as Go's own message about it."""


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """host: without brackets. is_address: there is nothing to look up."""

    host: str
    port: int
    is_address: bool

    def __str__(self) -> str:
        return join(self.host, self.port)


def join(host: str, port: int) -> str:
    """host:port, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@functools.lru_cache(maxsize=16384)
def parse_endpoint(text: str) -> Endpoint:
    """Read an endpoint. BadEndpoint says what is wrong with it. Cached: each one is probed again and again."""
    try:
        return _parse(text)
    except ValueError as exc:
        raise BadEndpoint(f"dial tcp: address {text if len(text) < 300 else text[:297] + '...'}: {exc}") from None


def _parse(text: str) -> Endpoint:
    host, port = _split(text)
    if not port:
        raise ValueError("missing port in address")
    if not _PORT.fullmatch(port) or not 0 < int(port) < 65536:
        raise ValueError(f"invalid port: {port[:20]} is no number from 1 to 65535")
    if not host:
        raise ValueError("missing host in address")
    address = Address.parse(host)
    if address is not None:
        return Endpoint(str(address), int(port), True)
    if ":" in host or not is_name(host):
        raise ValueError(f"{host[:80]} is neither an IP address nor a host name")
    return Endpoint(host, int(port), False)


def _split(text: str) -> tuple[str, str]:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket:
            raise ValueError("missing ']' in address")
        if rest and not rest.startswith(":"):
            raise ValueError("no colon after ']' in address")
        if ":" in rest[1:]:
            raise ValueError("too many colons in address")
        return host, rest[1:]
    if "://" in text:
        raise ValueError("too many colons in address: a URL, but host:port is wanted")
    if text.count(":") > 1:
        raise ValueError("too many colons in address: an IPv6 address needs brackets, as in [fd00::1]:80")
    host, _colon, port = text.partition(":")
    return host, port
