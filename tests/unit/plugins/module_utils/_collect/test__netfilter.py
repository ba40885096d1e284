# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packet filter rules of both back ends, each whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import typing as t
import uuid

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _netfilter, _nft_tables, _tools
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import HOST, Namespace, Reader
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import NftTable

NFT_SAVE, NFT6_SAVE, LEGACY_SAVE, NFT = (
    "/s/iptables-nft-save",
    "/s/ip6tables-nft-save",
    "/s/iptables-legacy-save",
    "/s/nft",
)
RULES = "*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n"
MISMATCH = "# Table `filter' is incompatible, use 'nft' tool.\n"
METAINFO = {"metainfo": {"version": "1.0.6", "json_schema_version": 1}}


class Modules(_tools.KernelModules):
    def __init__(self, *names: str) -> None:
        super().__init__("/")
        self.names = names

    def present(self, name: str) -> bool:
        return name in self.names


def tool(path: str, version: str = "v1.8.9 (nf_tables)", origin: str = "host") -> _tools.Tool:
    return _tools.Tool((path,), path, origin, version)


def programs(*, nft: bool = True, save: bool = True, image: bool = False) -> _netfilter.Programs:
    found = {
        ("nf_tables", 4): [tool(NFT_SAVE)],
        ("nf_tables", 6): [tool(NFT6_SAVE)],
        ("legacy", 4): [tool(LEGACY_SAVE, "v1.8.9 (legacy)")],
    }
    if image:
        found["nf_tables", 4].append(tool("/image/iptables-nft-save", "v1.8.11 (nf_tables)", "image"))
    return _netfilter.Programs(found if save else {}, [tool(NFT)] if nft else [], "v1.8.9 (nf_tables)")


def tables(*names: tuple[str, str]) -> str:
    found = [{"table": {"family": family, "name": name, "handle": 1}} for family, name in names]
    return json.dumps({"nftables": [METAINFO, *found]})


def one_table(family: str, name: str) -> str:
    chain = {"chain": {"family": family, "table": name, "name": "c"}}
    return json.dumps({"nftables": [METAINFO, {"table": {"family": family, "name": name}}, chain]})


ANSWERS: dict[tuple[str, ...], t.Any] = {
    (NFT_SAVE, "-c"): RULES,
    (NFT6_SAVE, "-c"): "",
    (NFT, "-j", "list", "tables"): tables(("ip", "filter"), ("inet", "kube-proxy"), ("ip", "kube-proxy")),
    (NFT, "-j", "list", "table", "inet", "kube-proxy"): one_table("inet", "kube-proxy"),
    (NFT, "-j", "list", "table", "ip", "kube-proxy"): one_table("ip", "kube-proxy"),
    (NFT, "-j", "list", "table", "ip", "filter"): one_table("ip", "filter"),
}


