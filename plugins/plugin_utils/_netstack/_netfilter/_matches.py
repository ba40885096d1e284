# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection: no stable interface.
"""The table of matches: name → function of a view and the match's arguments. It answers yes, no, by chance, or unknown.

Sources: net/netfilter/xt_*.c of Linux, iptables-extensions(8).
"""

from __future__ import annotations

import typing as t

from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._bytecode import run
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter import _ipset, _nft_match
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._addresses import (
    Masked,
    number,
    version,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._names import TCP_FLAGS
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._rules import Match
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._state import MALFORMED
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._netfilter._view import (
    CONTENT,
    OWNER,
    RATE,
    UNKNOWN,
    Answer,
    Chance,
    View,
    address,
    known,
    protocol,
)
from ansible_collections.podnet.diagnostics.plugins.plugin_utils._netstack._packet import CtState

Args = t.Mapping[str, t.Any]
Function = t.Callable[[View, Args], Answer]
_PORTS = frozenset(("tcp", "udp", "udplite", "sctp", "dccp"))
_OF_ENTRIES = frozenset(("ct_status", "ct_protocol", "ct_address", "ct_port", "ct_direction", "ct_mark", "ct_helper"))
_OF_CGROUPS = frozenset(("cgroup", "cgroup_class"))
_NO_END = (1 << 64) - 1
Ranges = t.Sequence[tuple[int, int]]


def evaluate(view: View, match: Match) -> Answer:
    """Whether a packet fulfils a condition, its negation included."""
    function = MATCHES.get(match.name)
    if function is None:
        return UNKNOWN
    if match.name in _OF_ENTRIES and not view.tracked:
        # Without an entry there is nothing to compare, negated or not; the state alone decides (conntrack_mt()).
        return bool(match.args.get("with_state"))
    if match.name in _OF_CGROUPS and not _has_owner(view):
        return False  # negated or not (cgroup_mt_v1())
    try:
        answer = function(view, match.args)
    except MALFORMED:
        return UNKNOWN
    if not match.negated:
        return answer
    if answer is True or answer is False:
        return not answer
    if isinstance(answer, Chance):
        return Chance(1 - answer.probability)
    return answer


def _within(value: int | None, ranges: Ranges) -> Answer:
    if value is None:
        return True if any(low == 0 and high >= 65535 for low, high in ranges) else UNKNOWN
    return any(low <= value <= high for low, high in ranges)


# -- addresses, devices, protocols -------------------------------------------------------------------------------
def _prefix(side: str) -> Function:
    def function(view: View, args: Args) -> Answer:
        packet = view.packet
        prefix: Masked = args["prefix"]
        value = address(packet, side)
        return UNKNOWN if value is None else prefix.holds(value, packet.family)

    return function


def _address_range(side: str) -> Function:
    def function(view: View, args: Args) -> Answer:
        value = address(view.packet, side)
        low, high = t.cast("tuple[int, int]", (args["low"], args["high"]))
        return UNKNOWN if value is None else low <= value <= high

    return function


def named(name: str | None, args: Args) -> bool:
    """Whether a device has the name, or one that begins so ("cali+")."""
    if args["open"]:
        return (name or "").startswith(str(args["name"]))
    return (name or "") == str(args["name"])


def _in_interface(view: View, args: Args) -> Answer:
    return named(view.iif, args)


def _out_interface(view: View, args: Args) -> Answer:
    return named(view.oif, args)


def _protocol(view: View, args: Args) -> Answer:
    return args["number"] in (None, protocol(view.packet))


def _source_port(view: View, args: Args) -> Answer:
    return view.packet.protocol in _PORTS and _within(view.packet.sport, args["ranges"])


def _destination_port(view: View, args: Args) -> Answer:
    return view.packet.protocol in _PORTS and _within(view.packet.dport, args["ranges"])


def _any_port(view: View, args: Args) -> Answer:
    answers = (_source_port(view, args), _destination_port(view, args))
    return True if True in answers else next((each for each in answers if each is not False), False)


def _tcp_flags(view: View, args: Args) -> Answer:
    bits = sum(TCP_FLAGS.get(flag, 0) for flag in view.packet.flags)
    return view.packet.protocol == "tcp" and bits & args["mask"] == args["flags"]


def _icmp_type(view: View, args: Args) -> Answer:
    packet = view.packet
    if packet.protocol != args["protocol"]:
        return False
    if args["type"] is None:
        return True
    if packet.icmp_type is None:
        return UNKNOWN
    if packet.icmp_type != args["type"]:
        return False
    return args["code"] is None or (packet.icmp_code or 0) == args["code"]


def _fragment(view: View, args: Args) -> Answer:
    """A fragment behind the first one."""
    return view.in_pieces


def _length(view: View, args: Args) -> Answer:
    low, high = args["range"]
    return bool(low <= view.packet.size <= high)


def _ttl(view: View, args: Args) -> Answer:
    low, high = args["range"]
    return bool(low <= view.packet.ttl <= high)


def _tos(view: View, args: Args) -> Answer:
    return bool(view.packet.tos & args["mask"] == args["value"])


def _mac_source(view: View, args: Args) -> Answer:
    """A packet that is sent here has no link layer header yet."""
    if view.iif is None or view.iif == "lo":
        return False
    mac = view.packet.src_mac
    return UNKNOWN if mac is None else mac.lower() == str(args["mac"])


def _packet_type(view: View, args: Args) -> Answer:
    """On the loopback device everything but multicast is of type unicast (pkttype_mt())."""
    return packet_type(view) == str(args["value"])


def packet_type(view: View) -> str:
    """unicast, multicast or broadcast."""
    packet = view.packet
    mac = packet.dst_mac
    if packet.to_all:
        return "broadcast"
    if mac is not None and view.context.layer != "ip":
        return "broadcast" if mac == "ff:ff:ff:ff:ff:ff" else "multicast" if int(mac[:2], 16) & 1 else "unicast"
    value = number(packet.dst)
    if value is None:
        return "unicast"
    if packet.family == 4:
        return "broadcast" if value == 0xFFFFFFFF else "multicast" if value >> 28 == 0xE else "unicast"
    return "multicast" if value >> 120 == 0xFF else "unicast"


# -- bridge ports ------------------------------------------------------------------------------------------------
def _physdev_in(view: View, args: Args) -> Answer:
    return view.context.physin is not None and named(view.context.physin, args)


def _physdev_out(view: View, args: Args) -> Answer:
    return view.context.physout is not None and named(view.context.physout, args)


def _physdev_is_in(view: View, args: Args) -> Answer:
    return view.context.physin is not None


def _physdev_is_out(view: View, args: Args) -> Answer:
    return view.context.physout is not None


def _physdev_is_bridged(view: View, args: Args) -> Answer:
    return view.context.physin is not None and view.context.physout is not None


# -- marks and sockets -------------------------------------------------------------------------------------------
def _mark(view: View, args: Args) -> Answer:
    mark = view.packet.mark
    return UNKNOWN if mark is None else mark & args["mask"] == args["value"]


def _has_owner(view: View) -> bool:
    """Only packets that a program's socket of this namespace sends have an owner (owner_mt())."""
    return view.context.iif is None and view.packet.owned


def _owner(view: View, args: Args) -> Answer:
    return _owned_by(view, view.packet.uid, args)


def _owner_group(view: View, args: Args) -> Answer:
    return _owned_by(view, view.packet.gid, args)


def _owned_by(view: View, number_: int | None, args: Args) -> Answer:
    if not _has_owner(view):
        return False
    low, high = args["range"]
    return OWNER if number_ is None else bool(low <= number_ <= high)


def _owner_socket(view: View, args: Args) -> Answer:
    return _has_owner(view)


def _cgroup(view: View, args: Args) -> Answer:
    """Whether the socket's cgroup is one, or is below it (cgroup_mt_v1())."""
    own, asked = view.packet.cgroup, str(args["path"]).strip("/")
    return OWNER if own is None or not asked else f"{own.strip('/')}/".startswith(f"{asked}/")


def _socket(view: View, args: Args) -> Answer:
    ask = view.context.socket
    return UNKNOWN if ask is None else known(ask(view.packet))


def _segment_size(view: View, args: Args) -> Answer:
    """Of a SYN that announces one (tcpmss_mt())."""
    packet = view.packet
    if "syn" not in packet.flags:
        return UNKNOWN
    low, high = args["range"]
    return UNKNOWN if packet.mss is None else bool(low <= packet.mss <= high)


# -- connections -------------------------------------------------------------------------------------------------
def _ct_state(view: View, args: Args) -> Answer:
    ct = view.packet.ct
    states: frozenset[str] = args["states"]
    if ct is None:
        return "INVALID" in states
    if ct.state.value in states:
        return True
    return view.tracked and bool(ct.status & states & {"SNAT", "DNAT"})


def _ct_status(view: View, args: Args) -> Answer:
    ct = view.packet.ct
    status: frozenset[str] = args["status"]
    if ct is None:
        return False
    # NONE is no bit, so it never matches.
    return bool(ct.status & status & {"SEEN_REPLY", "ASSURED", "EXPECTED", "CONFIRMED"})


# Bytes that one direction of a handshake carries at most.
_HANDSHAKE = 120


def _connection_packets(view: View, args: Args) -> Answer:
    """How many packets a connection of TCP has carried, this one included (connbytes_mt()): of a handshake and the data
    behind it that is known; more data may follow."""
    packet, (low, high) = view.packet, args["range"]
    if packet.protocol != "tcp" or packet.ct is None:
        return RATE
    if packet.ct.is_reply:
        counts = {"original": 1, "reply": 1, "both": 2}
    elif "syn" in packet.flags:
        counts = {"original": 1, "reply": 0, "both": 1}
    else:
        counts = {"original": 2, "reply": 1, "both": 3}
    count, data = counts[args["direction"]], "psh" in packet.flags
    if not data and (packet.carried or 0) > _HANDSHAKE:
        return RATE
    if data and args["direction"] != ("original" if packet.ct.is_reply else "reply"):
        count += 1
    return bool(low <= count <= high) if not data or (low <= count and high >= _NO_END) else RATE


def _connection_bytes(view: View, args: Args) -> Answer:
    """What a connection has carried in one direction, this packet included (connbytes_mt())."""
    packet = view.packet
    if packet.ct is None or (args["reply"] is not None and packet.ct.is_reply is not args["reply"]):
        return RATE
    low, high = args["range"]
    if args["reply"] is None and low > (packet.carried or 0):
        # Of what the other direction has carried, the handshake alone is sure.
        return RATE if packet.carries_data else False
    if packet.carried is None:
        # How many came before is not known; a packet counts itself.
        return True if low <= packet.size and high >= _NO_END else RATE
    return bool(low <= packet.carried <= high)


def _connection_average(view: View, args: Args) -> Answer:
    """Bytes of a packet on average, of what a connection has carried in one direction (connbytes_mt())."""
    packet = view.packet
    if packet.ct is None or args["reply"] is not packet.ct.is_reply or packet.average is None:
        return RATE
    low, high = args["range"]
    return bool(low <= packet.average <= high)


def _ct_protocol(view: View, args: Args) -> Answer:
    return args["number"] in (None, protocol(view.packet))


def _flow_field(view: View, field: str) -> t.Any:
    ct = view.packet.ct
    side, _dot, name = field.partition(".")
    return getattr(getattr(ct, side), name)


def _ct_address(view: View, args: Args) -> Answer:
    text = _flow_field(view, args["field"])
    value, family = number(text), version(text)
    if value is None or family is None:
        return UNKNOWN
    prefix: Masked = args["prefix"]
    return prefix.holds(value, family)


def _ct_port(view: View, args: Args) -> Answer:
    return _within(_flow_field(view, args["field"]), args["ranges"])


def _ct_direction(view: View, args: Args) -> Answer:
    ct = view.packet.ct
    return ct is not None and ("REPLY" if ct.is_reply else "ORIGINAL") == args["value"].upper()


def _ct_mark(view: View, args: Args) -> Answer:
    ct = view.packet.ct
    if ct is None:
        return False
    return UNKNOWN if ct.mark is None else ct.mark & args["mask"] == args["value"]


def _ct_helper(view: View, args: Args) -> Answer:
    """Helpers serve FTP, SIP and the like."""
    return UNKNOWN if view.packet.ct is not None and view.packet.ct.state is CtState.RELATED else False


# -- routing -----------------------------------------------------------------------------------------------------
def _address_type(view: View, args: Args) -> Answer:
    ask = view.context.address_type
    if ask is None:
        return UNKNOWN
    device = {"iif": view.iif, "oif": view.oif, None: None}[args["device"]]
    packet = view.packet
    found = ask(packet.src if args["side"] == "src" else packet.dst, device)
    if found is None:
        return UNKNOWN
    return _has_type6(found.lower(), args["types"]) if packet.family == 6 else found.lower() in args["types"]


def _has_type6(found: str, types: frozenset[str]) -> bool:
    """Of IPv6 an own address is unicast, too, and what is asked for beside it must hold as well (match_type6())."""
    if "multicast" in types and found != "multicast":
        return False
    if "unicast" in types and found == "multicast":
        return False
    others = types - {"multicast", "unicast", "unspec"}
    return found in others if others else True


def _reverse_path(view: View, args: Args) -> Answer:
    """Whether a packet back to the sender would go out where this one came in (rpfilter_mt())."""
    packet = view.packet
    if view.iif == "lo":
        return True
    if view.context.fib is None:
        return UNKNOWN
    flags = {"saddr", *(("mark",) if args["mark"] else ())}
    found = view.context.fib(packet, frozenset(flags if args["loose"] else flags | {"iif"}))
    if found is None:
        return UNKNOWN
    if found.type == "local":
        return bool(args["local"])
    if found.type != "unicast":
        return False
    return bool(args["loose"]) or found.oif == view.iif


# -- the rest ----------------------------------------------------------------------------------------------------
def _chance(view: View, args: Args) -> Answer:
    probability = args["probability"]
    return True if probability >= 1 else False if probability <= 0 else Chance(probability)


def _rate(view: View, args: Args) -> Answer:
    return RATE


def _content(view: View, args: Args) -> Answer:
    return CONTENT if view.packet.carries_data else False


def _bpf(view: View, args: Args) -> Answer:
    """bpf_mt(): a program of classic BPF, which sees the IP packet."""
    found = run(args["program"], view.packet, False)
    return UNKNOWN if found is None else found != 0


def _unknown(view: View, args: Args) -> Answer:
    return UNKNOWN


def _ipsec(view: View, args: Args) -> Answer:
    """policy_mt(): without policies of IPsec nothing is protected."""
    return UNKNOWN if view.context.ipsec is not False else not args["protected"]


MATCHES: t.Mapping[str, Function] = {
    "source": _prefix("src"),
    "destination": _prefix("dst"),
    "source_range": _address_range("src"),
    "destination_range": _address_range("dst"),
    "in_interface": _in_interface,
    "out_interface": _out_interface,
    "protocol": _protocol,
    "source_port": _source_port,
    "destination_port": _destination_port,
    "any_port": _any_port,
    "tcp_flags": _tcp_flags,
    "icmp_type": _icmp_type,
    "fragment": _fragment,
    "length": _length,
    "ttl": _ttl,
    "tos": _tos,
    "mac_source": _mac_source,
    "packet_type": _packet_type,
    "physdev_in": _physdev_in,
    "physdev_out": _physdev_out,
    "physdev_is_in": _physdev_is_in,
    "physdev_is_out": _physdev_is_out,
    "physdev_is_bridged": _physdev_is_bridged,
    "mark": _mark,
    "owner": _owner,
    "owner_group": _owner_group,
    "owner_socket": _owner_socket,
    "cgroup": _cgroup,
    "segment_size": _segment_size,
    "connection_bytes": _connection_bytes,
    "connection_average": _connection_average,
    "connection_packets": _connection_packets,
    "cgroup_class": lambda view, args: OWNER,
    "socket": _socket,
    "ct_state": _ct_state,
    "ct_status": _ct_status,
    "ct_protocol": _ct_protocol,
    "ct_address": _ct_address,
    "ct_port": _ct_port,
    "ct_direction": _ct_direction,
    "ct_mark": _ct_mark,
    "ct_helper": _ct_helper,
    "address_type": _address_type,
    "reverse_path": _reverse_path,
    "ipsec": _ipsec,
    "ipset": _ipset.matches,
    "nft": _nft_match.matches,
    "chance": _chance,
    "rate": _rate,
    "content": _content,
    "bpf": _bpf,
    "unknown": _unknown,
}
