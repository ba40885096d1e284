# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""Route look-ups of one namespace: policy rules by priority, then the longest prefix, then the lowest metric.

Sources: ip-rule(8), ip-route(8), fib_rules.c, fib_frontend.c and fib_trie.c of the kernel. Both address families take
the same way; they differ in their tables, and in what IPv6 lacks.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._node import Namespace, NextHop, Route, Rule
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._model._records import record
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack import _address, _vrf
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._sysctl import Settings

# What a route that drops answers; throw is none of them: it goes on with the next rule.
REJECTING = frozenset(("blackhole", "unreachable", "prohibit"))
LOOPBACK = "lo"
LOCAL = "local"
# The type of an answer that no route gave.
NOTHING = "none"
# Rules and branches of one look-up: more are a loop, or no configuration that anybody made.
MAX_RULES = 4096
MAX_BRANCHES = 16
_TABLES = {4: ((0, LOCAL), (32766, "main"), (32767, "default")), 6: ((0, LOCAL), (32766, "main"))}
_PROTOCOLS = {"icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58", "ipv6-icmp": "58", "sctp": "132"}


@dataclasses.dataclass(frozen=True)
class Query:
    """What is asked. iif: "lo" for packets of the namespace's own; mark, ports and uid are None where not known.

    linkdown: devices without carrier count as well (the second question of rp_filter). domain: the VRF device that iif
    or oif belongs to; it is found by look_up().
    """

    family: int
    dst: str
    src: str | None = None
    iif: str = LOOPBACK
    oif: str | None = None
    mark: int | None = 0
    tos: int = 0
    protocol: str | None = None
    sport: int | None = None
    dport: int | None = None
    uid: int | None = 0
    linkdown: bool = False
    domain: str | None = None


@dataclasses.dataclass(frozen=True)
class Guess:
    """A condition that cannot be known, and how it was taken."""

    text: str
    taken: bool
    decided: t.Any


@dataclasses.dataclass(frozen=True)
class Lookup:
    """One answer. route: None where nothing matches; hop: which of its next hops; rule: the policy rule that led there.

    type: of the route, or of a rule that rejects. share: this next hop's part of all packets. vrf: the VRF device whose
    table was asked.
    """

    route: Route | None
    hop: NextHop | None
    rule: Rule | None
    type: str
    share: float = 1.0
    guesses: tuple[Guess, ...] = ()
    vrf: str | None = None

    @property
    def found(self) -> bool:
        """Whether the packet can go on, here or elsewhere."""
        return self.type not in REJECTING and self.type != NOTHING

    @property
    def dev(self) -> str | None:
        """The device to leave by."""
        return self.hop.dev if self.hop else None

    @property
    def gateway(self) -> str | None:
        """The router to hand it to, None where the destination is on the wire itself."""
        return self.hop.gateway if self.hop else None


