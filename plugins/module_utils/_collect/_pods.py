# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""Pods of a node: where each runs, and the resolver configuration that its processes see."""

from __future__ import annotations

import dataclasses
import fcntl
import socket
import stat
import struct
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._hostfs import Root
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import HOST, Namespace, Reader
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import (
    FileAccess,
    PodEntry,
    Problem,
    ProcessUser,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._process_user import users_of

RESOLV_CONF = "/etc/resolv.conf"
NSSWITCH_CONF = "/etc/nsswitch.conf"
# resolv.conf(5); a comment may say anything, so it is not kept.
DIRECTIVES = ("nameserver", "search", "domain", "options")
MAX_RESOLV_CONF = 64 * 1024
# linux/sockios.h, linux/if_arp.h
SIOCGIFADDR = 0x8915
SIOCGIFHWADDR = 0x8927
ARPHRD_ETHER = 1
MAX_DEVICES = 32


def find(pods: t.Sequence[_netns.PodRef], in_full: t.Collection[str] = ()) -> list[PodEntry]:
    """Every pod that was asked for, in their order. in_full: those whose programs' users are wanted, by their keys."""
    found = _netns.find_pods(pods)
    return [
        PodEntry(
            key,
            process.pid,
            process.netns_inode,
            process.host_network,
            process.error,
            users=_users(process) if key in in_full else (),
            name_sources=_name_sources(process) if key in in_full else None,
        )
        for key, process in ((pod.key, found[pod.key]) for pod in pods)
    ]


def _users(process: _netns.PodProcess) -> list[ProcessUser]:
    return [ProcessUser(user.uid, user.gid, user.cgroup) for user in users_of(process)]


def _name_sources(process: _netns.PodProcess) -> str | None:
    """Where the first program's C library looks for names, in order. What holds the namespaces has another image."""
    for pid in process.pids[1:2]:
        try:
            return name_sources(Root(f"/proc/{pid}/root").read_text(NSSWITCH_CONF, MAX_RESOLV_CONF))
        except OSError:
            return None  # most images have none, or it has ended by now
    return None


def name_sources(text: str) -> str | None:
    """The words of the line `hosts:` of an nsswitch.conf."""
    for line in text.splitlines():
        name, colon, words = line.split("#")[0].strip().partition(":")
        if colon and name.strip() == "hosts":
            return " ".join(words.split())
    return None


def with_devices(entries: t.Sequence[PodEntry]) -> list[PodEntry]:
    """The same entries with what each pod's devices are called on their wire, read without a command."""
    return [_with_devices(entry) for entry in entries]


def _with_devices(entry: PodEntry) -> PodEntry:
    if entry.pid is None or entry.host_network:
        return entry
    try:
        macs, addresses = _netns.call_in(entry.pid, _devices, entry.inode)
    except (OSError, _netns.NetnsError):
        return entry  # it may have ended by now
    return dataclasses.replace(entry, macs=macs, addresses=addresses)


def _devices() -> tuple[list[str], list[str]]:
    """MAC and first IPv4 address of each device but the loopback, of the calling thread's namespace (netdevice(7))."""
    macs: list[str] = []
    addresses: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        for _index, name in socket.if_nameindex()[:MAX_DEVICES]:
            request = struct.pack("16s24x", name.encode()[:15])
            family, mac = struct.unpack("=H6s", fcntl.ioctl(channel, SIOCGIFHWADDR, request)[16:24])
            if family != ARPHRD_ETHER:
                continue
            macs.append(":".join(f"{byte:02x}" for byte in mac))
            try:
                addresses.append(socket.inet_ntoa(fcntl.ioctl(channel, SIOCGIFADDR, request)[20:24]))
            except OSError:
                continue  # none of IPv4
    return macs, addresses


def namespaces(
    entries: t.Sequence[PodEntry], wanted: t.Sequence[str], node: str
) -> tuple[list[Namespace], list[Problem]]:
    """The namespaces to read in full besides the node's own. A pod with none is a problem, unless it shares that."""
    by_id = {entry.id: entry for entry in entries}
    result: list[Namespace] = []
    problems: list[Problem] = []
    for name in dict.fromkeys(wanted):
        entry = by_id.get(name)
        if name == _netns.HOST or (entry is not None and entry.host_network):
            continue
        if entry is None:
            problems.append(Problem("pods", f"Cannot read {name} on node {node}: it is not among the pods of the node"))
        elif entry.pid is None:
            problems.append(Problem("pods", f"Cannot read {name} on node {node}: {entry.error}"))
        else:
            result.append(Namespace(name, entry.pid, entry.inode))
    return result, problems


def read_resolv_conf(reader: Reader, namespace: Namespace, host_root: str) -> str:
    """The resolver configuration of a pod, or of the node. A pod's is read in the pod's own root directory."""
    try:
        return keep_directives(_root_of(namespace, host_root).read_text(RESOLV_CONF, MAX_RESOLV_CONF))
    except OSError as exc:
        raise reader.fail("resolv_conf", namespace, exc.strerror or str(exc)) from exc


def read_resolver_access(namespace: Namespace, host_root: str) -> FileAccess | None:
    """Who may read that file; None where nobody can say."""
    try:
        found = _root_of(namespace, host_root).stat(RESOLV_CONF)
    except OSError:
        return None
    return FileAccess(stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)


def _root_of(namespace: Namespace, host_root: str) -> Root:
    """The root directory of a pod, or of the node."""
    return Root(host_root if namespace == HOST or namespace.pid is None else f"/proc/{namespace.pid}/root")


def keep_directives(text: str) -> str:
    """The lines of a resolv.conf that mean something."""
    lines = [line.strip() for line in text.splitlines()]
    return "".join(f"{line}\n" for line in lines if line.split(None, 1)[:1] and line.split(None, 1)[0] in DIRECTIVES)
