# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster, which credentials, which way."""

from __future__ import annotations

import base64
import json
import pathlib
import ssl
import stat
import sys
import tempfile
import textwrap
import time
import typing as t

import pytest
import yaml

from ansible_collections.podnet.diagnostics.plugins.module_utils._kube import _config
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._errors import KubeError
from ansible_collections.podnet.diagnostics.plugins.module_utils._kube._options import KubeOptions

SERVER = "https://kube.example:6443"


def write(path: pathlib.Path, user: dict[str, t.Any], **cluster: t.Any) -> str:
    """A kubeconfig with two contexts, of which `here` is the current one."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "clusters": [
            {"name": "here", "cluster": {"server": SERVER, **cluster}},
            {"name": "there", "cluster": {"server": "https://there.example"}},
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "me"}} for name in ("here", "there")],
        "users": [{"name": "me", "user": user}],
    }
    path.write_text(yaml.safe_dump(config))
    return str(path)


def failure(**options: t.Any) -> KubeError:
    with pytest.raises(KubeError) as caught:
        _config.load_access(KubeOptions(**options))
    return caught.value


def test_kubeconfig_with_a_token(tmp_path: pathlib.Path) -> None:
    access = _config.load_access(KubeOptions(kubeconfig=write(tmp_path / "k", {"token": "word"})))
    assert access.server == SERVER
    assert dict(access.headers()) == {"Authorization": "Bearer word"}
    assert "word" not in repr(access)


def _hello(tls: ssl.SSLContext) -> bytes:
    """With what a connection begins."""
    sent = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        tls.wrap_bio(ssl.MemoryBIO(), sent, server_hostname="kube.example").do_handshake()
    return sent.read()


def test_what_a_connection_offers_is_set_once_for_all_threads(tmp_path: pathlib.Path) -> None:
    """Set again, it could be freed while another thread's connection begins."""
    tls = _config.load_access(KubeOptions(kubeconfig=write(tmp_path / "k", {"token": "word"}))).tls
    assert tls is not None and b"\x08http/1.1" in _hello(tls)
    tls.set_alpn_protocols(["other/2"])
    assert b"\x08http/1.1" in _hello(tls) and b"other/2" not in _hello(tls)


def test_another_context(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path / "k", {"token": "word"})
    assert _config.load_access(KubeOptions(kubeconfig=path, context="there")).server == "https://there.example"


def test_the_variable_of_kubectl_names_the_file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'absent'}:{write(tmp_path / 'k', {'token': 'word'})}")
    assert _config.load_access(KubeOptions()).server == SERVER


def test_the_file_in_the_home_directory_is_the_last_resort(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home" / ".kube").mkdir()
    write(tmp_path / "home" / ".kube" / "config", {"token": "word"})
    assert _config.load_access(KubeOptions()).server == SERVER


def test_a_server_and_a_token_need_no_file() -> None:
    access = _config.load_access(KubeOptions(host="https://other.example/", api_key="key"))
    assert access.server == "https://other.example"
    assert dict(access.headers()) == {"Authorization": "Bearer key"}


def test_credentials_of_the_home_directory_do_not_go_to_a_server_that_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "home" / ".kube").mkdir()
    write(tmp_path / "home" / ".kube" / "config", {"token": "word"})
    assert _config.load_access(KubeOptions(host="https://other.example")).headers() == []


def test_user_name_and_password() -> None:
    access = _config.load_access(KubeOptions(host=SERVER, username="me", password="word"))
    assert dict(access.headers()) == {"Authorization": "Basic " + base64.b64encode(b"me:word").decode()}


def test_acting_as_somebody_else() -> None:
    access = _config.load_access(
        KubeOptions(host=SERVER, api_key="k", impersonate_user="you", impersonate_groups=("a", "b"))
    )
    assert access.headers()[1:] == [("Impersonate-User", "you"), ("Impersonate-Group", "a"), ("Impersonate-Group", "b")]


