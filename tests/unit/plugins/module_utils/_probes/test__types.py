# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import (
    Address,
    Attempt,
    IcmpError,
    Measured,
    Request,
    RequestError,
    Result,
    Rtt,
    is_name,
    shown,
)

GOOD: dict[str, t.Any] = {"kind": "tcp", "target": "192.0.2.1", "port": 80}


def request(**fields: t.Any) -> Request:
    return Request.from_dict({**GOOD, **fields})


def problem(**fields: t.Any) -> str:
    with pytest.raises(RequestError) as caught:
        request(**fields)
    return str(caught.value)


@pytest.mark.parametrize(
    "fields, text",
    [
        ({"port": 0}, "port must be from 1 to 65535, not 0"),
        ({"port": 70000}, "port must be from 1 to 65535, not 70000"),
        ({"port": -1}, "port must be from 1 to 65535, not -1"),
        ({"port": "80; reboot"}, 'port must be an integer, not "80; reboot"'),
        ({"port": True}, "port must be an integer, not true"),
        ({"port": 80.5}, "port must be an integer, not 80.5"),
        ({"port": None}, "port is required for kind tcp"),
        (
            {"kind": "telnet"},
            "kind must be one of icmp, tcp, udp, dns, http, path_mtu, tcp_segment, marker, trace, burst, connections, "
            'dns_pairs, idle, not "telnet"',
        ),
        (
            {"kind": None},
            "kind must be one of icmp, tcp, udp, dns, http, path_mtu, tcp_segment, marker, trace, burst, connections, "
            "dns_pairs, idle, not null",
        ),
        ({"target": ""}, "target is required for kind tcp"),
        ({"target": 7}, "target must be a string, not 7"),
        ({"target": "192.0.2.300"}, 'target is neither an IP address nor a host name: "192.0.2.300"'),
        ({"target": "a b"}, 'target is neither an IP address nor a host name: "a b"'),
        ({"target": "$(id)"}, 'target is neither an IP address nor a host name: "$(id)"'),
        ({"target": "a\nb"}, 'target is neither an IP address nor a host name: "a\\nb"'),
        ({"target": "-c3"}, 'target is neither an IP address nor a host name: "-c3"'),
        ({"target": "a" * 300}, 'target is neither an IP address nor a host name: "' + "a" * 76 + "..."),
        ({"target": "fe80::1%eth0/../x"}, 'target is neither an IP address nor a host name: "fe80::1%eth0/../x"'),
        ({"target": "224.0.0.1"}, 'target must be the address of one host, not "224.0.0.1"'),
        ({"target": "255.255.255.255"}, 'target must be the address of one host, not "255.255.255.255"'),
        ({"target": "0.0.0.0"}, 'target must be the address of one host, not "0.0.0.0"'),
        ({"target": "::"}, 'target must be the address of one host, not "::"'),
        ({"family": 6}, 'target is not an IPv6 address: "192.0.2.1"'),
        ({"family": 5}, "family must be one of 0, 4, 6, not 5"),
        ({"netns": "pod:web-0"}, 'netns is not valid: "pod:web-0"'),
        ({"netns": "pod:default/../../etc"}, 'netns is not valid: "pod:default/../../etc"'),
        ({"netns": "host\n"}, 'netns is not valid: "host\\n"'),
        ({"count": 0}, "count must be from 1 to 10000, not 0"),
        ({"interval": -0.1}, "interval must be from 0 to 60, not -0.1"),
        ({"interval": "soon"}, 'interval must be a number, not "soon"'),
        ({"interval": float("nan")}, "interval must be a number, not NaN"),
        ({"timeout": 0}, "timeout must be from 0.001 to 60, not 0.0"),
        ({"timeout": float("inf")}, "timeout must be from 0.001 to 60, not Infinity"),
        ({"size": 70000}, "size must be from 0 to 65507, not 70000"),
        ({"token": "xyz"}, 'token is not valid: "xyz"'),
        ({"token": "abc"}, 'token is not valid: "abc"'),
        ({"source_port": 65530, "count": 10}, "source_port must leave room for 10 ports: 65530"),
        ({"nameserver": "dns.example"}, 'nameserver must be an IP address, not "dns.example"'),
        ({"search": "yes"}, 'search must be true or false, not "yes"'),
        ({"min_mtu": 1400, "max_mtu": 1300}, "min_mtu must not be larger than max_mtu: 1400, 1300"),
        ({"path": "/a b"}, 'path is not valid: "/a b"'),
        ({"path": "/\r\nX: y"}, 'path is not valid: "/\\r\\nX: y"'),
        ({"kind": "dns", "name": "", "target": ""}, "name is required for kind dns"),
        ({"kind": "dns", "name": "a..b"}, 'name is neither an IP address nor a host name: "a..b"'),
        (
            {"kind": "dns", "name": "a", "qtype": "AXFR"},
            'qtype must be one of A, AAAA, CNAME, NS, PTR, SOA, SRV, TXT, not "AXFR"',
        ),
    ],
)
def test_bad_field_is_named(fields: dict[str, t.Any], text: str) -> None:
    assert problem(**fields) == text


