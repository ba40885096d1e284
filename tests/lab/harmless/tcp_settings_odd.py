# SPDX-License-Identifier: GPL-3.0-or-later
"""A client without timestamps, windows and selective answers, that asks for no path MTU."""

from __future__ import annotations

from podnet_lab.changes import Sysctl
from podnet_lab.faults import Truth
from podnet_lab.made import Made


class FaultClass(Made):
    """A client without timestamps, windows and selective answers, that asks for no path MTU."""

    truth = Truth(id="", destination="pod:default/<web-2.name>", port=8080)
    changes = tuple(
        Sysctl("node-1", f"net/ipv4/{key}", value, normal, pod="client-1")
        for key, value, normal in (
            ("tcp_timestamps", "0", "1"),
            ("tcp_window_scaling", "0", "1"),
            ("tcp_sack", "0", "1"),
            ("tcp_ecn", "1", "2"),
            ("ip_no_pmtu_disc", "1", "0"),
            ("ip_local_reserved_ports", "30000-33000", "\n"),
        )
    )
