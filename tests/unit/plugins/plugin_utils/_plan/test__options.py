# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users type, well and badly."""

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._plan._options import (
    OptionError,
    parse_endpoint,
    parse_options,
    parse_port,
)


@pytest.mark.parametrize(
    ("text", "kind", "namespace", "name"),
    [
        ("pod:default/web-0", "pod", "default", "web-0"),
        ("service:kube-system/kube-dns", "service", "kube-system", "kube-dns"),
        ("node:ip-10-0-0-1.eu-west-1.compute.internal", "node", "", "ip-10-0-0-1.eu-west-1.compute.internal"),
        ("host:Outside Host 1", "host", "", "Outside Host 1"),
        ("10.96.0.10", "address", "", "10.96.0.10"),
        ("fd00::0:1", "address", "", "fd00::1"),
        ("web", "name", "", "web"),
        ("_sip.example.org.", "name", "", "_sip.example.org."),
    ],
)
def test_endpoints(text: str, kind: str, namespace: str, name: str) -> None:
    end = parse_endpoint("diagnose_source", text)
    assert (end.kind, end.namespace, end.name, end.text) == (kind, namespace, name, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pod:web-0",
        "pod:/web",
        "pod:default/",
        "pod:Default/web",
        "pod:default/web 0",
        "pod:default/web\n",
        "node:",
        "service:a/b/c",
        "$(reboot)",
        "`id`",
        "web;id",
        "a b",
        "'quoted'",
        "host:",
        "host: x",
        "host:a\nb",
        "x" * 254,
        "cluster:default/web",
        "10.0.0.1:80",
        "-web",
        "web..x",
    ],
)
def test_what_is_no_endpoint_is_named_with_its_option(text: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse_endpoint("diagnose_source", text)
    message = str(caught.value)
    assert message.startswith("diagnose_source ")
    assert "\n" not in message and len(message) < 300


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0.0.0.0", "the unspecified address"),
        ("::", "the unspecified address"),
        ("0.1.2.3", "of the network 0.0.0.0/8"),
        ("255.255.255.255", "the broadcast address"),
        ("224.0.0.1", "a multicast address"),
        ("ff02::1", "a multicast address"),
        ("::ffff:0.0.0.0", "the unspecified address"),
        ("fe80::1", "its zone must be named, as in fe80::1%eth0"),
    ],
)
def test_addresses_that_can_be_no_end_are_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(OptionError, match="diagnose_destination") as caught:
        parse_endpoint("diagnose_destination", text)
    assert f"{text!r} cannot be an end: it is " in str(caught.value) and why in str(caught.value)


@pytest.mark.parametrize("text", ["fe80::1%eth0", "127.0.0.1", "::1", "192.0.2.255", "240.0.0.1"])
def test_other_addresses_may_be_ends(text: str) -> None:
    assert parse_endpoint("diagnose_destination", text).kind == "address"


@pytest.mark.parametrize("port", [1, "80", 65535])
def test_ports(port: object) -> None:
    assert parse_port("diagnose_port", port) == int(str(port))


@pytest.mark.parametrize("port", [0, 70000, "0", "-1", "http", "80 ", "8\n0", True, 80.5, "٣"])
def test_what_is_no_port(port: object) -> None:
    with pytest.raises(OptionError, match=r"diagnose_port .* is not a port \(1 to 65535\)"):
        parse_port("diagnose_port", port)


@pytest.mark.parametrize("port", [None, ""])
def test_no_port_is_none(port: object) -> None:
    assert parse_port("diagnose_port", port) is None


def test_everything_wrong_is_told_at_once() -> None:
    options, problems = parse_options({"source": "pod:x", "destination": "a b", "port": 70000})
    assert options is None
    assert [problem.split()[0] for problem in problems] == ["diagnose_source", "diagnose_destination", "diagnose_port"]
