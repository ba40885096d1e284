# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Kernel settings as the kernel combines them: of a device, of all devices, of the namespace.

Source: networking/ip-sysctl in the kernel's documentation, and the IN_DEV_* macros of include/linux/inetdevice.h: some
settings hold when either "all" or the device has them, of others the larger one holds, others are the device's alone.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import LIFETIME

# The setting of each family.
LIFETIME_SETTINGS = {4: "net.ipv4.ip_default_ttl", 6: "net.ipv6.conf.default.hop_limit"}


@dataclasses.dataclass(frozen=True)
class Settings:
    """The settings of one namespace. A setting that was not read has the kernel's default."""

    namespace: Namespace

    def number(self, name: str, default: int = 0) -> int:
        """A setting as a number."""
        value = self.namespace.sysctls.get(name)
        try:
            return int(str(value).split()[0]) if value else default
        except (ValueError, IndexError):
            return default

    @property
    def known(self) -> bool:
        """Whether the settings were read."""
        return "sysctls" not in self.namespace.unread and bool(self.namespace.sysctls)

    def _device(self, family: int, device: str, key: str, default: int = 0) -> int:
        return self.number(f"net.ipv{family}.conf.{device}.{key}", default)

    def _larger(self, device: str, key: str) -> int:
        return max(self._device(4, "all", key), self._device(4, device, key))

    def _either(self, device: str, key: str) -> bool:
        return bool(self._device(4, "all", key) or self._device(4, device, key))

    # -- forwarding ------------------------------------------------------------------------------------------
    def forwarding(self, family: int, device: str) -> bool | None:
        """Whether packets that come in by a device are forwarded; None where that was not read.

        IPv4 asks the device's own switch (writing "all" or ip_forward sets every device's), IPv6 that of "all".
        """
        if family == 6:
            names = ["net.ipv6.conf.all.forwarding"]
        else:
            names = [f"net.ipv4.conf.{device}.forwarding", "net.ipv4.conf.all.forwarding", "net.ipv4.ip_forward"]
        for name in names:
            if self.namespace.sysctls.get(name) is not None:
                return bool(self.number(name))
        return None

    def rp_filter(self, device: str) -> int:
        """0: off, 1: strict, 2: loose."""
        return self._larger(device, "rp_filter")

    def accept_local(self, device: str) -> bool:
        """Whether packets with one of the own addresses as source are taken."""
        return self._either(device, "accept_local")

    def route_localnet(self, device: str) -> bool:
        """Whether 127.0.0.0/8 is routed there."""
        return self._either(device, "route_localnet")

    def src_valid_mark(self, device: str) -> bool:
        """Whether the source check uses the packet's mark."""
        return self._either(device, "src_valid_mark")

    def answers_with_mark(self, family: int, protocol: str, by_socket: bool) -> bool:
        """Whether an answer has the mark of what it answers: that of a TCP listener, or of the kernel by itself
        (inet_request_mark(), IP4_REPLY_MARK())."""
        if by_socket:
            return protocol == "tcp" and bool(self.number("net.ipv4.tcp_fwmark_accept"))
        return bool(self.number(f"net.ipv{family}.fwmark_reflect"))

    def ignores_linkdown(self, family: int, device: str) -> bool:
        """Whether routes over a device without carrier are left out."""
        return bool(self._device(family, device, "ignore_routes_with_linkdown"))

    def disabled(self, family: int, device: str) -> bool:
        """Whether a device has no IPv6."""
        return family == 6 and bool(self._device(6, device, "disable_ipv6"))

    # -- IPsec -----------------------------------------------------------------------------------------------
    def minds_policies(self, device: str, sending: bool) -> bool:
        """Whether policies of IPsec count for what is sent by a device, or came in by it; the loopback device's own
        settings say no from the start (IN_DEV_NOXFRM, IN_DEV_NOPOLICY)."""
        key = "disable_xfrm" if sending else "disable_policy"
        return not (self._device(4, "all", key) or self._device(4, device, key, int(device == "lo")))

    # -- lifetime --------------------------------------------------------------------------------------------
    def lifetime(self, family: int) -> int:
        """The time to live of packets whose socket says nothing else."""
        return self.number(LIFETIME_SETTINGS[family], LIFETIME) or LIFETIME

    # -- neighbours ------------------------------------------------------------------------------------------
    def arp_ignore(self, device: str) -> int:
        """For which of its addresses a device answers ARP requests."""
        return self._larger(device, "arp_ignore")

    def arp_filter(self, device: str) -> bool:
        """Whether it answers only where it would route the answer through that device."""
        return self._either(device, "arp_filter")

    def proxy_arp(self, device: str) -> bool:
        """Whether it answers for what it would forward to another device."""
        return self._either(device, "proxy_arp")

    # -- bridges ---------------------------------------------------------------------------------------------
    def bridge_calls_ip(self, family: int) -> bool:
        """Whether frames that cross a bridge meet the rules of iptables. Not there: br_netfilter is not loaded."""
        name = "ip6tables" if family == 6 else "iptables"
        return bool(self.number(f"net.bridge.bridge-nf-call-{name}", 0))

    # -- ends ------------------------------------------------------------------------------------------------
    def ignores_echo(self, family: int) -> bool:
        """Whether pings are not answered."""
        return bool(self.number("net.ipv6.icmp.echo_ignore_all" if family == 6 else "net.ipv4.icmp_echo_ignore_all"))
