# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes that ICMP errors taught: as the kernel wrote them down, and of a kernel that does not tell."""

from __future__ import annotations

import errno
import os
import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _netlink, _path_mtus
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import HOST, Reader, ReadError


def message(dst: str, mtu: int, lock: int, ticks: int, flags: int = _path_mtus.RTM_F_CLONED) -> bytes:
    """A message as the kernel writes it (rt_fill_info())."""

    def packed(address: str) -> bytes:
        return bytes(map(int, address.split(".")))

    metrics = [_netlink.attribute(_path_mtus.RTAX_MTU, mtu.to_bytes(4, "little"))]
    if lock:
        metrics.insert(0, _netlink.attribute(_path_mtus.RTAX_LOCK, lock.to_bytes(4, "little")))
    return (
        _path_mtus.RTMSG.pack(2, 32, 0, 0, 254, 0, 0, 1, flags)
        + _netlink.attribute(_path_mtus.RTA_DST, packed(dst))
        + _netlink.attribute(_path_mtus.RTA_OIF, (1).to_bytes(4, "little"))
        + _netlink.attribute(_path_mtus.RTA_GATEWAY, packed("192.0.2.2"))
        + _netlink.nested(_path_mtus.RTA_METRICS, *metrics)
        + _netlink.attribute(_path_mtus.RTA_CACHEINFO, _path_mtus.CACHEINFO.pack(0, 1, ticks) + bytes(20))
    )


def test_size_that_is_locked() -> None:
    entry = _path_mtus.parse_entry(message("203.0.113.10", 552, 1 << 2, 59900), 4, {1: "eth0"})
    assert entry is not None
    assert (entry.dst, entry.gateway, entry.dev) == ("203.0.113.10", "192.0.2.2", "eth0")
    assert (entry.mtu, entry.locked, entry.seconds_left) == (552, True, 599)
    assert str(entry) == "the path MTU 552 that was learned for 203.0.113.10, for 599 s more"


def test_size_that_is_not_locked() -> None:
    entry = _path_mtus.parse_entry(message("203.0.113.9", 1300, 0, 100), 4, {1: "eth0"})
    assert entry is not None and not entry.locked


def test_a_next_hop_that_a_redirect_named() -> None:
    flags = _path_mtus.RTM_F_CLONED | _path_mtus.REDIRECTED
    entry = _path_mtus.parse_entry(message("203.0.113.9", 0, 0, 29800, flags), 4, {1: "eth0"})
    assert entry is not None and entry.redirected and entry.mtu == 0
    assert str(entry) == "the next hop 192.0.2.2 that a redirect named for 203.0.113.9, for 298 s more"


def test_neither_a_size_nor_a_redirect_is_nothing() -> None:
    assert _path_mtus.parse_entry(message("203.0.113.9", 0, 0, 100), 4, {1: "eth0"}) is None


def test_routes_and_damaged_messages_are_left_out() -> None:
    assert _path_mtus.parse_entry(message("203.0.113.9", 1300, 0, 100, flags=0), 4, {}) is None
    whole = message("203.0.113.9", 1300, 0, 100)
    for length in range(len(whole)):
        _path_mtus.parse_entry(whole[:length], 4, {1: "eth0"})


def _refusing(code: int) -> t.Callable[..., t.Any]:
    def refuse(*_arguments: t.Any, **_named: t.Any) -> t.Any:
        raise OSError(code, os.strerror(code))

    return refuse


def test_kernel_that_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_netlink, "dump", _refusing(errno.ENOPROTOOPT))
    assert _path_mtus.read_path_mtus(Reader("w1", 5), HOST) == []


def test_kernel_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_netlink, "dump", _refusing(errno.EPERM))
    with pytest.raises(ReadError, match="Cannot read path mtus of node w1: Operation not permitted"):
        _path_mtus.read_path_mtus(Reader("w1", 5), HOST)
