# SPDX-License-Identifier: GPL-3.0-or-later
"""Random rule sets for iptables of both back ends, in the words of iptables-restore.

Addresses, ports and marks come from small pools, those that the packets have, so that rules are hit.
"""

from __future__ import annotations

import random
import typing as t

from .packets import Pool

SIDES = ("src", "dst")
# Sets with the ends of a packet that are looked up in them; only types that a small kernel has.
SETS = (
    *("hosts src", "hosts dst", "nets src", "nets dst", "pairs dst,dst", "pairs src,src", "three dst,dst,src"),
    *("two dst,dst,src", "two src,dst,dst", "list dst,dst", "list src,src"),
)
STATUS = ("SEEN_REPLY", "CONFIRMED", "NONE", "ASSURED")
ENDS = ("origsrc", "origdst", "replsrc", "repldst")
MASKS = ("", "--nfmask 0xff --ctmask 0xff", "--nfmask 0xf --ctmask 0xff")
STATES = ("NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED", "DNAT", "SNAT")
HOOKS = {
    "raw": ("PREROUTING",),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "POSTROUTING"),
    "nat": ("PREROUTING", "INPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD"),
    "security": ("INPUT", "FORWARD"),
}
INCOMING = ("PREROUTING", "INPUT", "FORWARD")
OUTGOING = ("FORWARD", "POSTROUTING")


