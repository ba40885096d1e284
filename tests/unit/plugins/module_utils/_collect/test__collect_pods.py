# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods of a node, their resolver configuration, and the namespaces that are read in full."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils import _netns
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect import _nsid, _pods
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._reader import (
    HOST,
    Namespace,
    Reader,
    ReadError,
)
from ansible_collections.podnet.diagnostics.plugins.module_utils._collect._types import PodEntry

WEB = PodEntry("pod:default/web-0", 300, 4026532900, False, None)
PROXY = PodEntry("pod:kube-system/kube-proxy-1", 400, 4026531840, True, None)
GONE = PodEntry("pod:default/gone", None, None, False, "Cannot find pod default/gone: no process of it runs here")


def test_namespaces_to_read() -> None:
    wanted = ["host", WEB.id, WEB.id, PROXY.id, GONE.id, "pod:default/unknown"]
    found, problems = _pods.namespaces([WEB, PROXY, GONE], wanted, "w1")
    assert found == [Namespace(WEB.id, 300, 4026532900)]
    assert [problem.text for problem in problems] == [
        "Cannot read pod:default/gone on node w1: Cannot find pod default/gone: no process of it runs here",
        "Cannot read pod:default/unknown on node w1: it is not among the pods of the node",
    ]


def test_find_answers_for_each_pod() -> None:
    entries = _pods.find([_netns.PodRef("default", "a", ""), _netns.PodRef("default", "b", "no-such-uid")])
    assert [entry.id for entry in entries] == ["pod:default/a", "pod:default/b"]
    assert all(entry.pid is None and entry.error for entry in entries)


def test_resolv_conf_keeps_directives_only() -> None:
    text = "# made by somebody, token=abc\n; old\n\nnameserver 10.96.0.10\n  search a b\r\noptions ndots:5\nfoo bar\n"
    assert _pods.keep_directives(text) == "nameserver 10.96.0.10\nsearch a b\noptions ndots:5\n"


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("passwd: files\nhosts:  files  dns # as usual\n", "files dns"),
        ("hosts: files [NOTFOUND=return] dns\nhosts: db\n", "files [NOTFOUND=return] dns"),
        ("# hosts: dns\npasswd: files\n", None),
        ("", None),
    ],
)
def test_where_names_come_from(text: str, sources: str | None) -> None:
    assert _pods.name_sources(text) == sources


def test_resolv_conf_of_the_node(tmp_path: t.Any) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "resolv.conf").symlink_to("/run/resolve/stub.conf")
    with pytest.raises(ReadError) as caught:
        _pods.read_resolv_conf(Reader("w1", 10), HOST, str(tmp_path))
    assert caught.value.problem.text == "Cannot read resolv conf of node w1: No such file or directory"
    (tmp_path / "run" / "resolve").mkdir(parents=True)
    (tmp_path / "run" / "resolve" / "stub.conf").write_text("nameserver 127.0.0.53\n")
    assert _pods.read_resolv_conf(Reader("w1", 10), HOST, str(tmp_path)) == "nameserver 127.0.0.53\n"


# -- namespace ids -----------------------------------------------------------------------------------------------
def test_other_end_of_a_veth_pair_is_found(net: t.Any) -> None:
    node, pod = net.as_node, net.as_pod
    here = _netns.call_in(node.pid, lambda: _nsid.namespace_ids({pod.inode: pod.pid}), node.inode)
    assert list(here.values()) == [pod.inode]
    there = _netns.call_in(pod.pid, lambda: _nsid.namespace_ids({node.inode: node.pid}), pod.inode)
    assert list(there.values()) == [node.inode]


def test_namespace_without_an_id_and_process_that_is_gone(net: t.Any) -> None:
    own = _netns.netns_inode()
    processes = {own: 1, 7: 2**22 + 1}
    assert _netns.call_in(net.as_pod.pid, lambda: _nsid.namespace_ids(processes)) == {}
