# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The largest TCP segment over real routers. The network is described in conftest.py."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._tcp_segment import padded_request
from ansible_collections.podnet.diagnostics.plugins.module_utils._probes._types import Request

SERVER, SERVER6 = "198.51.100.2", "2001:db8:2::2"
CLIENT, NOBODY = "192.0.2.2", "203.0.113.60"
SYN, ACK = 0x02, 0x10


class Web:
    """A small web server with a short queue, as Python's own has; one connection after the other."""

    def __init__(self, namespace: t.Any, resets: bool = False) -> None:
        self.resets = resets
        self.requests: list[bytes] = []
        self.port: int = namespace.serve(self._open, self._loop).getsockname()[1]

    @staticmethod
    def _open() -> socket.socket:
        sock = socket.socket(socket.AF_INET6)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(("::", 0))
        sock.listen(5)
        sock.settimeout(0.1)
        return sock

    def _loop(self, sock: socket.socket, stop: threading.Event) -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                peer = sock.accept()[0]
                with peer:
                    peer.settimeout(0.2)
                    self._serve(peer)
        sock.close()

    def _serve(self, peer: socket.socket) -> None:
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            part = peer.recv(65536)
            if not part:
                return
            data += part
        self.requests.append(data)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


def search(network: t.Any, port: int, **fields: t.Any) -> t.Any:
    return network.client.probe(
        **{"kind": "tcp_segment", "target": SERVER, "port": port, "allow_tcp_data": True, "timeout": 1.5, **fields}
    )


@pytest.fixture(name="straight", scope="module")
def straight_network(new_network: t.Any) -> t.Any:
    return new_network(right_mtu=1500)


@pytest.mark.parametrize("target, headers", [(SERVER, 40), (SERVER6, 60)])
def test_full_path(straight: t.Any, target: str, headers: int) -> None:
    web = Web(straight.server)
    result = search(straight, web.port, target=target, path="/x", count=3)
    assert (result.status, result.outcome, result.error) == ("pass", "reply", None)
    assert (result.data["largest"], result.data["smallest_failed"], result.data["device_mtu"]) == (1500, None, 1500)
    assert result.data["mss"] == 1500 - headers - 12
    assert result.data["limited_by"] is None
    largest = next(trial for trial in result.data["tried"] if trial["size"] == 1500)
    assert len({connection["source_port"] for connection in largest["connections"]}) == 3
    host = f"[{SERVER6}]" if ":" in target else SERVER
    sizes = sorted(len(request) for request in web.requests)
    assert sizes[-3:] == [1500 - headers - 12] * 3
    assert web.requests[0].startswith(f"GET /x HTTP/1.1\r\nHost: {host}:{web.port}\r\n".encode())


def test_without_permission_nothing_is_sent(straight: t.Any) -> None:
    web = Web(straight.server)
    result = search(straight, web.port, allow_tcp_data=False)
    assert (result.status, result.error) == ("skipped", "allow_tcp_data is not set: no data may be sent to the target")
    assert web.requests == []


def test_black_hole_is_found_to_the_byte(new_network: t.Any) -> None:
    """The server's device drops silently what exceeds its MTU (and room for a VLAN tag), and its MSS hides that."""
    network = new_network(right_mtu=1500, server_mtu=1500)
    network.router.ip("link set right mtu 1500")
    web = Web(network.server)
    network.server.ip("route change default via 198.51.100.1 advmss 1460")
    network.server.ip("link set right mtu 1436")
    result = search(network, web.port, timeout=0.7)
    assert (result.status, result.outcome) == ("fail", "no_reply")
    assert (result.data["largest"], result.data["smallest_failed"]) == (1440, 1441)
    failed = next(trial for trial in result.data["tried"] if trial["size"] == 1500)
    assert [connection["outcome"] for connection in failed["connections"]] == ["no_reply"] * 4
    assert all(connection["retransmissions"] >= 1 for connection in failed["connections"])


def test_router_that_tells_its_mtu(new_network: t.Any) -> None:
    network = new_network(right_mtu=1400)
    network.server.ip("link set right mtu 1500")  # so that its MSS does not tell already
    web = Web(network.server)
    result = search(network, web.port)
    assert (result.status, result.data["largest"]) == ("fail", 1400)
    first = next(trial for trial in result.data["tried"] if trial["size"] == 1500)
    assert (first["outcome"], first["mtu"]) == ("frag_needed", 1400)
    again = search(network, web.port)
    assert (again.data["limited_by"], again.data["kernel_mtu"]) == ("kernel_path_mtu", 1400)


def test_peer_that_allows_small_segments_only(new_network: t.Any) -> None:
    network = new_network(right_mtu=1400)
    result = search(network, Web(network.server).port)
    assert (result.status, result.data["limited_by"], result.data["largest"]) == ("pass", "peer_mss", 1400)
    result = search(network, Web(network.server).port, expect=1500)
    assert (result.status, result.outcome) == ("fail", "too_big_local")