class Routing:
    """The routing tables and policy rules of one namespace, compiled."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.settings = Settings(namespace)
        self._tables = _compile(namespace)
        self._rules = {family: _rules(namespace, family) for family in (4, 6)}
        self._redirects = {(one.dst, one.dev): one.gateway for one in namespace.path_mtus if one.redirected}
        self._cache: dict[Query, tuple[Lookup, ...]] = {}

    @property
    def known(self) -> bool:
        """Whether routes and rules were read."""
        return not {"routes", "rules"} & set(self.namespace.unread)

    def custom_rules(self, family: int) -> bool:
        """Whether there are other rules than those that every namespace is born with."""
        return tuple((rule.priority, rule.table) for rule in self._rules[family]) != _TABLES[family]

    def look_up(self, query: Query) -> tuple[Lookup, ...]:
        """All answers that are possible, with their shares; one where nothing is unknown and no dice are thrown."""
        found = self._cache.get(query)
        if found is None:
            asked = self._in_domain(query)
            answers = (self._redirected(asked, _on_link(asked, answer)) for answer in self._answers(asked))
            found = self._cache[query] = tuple(answers)[:MAX_BRANCHES]
        return found

    def first(self, query: Query) -> Lookup:
        """The likeliest answer, for questions where the others make no difference."""
        return max(self.look_up(query), key=lambda answer: answer.share)

    def is_local(self, family: int, address: str) -> bool:
        """Whether an address is one of this namespace's own (route type local, in whichever table is asked)."""
        return self.first(Query(family, address, None)).type == LOCAL

    def address_type(self, family: int, address: str, device: str | None = None) -> str:
        """The kernel's address type, as -m addrtype knows it: of table local, and unicast for the rest."""
        kind = _address.kind(address)
        if kind == "multicast":
            return "multicast"
        if kind == "limited-broadcast":
            return "broadcast"
        found = self._longest(LOCAL, Query(family, address, None, oif=None))
        if found is not None and (device is None or found[0].dev == device):
            return found[0].type
        found = self._longest("main", Query(family, address, None))
        return found[0].type if found is not None and found[0].type in REJECTING | {"throw"} else "unicast"

    def _in_domain(self, query: Query) -> Query:
        """l3mdev_update_flow(): the VRF that a packet belongs to, by the device that it must leave or came in by. A VRF
        device is no device to leave by itself.
        """
        if not _vrf.any_in(self.namespace):
            return query
        domain = _vrf.of(self.namespace, query.oif) or _vrf.of(self.namespace, query.iif)
        if domain is None:
            return query
        return dataclasses.replace(query, domain=domain.name, oif=None if query.oif == domain.name else query.oif)

    def _redirected(self, query: Query, answer: Lookup) -> Lookup:
        """The next hop that an ICMP redirect named for the destination takes the place of the route's (fnhe_gw)."""
        learned = self._redirects.get((query.dst, answer.dev)) if answer.type == "unicast" else None
        if learned is None or answer.hop is None:
            return answer
        return dataclasses.replace(answer, hop=dataclasses.replace(answer.hop, gateway=learned))

    # -- rules -----------------------------------------------------------------------------------------------
    def _answers(self, query: Query) -> t.Iterator[Lookup]:
        yield from self._from_rule(query, 0, (), 1.0, 0)

    def _from_rule(
        self, query: Query, start: int, guesses: tuple[Guess, ...], share: float, passed: int
    ) -> t.Iterator[Lookup]:
        rules = self._rules[query.family]
        position = start
        while position < len(rules) and passed < MAX_RULES:
            rule, passed = rules[position], passed + 1
            matches = _matches(rule, query)
            if matches is None and len(guesses) < 4:
                text = f'rule "{rule}" matches'
                yield from self._apply(query, position, (*guesses, Guess(text, True, rule)), share, passed)
                guesses = (*guesses, Guess(text, False, rule))
            elif matches:
                yield from self._apply(query, position, guesses, share, passed)
                return
            position += 1
        yield Lookup(None, None, None, NOTHING, share, guesses)

    def _apply(
        self, query: Query, position: int, guesses: tuple[Guess, ...], share: float, passed: int
    ) -> t.Iterator[Lookup]:
        """What a rule that matches does, and the rules behind it where it decides nothing."""
        rules = self._rules[query.family]
        rule = rules[position]
        following = position + 1
        if rule.action in REJECTING:
            yield Lookup(None, None, rule, rule.action, share, guesses)
            return
        if rule.action == "goto":
            target = rule.goto if rule.goto is not None else -1
            # A rule can only point forward; to one that is not there, it is passed over.
            following = next(
                (number for number, other in enumerate(rules) if number > position and other.priority == target),
                following,
            )
        elif rule.action == "lookup":
            table = _vrf.table_of(self.namespace, query.domain) if rule.l3mdev else rule.table or "main"
            found = self._longest(table, query) if table is not None else None
            if found is not None and found[0].type != "throw" and not _suppressed(rule, found[0]):
                yield from self._hops(query, rule, found, guesses, share)
                return
        yield from self._from_rule(query, following, guesses, share, passed)

    # -- tables ----------------------------------------------------------------------------------------------
    def _longest(self, table: str, query: Query) -> tuple[Route, tuple[NextHop, ...]] | None:
        """The route that a table gives, with those of its next hops that can be used."""
        wanted = _address.number(query.dst)
        by_length = self._tables.get((query.family, table))
        if wanted is None or by_length is None:
            return None
        bits = _address.BITS[query.family]
        for length, networks in by_length:
            for route in networks.get(wanted[1] >> (bits - length) if length else 0, ()):
                if not _takes(route, query):
                    continue
                if route.type != "unicast" and route.type != LOCAL:
                    # Those of IPv6 lead to the loopback device, which is not the one that is asked for.
                    if query.family == 6 and _strict(query):
                        continue
                    return route, tuple(_next_hops(route))
                hops = tuple(hop for hop in _next_hops(route) if self._usable(hop, query, route.type == LOCAL))
                if hops:
                    return route, tuple(hop for hop in hops if hop.dev == query.oif) or hops
        return None

    def _usable(self, hop: NextHop, query: Query, local: bool) -> bool:
        """Whether a next hop is alive, and the one that is asked for (nhc->nhc_flags, fib_lookup_good_nhc()).

        An address is local as long as it is there, on a device that is set down too.
        """
        if _strict(query) and hop.dev != query.oif:
            return False
        if "dead" in hop.flags:
            return False
        link = self.namespace.links.get(hop.dev or "")
        if link is None or local:
            return True
        if not link.up:
            return False
        down = "linkdown" in hop.flags or link.carrier is False
        return query.linkdown or not (down and self.settings.ignores_linkdown(query.family, link.name))

    @staticmethod
    def _hops(
        query: Query, rule: Rule, found: tuple[Route, tuple[NextHop, ...]], guesses: tuple[Guess, ...], share: float
    ) -> t.Iterator[Lookup]:
        route, hops = found
        domain = query.domain if rule.l3mdev else None
        if not hops:
            yield Lookup(route, None, rule, route.type, share, guesses, domain)
            return
        total = sum(max(hop.weight, 1) for hop in hops)
        for hop in hops:
            yield Lookup(route, hop, rule, route.type, share * max(hop.weight, 1) / total, guesses, domain)