@pytest.fixture(name="legacy")
def legacy_tables(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The families that have legacy tables."""
    families: set[int] = set()
    monkeypatch.setattr(_netfilter, "_has_legacy_tables", lambda _namespace, family: family in families)
    return families


@pytest.fixture(autouse=True)
def kernel_without_answer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where programs are scripted, the kernel of this machine has nothing to say."""

    def refused() -> t.NoReturn:
        raise PermissionError

    if "scripted" in request.fixturenames:
        monkeypatch.setattr(_nft_tables, "read_tables", refused)


def read(
    scripted: t.Any, answers: t.Mapping[tuple[str, ...], t.Any], found: _netfilter.Programs, *modules: str
) -> t.Any:
    return _netfilter.read_netfilter(scripted(answers), HOST, found, Modules(*modules))


@pytest.mark.usefixtures("legacy")
def test_tables_that_iptables_shows_are_not_listed_again(scripted: t.Any) -> None:
    netfilter, problems = read(scripted, ANSWERS, programs(), "nf_tables")
    assert problems == []
    assert [(entry.backend, entry.family, entry.text) for entry in netfilter.iptables] == [
        ("nf_tables", 4, RULES),
        ("nf_tables", 6, ""),
    ]
    assert netfilter.nftables.tables == [
        NftTable("ip", "filter", "iptables"),
        NftTable("inet", "kube-proxy", "nftables"),
        NftTable("ip", "kube-proxy", "nftables"),
    ]
    chains = [item["chain"]["family"] for item in json.loads(netfilter.nftables.text)["nftables"] if "chain" in item]
    assert chains == ["inet", "ip"]


@pytest.mark.usefixtures("legacy")
def test_table_that_iptables_cannot_show_is_listed_by_nft(scripted: t.Any) -> None:
    netfilter, problems = read(scripted, {**ANSWERS, (NFT_SAVE, "-c"): MISMATCH}, programs(), "nf_tables")
    assert problems == []
    assert NftTable("ip", "filter", "nftables") in netfilter.nftables.tables


@pytest.mark.usefixtures("legacy")
def test_without_iptables_nft_lists_everything(scripted: t.Any) -> None:
    netfilter, problems = read(scripted, ANSWERS, programs(save=False), "nf_tables")
    assert (netfilter.iptables, problems) == ([], [])
    assert {table.shown_in for table in netfilter.nftables.tables} == {"nftables"}


KEYWORD: dict[tuple[str, ...], t.Any] = {
    **ANSWERS,
    (NFT, "-j", "list", "tables"): tables(("inet", "limits"), ("inet", "kube-proxy"), ("ip", "kube-proxy")),
    (NFT, "-j", "list", "table", "inet", "limits"): OSError("syntax error, unexpected limits"),
    (NFT, "-j", "list", "ruleset", "inet"): json.dumps(
        {
            "nftables": [
                METAINFO,
                *json.loads(one_table("inet", "limits"))["nftables"][1:],
                *json.loads(one_table("inet", "kube-proxy"))["nftables"][1:],
                {"rule": {"family": "inet", "table": "limits", "chain": "c", "expr": [{"drop": None}]}},
            ]
        }
    ),
}


@pytest.mark.usefixtures("legacy")
def test_table_whose_name_is_a_word_of_nft_is_read_too(scripted: t.Any) -> None:
    netfilter, problems = read(scripted, KEYWORD, programs(), "nf_tables")
    assert problems == []
    objects = json.loads(netfilter.nftables.text)["nftables"]
    assert [item["chain"]["table"] for item in objects if "chain" in item] == ["limits", "kube-proxy", "kube-proxy"]
    assert [item["rule"]["table"] for item in objects if "rule" in item] == ["limits"]


@pytest.mark.usefixtures("legacy")
def test_table_that_is_gone_when_it_is_listed_is_said(scripted: t.Any) -> None:
    answers = {**KEYWORD, (NFT, "-j", "list", "ruleset", "inet"): one_table("inet", "kube-proxy")}
    netfilter, problems = read(scripted, answers, programs(), "nf_tables")
    assert netfilter.nftables.text is None
    assert ["limits" in problem.text for problem in problems] == [True]


@pytest.mark.usefixtures("legacy")
def test_without_nft_the_iptables_rules_must_do(scripted: t.Any) -> None:
    netfilter, problems = read(scripted, ANSWERS, programs(nft=False), "nf_tables")
    assert problems == []
    assert netfilter.nftables.text is None
    assert "there is no nft here" in netfilter.nftables.note
    _netfilter_found, problems = read(
        scripted, {**ANSWERS, (NFT_SAVE, "-c"): MISMATCH}, programs(nft=False), "nf_tables"
    )
    assert [problem.text for problem in problems] == [
        "Cannot read nftables of node w1: there is no nft, neither on the node nor in the image"
    ]


@pytest.mark.usefixtures("legacy")
def test_no_program_at_all_is_said(scripted: t.Any) -> None:
    _rules, problems = read(scripted, {}, _netfilter.Programs({}, [], None), "nf_tables")
    assert [problem.what for problem in problems] == ["iptables", "iptables", "nftables"]
    assert "there is no iptables-save of the nf_tables back end" in problems[0].text


@pytest.mark.usefixtures("legacy")
def test_nothing_is_run_that_would_load_modules(scripted: t.Any) -> None:
    netfilter, problems = read(scripted, {}, programs())
    assert (netfilter.iptables, problems) == ([], [])
    assert netfilter.nftables.note == "nf_tables is not loaded in this kernel"


def test_legacy_is_read_where_it_has_tables(scripted: t.Any, legacy: set[int]) -> None:
    legacy.add(4)
    netfilter, problems = read(scripted, {(LEGACY_SAVE, "-c"): RULES}, programs())
    assert problems == []
    assert [(entry.backend, entry.family, entry.version) for entry in netfilter.iptables] == [
        ("legacy", 4, "v1.8.9 (legacy)")
    ]


@pytest.mark.usefixtures("legacy")
def test_images_program_when_the_nodes_fails(scripted: t.Any) -> None:
    answers = {
        **ANSWERS,
        (NFT_SAVE, "-c"): OSError("it exited 127: no libc"),
        ("/image/iptables-nft-save", "-c"): RULES,
    }
    netfilter, problems = read(scripted, answers, programs(image=True), "nf_tables")
    assert problems == []
    assert (netfilter.iptables[0].origin, netfilter.iptables[0].version) == ("image", "v1.8.11 (nf_tables)")


@pytest.mark.usefixtures("legacy")
def test_failing_program_is_named_and_the_other_family_read(scripted: t.Any) -> None:
    answers = {**ANSWERS, (NFT_SAVE, "-c"): OSError("it exited 4: Fetching rule set generation id failed")}
    netfilter, problems = read(scripted, answers, programs(), "nf_tables")
    assert [entry.family for entry in netfilter.iptables] == [6]
    assert problems[0].what == "iptables"
    assert "Fetching rule set generation id failed" in problems[0].text


@pytest.mark.usefixtures("legacy")
def test_half_a_ruleset_is_never_kept(scripted: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_netfilter, "MAX_RULES", 20)
    netfilter, problems = read(scripted, ANSWERS, programs(), "nf_tables")
    assert [entry.family for entry in netfilter.iptables] == [6]
    assert netfilter.nftables.text is None
    assert [problem.what for problem in problems] == ["iptables", "nftables"]
    assert all("half a ruleset would mislead" in problem.text for problem in problems)


@pytest.mark.usefixtures("legacy")
@pytest.mark.parametrize("output", ["JSON support not compiled-in", "[]", '{"nftables": 1}'])
def test_nft_without_json(scripted: t.Any, output: str) -> None:
    netfilter, problems = read(scripted, {**ANSWERS, (NFT, "-j", "list", "tables"): output}, programs(), "nf_tables")
    assert netfilter.nftables.text is None
    assert problems[0].text.startswith("Cannot read nftables of node w1: nft did not print")


# -- finding the programs ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "there, expected",
    [
        ({"iptables-save": "iptables-save v1.6.1"}, {("legacy", 4): "v1.6.1"}),
        ({"iptables-save": "iptables-save v1.8.7 (legacy)"}, {("legacy", 4): "v1.8.7 (legacy)"}),
        (
            {
                "iptables-save": "iptables-save v1.8.9 (nf_tables)",
                "iptables-nft-save": "iptables-nft-save v1.8.9 (nf_tables)",
                "iptables-legacy-save": "iptables-save v1.8.9 (legacy)",
            },
            {("nf_tables", 4): "v1.8.9 (nf_tables)", ("legacy", 4): "v1.8.9 (legacy)"},
        ),
        ({"ip6tables-nft-save": "ip6tables-nft-save v1.8.2"}, {("nf_tables", 6): "v1.8.2 (nf_tables)"}),
    ],
)
def test_back_ends_are_told_apart_by_version_text(
    scripted: t.Any, monkeypatch: pytest.MonkeyPatch, there: dict[str, str], expected: dict[tuple[str, int], str]
) -> None:
    monkeypatch.setattr(_tools, "find", lambda name, _root: [tool(f"/s/{name}", "")] if name in there else [])
    answers = {(f"/s/{name}", "--version"): text for name, text in there.items()}
    found = _netfilter.find_programs(scripted(answers), "/")
    assert {key: tools[0].version for key, tools in found.save.items()} == expected
    assert all(len(tools) == 1 for tools in found.save.values())


