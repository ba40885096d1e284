# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints that can be dialled, and what is said about those that cannot."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._check_object._endpoint import (
    BadEndpoint,
    parse_endpoint,
)


@pytest.mark.parametrize(
    "text, host, port, is_address",
    [
        ("10.0.0.4:6443", "10.0.0.4", 6443, True),
        ("[fd00::1]:80", "fd00::1", 80, True),
        ("[FD00:0:0::0001]:80", "fd00::1", 80, True),
        ("[fe80::1%eth0]:65535", "fe80::1%eth0", 65535, True),
        ("[10.0.0.4]:1", "10.0.0.4", 1, True),
        ("network-check-target:80", "network-check-target", 80, False),
        ("api.example.com.:6443", "api.example.com.", 6443, False),
        ("_x.node_1.example:080", "_x.node_1.example", 80, False),
    ],
)
def test_endpoints(text: str, host: str, port: int, is_address: bool) -> None:
    parsed = parse_endpoint(text)
    assert (parsed.host, parsed.port, parsed.is_address) == (host, port, is_address)


@pytest.mark.parametrize(
    "text, problem",
    [
        ("fd00::1:80", "too many colons in address: an IPv6 address needs brackets, as in [fd00::1]:80"),
        ("https://x:443", "too many colons in address: a URL, but host:port is wanted"),
        ("foo:", "missing port in address"),
        ("foo", "missing port in address"),
        ("[fd00::1]", "missing port in address"),
        ("[fd00::1]80", "no colon after ']' in address"),
        ("[fd00::1", "missing ']' in address"),
        ("[fd00::1]:80:90", "too many colons in address"),
        (":80", "missing host in address"),
        ("host:0", "invalid port: 0 is no number from 1 to 65535"),
        ("host:99999", "invalid port: 99999 is no number from 1 to 65535"),
        ("host:" + "9" * 5000, "invalid port: 99999999999999999999 is no number from 1 to 65535"),
        ("host:http", "invalid port: http is no number from 1 to 65535"),
        ("host:²", "invalid port: ² is no number from 1 to 65535"),
        ("10.0.0:80", "10.0.0 is neither an IP address nor a host name"),
        ("10.0.0.256:80", "10.0.0.256 is neither an IP address nor a host name"),
        ("a/b:80", "a/b is neither an IP address nor a host name"),
        ("[not-v6:]:80", "not-v6: is neither an IP address nor a host name"),
    ],
)
def test_endpoints_that_nothing_can_connect_to(text: str, problem: str) -> None:
    with pytest.raises(BadEndpoint) as caught:
        parse_endpoint(text)
    shown = text if len(text) < 300 else text[:297] + "..."
    assert str(caught.value) == f"dial tcp: address {shown}: {problem}"
