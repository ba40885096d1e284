# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Names and endpoints that people type, checked before the API is asked."""

from __future__ import annotations

import re

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._endpoint import (
    BadEndpoint,
    parse_endpoint,
)

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST_NAME = 253


def is_namespace(text: str) -> bool:
    """Whether a namespace can have this name (RFC 1123 label)."""
    return _LABEL.fullmatch(text) is not None


def is_object_name(text: str) -> bool:
    """Whether most objects can have this name (RFC 1123 subdomain)."""
    return len(text) <= _LONGEST_NAME and _SUBDOMAIN.fullmatch(text) is not None


def endpoint_problem(text: str) -> str:
    """Why nothing can connect to this endpoint; empty if host:port is right."""
    try:
        parse_endpoint(text)
    except BadEndpoint as exc:
        words = str(exc)
        said_as_by_go = f"dial tcp: address {text}: "
        return f"{text!r} is not host:port: {words[len(said_as_by_go) :] if words.startswith(said_as_by_go) else words}"
    return ""


def split_host_port(text: str) -> tuple[str, int] | None:
    """Host and port of an endpoint; None if it is none."""
    try:
        endpoint = parse_endpoint(text)
    except BadEndpoint:
        return None
    return endpoint.host, endpoint.port
