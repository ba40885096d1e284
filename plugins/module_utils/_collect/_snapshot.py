# Copyright (c) 2026, podnet.diagnostics contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# This file is private to the collection: no stable interface.
"""One look at a node: everything is read at the same time, and a part that fails leaves the others alone."""

from __future__ import annotations

import base64
import concurrent.futures
import dataclasses
import datetime
import gzip
import json
import os
import time
import typing as t

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import (
    _bpf,
    _cni_config,
    _connections,
    _counters,
    _links,
    _netfilter,
    _nsid,
    _path_mtus,
    _pods,
    _routes,
    _sockets,
    _sysctls,
    _tools,
    _traffic_control,
    _wireguard,
    _xfrm,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._hostfs import Root
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._nic_config import _read as _nic_config
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import (
    HOST,
    Namespace,
    Reader,
    ReadError,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import (
    SCHEMA,
    CniConfig,
    ConntrackEntry,
    FdbEntry,
    FileAccess,
    Link,
    Neighbour,
    Netfilter,
    NetnsSnapshot,
    NexthopObject,
    NodeSnapshot,
    PathMtu,
    PodEntry,
    PortVlan,
    Problem,
    Route,
    Rule,
    Sockets,
    TcFilter,
    WireGuard,
    XfrmPolicy,
)

WORKERS = 12
# Of gzip: 13 MB of rules take 0.1 s, and half a second for a fifth less with the default.
_PACKING = 1
_Value = t.TypeVar("_Value")


@dataclasses.dataclass(frozen=True)
class Request:
    """What to read. pod_namespaces: names of those pods whose namespaces are read in full; timeout in seconds.

    tracked_from and tracked_to: the addresses between which entries of the connection tracking table are wanted.
    """

    node: str
    pods: t.Sequence[_netns.PodRef] = ()
    pod_namespaces: t.Sequence[str] = ()
    timeout: float = 15.0
    tracked_from: t.Sequence[str] = ()
    tracked_to: t.Sequence[str] = ()

    @classmethod
    def from_params(cls, params: t.Mapping[str, t.Any]) -> Request:
        """Build one from the options of the module."""
        return cls(
            node=params["node"] or os.uname().nodename,
            pods=[_netns.PodRef.from_dict(pod) for pod in params["pods"]],
            pod_namespaces=params["pod_namespaces"],
            timeout=params["timeout"],
            tracked_from=params.get("tracked_from") or (),
            tracked_to=params.get("tracked_to") or (),
        )


class _Part(t.Generic[_Value]):
    """A part that is being read. Its problems are known after get()."""

    def __init__(self, future: concurrent.futures.Future[_Value], default: _Value, what: str) -> None:
        self._future = future
        self._default = default
        self._what = what

    def get(self, problems: list[Problem]) -> _Value:
        """The part, or its default and one more problem."""
        try:
            return self._future.result()
        except ReadError as exc:
            problems.append(exc.problem)
        except Exception as exc:  # a part that crashes is one that was not read
            problems.append(Problem(self._what, f"Cannot read {self._what}: {type(exc).__name__}: {exc}"))
        return self._default


class _Pool:
    """Threads for the parts."""

    def __init__(self) -> None:
        self._executor = concurrent.futures.ThreadPoolExecutor(WORKERS)

    def start(self, what: str, default: _Value, function: t.Callable[..., _Value], *arguments: t.Any) -> _Part[_Value]:
        """Begin to read a part; what: its key in the snapshot."""
        return _Part(self._executor.submit(function, *arguments), default, what)

    def close(self) -> None:
        """Wait for the threads; each of their commands has a time limit."""
        self._executor.shutdown()


class _NetnsParts:
    """The parts of one namespace."""

    def __init__(self, collector: _Collector, namespace: Namespace) -> None:
        reader, pool = collector.reader, collector.pool
        self.namespace = namespace
        self.links: _Part[list[Link]] = pool.start("links", [], collector.links, namespace)
        no_routes: list[Route] = []
        no_rules: list[Rule] = []
        self.routes = [
            pool.start("routes", no_routes, _routes.read_routes, reader, namespace, family) for family in (4, 6)
        ]
        self.rules = [pool.start("rules", no_rules, _routes.read_rules, reader, namespace, family) for family in (4, 6)]
        no_neighbours: list[Neighbour] = []
        self.neighbours = [
            pool.start("neighbours", no_neighbours, function, reader, namespace)
            for function in (_routes.read_neighbours, _routes.read_proxies)
        ]
        no_entries: list[FdbEntry] = []
        self.fdb = pool.start("fdb", no_entries, _links.read_fdb, reader, namespace)
        no_filters: list[TcFilter] = []
        self.tc_filters = pool.start("tc_filters", no_filters, _traffic_control.read_filters, reader, namespace)
        self.programs = pool.start("tc_filters", no_filters, _bpf.read_programs, namespace)
        groups = [user.cgroup for pod in collector.pods if pod.id == namespace.id for user in pod.users if user.cgroup]
        self.group_programs = pool.start("tc_filters", no_filters, _bpf.read_group_programs, groups)
        no_policies: list[XfrmPolicy] = []
        present = collector.modules.present(_xfrm.MODULE)
        self.xfrm = pool.start("xfrm", no_policies, _xfrm.read_policies, reader, namespace, present)
        self.reader, self.pool = reader, pool
        no_connections: list[ConntrackEntry] = []
        self.connections = pool.start("connections", no_connections, collector.connections, namespace)
        no_path_mtus: list[PathMtu] = []
        self.path_mtus = pool.start("path_mtus", no_path_mtus, _path_mtus.read_path_mtus, reader, namespace)
        nothing: tuple[Netfilter | None, list[Problem]] = (None, [])
        self.netfilter = pool.start("netfilter", nothing, collector.netfilter, namespace)
        no_sysctls: tuple[dict[str, str], list[Problem]] = ({}, [])
        self.sysctls = pool.start("sysctls", no_sysctls, _sysctls.read_sysctls, reader, namespace)
        no_sockets: tuple[Sockets, list[Problem]] = (Sockets([], {}), [])
        self.sockets = pool.start("sockets", no_sockets, collector.sockets, namespace)
        no_counters: dict[str, int] = {}
        self.counters = pool.start("counters", no_counters, _counters.read_counters, reader, namespace)
        no_text: str | None = None
        self.resolv_conf = pool.start(
            "resolv_conf", no_text, _pods.read_resolv_conf, reader, namespace, collector.host_root
        )

        nobody: FileAccess | None = None
        self.resolver_access = pool.start(
            "resolv_conf", nobody, _pods.read_resolver_access, namespace, collector.host_root
        )

    def get(self) -> NetnsSnapshot:
        """The namespace, when all its parts are there."""
        errors: list[Problem] = []
        netfilter, netfilter_errors = self.netfilter.get(errors)
        sysctls, sysctl_errors = self.sysctls.get(errors)
        sockets, socket_errors = self.sockets.get(errors)
        links = self.links.get(errors)
        routes = [route for part in self.routes for route in part.get(errors)]
        no_vlans: list[PortVlan] = []
        vlans = self.pool.start("vlans", no_vlans, _links.read_vlans, self.reader, self.namespace, links)
        no_devices: dict[str, WireGuard] = {}
        wireguard = self.pool.start(
            "wireguard", no_devices, _wireguard.read_wireguard, self.reader, self.namespace, links
        )
        no_nexthops: list[NexthopObject] = []
        entries = self.fdb.get(errors)
        nexthops = self.pool.start(
            "routes", no_nexthops, _routes.read_nexthops, self.reader, self.namespace, routes, entries
        )
        return NetnsSnapshot(
            id=self.namespace.id,
            pid=self.namespace.pid,
            inode=self.namespace.inode,
            links=_wireguard.with_peers(links, wireguard.get(errors)),
            routes=routes,
            rules=[rule for part in self.rules for rule in part.get(errors)],
            neighbours=[entry for part in self.neighbours for entry in part.get(errors)],
            fdb=entries,
            netfilter=netfilter,
            sysctls=sysctls,
            sockets=sockets.sockets,
            socket_counts=sockets.counts,
            counters=self.counters.get(errors),
            resolv_conf=self.resolv_conf.get(errors),
            vlans=vlans.get(errors),
            tc_filters=[*self.programs.get(errors), *self.tc_filters.get(errors), *self.group_programs.get(errors)],
            xfrm=self.xfrm.get(errors),
            nexthops=nexthops.get(errors),
            connections=self.connections.get(errors),
            path_mtus=self.path_mtus.get(errors),
            resolv_conf_access=self.resolver_access.get(errors),
            errors=[*errors, *netfilter_errors, *sysctl_errors, *socket_errors],
        )


class _Collector:
    """Reads one node."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.reader = Reader(request.node, request.timeout)
        self.host_root = _netns.host_root()
        self.root = Root(self.host_root)
        self.pool = _Pool()
        self.modules = _tools.KernelModules(self.host_root)
        self.problems: list[Problem] = []
        self.inode = self._own_inode()
        self.pods: list[PodEntry] = []
        # Others use it from their threads: it is started first, and needs only few of them itself.
        self.programs = self.pool.start(
            "tools", _netfilter.Programs({}, (), None), _netfilter.find_programs, self.reader, self.host_root
        )

    def _own_inode(self) -> int | None:
        try:
            return _netns.netns_inode()
        except OSError as exc:
            self.problems.append(Problem("netns", f"Cannot read the namespace of node {self.request.node}: {exc}"))
            return None

    # -- parts -----------------------------------------------------------------------------------------------
    def links(self, namespace: Namespace) -> list[Link]:
        """Links. The other end of one in the node's namespace is looked for in the pods, and the other way round."""
        if namespace.pid is None:
            processes = {
                entry.inode: entry.pid
                for entry in self.pods
                if entry.inode is not None and entry.pid is not None and not entry.host_network
            }
        else:
            processes = _nsid.own_process(self.inode) if self.inode is not None else {}
        try:
            nsids = _netns.call_in(namespace.pid, lambda: _nsid.namespace_ids(processes), namespace.inode)
        except (OSError, _netns.NetnsError):
            nsids = {}  # the links are shown all the same, with ids in place of inodes
        return _links.read_links(self.reader, namespace, nsids)

    def netfilter(self, namespace: Namespace) -> tuple[Netfilter | None, list[Problem]]:
        """Packet filter rules."""
        programs = self.programs.get([])
        return _netfilter.read_netfilter(self.reader, namespace, programs, self.modules)

    def sockets(self, namespace: Namespace) -> tuple[Sockets, list[Problem]]:
        """Sockets; the processes that own them in pods only, a node has too many."""
        owners = _sockets.owners_in(namespace.inode) if namespace.pid is not None and namespace.inode else {}
        backlogs = self.modules.present("tcp_diag") and _tools.which("ss") is not None
        return _sockets.read_sockets(self.reader, namespace, backlogs, owners)

    def connections(self, namespace: Namespace) -> list[ConntrackEntry]:
        """Tracked connections between the addresses asked about, of the node's own namespace, where NAT is done."""
        if namespace.pid is not None:
            return []
        return _connections.read_connections(self.reader, namespace, self.request.tracked_from, self.request.tracked_to)

    # -- the node --------------------------------------------------------------------------------------------
    def collect(self) -> NodeSnapshot:
        """Everything."""
        started, now = time.monotonic(), datetime.datetime.now(datetime.timezone.utc)
        versions = {
            name: self.pool.start("tools", None, _tools.version_of, self.reader, name) for name in _tools.VERSION
        }
        self.pods = self._find_pods()
        others, problems = _pods.namespaces(self.pods, self.request.pod_namespaces, self.request.node)
        self.problems.extend(problems)
        parts = [_NetnsParts(self, namespace) for namespace in (dataclasses.replace(HOST, inode=self.inode), *others)]
        none: tuple[CniConfig | None, list[Problem]] = (None, [])
        cni = self.pool.start("cni_config", none, _cni_config.read_cni_config, self.root, self.request.node)
        netns = [part.get() for part in parts]
        host = netns[0]
        devices = self.pool.start("pods", self.pods, _pods.with_devices, self.pods)
        no_counters: dict[str, dict[str, int]] = {}
        nic_counters = self.pool.start(
            "nic_counters", no_counters, _counters.read_nic_counters, self.reader, host.links
        )
        nic_config = self.pool.start(
            "nic_config", None, _nic_config.read_nic_config, self.root, self.request.node, host.links
        )
        cni_config, cni_errors = cni.get(self.problems)
        self.problems.extend(cni_errors)
        programs = self.programs.get(self.problems)
        tools = {name: part.get(self.problems) for name, part in versions.items()}
        uname = os.uname()
        snapshot = NodeSnapshot(
            schema=SCHEMA,
            node=self.request.node,
            hostname=uname.nodename,
            kernel=uname.release,
            time=now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            seconds=0.0,
            tools={"ip": tools["ip"], "iptables": programs.version, **tools},
            netns=netns,
            pods=devices.get(self.problems),
            conntrack=_counters.read_conntrack(host.sysctls),
            neighbour_table=_counters.neighbour_table(
                sum(1 for entry in host.neighbours if entry.family == 4 and not entry.proxy), host.sysctls
            ),
            load=_load(),
            cpus=os.cpu_count(),
            memory=_counters.read_memory(),
            nic_counters=nic_counters.get(self.problems),
            nic_config=nic_config.get(self.problems),
            cni_config=cni_config,
            errors=self.problems,
        )
        self.pool.close()
        return dataclasses.replace(snapshot, seconds=round(time.monotonic() - started, 3))

    def _find_pods(self) -> list[PodEntry]:
        try:
            return _pods.find(self.request.pods, self.request.pod_namespaces)
        except OSError as exc:
            self.problems.append(Problem("pods", f"Cannot look for pods on node {self.request.node}: {exc}"))
            return []


def _load() -> list[float]:
    try:
        return list(os.getloadavg())
    except OSError:
        return []


def pack(snapshot: NodeSnapshot) -> str:
    """A snapshot as JSON, compressed by gzip, in base64: the rules of a large node shrink to a tenth on their way."""
    text = json.dumps(snapshot.to_dict(), sort_keys=True, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8", "replace"), _PACKING, mtime=0)).decode("ascii")


def collect(request: Request) -> NodeSnapshot:
    """A snapshot of the node this runs on. It changes nothing, and a part that cannot be read is in its errors."""
    return _Collector(request).collect()
