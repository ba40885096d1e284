# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is built is what the lab says it runs."""

from __future__ import annotations

import re

import pytest
from podnet_lab import binaries, images
from podnet_lab.config import COREDNS_VERSION, FLANNEL_VERSION, KUBERNETES_VERSION, LAB_SOURCE

SOURCE = LAB_SOURCE / "go" / "cluster"
MODULE = (SOURCE / "go.mod").read_text(encoding="utf-8")


def _required(module: str) -> str:
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} (\S+)", MODULE, re.MULTILINE)
    assert found, module
    return found[1]


@pytest.mark.parametrize(
    ("module", "version"),
    [
        ("k8s.io/kubernetes", KUBERNETES_VERSION),
        ("github.com/flannel-io/flannel", FLANNEL_VERSION),
        ("github.com/coredns/coredns", COREDNS_VERSION),
    ],
)
def test_the_module_has_the_versions_that_the_images_are_named_by(module: str, version: str) -> None:
    assert _required(module) == version


def test_all_programs_share_one_version_of_what_kubernetes_is_made_of() -> None:
    """Whatever a module asks for: what is replaced comes in Kubernetes' own version."""
    replaced = dict(re.findall(r"^\t(k8s\.io/\S+) => k8s\.io/\S+ (\S+)$", MODULE, re.MULTILINE))
    asked_for = set(re.findall(r"^\t(k8s\.io/[a-z-]+) v", MODULE, re.MULTILINE))
    # These have versions of their own, which do not follow those of Kubernetes.
    assert asked_for - replaced.keys() == {"k8s.io/kubernetes", "k8s.io/kube-openapi", "k8s.io/utils"}
    assert set(replaced.values()) == {KUBERNETES_VERSION.replace("v1.", "v0.", 1)}


def test_the_binary_has_every_program_under_the_name_that_it_is_called_by() -> None:
    table = re.findall(r'^\t"([a-z-]+)": +\w+,$', (SOURCE / "main.go").read_text(encoding="utf-8"), re.MULTILINE)
    in_images = {name.rpartition("/")[2] for image in images._images() for name, _file in image.files} - {"pause"}
    assert set(table) == {*binaries.HOST_PROGRAMS, *in_images}