def routing(namespace: Namespace) -> Routing:
    """The compiled tables of a namespace."""
    return t.cast(Routing, namespace.compiled("routing", Routing))


# -- compiling -------------------------------------------------------------------------------------------------------
_ByLength = tuple[tuple[int, t.Mapping[int, tuple[Route, ...]]], ...]


def _compile(namespace: Namespace) -> t.Mapping[tuple[int, str], _ByLength]:
    """Routes by family, table, length of the prefix (longest first) and network; the best first."""
    tables: dict[tuple[int, str], dict[int, dict[int, list[Route]]]] = {}
    objects = {entry.id: entry for entry in namespace.nexthops}
    for route in namespace.routes:
        found = _address.prefix(route.dst)
        if found is None:
            continue
        family, network, length = found
        if route.nexthop_id is not None and not route.nexthops and route.dev is None:
            route = _with_objects(route, objects)
        key = network >> (_address.BITS[family] - length) if length else 0
        tables.setdefault((family, route.table), {}).setdefault(length, {}).setdefault(key, []).append(route)
    return {
        name: tuple(
            (length, {key: tuple(_siblings(routes)) for key, routes in networks.items()})
            for length, networks in sorted(by_length.items(), reverse=True)
        )
        for name, by_length in tables.items()
    }


def _siblings(routes: list[Route]) -> list[Route]:
    """As the kernel asks them: those for one TOS first, then by metric; equal ones of IPv6 are one multipath."""
    ordered = sorted(routes, key=lambda route: (route.tos is None, route.from_ is None, route.metric))
    joined: list[Route] = []
    for route in ordered:
        last = joined[-1] if joined else None
        if (
            last is not None
            and route.family == 6
            and route.type == last.type == "unicast"
            and (route.metric, route.from_, route.tos) == (last.metric, last.from_, last.tos)
            and route.gateway is not None
            and all(hop.gateway is not None for hop in _next_hops(last))
        ):
            joined[-1] = dataclasses.replace(last, nexthops=(*_next_hops(last), *_next_hops(route)))
        else:
            joined.append(route)
    return joined


def _with_objects(route: Route, objects: t.Mapping[int, t.Any]) -> Route:
    """A route that only names its nexthop object, with what that says."""
    found = objects.get(route.nexthop_id or 0)
    if found is None:
        return route
    if found.blackhole:
        return dataclasses.replace(route, type="blackhole")
    members = [(objects.get(member[0]), member[1]) for member in found.group if len(member) > 1] or [(found, 1)]
    hops = tuple(NextHop(each.gateway, each.dev, weight, each.flags) for each, weight in members if each is not None)
    return dataclasses.replace(route, nexthops=hops)


