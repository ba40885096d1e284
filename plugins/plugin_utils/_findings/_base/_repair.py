# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Changes to the model: what a remediation would do, so that the packet can be simulated again."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._findings._base._cause import Repair
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import (
    RULESET,
    Address,
    FdbEntry,
    Link,
    Namespace,
    Neighbour,
    PathMtu,
    Route,
    Rule,
    Socket,
    TcFilter,
    XfrmPolicy,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._records import record
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._compile import compile_ruleset
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._repairs import (
    remove_rule,
    without_chain_policy,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Chain, RuleSet
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Rule as FilterRule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._trace import Place
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._path._network import Network

Change = t.Callable[[Namespace], Namespace]


def at(place: Place, change: Change) -> Repair:
    """A change of one namespace, as a change of the network."""

    def repair(network: Network) -> Network:
        node = network.nodes.get(place.node)
        if node is None or place.netns not in node.namespaces:
            return network
        return network.with_namespace(place.node, place.netns, change(node.namespaces[place.netns]))

    return repair


def both(*repairs: Repair) -> Repair:
    """One after the other."""

    def repair(network: Network) -> Network:
        for one in repairs:
            network = one(network)
        return network

    return repair


# -- routes --------------------------------------------------------------------------------------------------------
def add_route(dst: str, dev: str | None, gateway: str | None = None, table: str = "main", family: int = 4) -> Change:
    """Write a route, in place of any to the same network."""
    new = record(
        Route,
        {
            "family": family,
            "table": table,
            "type": "unicast",
            "dst": dst,
            "gateway": gateway,
            "dev": dev,
            "metric": 0,
            "scope": "global" if gateway else "link",
            "onlink": True,
        },
    )

    def change(namespace: Namespace) -> Namespace:
        kept = [route for route in namespace.routes if not (route.dst == dst and route.table == table)]
        return namespace.change(routes=(*kept, new))

    return change


def remove_route(unwanted: Route) -> Change:
    """Take a route away."""

    def change(namespace: Namespace) -> Namespace:
        return namespace.change(routes=tuple(route for route in namespace.routes if route is not unwanted))

    return change


def forget(learned: PathMtu) -> Change:
    """Drop what ICMP taught about a destination; the kernel may tell it of each route that leads there."""

    def change(namespace: Namespace) -> Namespace:
        kept = tuple(one for one in namespace.path_mtus if (one.dst, one.dev) != (learned.dst, learned.dev))
        return namespace.change(path_mtus=kept)

    return change


def change_route(wanted: Route, **parts: t.Any) -> Change:
    """A route with other attributes."""

    def change(namespace: Namespace) -> Namespace:
        routes = tuple(dataclasses.replace(one, **parts) if one == wanted else one for one in namespace.routes)
        return namespace.change(routes=routes)

    return change


def remove_policy_rule(unwanted: Rule) -> Change:
    """Take a policy routing rule away."""

    def change(namespace: Namespace) -> Namespace:
        return namespace.change(rules=tuple(rule for rule in namespace.rules if rule is not unwanted))

    return change


def look_into(table: str, priority: int, family: int) -> Change:
    """Add the policy routing rule that looks into a table, as the kernel has it by default."""
    new = record(Rule, {"priority": priority, "family": family, "table": table, "action": "lookup"})

    def change(namespace: Namespace) -> Namespace:
        return namespace.change(rules=tuple(sorted((*namespace.rules, new), key=lambda rule: rule.priority)))

    return change


def sysctl(name: str, value: str) -> Change:
    """Set a kernel setting."""

    def change(namespace: Namespace) -> Namespace:
        return namespace.change(sysctls={**namespace.sysctls, name: value})

    return change


# -- devices -------------------------------------------------------------------------------------------------------
def change_link(name: str, **parts: t.Any) -> Change:
    """A device with other properties."""

    def change(namespace: Namespace) -> Namespace:
        link = namespace.links.get(name)
        if link is None:
            return namespace
        return namespace.change(links={**namespace.links, name: dataclasses.replace(link, **parts)})

    return change


def remove_link(name: str) -> Change:
    """Take a device away."""

    def change(namespace: Namespace) -> Namespace:
        return namespace.change(links={key: link for key, link in namespace.links.items() if key != name})

    return change


def link_up(name: str) -> Change:
    """A device that is up, with a carrier; as a port, or as a bridge with its ports, it forwards again."""

    def change(namespace: Namespace) -> Namespace:
        links = dict(namespace.links)
        for key, link in namespace.links.items():
            if key == name:
                links[key] = link = dataclasses.replace(link, up=True, carrier=True, operstate="UP")
            if link.bridge_port is not None and name in (key, link.master):
                links[key] = dataclasses.replace(
                    link, bridge_port=dataclasses.replace(link.bridge_port, state="forwarding")
                )
        return namespace.change(links=links, neighbours=_asked_again(namespace))

    return change


def _asked_again(namespace: Namespace) -> tuple[Neighbour, ...]:
    """The neighbours without those that were asked for in vain: they are asked for again."""
    return tuple(
        one for one in namespace.neighbours if one.mac is not None or one.state not in ("FAILED", "INCOMPLETE")
    )


def vxlan(name: str, **parts: t.Any) -> Change:
    """A VXLAN device with other parameters."""
    return _change_record(name, "vxlan", parts)


def change_port(name: str, **parts: t.Any) -> Change:
    """A bridge port with other settings."""
    return _change_record(name, "bridge_port", parts)


def _change_record(name: str, record_of: str, parts: t.Mapping[str, t.Any]) -> Change:
    """A device with other values in one of its records, where it has that record."""

    def change(namespace: Namespace) -> Namespace:
        link = namespace.links.get(name)
        known = getattr(link, record_of, None)
        if link is None or known is None:
            return namespace
        changed = dataclasses.replace(link, **{record_of: dataclasses.replace(known, **parts)})
        return namespace.change(links={**namespace.links, name: changed})

    return change


def widen_address(device: str, address: str) -> Change:
    """Give an address of a device the scope global."""

    def change(namespace: Namespace) -> Namespace:
        link = namespace.links[device]
        wide = [dataclasses.replace(one, scope="global") if one.address == address else one for one in link.addresses]
        return namespace.change(links={**namespace.links, device: dataclasses.replace(link, addresses=wide)})

    return change


def remove_address(address: str) -> Change:
    """Take an address off every device, with its local routes."""

    def change(namespace: Namespace) -> Namespace:
        links = {
            name: dataclasses.replace(link, addresses=[one for one in link.addresses if one.address != address])
            for name, link in namespace.links.items()
        }
        routes = tuple(
            route
            for route in namespace.routes
            if not (route.type == "local" and route.dst.partition("/")[0] == address)
        )
        return namespace.change(links=links, routes=routes)

    return change


def attach(port: str, bridge: str) -> Change:
    """Put a port into a bridge, which has a carrier if the port has one."""

    def change(namespace: Namespace) -> Namespace:
        link: Link | None = namespace.links.get(port)
        if link is None:
            return namespace
        links = {**namespace.links, port: dataclasses.replace(link, master=bridge)}
        if link.up and link.carrier is not False and bridge in links and links[bridge].up:
            links[bridge] = dataclasses.replace(links[bridge], carrier=True, operstate="UP")
        return namespace.change(links=links, neighbours=_asked_again(namespace))

    return change


# -- entries -------------------------------------------------------------------------------------------------------
def neighbour(dev: str, address: str, mac: str | None) -> Change:
    """The right entry for an address; without a MAC address: none, so that it is asked for."""

    def change(namespace: Namespace) -> Namespace:
        kept = [one for one in namespace.neighbours if not (one.dev == dev and one.address == address)]
        if mac is None:
            return namespace.change(neighbours=tuple(kept))
        family = 6 if ":" in address else 4
        entry = record(Neighbour, {"family": family, "address": address, "mac": mac, "dev": dev, "state": "PERMANENT"})
        return namespace.change(neighbours=(*kept, entry))

    return change


def asking(link: Link) -> Change:
    """A device that asks for hardware addresses, and has forgotten those that it made up."""

    def change(namespace: Namespace) -> Namespace:
        kept = [one for one in namespace.neighbours if not (one.dev == link.name and one.state == "NOARP")]
        flags = tuple(flag for flag in link.flags if flag != "NOARP")
        return change_link(link.name, flags=flags)(namespace.change(neighbours=tuple(kept)))

    return change


def without_fdb(unwanted: FdbEntry) -> Change:
    """Take a forwarding entry away."""

    def change(namespace: Namespace) -> Namespace:
        return namespace.change(fdb=tuple(one for one in namespace.fdb if one is not unwanted))

    return change


def fdb(dev: str, mac: str, dst: str) -> Change:
    """The right forwarding entry of a tunnel."""

    def change(namespace: Namespace) -> Namespace:
        kept = [one for one in namespace.fdb if not (one.dev == dev and one.mac == mac)]
        entry = record(FdbEntry, {"mac": mac, "dev": dev, "dst": dst, "state": "permanent", "self": True})
        return namespace.change(fdb=(*kept, entry))

    return change


def _ruleset(namespace: Namespace) -> RuleSet:
    return t.cast(RuleSet, namespace.compiled(RULESET, compile_ruleset))


# -- filters -------------------------------------------------------------------------------------------------------
def without(rule: FilterRule) -> Change:
    """Take a packet filter rule away."""

    def change(namespace: Namespace) -> Namespace:
        return namespace.with_ruleset(remove_rule(_ruleset(namespace), rule.id))

    return change


def without_xfrm(unwanted: XfrmPolicy) -> Change:
    """Without an IPsec policy, and those of its other directions."""

    def alike(one: XfrmPolicy) -> bool:
        return (one.src, one.dst, one.action) == (unwanted.src, unwanted.dst, unwanted.action)

    def change(namespace: Namespace) -> Namespace:
        return dataclasses.replace(namespace, xfrm=tuple(one for one in namespace.xfrm if not alike(one)))

    return change


def without_filter(unwanted: TcFilter) -> Change:
    """Without a filter of traffic control."""

    def change(namespace: Namespace) -> Namespace:
        return namespace.change(tc_filters=tuple(one for one in namespace.tc_filters if one is not unwanted))

    return change


def accepting(chain: Chain) -> Change:
    """Set the policy of a base chain to accept."""

    def change(namespace: Namespace) -> Namespace:
        return namespace.with_ruleset(without_chain_policy(_ruleset(namespace), chain))

    return change


def add_local_route(dev: str, address: str) -> Change:
    """Take an address of a device for one's own again: its route in table local."""
    family = 6 if ":" in address else 4
    route = {"family": family, "table": "local", "type": "local", "dst": f"{address}/{128 if family == 6 else 32}"}
    new = record(Route, {**route, "dev": dev, "metric": 0, "scope": "host"})

    def change(namespace: Namespace) -> Namespace:
        return namespace.change(routes=(*namespace.routes, new))

    return change


def add_local(dev: str, address: str, length: int) -> Change:
    """Give a device an address, with its local route."""
    family = 6 if ":" in address else 4
    entry = record(Address, {"family": family, "address": address, "prefix": length, "scope": "global", "flags": []})
    route = record(
        Route,
        {
            "family": family,
            "table": "local",
            "type": "local",
            "dst": f"{address}/{128 if family == 6 else 32}",
            "dev": dev,
            "metric": 0,
            "scope": "host",
        },
    )

    def change(namespace: Namespace) -> Namespace:
        link = namespace.links.get(dev)
        if link is None:
            return namespace
        links = {**namespace.links, dev: dataclasses.replace(link, addresses=[*link.addresses, entry])}
        return namespace.change(links=links, routes=(*namespace.routes, route))

    return change


def empty_queue(port: int) -> Change:
    """Listeners of a port with nothing in their accept queues."""

    def change(namespace: Namespace) -> Namespace:
        return namespace.change(
            sockets=tuple(dataclasses.replace(one, backlog=0) if one.port == port else one for one in namespace.sockets)
        )

    return change


def bind(socket: Socket, address: str) -> Change:
    """A socket that is bound to no address is bound to one."""

    def change(namespace: Namespace) -> Namespace:
        bound = dataclasses.replace(socket, local=address)
        return namespace.change(sockets=tuple(bound if one == socket else one for one in namespace.sockets))

    return change
