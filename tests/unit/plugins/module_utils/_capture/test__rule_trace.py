# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trace of rules: what is read from it, and that nothing of it stays, whatever happens to its process."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import textwrap

import pytest

from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _rule_trace

TEXT = """\
trace id 1f ip raw PREROUTING packet: iif "eth0" ip saddr 10.0.0.1 ip ttl 64 ip length 415 tcp dport 80
trace id 1f ip raw PREROUTING policy accept
trace id 1f ip filter FORWARD rule ip daddr 10.0.0.2 counter packets 3 bytes 1245 drop (verdict drop)
trace id 2f ip filter FORWARD packet: iif "eth0" ip saddr 10.0.0.1 ip ttl 64 ip length 465 udp dport 8472
trace id 2f ip filter FORWARD policy drop
trace id 3f ip filter FORWARD packet: iif "eth0" ip saddr 10.0.0.1 ip ttl 64 ip length 99 tcp dport 80
trace id 3f ip filter FORWARD rule tcp dport 80 drop (verdict drop)
trace id 4f inet podnet_trace_x pre packet: iif "eth0" ip saddr 10.0.0.1 ip ttl 64 ip length 415 tcp dport 80
trace id 4f ip filter INPUT rule tcp dport 80 accept (verdict accept)
garbage \x1b[31m
trace id
"""


def test_the_rule_that_ended_each_marked_packet_is_read(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "rules.txt"
    file.write_text(TEXT)
    assert _rule_trace.ends(str(file), [415], "podnet_trace_x") == [
        {
            "length": 415,
            "family": "ip",
            "table": "filter",
            "chain": "FORWARD",
            "rule": "ip daddr 10.0.0.2 drop",
            "packets": 1,
        },
        {"length": 415, "family": "ip", "table": "filter", "chain": "FORWARD", "rule": None, "packets": 1},
    ]


def test_no_file_is_no_trace(tmp_path: pathlib.Path) -> None:
    assert _rule_trace.ends(str(tmp_path / "none"), [415], "x") == []


def test_an_nft_that_refuses_is_told(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "rules.log"
    log.write_text("Error: syntax error, unexpected string\nadd table inet x { flags owner; }\n")
    with pytest.raises(_rule_trace.RuleTraceError, match="nft says Error: syntax error"):
        _rule_trace.wait_ready(str(log), "x")


def test_a_run_id_of_any_kind_is_a_word_of_nft() -> None:
    assert _rule_trace.table_name("a.b-c_1") == "podnet_trace_a_b_c_1"


# In a network namespace of its own: a rule drops what is pinged, and the capture is asked for it.
SCRIPT = textwrap.dedent(
    """
    import json, os, subprocess, sys, time
    from ansible_collections.podnet.diagnostics.plugins.module_utils._capture import _session, _types, _workspace
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for words in ("add table ip guard", "add chain ip guard c { type filter hook input priority 0; }",
                  "add rule ip guard c ip protocol icmp drop"):
        subprocess.run(["nft", words], check=True)
    fields = {"run_id": "rules-test", "devices": [{"name": "lo"}], "marked": [415], "trace_rules": True, "deadline": 30}
    print(_session.start(_types.StartOptions.from_dict(fields))[0].error, file=sys.stderr)
    tables = lambda: subprocess.run(["nft", "list", "tables"], capture_output=True, text=True).stdout
    told = {"during": tables()}
    subprocess.run(["ping", "-c", "2", "-i", "0.2", "-W", "1", "-s", "387", "127.0.0.1"], stdout=subprocess.DEVNULL)
    told["rules"] = _session.rule_ends("rules-test")
    if sys.argv[1] == "kill":
        state = _workspace.Workspace.find("rules-test").read_state()
        os.kill(state.supervisor.pid, 9)
    else:
        _session.stop("rules-test", 1 << 20)
    until = time.monotonic() + 5
    while "podnet" in tables() and time.monotonic() < until:
        time.sleep(0.05)
    told["after"] = tables()
    if sys.argv[1] == "kill":
        _workspace.Workspace.find("rules-test").sweep()
    print(json.dumps(told))
    """
)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("nft"), reason="needs root and nft")
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_the_table_is_there_while_packets_are_captured_and_gone_afterwards(how: str) -> None:

    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", SCRIPT, how],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert "podnet_trace_rules_test" in told["during"]
    assert told["after"].split() == ["table", "ip", "guard"]
    (end,) = told["rules"]["ends"]
    assert (end["table"], end["chain"], end["rule"], end["packets"]) == ("guard", "c", "ip protocol icmp drop", 2)


def test_without_nft_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rule_trace.shutil, "which", lambda *_words, **_fields: None)
    with pytest.raises(_rule_trace.RuleTraceError, match="nft is not installed here"):
        _rule_trace.find_nft()
