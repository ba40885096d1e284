# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules whose addresses and ports stand in sets and maps, and rewriting ones of nftables, drawn for a place."""

from __future__ import annotations

import random

from ..changes import Change, Nft, Rule, Run
from .filters import DROPPED, REWRITTEN
from .packets import Side
from .ways import Way

IPSETS = ("hash:ip", "hash:net", "hash:ip,port", "hash:net,port", "hash:net,net", "hash:ip,port,ip", "bitmap:port")
HOOKS = {"prerouting": "-150", "input": "5", "forward": "-5", "output": "-150", "postrouting": "90"}


def ipset_drop(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A rule of iptables that asks a set, directly or as a member of a list, or for what is not in it."""
    near, far = one.source or "192.0.2.0/24", one.destination or "192.0.2.0/24"
    kind = dice.choice([name for name in IPSETS if one.talk.port or "port" not in name])
    first = dice.random() < 0.5
    port = f"{one.talk.protocol}:{one.port(dice)}"
    side = "src" if one.reply else "dst"
    member, words = {
        "hash:ip": (near if first else far, "src" if first else "dst"),
        "hash:net": ((near if first else far), "src" if first else "dst"),
        "hash:ip,port": (f"{near if first else far},{port}", f"{'src' if first else 'dst'},{side}"),
        "hash:net,port": (f"{near if first else far},{port}", f"{'src' if first else 'dst'},{side}"),
        "hash:net,net": (f"{near},{far}", "src,dst"),
        "hash:ip,port,ip": (f"{near},{port},{far}", f"src,{side},dst"),
        "bitmap:port": (str(one.port(dice)), side),
    }[kind]
    name, options = f"site{one.index or ''}", " range 0-65535" if kind == "bitmap:port" else ""
    create = f"ipset create {name} {kind}{options}\nipset add {name} {member}"
    destroy = f"ipset destroy {name}"
    asked = name
    if dice.random() < 0.2:
        asked = f"all{one.index or ''}"
        create += f"\nipset create {asked} list:set\nipset add {asked} {name}"
        destroy = f"ipset destroy {asked}\n{destroy}"
    table = dice.choice(("raw", "mangle"))
    chain = dice.choice(("PREROUTING", "OUTPUT") if table == "raw" else ("PREROUTING", "POSTROUTING", "INPUT"))
    negation = "! " if dice.random() < 0.1 else ""
    protocol = f"-p {one.talk.protocol} " if "port" in kind or dice.random() < 0.4 else ""
    rule = f"{table} {chain} {protocol}-m set {negation}--match-set {asked} {words} -j DROP"
    return DROPPED, (Run(one.place.node, create, destroy, one.place.pod), Rule(one.place.node, rule, one.place.pod))


def nft_map(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A chain that decides by verdict maps, concatenations, jumps and marks."""
    hook = dice.choice(_hooks(dice, one))
    near, far = one.source or "192.0.2.0/24", one.destination or "192.0.2.0/24"
    head = f"type filter hook {hook} priority {HOOKS[hook]}; policy accept;"
    side = "sport" if one.reply else "dport"
    port = one.port(dice) if one.talk.port else 0
    at_port = f"{one.talk.protocol} {side}"
    choices = [
        f"chain first {{ {head}\nip saddr vmap {{ {near} : drop, 10.9.9.9 : accept }}\n}}",
        f"chain first {{ {head}\nip daddr vmap {{ {far} : jump second, 10.9.9.9 : accept }}\n}}",
        f"chain first {{ {head}\nip daddr {far} goto second\ndrop\n}}",
        f"chain first {{ {head}\nip saddr {near} return\nip daddr {far} counter drop\n}}",
        f"chain first {{ {head}\nip saddr . ip daddr {{ {near} . {far} }} drop\n}}",
        f"chain first {{ {head}\nip saddr {near} meta mark set 0x70\nmeta mark 0x70 ip daddr {far} drop\n}}",
        f"chain first {{ {head}\nip daddr {far} ct mark set 0x9\nct mark 0x9 drop\n}}",
        f"chain first {{ {head}\nip daddr {far} ct state vmap {{ new : drop, established : accept }}\n}}",
        f"chain first {{ {head}\nip daddr {far} limit rate over 1/hour burst 1 packets drop\n}}",
        f"chain first {{ {head}\nip daddr {far} quota over 100 bytes drop\n}}",
        f"chain first {{ {head}\nip daddr {far} ip length > 60 drop\n}}",
        f"chain first {{ {head}\nip daddr {far} jhash ip saddr . ip daddr mod 2 == {dice.choice((0, 1))} drop\n}}",
    ]
    if port:
        choices += [
            f"chain first {{ {head}\n{at_port} vmap {{ {port} : drop, 7 : accept }}\n}}",
            f"chain first {{ {head}\nip daddr . {at_port} vmap {{ {far} . {port} : goto second }}\n}}",
            f"chain first {{ {head}\nip daddr {far} {at_port} != {port} accept\nip daddr {far} drop\n}}",
            f"chain first {{ {head}\nip daddr {far} {at_port} {max(port - 9, 1)}-{port + 9} drop\n}}",
            f"chain first {{ {head}\nip daddr {far} {at_port} {{ 7, {port}, 9000-9100 }} drop\n}}",
        ]
    second = dice.choice(("drop", "ip protocol 17 accept\ndrop", "return", "ct state invalid drop"))
    body = f"chain second {{\n{second}\n}}\n{dice.choice(choices)}"
    return DROPPED, (Nft(one.place.node, dice.choice(("ip", "inet")), body, _name(one), one.place.pod),)


def nft_rewrite(dice: random.Random, one: Side) -> tuple[Way, tuple[Change, ...]]:
    """A rule of nftables that changes a packet, where it goes to, or how it is tracked."""
    far = one.destination or "192.0.2.0/24"
    sends = not one.place.forwards and one.place.client != one.reply
    early = "output" if sends else "prerouting"
    port = f" {one.talk.protocol} dport {one.port(dice)}" if one.talk.port and not one.reply else ""
    nobody = "10.244.2.250"
    kind, hook, priority, rule = dice.choice(
        (
            ("nat", early, "-110", f"dnat to {dice.choice((nobody, '<web-1>'))}"),
            ("nat", early, "-110", "redirect"),
            ("nat", "postrouting", "90", f"snat to {dice.choice((nobody, '<node-1>'))}"),
            ("nat", "postrouting", "90", "masquerade"),
            ("filter", early, "-310", "notrack"),
            ("filter", early, "-160", "ip ttl set 1"),
            ("filter", early, "-160", f"ip daddr set {nobody}"),
            ("filter", early, "-160", "ip dscp set af41"),
            ("filter", early, "-160", "meta mark set 0x4000"),
            ("filter", "postrouting", "160", f"ip saddr set {nobody}"),
            ("filter", "postrouting", "160", "ip ttl set 64"),
            ("filter", early, "-310", "ct zone set 7"),
        )
    )
    body = (
        f"chain first {{ type {kind} hook {hook} priority {priority}; policy accept;\nip daddr {far}{port} {rule}\n}}"
    )
    return REWRITTEN, (Nft(one.place.node, "ip", body, _name(one), one.place.pod),)


def _hooks(dice: random.Random, one: Side) -> tuple[str, ...]:
    """The hooks that the packets pass there."""
    if one.place.forwards:
        return ("prerouting", "forward", "postrouting")
    sends = one.place.client != one.reply
    return ("output", "postrouting") if sends else ("prerouting", "input")


def _name(one: Side) -> str:
    return f"site{one.index or ''}"