class Iptables:
    """A rule set for one family."""

    def __init__(self, dice: random.Random, pool: Pool, legacy: bool = False, sets: bool = False) -> None:
        self._sets = sets
        self._dice = dice
        self._pool = pool
        self._v6 = pool.family == 6
        self._legacy = legacy

    def text(self) -> str:
        """For iptables-restore."""
        tables = [table for table in HOOKS if self._dice.random() < 0.55] or ["filter"]
        return "".join(self._table(table) for table in tables)

    def _table(self, table: str) -> str:
        dice = self._dice
        lines = [f"*{table}"]
        for hook in HOOKS[table]:
            policy = "DROP" if table != "nat" and dice.random() < 0.06 else "ACCEPT"
            lines.append(f":{hook} {policy} [0:0]")
        own = [f"{table}-{number}" for number in range(dice.randrange(3))]
        lines += [f":{name} - [0:0]" for name in own]
        # A chain of one's own may be reached from any hook of the table, and calls only later ones.
        for position, name in enumerate(own):
            for _each in range(dice.randrange(1, 5)):
                lines.append(f"-A {name} {self._rule(table, None, own[position + 1 :])}")
        for hook in HOOKS[table]:
            for _each in range(dice.randrange(5)):
                lines.append(f"-A {hook} {self._rule(table, hook, own)}")
        return "\n".join([*lines, "COMMIT", ""])

    def _rule(self, table: str, hook: str | None, chains: list[str]) -> str:
        matches = [self._match(table, hook) for _each in range(self._dice.choice((0, 1, 1, 2, 2, 3)))]
        protocol = self._dice.choice(("tcp", "udp", self._icmp, None)) if self._dice.random() < 0.6 else None
        words = [f"-p {protocol}"] if protocol else []
        if protocol in ("tcp", "udp") and self._dice.random() < 0.7:
            words.append(self._port_match(protocol))
        elif protocol == self._icmp and self._dice.random() < 0.5:
            words.append(self._icmp_match())
        if protocol == "tcp" and self._dice.random() < 0.2:
            words.append(self._dice.choice(("-m tcp --syn", "-m tcp ! --syn", "-m tcp --tcp-flags SYN,ACK SYN,ACK")))
        seen = {word.split()[1] if word.startswith("-m") else word.split()[0] for word in words}
        for match in matches:
            key = match.replace("! ", "").split()[1] if match.startswith("-m") else match.replace("! ", "").split()[0]
            if key not in seen:
                seen.add(key)
                words.append(match)
        return " ".join((*words, self._target(table, hook, protocol, chains)))

    @property
    def _icmp(self) -> str:
        return "ipv6-icmp" if self._v6 else "icmp"

    def _not(self) -> str:
        return "! " if self._dice.random() < 0.25 else ""

    def _port_match(self, protocol: str) -> str:
        dice, port = self._dice, self._pool.port
        side = dice.choice(("--sport", "--dport"))
        if dice.random() < 0.3:
            listed = ",".join(dict.fromkeys(str(port(dice)) for _each in range(3)))
            return f"-m multiport {self._not()}{dice.choice(('--dports', '--sports', '--ports'))} {listed}"
        low = port(dice)
        span = f"{low}:{low + dice.randrange(200)}" if dice.random() < 0.3 else str(low)
        return f"-m {protocol} {self._not()}{side} {span}"

    def _icmp_match(self) -> str:
        name = "icmp6 --icmpv6-type" if self._v6 else "icmp --icmp-type"
        module, option = name.split()
        kind = self._dice.choice(("128", "129") if self._v6 else ("8", "0", "8/0", "3"))
        return f"-m {module} {self._not()}{option} {kind}"

    def _match(self, table: str, hook: str | None) -> str:
        dice, pool = self._dice, self._pool
        choices = [
            lambda: f"{self._not()}-s {pool.prefix(dice)}",
            lambda: f"{self._not()}-d {pool.prefix(dice)}",
            lambda: f"-m mark {self._not()}--mark {pool.mark(dice)}",
            lambda: f"-m length {self._not()}--length {dice.choice(('0:40', '28:60', '41:1500', '49'))}",
            lambda: f"-m iprange {self._not()}--{dice.choice(('src', 'dst'))}-range {pool.span(dice)}",
            lambda: (
                f"-m addrtype {self._not()}--{dice.choice(('src', 'dst'))}-type {dice.choice(('LOCAL', 'UNICAST'))}"
            ),
            lambda: f"-m tos {self._not()}--tos {dice.choice(('0x10', '0x00', '0x08/0x08'))}",
            lambda: f"-m dscp {self._not()}--dscp {dice.choice(('0x04', '0x00'))}",
            lambda: "-m comment --comment " + dice.choice(('"a b -j DROP"', "plain", '"q \\" q"')),
            lambda: f"-m pkttype {self._not()}--pkt-type unicast",
            lambda: (
                f"-m statistic --mode random {self._not()}--probability 0.5"
                if dice.random() < 0.5
                else "-m comment --comment x"
            ),
        ]
        if not self._v6:
            choices.append(lambda: f"-m ttl --ttl-{dice.choice(('eq 64', 'lt 64', 'gt 63', 'eq 63'))}")
        else:
            choices.append(lambda: f"-m hl --hl-{dice.choice(('eq 64', 'lt 64', 'gt 63', 'eq 63'))}")
        if table != "raw":
            choices += [
                lambda: f"-m conntrack {self._not()}--ctstate {','.join(dice.sample(STATES, dice.randrange(1, 4)))}",
                lambda: f"-m conntrack {self._not()}--ctstate {','.join(dice.sample(STATES, 2))}",
                lambda: f"-m conntrack {self._not()}--ctstatus {dice.choice(STATUS)}",
                lambda: f"-m conntrack {self._not()}--ct{dice.choice(ENDS)} {pool.prefix(dice)}",
                lambda: (
                    f"-m conntrack {self._not()}--ct{dice.choice(('origdstport', 'replsrcport'))} {pool.port(dice)}"
                ),
                lambda: f"-m conntrack --ctdir {dice.choice(('ORIGINAL', 'REPLY'))}",
                lambda: f"-m connmark {self._not()}--mark {pool.mark(dice)}",
            ]
        if self._sets:
            choices += [lambda: f"-m set {self._not()}--match-set {dice.choice(SETS)}"] * 20
        if hook in INCOMING:
            choices.append(lambda: f"{self._not()}-i {dice.choice(('ra', 'rb', 'r+', 'rc', 'lo'))}")
        if hook in OUTGOING:
            choices.append(lambda: f"{self._not()}-o {dice.choice(('ra', 'rb', 'r+', 'rc'))}")
        if hook == "PREROUTING" and table in ("raw", "mangle"):
            choices.append(self._rpfilter)
        return dice.choice(choices)()

    def _rpfilter(self) -> str:
        return f"-m rpfilter {self._dice.choice(('', '--loose', '--invert'))}".strip()

    def _target(self, table: str, hook: str | None, protocol: str | None, chains: list[str]) -> str:
        dice, pool = self._dice, self._pool
        names = ["-j ACCEPT", "-j RETURN", ""]
        names += [f"-j {name}" for name in chains] * 2 + [f"-g {name}" for name in chains[:1]]
        if table != "nat":
            names += ["-j DROP"] * 2
        if table == "filter":
            kind = "icmp6-adm-prohibited" if self._v6 else "icmp-host-prohibited"
            names += ["-j REJECT", f"-j REJECT --reject-with {kind}"]
            if protocol == "tcp":
                names += ["-j REJECT --reject-with tcp-reset"] * 2
        if table == "raw":
            names += ["-j CT --notrack", "-j NOTRACK", f"-j CT --zone {dice.choice((1, 2))}"]
        if table == "mangle":
            names += [
                f"-j MARK --set-xmark {pool.mark(dice)}",
                f"-j MARK --set-mark {pool.mark(dice)}",
                f"-j MARK --or-mark {dice.choice(('0x1', '0x10', '0x4000'))}",
                f"-j MARK --and-mark {dice.choice(('0xf', '0xfff0'))}",
                f"-j CONNMARK --set-xmark {pool.mark(dice)}",
                f"-j CONNMARK --save-mark {dice.choice(MASKS)}",
                f"-j CONNMARK --restore-mark {dice.choice(('', '--nfmask 0xff --ctmask 0xff'))}",
                f"-j TOS --set-tos {dice.choice(('0x10', '0x08/0x08'))}",
                "-j HL --hl-inc 1" if self._v6 else f"-j TTL --ttl-{dice.choice(('set 9', 'dec 2', 'inc 1'))}",
            ]
        if table == "nat" and hook is not None:
            names = names[:2] + self._translations(hook, protocol) * 3
        return dice.choice(names)

    def _translations(self, hook: str, protocol: str | None) -> list[str]:
        dice, pool = self._dice, self._pool
        ports = protocol in ("tcp", "udp")
        address = pool.address(dice)
        port = f":{pool.port(dice)}" if ports and dice.random() < 0.6 else ""
        to = f"[{address}]{port}" if self._v6 and port else f"{address}{port}"
        if hook == "PREROUTING":
            found = [f"-j DNAT --to-destination {to}", f"-j DNAT --to-destination {pool.span(dice)}"]
            found.append(f"-j NETMAP --to {pool.network(dice)}")
            found.append(f"-j REDIRECT --to-ports {pool.port(dice)}" if ports else "-j REDIRECT")
            return found
        # One port alone would be taken after the first connection.
        found = [
            f"-j SNAT --to-source {to}-{int(port[1:]) + 900}" if port else f"-j SNAT --to-source {to}",
            f"-j SNAT --to-source {pool.span(dice)}",
        ]
        if hook == "POSTROUTING":
            found += ["-j MASQUERADE", "-j MASQUERADE --random-fully", f"-j NETMAP --to {pool.network(dice)}"]
        return found