def test_in_a_pod_the_service_account_is_used(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, certificates: pathlib.Path
) -> None:
    token = tmp_path / "token"
    token.write_text("pod-token")
    monkeypatch.setattr(_config, "_SERVICE_ACCOUNT", str(token))
    monkeypatch.setattr(_config.incluster_config, "SERVICE_TOKEN_FILENAME", str(token))
    monkeypatch.setattr(_config.incluster_config, "SERVICE_CERT_FILENAME", str(certificates / "ca.crt"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    access = _config.load_access(KubeOptions())
    assert access.server == "https://10.96.0.1:443"
    assert dict(access.headers())["Authorization"].lower() == "bearer pod-token"


def test_certificates_in_the_file_leave_nothing_on_disk(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, certificates: pathlib.Path
) -> None:
    def data(name: str) -> str:
        return base64.b64encode((certificates / name).read_bytes()).decode()

    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    path = write(
        tmp_path / "k",
        {"client-certificate-data": data("client.crt"), "client-key-data": data("client.key")},
        **{"certificate-authority-data": data("ca.crt")},
    )
    for _unused_turn in range(2):  # the library remembers the names of the files it wrote
        access = _config.load_access(KubeOptions(kubeconfig=path))
        assert access.tls is not None and access.tls.verify_mode == ssl.CERT_REQUIRED
        assert access.tls.cert_store_stats()["x509_ca"] == 1
        assert list(folder.iterdir()) == []


def plugin(tmp_path: pathlib.Path, script: str) -> str:
    """A kubeconfig whose credentials come from a program."""
    program = tmp_path / "plugin"
    program.write_text(f"#!{sys.executable}\n{textwrap.dedent(script)}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return write(
        tmp_path / "k",
        {
            "exec": {
                "apiVersion": "client.authentication.k8s.io/v1",
                "command": str(program),
                "interactiveMode": "Never",
            }
        },
    )


def test_credential_plugin(tmp_path: pathlib.Path) -> None:
    status = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "made"}}
    path = plugin(tmp_path, f"print({json.dumps(json.dumps(status))})")
    assert dict(_config.load_access(KubeOptions(kubeconfig=path)).headers()) == {"Authorization": "Bearer made"}


def test_what_was_read_a_moment_ago_is_not_read_again(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = KubeOptions(kubeconfig=write(tmp_path / "k", {"token": "first"}))
    first = _config.recent_access(options)
    assert _config.recent_access(options) is first
    assert _config.recent_access(KubeOptions(kubeconfig=options.kubeconfig, context="there")).server != SERVER
    first = _config.recent_access(options)
    write(tmp_path / "k", {"token": "second"})
    second = _config.recent_access(options)
    assert second is not first and dict(second.headers()) == {"Authorization": "Bearer second"}
    monkeypatch.setenv("NO_PROXY", "kube.example")
    third = _config.recent_access(options)
    assert third is not second
    monkeypatch.setattr(_config, "_FRESH_SECONDS", 0.0)
    assert _config.recent_access(options) is not third


def test_credentials_that_have_expired_are_fetched_again(tmp_path: pathlib.Path) -> None:
    path = plugin(
        tmp_path,
        f"""
        import json, pathlib
        counter = pathlib.Path({str(tmp_path / "counter")!r})
        turn = len(counter.read_text()) if counter.exists() else 0
        counter.write_text("x" * (turn + 1))
        status = {{"token": f"token-{{turn}}", "expirationTimestamp": "2020-01-01T00:00:00Z"}}
        version = "client.authentication.k8s.io/v1"
        print(json.dumps({{"apiVersion": version, "kind": "ExecCredential", "status": status}}))
    """,
    )
    access = _config.load_access(KubeOptions(kubeconfig=path))
    first, second = dict(access.headers()), dict(access.headers())
    assert first != second and all(headers["Authorization"].startswith("Bearer token-") for headers in (first, second))


def test_credential_plugin_that_fails_is_named(tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = plugin(tmp_path, "import sys; sys.stderr.write('please log in again\\n'); sys.exit(4)")
    error = failure(kubeconfig=path)
    assert error.kind == "config" and path in str(error)
    assert "4" in str(error) and "please log in again" in str(error)
    assert "please log in" not in capfd.readouterr().err


def test_credential_plugin_that_hangs_is_ended(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_config, "PLUGIN_SECONDS", 3.0)
    script = """
        import os, pathlib, subprocess, time
        child = subprocess.Popen(["sleep", "600"])
        pathlib.Path(__file__).with_name("pids").write_text(f"{os.getpid()} {child.pid}")
        time.sleep(600)
    """
    error = failure(kubeconfig=plugin(tmp_path, script))
    assert error.kind == "config" and "its credential plugin did not end" in str(error)
    for pid in (tmp_path / "pids").read_text().split():
        end = time.monotonic() + 20
        while _runs(int(pid)):
            assert time.monotonic() < end
            time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def test_credential_plugin_that_is_missing_is_named(tmp_path: pathlib.Path) -> None:
    path = write(
        tmp_path / "k", {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "/no/such/plugin"}}
    )
    assert "/no/such/plugin" in str(failure(kubeconfig=path))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["No such file"]),
        ("", ["k"]),
        ("{", ["YAML"]),
        ("[1, 2]", []),
        ("apiVersion: v1\nkind: Config\n", []),
        ("\x00\xff", []),
    ],
)
def test_bad_kubeconfig_is_one_sentence_that_names_it(
    tmp_path: pathlib.Path, content: str | None, words: list[str]
) -> None:
    path = tmp_path / "k"
    if content is not None:
        path.write_text(content, encoding="latin-1")
    error = failure(kubeconfig=str(path))
    assert error.kind == "config"
    assert str(path) in str(error) and "\n" not in str(error)
    assert all(word in str(error) for word in words), error