@pytest.mark.parametrize("data", ["icmp", None, 7, ["icmp"]])
def test_request_that_is_no_dictionary(data: t.Any) -> None:
    with pytest.raises(RequestError, match="request must be a dictionary"):
        Request.from_dict(data)


def test_defaults_depend_on_the_kind() -> None:
    assert request().count == 4
    assert request(kind="dns", name="a").count == 1
    assert request(count=None, port="8080", timeout="2.5", interval=0) == Request(
        id="", kind="tcp", target="192.0.2.1", port=8080, count=4, timeout=2.5, interval=0.0
    )


def test_unknown_fields_belong_to_the_caller() -> None:
    assert request(**{"from": {"node": "w1"}, "to": None, "id": 7}).id == "7"


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a.b",
        "web.default.svc.cluster.local",
        "web.default.",
        "_http._tcp.web",
        "7.example",
        "x" * 63 + ".example",
        "a-b",
    ],
)
def test_names(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize(
    "text", ["", ".", "a..b", "-a", "a-", "a b", "10.0.0.1", "1", "x" * 64, "ä", "a\n", ".".join(["a" * 60] * 5)]
)
def test_no_names(text: str) -> None:
    assert not is_name(text)


def test_addresses() -> None:
    assert Address.parse("2001:DB8::1") == Address(6, "2001:db8::1")
    assert str(Address.parse("fe80::1%eth0")) == "fe80::1%eth0"
    assert Address.parse("10.0.0.1%eth0") is None
    assert Address.parse("10.0.0") is None
    assert Address.parse("010.0.0.1") is None


def test_shown_survives_everything() -> None:
    assert shown(object()).startswith('"<object object')
    assert "\x1b" not in shown("\x1b[31m")


def test_round_trip_times_as_ping_has_them() -> None:
    attempts = [Attempt(1, "reply", 1.0), Attempt(2, "reply", 3.0), Attempt(3, "no_reply"), Attempt(4, "refused", 9.0)]
    assert Rtt.of(attempts) == Rtt(1.0, 2.0, 3.0, 1.0)
    assert Rtt.of(attempts[2:]) is None


@pytest.mark.parametrize(
    "outcomes, status, outcome",
    [
        (["reply", "reply"], "pass", "reply"),
        (["reply", "no_reply"], "fail", "no_reply"),
        (["no_reply", "no_reply", "unreachable"], "fail", "no_reply"),
        (["timed_out", "refused", "timed_out"], "fail", "timed_out"),
        (["refused", "timed_out"], "fail", "refused"),
        ([], "fail", None),
    ],
)
def test_outcome_of_a_series(outcomes: list[str], status: str, outcome: str | None) -> None:
    measured = Measured([Attempt(number, name) for number, name in enumerate(outcomes, 1)])
    assert (measured.final_status(), measured.final_outcome()) == (status, outcome)


@pytest.mark.parametrize(
    "outcomes, outcome",
    [
        (["no_reply", "no_reply", "unreachable"], "unreachable"),
        (["timed_out", "timed_out", "refused"], "refused"),
        (["no_reply"], "no_reply"),
    ],
)
def test_icmp_error_counts_more_than_silence(outcomes: list[str], outcome: str) -> None:
    measured = Measured([Attempt(number, name) for number, name in enumerate(outcomes, 1)])
    measured.add_icmp_error(IcmpError("192.0.2.1", 3, 3, "port unreachable"))
    assert measured.final_outcome() == outcome


def test_sizes_that_do_not_pass_are_no_loss() -> None:
    measured = Measured([Attempt(1, "reply"), Attempt(2, "no_reply")])
    result = measured.to_result(request(kind="tcp_segment"), "", 0.0)
    assert (result.sent, result.received, result.loss_percent) == (2, 1, None)


def test_result_reads_back_what_it_wrote() -> None:
    measured = Measured([Attempt(1, "open", 0.5, "192.0.2.1", 40000, None), Attempt(2, "refused")])
    measured.add_icmp_error(None)
    result = measured.to_result(request(id="x", role="tcp"), "2026-01-01T00:00:00.000Z", 0.25)
    assert (result.sent, result.received, result.loss_percent) == (2, 1, 50.0)
    assert Result.from_dict(result.to_dict()) == result
    assert Result.from_dict({"id": "y", "status": "error", "later": 1}).error is None
