# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""ifcfg files: /etc/sysconfig/network-scripts (Red Hat) and /etc/sysconfig/network (SUSE).

They are fragments of shell script. They are read, never run: a value that a shell would have to work out ($NAME, $(…),
`…`) is an error of that line. Keys: https://networkmanager.dev/docs/api/latest/nm-settings-ifcfg-rh.html and ifcfg(5).
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._nic_config import _addresses
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import InterfaceConfig

FORMAT = "ifcfg"
FOLDERS = ("/etc/sysconfig/network-scripts", "/etc/sysconfig/network")
# The names that the network scripts pass over (initscripts, network-functions).
_IGNORED = re.compile(r"(~|\.(bak|old|orig|rpmnew|rpmorig|rpmsave|swp|scpmbackup))$")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEPT = re.compile(
    r"(DEVICE|NAME|TYPE|ONBOOT|STARTMODE|BOOTPROTO|NM_CONTROLLED|HWADDR|MACADDR|LLADDR|MTU|MASTER|SLAVE|BRIDGE|VLAN"
    r"|VLAN_ID|PHYSDEV|ETHERDEVICE|BONDING_MASTER|BRIDGE_PORTS|DEFROUTE|IPV4_FAILURE_FATAL|PEERDNS|PEERROUTES|METRIC"
    r"|(IPADDR|PREFIX|PREFIXLEN|NETMASK|GATEWAY|LABEL)(_?[A-Za-z0-9]+)?"
    r"|IPV6INIT|IPV6_AUTOCONF|IPV6ADDR|IPV6ADDR_SECONDARIES|IPV6_DEFAULTGW|IPV6_MTU|DHCPV6C)"
)
_ADDRESS_KEY = re.compile(r"IPADDR(_?[A-Za-z0-9]+)?")
YES = frozenset(("yes", "true", "on", "1", "y", "t"))
STARTED = frozenset(("auto", "onboot", "boot", "hotplug", "nfsroot", "ifplugd"))


@dataclasses.dataclass(frozen=True)
class Assignment:
    """NAME=VALUE; value is None when problem says why it cannot be known."""

    name: str
    value: str | None
    line: int
    problem: str | None = None


class LineProblem(t.NamedTuple):
    """What is wrong with a line."""

    line: int
    text: str


def is_interface_file(name: str) -> bool:
    """Whether a file of the folder is used to configure an interface other than lo."""
    return name.startswith("ifcfg-") and name not in ("ifcfg-", "ifcfg-lo") and not _IGNORED.search(name)


