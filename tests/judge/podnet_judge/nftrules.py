# SPDX-License-Identifier: GPL-3.0-or-later
"""Random rule sets of nftables: families ip, ip6, inet, netdev; sets, maps, verdict maps, intervals, concatenations."""

from __future__ import annotations

import random

from .packets import PORTS, Pool

CT_STATES = ("new", "established", "related", "invalid", "untracked")
STATES = ("new", "established,related", "!= new", "!= invalid", "invalid", "{ new, untracked }", "== new")
FLAGS = ("syn", "!= syn", "& (syn | ack) == syn", "& (fin|rst) == 0", "syn,ack", "! fin,rst", "== syn")
# Hooks of chains that filter, with some priorities.
FILTERS = (
    ("prerouting", (-300, -250, -150, -90, 10)),
    ("input", (-150, 0, 50)),
    ("forward", (-150, -10, 0, 50, 200)),
    ("postrouting", (-150, 0, 90, 150)),
)
TRANSLATIONS = (("prerouting", -100), ("input", 100), ("postrouting", 100))


class Nftables:
    """A rule set for packets of one family. inet: in tables of family inet in place of ip or ip6."""

    def __init__(self, dice: random.Random, pool: Pool) -> None:
        self._dice = dice
        self._pool = pool
        self._ip = "ip" if pool.family == 4 else "ip6"
        self._inet = dice.random() < 0.4
        self._address = "ipv4_addr" if pool.family == 4 else "ipv6_addr"

    def text(self) -> str:
        """For nft -f."""
        return "".join(self._table(number) for number in range(self._dice.choice((1, 1, 2)))) + self._netdev()

    # -- tables ----------------------------------------------------------------------------------------------
    def _table(self, number: int) -> str:
        dice = self._dice
        family = "inet" if self._inet else self._ip
        lines = [f"table {family} t{number} {{", *self._sets()]
        own = [f"own{position}" for position in range(dice.randrange(1, 4))]
        for position in reversed(range(len(own))):
            lines += self._chain(own[position], "", own[position + 1 :], "prerouting", -90)
        for hook, priorities in FILTERS:
            if dice.random() < 0.5:
                priority = dice.choice(priorities)
                policy = "drop" if dice.random() < 0.06 else "accept"
                head = f"type filter hook {hook} priority {priority}; policy {policy};"
                lines += self._chain(f"{hook}{number}", head, own if priority > -200 else [], hook, priority)
        for hook, priority in TRANSLATIONS:
            if dice.random() < 0.4:
                head = f"type nat hook {hook} priority {priority + dice.choice((0, 0, -5, 5))};"
                lines += self._nat_chain(f"nat-{hook}{number}", head, hook)
        return "\n".join([*lines, "}", ""])

    def _sets(self) -> list[str]:
        pool, dice = self._pool, self._dice
        hosts = {pool.any_address(dice) for _each in range(3)}
        lines = [
            f"set hosts {{ type {self._address}; elements = {{ {', '.join(hosts)} }}\n}}",
            f"set nets {{ type {self._address}; flags interval; elements = {{ {pool.prefix(dice)} }}\n}}",
            f"set pairs {{ type {self._address} . inet_service; elements = {{ "
            + ", ".join({f"{pool.any_address(dice)} . {pool.port(dice)}" for _each in range(4)})
            + " }\n}",
            f"set wide {{ type {self._address} . inet_proto . inet_service; flags interval; elements = {{ "
            f"{pool.prefix(dice)} . {dice.choice(('tcp', 'udp'))} . {pool.port(dice)}-40000 }}\n}}",
            f"map verdicts {{ type {self._address} : verdict; elements = {{ "
            + ", ".join(f"{each} : {dice.choice(('accept', 'drop', 'return', 'continue'))}" for each in hosts)
            + " }\n}",
        ]
        return lines

    def _chain(self, name: str, head: str, own: list[str], hook: str, priority: int) -> list[str]:
        lines = [f"chain {name} {{", *([head] if head else [])]
        for _each in range(self._dice.randrange(1, 6)):
            lines.append(self._rule(own, hook, priority))
        return [*lines, "}"]

    def bridge(self) -> str:
        """A table of family bridge."""
        dice = self._dice
        lines = ["table bridge b {"]
        for hook, priorities in (("prerouting", (-300, 0)), ("forward", (-200, 0)), ("postrouting", (100, 300))):
            lines += [f"chain {hook} {{", f"type filter hook {hook} priority {dice.choice(priorities)};"]
            for _each in range(dice.randrange(3)):
                lines.append(
                    f"{self._bridge_match(hook)} {dice.choice(('drop', 'accept', 'meta mark set 0x10', 'return'))}"
                )
            lines.append("}")
        return "\n".join([*lines, "}", ""])

    def _bridge_match(self, hook: str) -> str:
        dice = self._dice
        if dice.random() < 0.5:
            return self._packet_match()
        choices = [
            f"ether type {self._not()}{dice.choice(('ip', 'ip6', 'arp'))}",
            "ether saddr 02:00:00:00:00:01",
            f"ether daddr {self._not()}02:00:00:00:00:02",
            f"meta protocol {self._not()}ip",
        ]
        if hook != "postrouting":
            choices += [f'iifname {self._not()}"p1"', f'meta ibrname {self._not()}"br0"']
        if hook != "prerouting":
            choices += [f'oifname {self._not()}"p2"', f'meta obrname {self._not()}"br0"']
        return dice.choice(choices)

    def _netdev(self) -> str:
        dice = self._dice
        if dice.random() < 0.6:
            return ""
        rules = [
            f"{self._packet_match()} {dice.choice(('drop', 'accept', 'meta mark set 0x10', 'counter'))}"
            for _each in range(2)
        ]
        head = 'type filter hook ingress device "ra" priority 0;'
        return "\n".join(["table netdev n {", "chain in {", head, *rules, "}", "}", ""])

    # -- rules -----------------------------------------------------------------------------------------------
    def _rule(self, own: list[str], hook: str, priority: int) -> str:
        dice = self._dice
        matches = [self._match(hook, priority) for _each in range(dice.choice((0, 1, 1, 2, 2, 3)))]
        if dice.random() < 0.2:
            matches.append("counter")
        if dice.random() < 0.18:
            return " ".join((*matches, self._vmap(own)))
        changes = [self._change(priority)] if dice.random() < 0.3 else []
        if changes and dice.random() < 0.4:
            changes.append(self._match(hook, priority))
        return " ".join((*matches, *changes, self._verdict(own, hook))).strip() or "counter"

    def _verdict(self, own: list[str], hook: str) -> str:
        choices = ["accept", "drop", "return", "", "drop"]
        choices += [f"jump {name}" for name in own] + [f"goto {name}" for name in own[:1]]
        if hook in ("input", "forward"):
            choices += ["reject", "reject with icmpx admin-prohibited"]
        return self._dice.choice(choices)

    def _vmap(self, own: list[str]) -> str:
        dice, pool = self._dice, self._pool
        verdicts = ["accept", "drop", "return", "continue", *(f"jump {name}" for name in own)]

        def verdict() -> str:
            return dice.choice(verdicts)

        ports = ", ".join(f"{port} : {verdict()}" for port in dice.sample(PORTS, 2))
        pair = f"tcp . {pool.port(dice)} : {verdict()}, udp . {pool.port(dice)} : {verdict()}"
        return dice.choice(
            (
                f"{self._ip} daddr vmap @verdicts",
                f"tcp dport vmap {{ {ports} }}",
                f"meta l4proto vmap {{ tcp : {verdict()}, udp : {verdict()} }}",
                f"meta l4proto . th dport vmap {{ {pair} }}",
                f"{self._ip} saddr vmap {{ {pool.any_address(dice)} : {verdict()}, {pool.networks[0]} : {verdict()} }}",
                f"ct state vmap {{ new : {verdict()}, established : {verdict()}, invalid : {verdict()} }}",
                f'iifname vmap {{ "ra" : {verdict()}, "rb" : {verdict()} }}',
                f"numgen random mod 2 vmap {{ 0 : {verdict()}, 1 : {verdict()} }}",
            )
        )

    def _not(self) -> str:
        return "!= " if self._dice.random() < 0.25 else ""

    def _match(self, hook: str, priority: int) -> str:
        if self._dice.random() < 0.7:
            return self._packet_match()
        return self._stack_match(hook, priority)

    def _packet_match(self) -> str:
        dice, pool, ip = self._dice, self._pool, self._ip
        low = pool.port(dice)
        ports = ", ".join(str(port) for port in dice.sample(PORTS, 2))
        hop = "ttl" if ip == "ip" else "hoplimit"
        kind = dice.choice(("echo-request", "echo-reply"))
        choices = [
            f"{ip} {dice.choice(('saddr', 'daddr'))} {self._not()}{pool.prefix(dice)}",
            f"{ip} {dice.choice(('saddr', 'daddr'))} {self._not()}{{ {pool.any_address(dice)}, {pool.networks[0]} }}",
            f"{ip} daddr {self._not()}{pool.span(dice)}",
            f"{dice.choice(('tcp', 'udp', 'th'))} {dice.choice(('sport', 'dport'))} {self._not()}{low}",
            f"{dice.choice(('tcp', 'udp'))} dport {self._not()}{{ {ports} }}",
            f"tcp dport {self._not()}{low}-{low + 100}",
            f"tcp dport {dice.choice(('<', '>', '<=', '>='))} {low}",
            f"meta l4proto {self._not()}{dice.choice(('tcp', 'udp', 'icmp', '{ tcp, udp }'))}",
            f"tcp flags {dice.choice(FLAGS)}",
            f"{'icmp' if ip == 'ip' else 'icmpv6'} type {self._not()}{kind}",
            f"{ip} {hop} {dice.choice(('64', '< 64', '> 63', '!= 64'))}",
            f"{ip} dscp {self._not()}{dice.choice(('0x04', '0x00', 'cs1'))}",
            f"meta length {dice.choice(('> 41', '< 41', '40-49', '!= 40'))}",
            f"{ip} daddr . th dport {self._not()}{{ {pool.any_address(dice)} . {low} }}",
            f"meta mark {dice.choice(('0x10', '!= 0x10', '& 0xf == 0x1', '0x1-0x20', '{ 0x1, 0x10 }'))}",
            f"meta protocol {self._not()}{ip}",
        ]
        return dice.choice(choices)

    def _stack_match(self, hook: str, priority: int) -> str:
        dice, pool, ip = self._dice, self._pool, self._ip
        choices = [
            f"{ip} {dice.choice(('saddr', 'daddr'))} {self._not()}@hosts",
            f"{ip} {dice.choice(('saddr', 'daddr'))} {self._not()}@nets",
            f"{ip} daddr . tcp dport {self._not()}@pairs",
            f"{ip} daddr . meta l4proto . th dport {self._not()}@wide",
            f"meta nfproto {self._not()}{dice.choice(('ipv4', 'ipv6'))}" if self._inet else "meta mark 0",
            f"meta pkttype {self._not()}{dice.choice(('host', 'broadcast', 'multicast'))}",
        ]
        choices += [
            f"iifname {self._not()}" + dice.choice(('"ra"', '"r*"', '{ "ra", "rc" }', '"x*"')),
            f"oifname {self._not()}" + dice.choice(('"rb"', '"r*"', '{ "rb", "rc" }')),
            f"iif {self._not()}{dice.choice(('ra', 'lo'))}",
        ]
        if hook == "prerouting" and priority > -100:
            choices.append(f"fib daddr type {self._not()}{dice.choice(('local', 'unicast', '{ local, broadcast }'))}")
        if priority > -200:
            side = dice.choice(("original", "reply"))
            choices += [
                f"ct state {dice.choice(STATES)}",
                f"ct state {','.join(dice.sample(CT_STATES, 2))}",
                f"ct status {dice.choice(('dnat', 'snat', 'seen-reply', 'confirmed', '!= dnat', 'assured'))}",
                f"ct mark {dice.choice(('0x10', '!= 0', '& 0xf == 1'))}",
                f"ct direction {dice.choice(('original', 'reply', '!= reply'))}",
                f"ct {side} {ip} {dice.choice(('saddr', 'daddr'))} {self._not()}{pool.prefix(dice)}",
                f"meta l4proto tcp ct {side} proto-dst {pool.port(dice)}",
                f"meta l4proto udp ct {side} proto-src != {pool.port(dice)}",
            ]
        return dice.choice(choices)

    def _change(self, priority: int) -> str:
        dice, pool = self._dice, self._pool
        choices = [
            f"meta mark set {pool.mark(dice).partition('/')[0]}",
            "meta mark set meta mark | 0x10",
            "meta mark set meta mark & 0xf",
            "meta mark set meta mark ^ 0x11",
            f"meta mark set {self._ip} saddr map {{ {pool.any_address(dice)} : 0x1, {pool.networks[0]} : 0x10 }}",
            f"{self._ip} dscp set {dice.choice(('cs1', '0x04'))}",
        ]
        if self._ip == "ip":
            choices.append("ip ttl set 9")
        if priority < -200:
            choices.append("notrack")
        else:
            choices += [
                "ct mark set meta mark",
                "ct mark set 0x10",
                "meta mark set ct mark",
                "ct mark set ct mark | 0x1",
            ]
        return dice.choice(choices)

    # -- translation -----------------------------------------------------------------------------------------
    def _nat_chain(self, name: str, head: str, hook: str) -> list[str]:
        lines = [f"chain {name} {{", head]
        for _each in range(self._dice.randrange(1, 4)):
            matches = [self._packet_match() for _each in range(self._dice.choice((0, 1, 1, 2)))]
            lines.append(" ".join((*matches, self._translation(hook))))
        return [*lines, "}"]

    def _translation(self, hook: str) -> str:
        dice, pool = self._dice, self._pool
        family = f"{self._ip} " if self._inet else ""
        address, port = pool.address(dice), pool.port(dice)
        to = f"{address}:{port}" if self._ip == "ip" else f"[{address}]:{port}"
        protocol = f"meta l4proto {dice.choice(('tcp', 'udp'))} "
        one, other = pool.hosts["ra"][:2]
        addresses = f"{self._ip} saddr map {{ {one} : {pool.address(dice)}, {other} : {address} }}"
        if hook == "prerouting":
            return dice.choice(
                (
                    f"dnat {family}to {address}",
                    f"{protocol}dnat {family}to {to}",
                    f"dnat {family}to {pool.span(dice)}",
                    f"dnat {family}to {addresses}",
                    f"dnat {family}to numgen random mod 2 map {{ 0 : {address}, 1 : {pool.address(dice)} }}",
                    f"{protocol}redirect to :{port}",
                    "redirect",
                    "accept",
                    "return",
                )
            )
        found = [
            f"snat {family}to {address}",
            f"{protocol}snat {family}to {to}-{port + 900}",
            f"snat {family}to {pool.span(dice)}",
            "accept",
        ]
        if hook == "postrouting":
            found += ["masquerade", "masquerade fully-random", "masquerade random"]
        return dice.choice(found)