def test_program_that_does_not_start_is_passed_over(scripted: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [tool("/host/x", "", "host"), tool("/image/x", "", "image")]
    monkeypatch.setattr(_tools, "find", lambda name, _root: both if name == "iptables-save" else [])
    answers = {("/host/x", "--version"): OSError("no loader"), ("/image/x", "--version"): "iptables v1.8.9 (nf_tables)"}
    found = _netfilter.find_programs(scripted(answers), "/host")
    assert [known.origin for known in found.save["nf_tables", 4]] == ["image"]


# -- a real ruleset ----------------------------------------------------------------------------------------------
def test_real_rules_of_a_pod(net: t.Any) -> None:
    reader = Reader("w1", 20)
    found = _netfilter.find_programs(reader, "/")
    if ("nf_tables", 4) not in found.save or not found.nft or not shutil.which("iptables-nft"):
        pytest.skip("needs iptables with the nf_tables back end, and nft")
    inside = ["ip", "netns", "exec", net.pod]
    rule = ["iptables-nft", "-A", "OUTPUT", "-d", "203.0.113.9", "-j", "DROP"]
    subprocess.run([*inside, *rule], check=True)
    subprocess.run([*inside, "nft", "add", "table", "inet", "guard"], check=True)
    try:
        netfilter, problems = _netfilter.read_netfilter(reader, net.as_pod, found, _tools.KernelModules("/"))
    finally:
        subprocess.run([*inside, "nft", "flush", "ruleset"], check=True)
    assert problems == []
    assert "-A OUTPUT -d 203.0.113.9/32 -j DROP" in netfilter.iptables[0].text
    assert {table.name: table.shown_in for table in netfilter.nftables.tables} == {
        "filter": "iptables",
        "guard": "nftables",
    }
    assert '"guard"' in (netfilter.nftables.text or "")


def test_real_table_whose_name_is_a_word_of_nft(net: t.Any) -> None:
    reader = Reader("w1", 20)
    found = _netfilter.find_programs(reader, "/")
    if not found.nft or not shutil.which("nft"):
        pytest.skip("needs nft")
    inside = ["ip", "netns", "exec", net.pod, "nft"]
    named = {"family": "inet", "name": "limits"}
    chain = {"family": "inet", "table": "limits", "name": "input", "type": "filter", "hook": "input", "prio": 0}
    rule = {"family": "inet", "table": "limits", "chain": "input", "expr": [{"drop": None}]}
    made = [{"add": {"table": named}}, {"add": {"chain": {**chain, "policy": "accept"}}}, {"add": {"rule": rule}}]
    subprocess.run([*inside, "-j", "-f", "-"], input=json.dumps({"nftables": made}), text=True, check=True)
    try:
        netfilter, problems = _netfilter.read_netfilter(reader, net.as_pod, found, _tools.KernelModules("/"))
    finally:
        subprocess.run([*inside, "flush", "ruleset"], check=True)
    assert problems == []
    assert '"drop"' in (netfilter.nftables.text or "")


def test_real_rules_of_the_legacy_back_end() -> None:
    reader = Reader("w1", 20)
    found = _netfilter.find_programs(reader, "/")
    name = f"pns-{uuid.uuid4().hex[:8]}-old"
    if ("legacy", 4) not in found.save or os.geteuid() != 0:
        pytest.skip("needs root and iptables with the legacy back end")
    if subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine does not let root make network namespaces")
    inside = ["ip", "netns", "exec", name]
    try:
        rule = ["iptables-legacy", "-A", "FORWARD", "-s", "203.0.113.9", "-j", "DROP"]
        if subprocess.run([*inside, *rule], check=False, capture_output=True).returncode != 0:
            pytest.skip("this kernel has no legacy tables")
        with subprocess.Popen([*inside, "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            if process.stdin is None or process.stdout is None:
                pytest.fail("no pipes")
            process.stdin.write(b"\n")  # it answers when it runs, in its namespace
            process.stdin.flush()
            process.stdout.readline()
            namespace = Namespace("pod:default/old", process.pid, _netns.netns_inode(process.pid))
            modules = _tools.KernelModules("/")
            netfilter, problems = _netfilter.read_netfilter(reader, namespace, found, modules)
            process.stdin.close()
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
    assert problems == []
    legacy = [entry for entry in netfilter.iptables if entry.backend == "legacy"]
    assert [entry.family for entry in legacy] == [4]  # IPv6 has no tables there, and was not asked
    assert "-A FORWARD -s 203.0.113.9/32 -j DROP" in legacy[0].text and "(legacy)" in legacy[0].version


def test_the_kernel_names_the_tables_that_nft_does(net: t.Any) -> None:
    reader = Reader("w1", 20)
    found = _netfilter.find_programs(reader, "/")
    if not found.nft:
        pytest.skip("needs nft")
    nft = found.nft[0].argv
    for family in ("ip", "ip6", "inet", "bridge", "arp", "netdev"):
        reader.text("nftables", [*nft, "add", "table", family, f"named-{family}"], net.as_pod)
    try:
        listing = json.loads(reader.text("nftables", [*nft, "-j", "list", "tables"], net.as_pod))
        told = _netns.call_in(net.as_pod.pid, _nft_tables.read_tables, net.as_pod.inode)
    finally:
        reader.text("nftables", [*nft, "flush", "ruleset"], net.as_pod)
    names = [item["table"] for item in listing["nftables"] if "table" in item]
    assert len(told) == 6 and told == [{key: item[key] for key in ("family", "name", "handle")} for item in names]


def test_reading_makes_no_tables(net: t.Any) -> None:
    reader = Reader("w1", 20)
    found = _netfilter.find_programs(reader, "/")
    if not found.nft or not shutil.which("nft"):
        pytest.skip("needs nft")
    _netfilter.read_netfilter(reader, net.as_pod, found, _tools.KernelModules("/"))
    listing = reader.text("nftables", [*found.nft[0].argv, "list", "tables"], net.as_pod)
    assert listing == ""