def sets(dice: random.Random, pool: Pool) -> str:
    """Sets of many types for ipset restore, with those names that rules use."""
    family = "family inet" if pool.family == 4 else "family inet6"
    types: dict[str, tuple[str, t.Callable[[], str]]] = {
        "hosts": ("hash:ip", lambda: pool.any_address(dice)),
        "nets": ("hash:net", lambda: pool.prefix(dice) + dice.choice(("", "", " nomatch"))),
        "pairs": ("hash:ip,port", lambda: f"{pool.any_address(dice)},{dice.choice(('tcp', 'udp'))}:{pool.port(dice)}"),
        "three": ("hash:ip,port,net", lambda: f"{pool.any_address(dice)},tcp:{pool.port(dice)},{pool.prefix(dice)}"),
        "two": ("hash:ip,port,ip", lambda: f"{pool.any_address(dice)},udp:{pool.port(dice)},{pool.any_address(dice)}"),
    }
    lines = []
    for name, (kind, member) in types.items():
        lines.append(f"create {name} {kind} {family}")
        lines += [f"add -exist {name} {member()}" for _each in range(dice.randrange(1, 6))]
    lines += ["create list list:set", *(f"add list {name}" for name in dice.sample(("pairs", "nets", "hosts"), 2))]
    return "\n".join([*lines, ""])