# -- shell -------------------------------------------------------------------------------------------------------
class _Script:
    """The assignments in a shell script that consists of nothing else."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self.assignments: list[Assignment] = []
        self.problems: list[LineProblem] = []

    def read(self) -> None:
        """Read to the end; a line that is no assignment is a problem, and passed over."""
        while self._char():
            if self._char() in " \t\r\n;":
                self._step()
            elif self._char() == "#":
                self._to_line_end()
            else:
                self._statement()

    def _char(self) -> str:
        return self._text[self._at : self._at + 1]

    def _step(self) -> str:
        char = self._char()
        self._at += 1
        self._line += char == "\n"
        return char

    def _to_line_end(self) -> None:
        while self._char() not in ("", "\n"):
            self._step()

    def _statement(self) -> None:
        line = self._line
        match = _WORD.match(self._text, self._at)
        if match and match.group(0) == "export" and self._text[match.end() : match.end() + 1] in (" ", "\t"):
            while self._text[self._at + len("export") :][:1] in (" ", "\t"):
                self._at += 1
            self._at += len("export")
            match = _WORD.match(self._text, self._at)
        if match is None or self._text[match.end() : match.end() + 1] != "=":
            self.problems.append(LineProblem(line, "it is not an assignment"))
            self._to_line_end()
            return
        self._at = match.end() + 1
        value, problem = self._value()
        if self._more_on_line():
            problem = "a command follows the assignment" if problem is None else problem
            self._to_line_end()
        self.assignments.append(Assignment(match.group(0), None if problem else value, line, problem))

    def _more_on_line(self) -> bool:
        while self._char() in (" ", "\t", "\r"):
            self._step()
        return self._char() not in ("", "\n", ";", "#")

    def _value(self) -> tuple[str, str | None]:
        """A word of the shell, and what keeps it from being known."""
        parts: list[str] = []
        problem: str | None = None
        while self._char() not in ("", " ", "\t", "\r", "\n", ";"):
            char = self._step()
            if char == "'":
                text, closed = self._single()
                parts.append(text)
                problem = problem or (None if closed else "a quote is not closed")
            elif char == '"':
                text, reason = self._double()
                parts.append(text)
                problem = problem or reason
            elif char == "\\":
                following = self._step()
                parts.append("" if following == "\n" else following)
            elif char in "$`":
                problem = problem or "the value would have to be worked out by a shell"
                parts.append(char)
            elif char in "&|<>()":
                problem = problem or "it is not an assignment"
                self._to_line_end()
            else:
                parts.append(char)
        return "".join(parts), problem

    def _single(self) -> tuple[str, bool]:
        start = self._at
        while self._char() not in ("", "'"):
            self._step()
        text = self._text[start : self._at]
        return text, bool(self._step())

    def _double(self) -> tuple[str, str | None]:
        parts: list[str] = []
        problem: str | None = None
        while True:
            char = self._step()
            if not char:
                return "".join(parts), "a quote is not closed"
            if char == '"':
                return "".join(parts), problem
            if char in "$`":
                problem = "the value would have to be worked out by a shell"
            if char == "\\" and self._char() in ("$", "`", '"', "\\", "\n"):
                char = self._step().replace("\n", "")
            parts.append(char)


def parse_assignments(text: str) -> tuple[list[Assignment], list[LineProblem]]:
    """The assignments of a file in order, and the lines that are none."""
    script = _Script(text)
    script.read()
    return script.assignments, script.problems


# -- meaning -----------------------------------------------------------------------------------------------------
def parse_ifcfg(
    path: str, text: str, devices_by_mac: t.Mapping[str, str] | None = None
) -> tuple[InterfaceConfig, list[LineProblem]]:
    """What a file wants, and its lines that could not be read. devices_by_mac: running devices, for files by HWADDR."""
    assignments, problems = parse_assignments(text)
    raw: dict[str, str] = {}
    for assignment in assignments:
        if not _KEPT.fullmatch(assignment.name):
            continue
        if assignment.value is None:
            problems.append(LineProblem(assignment.line, f"{assignment.name}: {assignment.problem}"))
            raw.pop(assignment.name, None)
        else:
            raw[assignment.name] = assignment.value
    lines = {assignment.name: assignment.line for assignment in assignments}
    addresses = _static_addresses(raw, lines, problems)
    protocols = raw.get("BOOTPROTO", "none").lower().split("+")
    dhcp4 = any(protocol in ("dhcp", "dhcp4", "bootp") for protocol in protocols)
    dhcp6 = _is(raw, "DHCPV6C") or "dhcp6" in protocols
    suffix = path.rpartition("/")[2][len("ifcfg-") :]
    config = InterfaceConfig(
        device=_device(raw, suffix, devices_by_mac or {}),
        name=raw.get("NAME") or suffix,
        format=FORMAT,
        path=path,
        method=_addresses.method_of(addresses, dhcp4 or dhcp6),
        addresses=addresses,
        gateway=next((raw[key] for key in ("GATEWAY", "GATEWAY0", "GATEWAY1") if raw.get(key)), None),
        gateway6=raw.get("IPV6_DEFAULTGW") or None,
        mtu=_mtu(raw, lines, problems),
        mac=(raw.get("HWADDR") or raw.get("LLADDR") or "").lower() or None,
        master=raw.get("MASTER") or raw.get("BRIDGE") or raw.get("BONDING_MASTER") or None,
        dhcp=dhcp4 or dhcp6,
        dhcp4=dhcp4,
        dhcp6=dhcp6,
        static=bool(addresses),
        conflict_families=_addresses.conflicts(addresses, dhcp4, dhcp6),
        onboot=_onboot(raw),
        routes=[],
        raw=raw,
    )
    return config, sorted(problems)


def _is(raw: t.Mapping[str, str], key: str) -> bool:
    return raw.get(key, "").lower() in YES


def _onboot(raw: t.Mapping[str, str]) -> bool | None:
    if "ONBOOT" in raw:
        return _is(raw, "ONBOOT")
    return raw["STARTMODE"].lower() in STARTED if "STARTMODE" in raw else None


def _device(raw: t.Mapping[str, str], suffix: str, devices_by_mac: t.Mapping[str, str]) -> str | None:
    """DEVICE, else the device with the address HWADDR, else the file's name; an alias (eth0:1) is of its device."""
    name = raw.get("DEVICE")
    if not name and raw.get("HWADDR"):
        return devices_by_mac.get(raw["HWADDR"].lower())
    return (name or suffix).partition(":")[0]


def _static_addresses(raw: t.Mapping[str, str], lines: t.Mapping[str, int], problems: list[LineProblem]) -> list[str]:
    addresses: list[str] = []
    for key in raw:
        match = _ADDRESS_KEY.fullmatch(key)
        if match and raw[key].strip():
            suffix = match.group(1) or ""
            beside = [raw.get(f"{name}{suffix}") for name in ("PREFIX", "PREFIXLEN", "NETMASK")]
            _add(addresses, key, raw[key].strip(), next(filter(None, beside), None), lines, problems)
    for key in ("IPV6ADDR", "IPV6ADDR_SECONDARIES"):
        for address in raw.get(key, "").split():
            _add(addresses, key, address, None, lines, problems)
    return addresses


def _add(
    addresses: list[str],
    key: str,
    address: str,
    prefix: str | None,
    lines: t.Mapping[str, int],
    problems: list[LineProblem],
) -> None:
    try:
        text = _addresses.with_prefix(address, prefix)
    except ValueError:
        problems.append(LineProblem(lines[key], f"{key} with its prefix or netmask is not an address"))
        return
    if "/" not in text:
        problems.append(LineProblem(lines[key], f"{key} has neither a prefix nor a netmask"))
    addresses.append(text)


def _mtu(raw: t.Mapping[str, str], lines: t.Mapping[str, int], problems: list[LineProblem]) -> int | None:
    text = raw.get("MTU", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        problems.append(LineProblem(lines["MTU"], "MTU is not a number"))
        return None
    return int(text)