def _next_hops(route: Route) -> tuple[NextHop, ...]:
    return tuple(route.nexthops) or (NextHop(route.gateway, route.dev, 1, route.flags),)


def _takes(route: Route, query: Query) -> bool:
    """Whether a route is for such packets at all: TOS, and the sources of an IPv6 route."""
    if route.tos is not None and _tos(route.tos) != query.tos & 0x1C:
        return False
    return route.from_ is None or (query.src is not None and _address.covers(route.from_, query.src))


def _strict(query: Query) -> bool:
    """Whether the device to leave by is a must. For a packet of IPv6 that has a source it is but a preference
    (ip6_route_output_flags()).
    """
    return query.oif is not None and not (query.family == 6 and query.src)


def _tos(text: str) -> int:
    names = {"lowdelay": 0x10, "throughput": 0x08, "reliability": 0x04}
    try:
        return names[text] if text in names else int(text, 0)
    except ValueError:
        return -1


# -- policy rules ----------------------------------------------------------------------------------------------------
def _rules(namespace: Namespace, family: int) -> tuple[Rule, ...]:
    found = tuple(rule for rule in namespace.rules if rule.family == family)
    # Rules of the same priority are asked in the order in which they are listed.
    return tuple(sorted(found, key=lambda rule: rule.priority)) or tuple(
        record(Rule, {"priority": priority, "family": family, "table": table, "action": "lookup"})
        for priority, table in _TABLES[family]
    )


def _matches(rule: Rule, query: Query) -> bool | None:
    """fib_rule_match() and fib4_rule_match(); None where a condition cannot be known and no other one fails."""
    answers = list(_conditions(rule, query))
    if False in answers:
        matches: bool | None = False
    else:
        matches = None if None in answers else True
    return matches if matches is None or not rule.not_ else not matches


def _conditions(rule: Rule, query: Query) -> t.Iterator[bool | None]:
    if rule.iif is not None:
        yield rule.iif in (query.iif, query.domain)
    if rule.oif is not None:
        yield rule.oif in (query.oif, query.domain)
    if rule.fwmark is not None:
        mask = 0xFFFFFFFF if rule.fwmask is None else rule.fwmask
        yield None if query.mark is None else not (rule.fwmark ^ query.mark) & mask
    if rule.from_ is not None:
        # A packet that has no source yet has 0.0.0.0.
        yield _address.covers(rule.from_, query.src or ("::" if query.family == 6 else "0.0.0.0"))
    if rule.to is not None:
        yield _address.covers(rule.to, query.dst)
    if rule.tos not in (None, "0", "0x00"):
        yield _tos(str(rule.tos)) == query.tos & 0x1C
    if rule.protocol is not None:
        wanted = _PROTOCOLS.get(rule.protocol.lower(), rule.protocol)
        yield None if query.protocol is None else wanted == _PROTOCOLS.get(query.protocol, query.protocol)
    for ports, port in ((rule.sport, query.sport), (rule.dport, query.dport)):
        if ports is not None and len(ports) == 2:
            yield None if port is None else ports[0] <= port <= ports[1]
    if rule.uid_range is not None and len(rule.uid_range) == 2:
        yield None if query.uid is None else rule.uid_range[0] <= query.uid <= rule.uid_range[1]
    if rule.l3mdev:
        yield query.domain is not None
    if rule.other:
        yield None


def _on_link(query: Query, answer: Lookup) -> Lookup:
    """A packet of IPv4 that must leave by a device is sent there whatever the tables say, as if its destination were on
    that wire (ip_route_output_key_hash_rcu()).
    """
    if answer.found or query.family != 4 or query.iif != LOOPBACK or query.oif is None:
        return answer
    return dataclasses.replace(answer, route=None, hop=NextHop(None, query.oif, 1, ()), type="unicast")


def _suppressed(rule: Rule, route: Route) -> bool:
    """suppress_prefixlength: a route that is no longer than this does not count; one that rejects always does."""
    if route.type in REJECTING:
        return False
    found = _address.prefix(route.dst)
    return rule.suppress_prefix_length is not None and found is not None and found[2] <= rule.suppress_prefix_length