def _answer_with_closed_window(pair: tuple[socket.socket, socket.socket], stop: threading.Event) -> None:
    """Take each connection for an address that the server's kernel does not have, with a window of nothing."""
    sock, out = pair
    with sock, out:
        while not stop.is_set():
            with contextlib.suppress(socket.timeout):
                packet = sock.recv(65536)
                tcp = packet[20:]
                if packet[9] != socket.IPPROTO_TCP or packet[16:20] != socket.inet_aton(NOBODY) or tcp[13] != SYN:
                    continue
                sequence = struct.unpack_from("!I", tcp, 4)[0] + 1
                head = struct.pack(
                    "!4sIIBBHHHBBH", tcp[2:4] + tcp[:2], 7, sequence, 6 << 4, SYN | ACK, 0, 0, 0, 2, 4, 1460
                )
                addresses = packet[16:20] + packet[12:16]
                total = sum(struct.unpack("!18H", addresses + struct.pack("!HH", 6, len(head)) + head))
                total = (total & 0xFFFF) + (total >> 16)
                head = head[:16] + struct.pack("!H", 0xFFFF - (total & 0xFFFF) - (total >> 16)) + head[18:]
                out.sendto(bytes((0x45, 0, 0, 0, 0, 1, 0, 0, 64, 6, 0, 0)) + addresses + head, (CLIENT, 0))


def test_what_a_closed_window_keeps_back_has_not_passed(new_network: t.Any) -> None:
    """The kernel has nothing unacknowledged then, since it sends nothing."""
    network = new_network(right_mtu=1500)
    network.router.ip(f"route add {NOBODY} via {SERVER}")

    def opened() -> tuple[socket.socket, socket.socket]:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        sock.settimeout(0.1)
        return sock, socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    network.server.serve(opened, _answer_with_closed_window)
    result = search(network, 80, target=NOBODY, timeout=0.3)
    first = next(trial for trial in result.data["tried"] if trial["size"] == 1500)
    assert first["outcome"] == "no_reply"
    assert (result.status, result.error) == (
        "error",
        "Cannot measure with TCP segments: not even 576 bytes are acknowledged",
    )


@pytest.mark.parametrize("target, port, outcome", [(SERVER, 1, "refused"), ("203.0.113.50", 80, "timed_out")])
def test_no_connection_is_no_measurement(straight: t.Any, target: str, port: int, outcome: str) -> None:
    straight.router.ip("route replace blackhole 203.0.113.50/32")
    result = search(straight, port, target=target, timeout=0.2)
    assert (result.status, result.outcome) == ("error", outcome)
    assert "Cannot measure with TCP segments" in (result.error or "")


def test_kernel_that_suspects_a_black_hole_itself(new_network: t.Any) -> None:
    """With tcp_mtu_probing it sends smaller segments after a while: these arrive, the probe's size did not."""
    network = new_network(right_mtu=1500)
    web = Web(network.server)
    network.client.sysctl("net/ipv4/tcp_mtu_probing", "1")
    network.client.sysctl("net/ipv4/tcp_retries1", "1")
    network.server.ip("route change default via 198.51.100.1 advmss 1460")
    network.server.ip("link set right mtu 1300")
    result = search(network, web.port, count=1, timeout=2, min_mtu=1200, max_mtu=1400)
    assert (result.status, result.outcome, result.data["largest"]) == ("fail", "no_reply", 1304)
    network.client.sysctl("net/ipv4/tcp_mtu_probing", "2")
    assert search(network, web.port, count=1).data["limited_by"] == "tcp_mtu_probing"


def test_too_small_for_a_request(straight: t.Any) -> None:
    result = search(straight, Web(straight.server).port, max_mtu=100)
    assert (result.status, result.error) == (
        "error",
        "Cannot measure with TCP segments: 100 bytes do not hold an HTTP request",
    )


def test_backends_that_differ_are_told_apart(new_network: t.Any) -> None:
    """Two ways to the server, chosen by source port; one of them is too narrow, and says nothing."""
    network = new_network(right_mtu=1500)
    web = Web(network.server)
    network.client.ip("rule add sport 20000-40000 lookup 77 ipproto tcp")
    network.client.ip("route add table 77 default via 192.0.2.1")
    network.client.sysctl("net/ipv4/ip_local_port_range", "30000 50000")
    network.router.ip("rule add sport 20000-40000 lookup 77 ipproto tcp")
    network.router.ip("link add narrow type veth peer name narrow netns " + network.server.name)
    network.router.ip("link set narrow up")
    network.router.ip("addr add 203.0.113.1/30 dev narrow")
    network.server.ip("link set narrow mtu 1300 up")
    network.server.ip("addr add 203.0.113.2/30 dev narrow")
    network.router.ip("route add table 77 198.51.100.2/32 via 203.0.113.2 dev narrow")
    result = search(network, web.port, count=4, timeout=0.7, min_mtu=1280)
    connections = next(trial for trial in result.data["tried"] if trial["size"] == 1500)["connections"]
    for connection in connections:
        assert connection["outcome"] == ("no_reply" if connection["source_port"] <= 40000 else "reply")
    if len({connection["outcome"] for connection in connections}) == 2:
        assert (result.status, result.outcome) == ("fail", "no_reply")
        assert 1304 <= result.data["largest"] < 1500


@pytest.mark.parametrize("length", [200, 536, 1448, 9000])
def test_request_has_exactly_the_length(length: int) -> None:
    request = Request("", "tcp_segment", target="192.0.2.1", port=80)
    data = padded_request(request, length)
    assert len(data) == length
    assert data.count(b"\r\n\r\n") == 1
    assert data.endswith(b"\r\n\r\n")
