# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._resolv_conf import ResolvConf, in_hosts
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Address

POD = """\
search default.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5
"""


def test_resolv_conf_of_a_pod() -> None:
    assert ResolvConf.parse(POD) == ResolvConf(
        ("10.96.0.10",), ("default.svc.cluster.local", "svc.cluster.local", "cluster.local"), 5
    )


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", ResolvConf()),
        ("# nameserver 1.1.1.1\n; nameserver 2.2.2.2\n", ResolvConf()),
        ("nameserver nonsense\nnameserver\nnameserver fe80::1%eth0 # x\n", ResolvConf(("fe80::1%eth0",))),
        (
            "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
            ResolvConf(("192.0.2.1", "192.0.2.2", "192.0.2.3")),
        ),
        ("domain a.example\nsearch b.example c.example.\n", ResolvConf(search=("b.example", "c.example"))),
        ("search b.example $(id) \\x00\n", ResolvConf(search=("b.example",))),
        ("options rotate ndots:99 timeout:1\n", ResolvConf(ndots=15)),
        ("options use-vc ndots:2\n", ResolvConf(ndots=2, use_vc=True)),
        ("options ndots:x ndots\n\x00\ufffd\n", ResolvConf()),
    ],
)
def test_resolv_conf(text: str, expected: ResolvConf) -> None:
    assert ResolvConf.parse(text) == expected


@pytest.mark.parametrize(
    "name, names",
    [
        ("web", ["web.default.svc.cluster.local", "web.svc.cluster.local", "web.cluster.local", "web"]),
        (
            "a.b.c.d.e.f",
            [
                "a.b.c.d.e.f",
                "a.b.c.d.e.f.default.svc.cluster.local",
                "a.b.c.d.e.f.svc.cluster.local",
                "a.b.c.d.e.f.cluster.local",
            ],
        ),
        ("web.", ["web"]),
    ],
)
def test_names_that_are_tried(name: str, names: list[str]) -> None:
    assert ResolvConf.parse(POD).candidates(name) == names


def test_hosts_file() -> None:
    text = "127.0.0.1 localhost\n# 192.0.2.9 web\n2001:db8::7 web WEB.example # web2\n192.0.2.7\tweb\nbad line\n"
    assert in_hosts(text, "web", 0) == Address(6, "2001:db8::7")
    assert in_hosts(text, "web", 4) == Address(4, "192.0.2.7")
    assert in_hosts(text, "Web.Example.", 0) == Address(6, "2001:db8::7")
    assert in_hosts(text, "web2", 0) is None
    assert in_hosts(text, "line", 0) is None
