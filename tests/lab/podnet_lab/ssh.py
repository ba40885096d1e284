# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH: one key for the operator, one host key for each host, and the known hosts."""

from __future__ import annotations

from pathlib import Path

from .config import Lab
from .hosts import HostPlan, Service
from .proc import run

SSHD_CONFIG = """\
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
X11Forwarding no
PrintMotd no
MaxStartups 100
MaxSessions 100
Subsystem sftp /usr/lib/openssh/sftp-server
"""


def _key(path: Path, comment: str) -> None:
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)])


def create_operator_key(lab: Lab) -> None:
    """Make the operator's key pair and an empty list of known hosts."""
    lab.ssh.mkdir(parents=True, exist_ok=True)
    lab.ssh.chmod(0o700)
    _key(lab.ssh / "id_ed25519", "podnet-lab")
    (lab.ssh / "known_hosts").write_text("", encoding="utf-8")


def add_server(lab: Lab, plan: HostPlan, address: str) -> None:
    """Give a host an SSH server that lets root in with the operator's key."""
    key = lab.ssh / f"host-{plan.name}"
    _key(key, plan.name)
    public = key.with_suffix(".pub").read_text(encoding="utf-8")
    with (lab.ssh / "known_hosts").open("a", encoding="utf-8") as known:
        known.write(f"{plan.name},{address} {public}")
    plan.files["etc/ssh/ssh_host_ed25519_key"] = key.read_text(encoding="utf-8")
    plan.files["etc/ssh/ssh_host_ed25519_key.pub"] = public
    plan.files["etc/ssh/sshd_config"] = SSHD_CONFIG
    plan.files["root/.ssh/authorized_keys"] = (lab.ssh / "id_ed25519.pub").read_text("utf-8")
    plan.services.append(Service("sshd", ("/usr/sbin/sshd", "-D", "-e")))


def arguments(lab: Lab) -> list[str]:
    """Options for ssh that never ask a question and never touch the user's own files."""
    options = {
        "IdentityFile": str(lab.ssh / "id_ed25519"),
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": str(lab.ssh / "known_hosts"),
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "BatchMode": "yes",
        "ConnectTimeout": "5",
    }
    return [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
