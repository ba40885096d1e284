# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""A resolver's file that the application may not read, where probes, which are root, may.

Who cannot read resolv.conf asks a server on its own loopback address (resolv.conf(5)), and no name is found. A daemon
with a strict umask makes such files. And one that is not asked, where nsswitch.conf names files alone.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._case import Case
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import (
    Cause,
    finding,
    label_of,
    location_of,
    ref_of,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._causes._applications import users_of_source
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._types import (
    LIKELY,
    Location,
    Proof,
    probe_proof,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import FileAccess, ProcessUser
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place

_READ = 0o4
# Sources of nsswitch.conf(5) that know a machine's own files and names, and ask nobody.
_OWN = frozenset(("files", "compat", "altfiles", "myhostname", "mymachines", "db"))
# Of a probe: the name was in the hosts file, and needed no server.
_LISTED = "hosts_file"
_ACTION = re.compile(r"\[[^\]]*\]")


def unreadable_resolver(case: Case) -> t.Iterator[Cause]:
    """The source's own program cannot read its resolv.conf, and a name was asked for."""
    source, users = case.evidence.source, users_of_source(case)
    if source is None or source.node is None or source.netns is None or not users or not case.evidence.uses_name:
        return
    namespace = case.evidence.namespace(source.node, source.netns)
    # A pod on its node's network has a file of its own; what was read is that of the node.
    own = source.kind == "pod" and source.host_network
    access = namespace.resolv_conf_access if namespace is not None and not own else None
    if access is None or _may_read(access, users[0]):
        return
    place, user = Place(source.node, source.netns), users[0]
    observed = f"/etc/resolv.conf has mode {access.mode:04o} and is of {access.uid}:{access.gid}"
    yield Cause(
        finding(
            "dns-config-wrong",
            location_of(place),
            f"the program of {label_of(place)}, which is {user.uid}:{user.gid}, may read /etc/resolv.conf",
            f"{observed}: that program asks no server but one on its own loopback address; probes are root, and may",
            "Make the pod anew with a runtime that writes the file with mode 0644: a strict umask of containerd's unit"
            f" (UMask=, a hardened profile) takes the bits away, as did some of its releases.\n"
            f"$ ls -l /etc/resolv.conf    # in a container of {label_of(place)}",
            (Proof("config", ref_of(source.node), observed),),
            confidence=LIKELY,
            heading="The pod's program may not read its resolver's file",
        ),
        itself=True,
    )


def names_without_dns(case: Case) -> t.Iterator[Cause]:
    """The C library of the source's program asks no DNS server, as its nsswitch.conf says, where probes ask one."""
    evidence, source = case.evidence, case.evidence.source
    if source is None or source.node is None or source.kind != "pod" or not evidence.uses_name:
        return
    key = f"pod:{source.namespace}/{source.name}"
    read = evidence.nodes.get(source.node)
    said = next((pod.name_sources for pod in read.pods if pod.id == key), None) if read is not None else None
    words = _ACTION.sub(" ", said or "").split()
    asked = evidence.passed("dns-pod")
    listed = [
        probe for probe in evidence.sent("tcp", "udp", "ping") if (probe.data.get("resolution") or {}).get(_LISTED)
    ]
    if not words or not set(words) <= _OWN or not asked or listed:
        return
    yield Cause(
        finding(
            "dns-config-wrong",
            Location(node=source.node, namespace=source.namespace, pod=source.name),
            f"the C library of {source.label} asks DNS for names (`dns` behind `hosts:` in its /etc/nsswitch.conf)",
            f"it says `hosts: {said}`: a program that heeds it, as those of glibc and Go do, finds no name by DNS; the"
            " probe asks the servers itself",
            "Write `hosts: files dns` in /etc/nsswitch.conf of the image, or take away what mounts another one there.\n"
            f"$ kubectl -n {source.namespace} exec {source.name} -- cat /etc/nsswitch.conf",
            (Proof("config", ref_of(source.node), f"{source.label}: hosts: {said}"), *map(probe_proof, asked[:1])),
            confidence=LIKELY,
            heading="The pod's programs do not ask DNS for names",
        ),
        itself=True,
    )


def _may_read(access: FileAccess, user: ProcessUser) -> bool:
    """By the file's bits alone (path_resolution(7)); root may read all, and further groups are not known."""
    if user.uid == 0:
        return True
    shift = 6 if user.uid == access.uid else 3 if user.gid == access.gid else 0
    return bool(access.mode >> shift & _READ)
