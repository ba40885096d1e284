# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._text import (
    exit_code,
    paping_text,
    ping_text,
    summary_line,
    text_of,
)

ATTEMPT = {"seq": 1, "outcome": "open", "rtt_ms": 0.4217, "address": "10.0.0.1", "source_port": 4000, "detail": None}


def result(**fields: t.Any) -> dict[str, t.Any]:
    return {
        "kind": "tcp",
        "target": "10.0.0.1",
        "address": "10.0.0.1",
        "port": 80,
        "status": "pass",
        "outcome": "open",
        "sent": 1,
        "received": 1,
        "loss_percent": 0.0,
        "rtt_ms": {"min": 0.42, "avg": 0.42, "max": 0.42, "mdev": 0.0},
        "attempts": [ATTEMPT],
        "error": None,
        "seconds": 0.6021,
        "data": {},
        **fields,
    }


def test_paping() -> None:
    bad = {**ATTEMPT, "seq": 2, "outcome": "refused", "detail": "ICMP port unreachable from 192.0.2.1"}
    silent = {**ATTEMPT, "seq": 3, "outcome": "timed_out"}
    text = paping_text(result(target="web", attempts=[ATTEMPT, bad, silent], sent=3, loss_percent=66.7))
    assert text == (
        "Connecting to web [10.0.0.1] on TCP 80:\n"
        "\n"
        "Connected to 10.0.0.1: time=0.42ms protocol=TCP port=80\n"
        "Connection refused (ICMP port unreachable from 192.0.2.1)\n"
        "Connection timed out\n"
        "\n"
        "Connection statistics:\n"
        "\tAttempted = 3, Connected = 1, Failed = 2 (66.70%)\n"
        "Approximate connection times:\n"
        "\tMinimum = 0.42ms, Maximum = 0.42ms, Average = 0.42ms\n"
    )


def test_paping_of_a_name_that_does_not_resolve() -> None:
    text = paping_text(
        result(
            address=None,
            attempts=[],
            rtt_ms=None,
            sent=0,
            received=0,
            loss_percent=None,
            target="web",
            outcome="dns_failure",
            error="Cannot resolve web: nxdomain",
        )
    )
    assert text == "Cannot connect to web on TCP 80: Cannot resolve web: nxdomain\n"


def test_ping() -> None:
    attempts = [
        {**ATTEMPT, "outcome": "reply"},
        {
            **ATTEMPT,
            "seq": 2,
            "outcome": "unreachable",
            "address": "192.0.2.1",
            "detail": "ICMP host unreachable from 192.0.2.1",
            "rtt_ms": None,
        },
        {**ATTEMPT, "seq": 3, "outcome": "no_reply", "rtt_ms": None},
    ]
    text = ping_text(
        result(kind="icmp", attempts=attempts, sent=3, loss_percent=66.7, data={"ttl": 62, "icmp_errors": [{}]})
    )
    assert text == (
        "PING 10.0.0.1 (10.0.0.1)\n"
        "Reply from 10.0.0.1: icmp_seq=1 ttl=62 time=0.422 ms\n"
        "From 192.0.2.1 icmp_seq=2 ICMP host unreachable from 192.0.2.1\n"
        "icmp_seq=3 no answer\n"
        "\n"
        "--- 10.0.0.1 ping statistics ---\n"
        "3 packets transmitted, 1 received, +1 errors, 66.7% packet loss, time 602ms\n"
        "rtt min/avg/max/mdev = 0.420/0.420/0.420/0.000 ms\n"
    )


def test_ping_of_what_could_not_be_measured() -> None:
    assert ping_text({"kind": "icmp", "target": "x", "error": "no process"}) == "ping: x: no process\n"


def test_other_kinds_have_one_line() -> None:
    data = {"largest": 1440, "device_mtu": 1500}
    assert text_of(result(kind="path_mtu", port=None, outcome="no_reply", rtt_ms=None, data=data)) == (
        "path_mtu 10.0.0.1: no_reply; largest packet 1440 bytes, interface 1500; 1 of 1\n"
    )
    data = {"answers": [{"type": "A", "value": "192.0.2.7"}]}
    assert summary_line(result(kind="dns", target="web", port=None, outcome="answer", data=data)) == (
        "dns web: answer; A 192.0.2.7; 1 of 1; 0.42 ms\n"
    )
    assert summary_line(result(kind="http", outcome="response", data={"status": 204})) == (
        "http 10.0.0.1 port 80: response; HTTP 204; 1 of 1; 0.42 ms\n"
    )
    assert summary_line({"kind": "udp", "target": "x", "status": "error", "error": "why"}) == "udp x: error; why\n"


def test_text_of_chooses_by_kind() -> None:
    assert text_of(result()).startswith("Connecting to")
    assert text_of(result(kind="icmp", attempts=[])).startswith("PING")


def test_paping_has_its_colours_at_a_terminal_and_the_same_words() -> None:
    shown = result(target="web", attempts=[ATTEMPT, {"seq": 2, "outcome": "refused"}], sent=2, received=1)
    coloured = paping_text(shown, colours=True)
    assert "\033[01;32m" in coloured and "\033[01;31mConnection refused\033[22;0m" in coloured
    assert re.sub(r"\033\[[0-9;]+m", "", coloured) == paping_text(shown)


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("icmp", {"sent": 4, "received": 4}, 0),
        ("icmp", {"sent": 4, "received": 1}, 0),
        ("icmp", {"sent": 4, "received": 0}, 1),
        ("icmp", {"sent": 0, "received": 0, "status": "fail", "outcome": "dns_failure"}, 2),
        ("icmp", {"sent": 0, "received": 0, "status": "skipped"}, None),
        ("tcp", {"sent": 4, "received": 4}, 0),
        ("tcp", {"sent": 4, "received": 3}, 1),
        ("tcp", {"sent": 0, "received": 0, "status": "fail", "outcome": "dns_failure"}, 101),
        ("dns", {"sent": 1, "received": 0, "status": "fail"}, None),
    ],
)
def test_exit_codes_are_those_of_ping_and_paping(kind: str, fields: dict[str, t.Any], code: int | None) -> None:
    assert exit_code({"kind": kind, "status": "pass", **fields}) == code