def test_unknown_context_is_named(tmp_path: pathlib.Path) -> None:
    error = failure(kubeconfig=write(tmp_path / "k", {"token": "word"}), context="nowhere")
    assert error.kind == "config" and "nowhere" in str(error) and "word" not in str(error)


def test_no_configuration_at_all_says_what_to_give() -> None:
    error = failure()
    assert error.kind == "config"
    assert all(word in str(error) for word in ("kubeconfig", "host", "KUBECONFIG"))


@pytest.mark.parametrize(
    "host", ["kube.example", "ftp://kube.example", "https://", "https://kube.example:99999", "$(date)"]
)
def test_server_that_is_no_url(host: str) -> None:
    error = failure(host=host)
    assert error.kind == "config" and host in str(error)


def test_missing_certificate_authority_is_named(tmp_path: pathlib.Path) -> None:
    error = failure(host=SERVER, ca_cert=str(tmp_path / "absent.crt"))
    assert error.kind == "tls" and "absent.crt" in str(error) and "No such file" in str(error)


def test_client_key_of_another_certificate(certificates: pathlib.Path) -> None:
    error = failure(
        host=SERVER,
        ca_cert=str(certificates / "ca.crt"),
        client_cert=str(certificates / "client.crt"),
        client_key=str(certificates / "server.key"),
    )
    assert error.kind == "tls" and "client certificate" in str(error)


def test_no_verification_only_if_asked_for() -> None:
    def mode(**options: t.Any) -> ssl.VerifyMode:
        tls = _config.load_access(KubeOptions(host=SERVER, **options)).tls
        assert tls is not None
        return tls.verify_mode

    assert mode() == mode(validate_certs=True) == ssl.CERT_REQUIRED
    assert mode(validate_certs=False) == ssl.CERT_NONE


def test_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_config, "KUBERNETES_PROBLEM", "No module named 'kubernetes'")
    error = failure()
    assert error.kind == "config"
    assert (
        "pip install 'kubernetes>=29.0.0'" in str(error)
        and "No module named" in str(error)
        and sys.executable in str(error)
    )


def test_proxy_of_the_option_and_its_password() -> None:
    access = _config.load_access(KubeOptions(host=SERVER, proxy="http://me:pass%20word@proxy.example:3128"))
    assert access.proxy is not None
    assert access.proxy.url == "http://proxy.example:3128"
    assert access.proxy.authorization == "Basic " + base64.b64encode(b"me:pass word").decode()
    assert access.clean("me:pass%20word@proxy") == "me:********@proxy"


def test_proxy_of_the_environment_and_its_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    access = _config.load_access(KubeOptions(host=SERVER))
    assert access.proxy is not None and access.proxy.host == "proxy.example"
    monkeypatch.setenv("NO_PROXY", "other.test,.example")
    monkeypatch.setenv("no_proxy", "other.test,.example")
    assert _config.load_access(KubeOptions(host=SERVER)).proxy is None
    assert _config.load_access(KubeOptions(host=SERVER, proxy="http://proxy.example:3128")).proxy is not None
    assert _config.load_access(KubeOptions(host=SERVER, proxy="http://p:1", no_proxy="kube.example")).proxy is None


def test_proxy_and_server_name_of_the_kubeconfig(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")  # is about the proxy of the environment
    path = write(
        tmp_path / "k", {"token": "word"}, **{"proxy-url": "http://proxy.example:3128", "tls-server-name": "inner"}
    )
    access = _config.load_access(KubeOptions(kubeconfig=path))
    assert access.proxy is not None and access.proxy.url == "http://proxy.example:3128"
    assert access.server_hostname == "inner"


def test_proxy_of_a_kind_that_is_not_supported() -> None:
    assert "socks5" in str(failure(host=SERVER, proxy="socks5://proxy.example:1080"))


@pytest.mark.parametrize(
    ("host", "rules", "exempt"),
    [
        ("kube.example", "", False),
        ("kube.example", "*", True),
        ("kube.example", "kube.example", True),
        ("kube.example", "example", True),
        ("kube.example", ".example", True),
        ("notexample", "example", False),
        ("192.0.2.7", "192.0.2.0/24", True),
        ("192.0.3.7", "192.0.2.0/24, 198.51.100.0/24", False),
        ("2001:db8::1", "2001:db8::/32", True),
        ("192.0.2.7", "nonsense/99", False),
    ],
)
def test_exceptions_from_the_proxy(host: str, rules: str, exempt: bool) -> None:
    assert _config.is_exempt(host, rules) is exempt
