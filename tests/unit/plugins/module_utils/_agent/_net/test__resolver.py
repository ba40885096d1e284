# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookups at scripted nameservers on 127.0.0.1."""

from __future__ import annotations

import asyncio
import pathlib
import time
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net import _address_order
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._address_order import in_order
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._failure import Failure
from ansible_collections.podnet.diagnostics.plugins.module_utils._agent._net._resolver import Resolver
from ansible_collections.podnet.diagnostics.tests.unit.plugins.module_utils._agent.scripted_peers import (
    Nameserver,
    closed_port,
    left_open,
    open_files,
)

RECORDS: dict[tuple[str, str], t.Sequence[str]] = {
    ("web.ns.svc.cluster.local", "A"): ["192.0.2.1"],
    ("six.example", "AAAA"): ["2001:db8::1"],
    ("big.example", "A"): [f"192.0.2.{number}" for number in range(1, 6)],
    ("empty.example", "TXT"): [],
}
CLUSTER = "search ns.svc.cluster.local svc.cluster.local\nnameserver 127.0.0.1\noptions ndots:5\n"


class Lookups:
    """A resolver with files of its own."""

    def __init__(self, folder: pathlib.Path, port: int, resolv_conf: str = CLUSTER, hosts: str = "") -> None:
        self.resolv_conf, self.hosts = folder / "resolv.conf", folder / "hosts"
        self.resolv_conf.write_text(resolv_conf)
        self.hosts.write_text(hosts)
        self.resolver = Resolver(str(self.resolv_conf), str(self.hosts), port)

    def find(self, name: str, seconds: float = 2.0) -> tuple[str, ...]:
        return asyncio.run(self._find(name, seconds))

    async def _find(self, name: str, seconds: float) -> tuple[str, ...]:
        return await self.resolver.resolve(name, time.monotonic() + seconds)

    def failure(self, name: str, seconds: float = 2.0) -> str:
        with pytest.raises(Failure) as caught:
            self.find(name, seconds)
        return caught.value.text


def test_names_go_through_the_search_list(tmp_path: pathlib.Path) -> None:
    with Nameserver(RECORDS) as server:
        lookups = Lookups(tmp_path, server.port)
        assert lookups.find("web") == ("192.0.2.1",)
        assert {name for _transport, name, _qtype in server.asked} == {"web.ns.svc.cluster.local"}
        assert lookups.find("six.example") == ("2001:db8::1",)
        assert [name for _transport, name, qtype in server.asked if qtype == "A"][1:] == [
            "six.example.ns.svc.cluster.local",
            "six.example.svc.cluster.local",
            "six.example",
        ]


def test_an_answer_that_does_not_fit_is_fetched_by_tcp(tmp_path: pathlib.Path) -> None:
    with Nameserver(RECORDS) as server:
        assert Lookups(tmp_path, server.port).find("big.example.") == tuple(RECORDS["big.example", "A"])
        assert ("tcp", "big.example", "A") in server.asked


def test_failures_say_who_answered_what(tmp_path: pathlib.Path) -> None:
    with Nameserver(RECORDS, silent_names=["quiet.example"], broken_names=["broken.example"]) as server:
        lookups = Lookups(tmp_path, server.port)
        on = f"on 127.0.0.1:{server.port}"
        assert lookups.failure("nobody") == f"lookup nobody {on}: no such host"
        assert lookups.failure("empty.example") == f"lookup empty.example {on}: no such host"
        assert lookups.failure("broken.example.") == f"lookup broken.example. {on}: server misbehaving"
        started = time.monotonic()
        assert lookups.failure("quiet.example.", 0.3) == f"lookup quiet.example. {on}: i/o timeout"
        assert 0.3 <= time.monotonic() - started < 10
        assert lookups.failure("x." * 150).startswith(f"lookup {'x.' * 150} {on}: no such host: the name is longer")


def test_a_nameserver_that_is_not_there(tmp_path: pathlib.Path) -> None:
    port = closed_port()
    assert Lookups(tmp_path, port).failure("web") == f"lookup web on 127.0.0.1:{port}: read: connection refused"


def test_the_next_nameserver_is_asked_when_one_is_not_there(tmp_path: pathlib.Path) -> None:
    with Nameserver(RECORDS) as server:
        text = CLUSTER.replace("nameserver", "nameserver 127.0.0.2\nnameserver")
        assert Lookups(tmp_path, server.port, text).find("web") == ("192.0.2.1",)


def test_the_hosts_file_comes_first_and_changes_are_seen(tmp_path: pathlib.Path) -> None:
    with Nameserver(RECORDS) as server:
        lookups = Lookups(tmp_path, server.port, hosts="192.0.2.9 web\n2001:db8::9 web\n")
        assert set(lookups.find("web")) == {"192.0.2.9", "2001:db8::9"}
        assert server.asked == []
        lookups.hosts.write_text("")
        assert lookups.find("web") == ("192.0.2.1",)
        lookups.resolv_conf.write_text("nameserver 127.0.0.1\n")
        assert lookups.failure("web") == f"lookup web on 127.0.0.1:{server.port}: no such host"
        lookups.hosts.unlink()
        lookups.resolv_conf.unlink()
        assert lookups.find("big.example") == tuple(RECORDS["big.example", "A"]), (
            "127.0.0.1 is asked without a resolv.conf"
        )


def test_hundreds_of_silent_names_hold_up_no_other(tmp_path: pathlib.Path) -> None:
    quiet = [f"quiet-{number}.example" for number in range(300)]
    with Nameserver(RECORDS, silent_names=quiet) as server:
        lookups = Lookups(tmp_path, server.port)
        before = open_files()

        async def all_of_them() -> None:
            hung = [asyncio.ensure_future(lookups._find(f"{name}.", 60.0)) for name in quiet]
            await asyncio.sleep(0)
            assert await lookups._find("web", 30.0) == ("192.0.2.1",)
            assert not any(one.done() for one in hung)
            for one in hung:
                one.cancel()
            ends = await asyncio.gather(*hung, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ends)

        asyncio.run(all_of_them())
        assert not left_open(before)


def test_order_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a route last, else the order of RFC 6724: global IPv6, then IPv4, then IPv6 of one site."""
    monkeypatch.setattr(_address_order, "_has_source", lambda address: not address.startswith("2001:db8:dead"))
    given = ["2001:db8:dead::1", "fd00::1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "::1", "192.0.2.1", "fe80::1%lo"]
    assert in_order(given) == (
        "::1",
        "2001:db8::1",
        "fe80::1%lo",
        "192.0.2.1",
        "192.0.2.2",
        "fd00::1",
        "2001:db8:dead::1",
    )


def test_a_loopback_address_has_a_route() -> None:
    assert in_order(["fe80::1%no-such-device", "127.0.0.1"]) == ("127.0.0.1", "fe80::1%no-such-device")
