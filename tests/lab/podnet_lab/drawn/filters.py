# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that drop, reject, rewrite or mark, drawn for a place."""

from __future__ import annotations

import random

from ..changes import Change, Nft, Run
from .packets import Side
from .ways import Way

CHAINS = {
    "raw": ("PREROUTING", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
}
REJECTS = ("icmp-port-unreachable", "icmp-host-prohibited", "icmp-admin-prohibited", "icmp-net-unreachable")
DROPPED = Way("netfilter-drop", ("netfilter-reject", "tunnel-port-blocked", "connection-limit", "packet-loss"))
REWRITTEN = Way(
    "packet-rewritten",
    (
        "redirect-target-missing",
        "snat-wrong",
        "service-rules-bypassed",
        "kube-proxy-rules-stale",
        "conntrack-bypassed",
        "snat-missing",
        "policy-route-diverts",
        "ttl-exceeded",
        "rp-filter-drop",
    ),
)


def iptables_drop(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A rule of iptables in either back end, alone or in a chain of its own."""
    table = dice.choice(tuple(CHAINS))
    chain = dice.choice(_fitting(one, CHAINS[table]))
    program = dice.choice(("iptables", "iptables", "iptables", "iptables-legacy"))
    verdict = "DROP"
    if table == "filter" and dice.random() < 0.35:
        verdict = f"REJECT --reject-with {dice.choice(REJECTS)}"
        if one.talk.protocol == "tcp" and dice.random() < 0.3:
            verdict = "REJECT --reject-with tcp-reset"
    matches = _matches(dice, one, chain, tcp="tcp-reset" in verdict)
    base = f"{program} -w 10 -t {table}"
    if dice.random() < 0.7:
        do, back = f"{base} -I {chain} {matches} -j {verdict}", f"{base} -D {chain} {matches} -j {verdict}"
    else:
        own = f"SITE{one.index or ''}"
        do = f"{base} -N {own}\n{base} -A {own} {matches} -j {verdict}\n{base} -I {chain} -j {own}"
        back = f"{base} -D {chain} -j {own}\n{base} -F {own}\n{base} -X {own}"
    return DROPPED, (Run(one.place.node, do, back, one.place.pod),)


def nft_drop(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A table of nftables of its own, of any family that sees the packets."""
    family = dice.choice(("ip", "inet", "netdev", *(() if one.place.pod else ("bridge",))))
    verdict = dice.choice(("drop", "drop", "drop", "counter drop"))
    if family == "netdev":
        hook = dice.choice(("ingress", "egress"))
        device = one.devices(dice)
        head = f'type filter hook {hook} device "{device}" priority {dice.choice((-300, 0, 50))};'
    else:
        hooks = ("prerouting", "input", "forward", "output", "postrouting")
        hook = dice.choice(hooks if family == "bridge" else _fitting(one, hooks))
        head = f"type filter hook {hook} priority {dice.choice((-310, -200, -150, -5, 0, 10, 60, 150, 310))};"
        if family in ("ip", "inet") and hook != "postrouting" and dice.random() < 0.2:
            verdict = "reject with icmp type " + dice.choice(("admin-prohibited", "host-unreachable"))
    policy = dice.random() < 0.1 and verdict == "drop"
    match = _nft_matches(dice, one, family)
    body = f"set who {{ type ipv4_addr; flags interval; elements = {{ {one.address(dice, _known(one))} }} }}\n"
    if policy:
        rules = "ct state established,related accept\n" if family in ("ip", "inet") and dice.random() < 0.5 else ""
        body += f"chain first {{ {head} policy drop;\n{rules}ip saddr != @who accept\nip protocol != 17 accept\n}}"
    else:
        body += f"chain first {{ {head} policy accept;\n{match} {verdict}\n}}"
    return DROPPED, (Nft(one.place.node, family, body, f"guard{one.index or ''}", one.place.pod),)


def rewrite(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A rule that changes what it matches."""
    proto = f"-p {one.talk.protocol}"
    port = f" --dport {one.port(dice)}" if one.talk.port and not one.reply else ""
    towards = f"-d {one.address(dice, one.destination)} " if one.destination else ""
    forwards = one.place.forwards
    early = "PREROUTING" if forwards else "OUTPUT" if one.place.client != one.reply else "PREROUTING"
    nobody, self_ = "10.244.2.250", "10.244.1.1"
    choices = [
        f"nat {early} {towards}{proto}{port} -j DNAT --to-destination {dice.choice((nobody, self_, '<web-1>'))}",
        f"nat POSTROUTING {towards}{proto} -j SNAT --to-source {dice.choice((nobody, '192.0.2.99', '<node-1>'))}",
        f"mangle {early} {towards}{proto} -j TTL --ttl-set {dice.choice((1, 1, 2, 64))}",
        f"mangle {early} {towards}{proto} -j MARK --set-mark {dice.choice(('0x1', '0x4000/0x4000', '0x8000/0x8000'))}",
        f"raw {early} {towards}{proto} -j CT --notrack",
        f"mangle {early} {towards}{proto} -j DSCP --set-dscp 46",
    ]
    if port:
        choices.append(f"nat {early} {towards}{proto}{port} -j REDIRECT --to-ports {dice.choice((81, 9999))}")
    table, chain, rest = dice.choice(choices).split(maxsplit=2)
    line = f"iptables -w 10 -t {table} {{}} {chain} {rest}"
    return REWRITTEN, (Run(one.place.node, line.format("-I"), line.format("-D"), one.place.pod),)


def _known(one: Side) -> str:
    return one.source or one.destination


def _fitting(one: Side, chains: tuple[str, ...]) -> tuple[str, ...]:
    """The hooks that the packets pass there, and at random some that they do not."""
    sends = not one.place.forwards and one.place.client != one.reply
    wanted: tuple[str, ...]
    if one.place.forwards:
        wanted = ("prerouting", "forward", "postrouting", "input", "output")
    else:
        wanted = ("output", "postrouting") if sends else ("prerouting", "input")
    return tuple(chain for chain in chains if chain.lower() in wanted) or chains


def _matches(dice: random.Random, one: Side, chain: str, tcp: bool) -> str:
    words = []
    if one.source and dice.random() < 0.5:
        words.append(f"-s {one.address(dice, one.source)}")
    if one.destination and dice.random() < 0.5:
        words.append(f"-d {one.address(dice, one.destination)}")
    if tcp or dice.random() < 0.5:
        words.append(f"-p {one.talk.protocol}")
        if one.talk.port and dice.random() < 0.7:
            words.append(f"--{'sport' if one.reply else 'dport'} {one.port(dice)}")
    if dice.random() < 0.2 and chain in ("PREROUTING", "INPUT", "FORWARD"):
        words.append(f"-i {one.devices(dice)}")
    elif dice.random() < 0.2 and chain in ("OUTPUT", "POSTROUTING", "FORWARD"):
        words.append(f"-o {one.devices(dice)}")
    extra = (
        "-m conntrack --ctstate " + ("ESTABLISHED,RELATED" if one.reply else "NEW"),
        "-m conntrack --ctdir " + ("REPLY" if one.reply else "ORIGINAL"),
        "-m length --length 28:1400",
        "-m ttl --ttl-lt 65",
        "-m statistic --mode random --probability 0.5",
        "-m addrtype --src-type UNICAST",
        "-m mark ! --mark 0x77",
        "-m mark --mark 0x4000/0x4000",
        "-m comment --comment left-from-migration",
        "! -f",
        "-m dscp --dscp 0",
        "-m connbytes --connbytes 0:100000 --connbytes-dir both --connbytes-mode packets",
        "-m state --state INVALID",
    )
    if dice.random() < 0.35:
        words.append(dice.choice(extra))
    return " ".join(words) or "-m comment --comment everything"


def _nft_matches(dice: random.Random, one: Side, family: str) -> str:
    words = []
    if one.source and dice.random() < 0.5:
        words.append("ip saddr " + dice.choice((one.address(dice, one.source), "@who")))
    if one.destination and dice.random() < 0.5:
        words.append(f"ip daddr {one.address(dice, one.destination)}")
    if one.talk.port and dice.random() < 0.6:
        words.append(f"{one.talk.protocol} {'sport' if one.reply else 'dport'} {one.port(dice)}")
    extra = ["meta length 28-1400", "ip ttl < 65", "meta pkttype host", "ip dscp 0", "numgen random mod 2 0"]
    if family in ("ip", "inet"):
        extra += ["ct direction " + ("reply" if one.reply else "original"), "ct state new", "fib saddr type unicast"]
    if dice.random() < 0.35 or not words:
        words.append(dice.choice(extra))
    return " ".join(words)
