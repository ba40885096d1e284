# SPDX-License-Identifier: GPL-3.0-or-later
"""Container images without a registry, and a containerd root that has them already.

Every node's /var/lib/containerd starts as a copy of that root in which the file
contents are hard links: unpacking images again on every boot would take longer
than the rest of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import layers
from .binaries import COREDNS, FLANNEL, INIT, KUBERNETES
from .cache import Item, digest, remove_tree
from .config import IMAGE_AGENT, IMAGE_COREDNS, IMAGE_FLANNEL, IMAGE_KUBE_PROXY, IMAGE_PAUSE, IMAGE_PYTHON, LAB_SOURCE
from .proc import run

IMPORT_SCRIPT = LAB_SOURCE / "scripts" / "import-images.sh"
RECIPE = "1"  # to be raised when images are to be made again
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Image:
    """An image: directories from the bottom up, or single files (path in image → source)."""

    name: str
    directories: tuple[Path, ...] = ()
    files: tuple[tuple[str, Path], ...] = ()
    command: tuple[str, ...] = ()


def _images() -> list[Image]:
    python = (layers.PYTHON.item.path,)
    agent = (*python, layers.AGENT.item.path)
    kubernetes = KUBERNETES.path / "kubernetes"
    return [
        Image(IMAGE_PYTHON, python, command=("python3",)),
        Image(IMAGE_AGENT, agent, command=("/bin/sh",)),
        Image(IMAGE_PAUSE, files=(("pause", INIT.path / "init"),), command=("/pause",)),
        Image(IMAGE_KUBE_PROXY, agent, (("usr/local/bin/kube-proxy", kubernetes),)),
        Image(IMAGE_FLANNEL, agent, (("opt/bin/flanneld", FLANNEL.path / "flannel"),)),
        Image(IMAGE_COREDNS, files=(("coredns", COREDNS.path / "coredns"),), command=("/coredns",)),
    ]


def _write_layer(target: Path, source: Path | None, files: Sequence[tuple[str, Path]]) -> str:
    """Write one layer tar; return the sha256 of its content, which is its diff id."""
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        if source is not None:
            for path in sorted(source.rglob("*")):
                _add(archive, path, path.relative_to(source))
        for name, file in files:
            info = archive.gettarinfo(str(file.resolve()), arcname=name)
            info.type, info.mode, info.uid, info.gid = tarfile.REGTYPE, 0o755, 0, 0
            info.size = file.stat().st_size
            with file.open("rb") as handle:
                archive.addfile(info, handle)
    total = hashlib.sha256()
    with target.open("rb") as handle:
        while part := handle.read(1 << 20):
            total.update(part)
    return total.hexdigest()


def _add(archive: tarfile.TarFile, path: Path, name: Path) -> None:
    status = path.lstat()
    if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
        # An overlay marks a removed file so, an image by its name (OCI image spec, whiteouts).
        info = tarfile.TarInfo(str(name.parent / f".wh.{name.name}"))
        archive.addfile(info)
        return
    if not stat.S_ISSOCK(status.st_mode):
        archive.add(path, arcname=str(name), recursive=False)


def _write_archive(image: Image, directory: Path, layer_files: dict[Path, tuple[Path, str]]) -> None:
    """Write a docker-archive: manifest.json, the configuration and the layers."""
    parts: list[tuple[Path, str]] = []
    for source in image.directories:
        if source not in layer_files:
            target = directory / f"layer-{len(layer_files)}"
            layer_files[source] = (target, _write_layer(target, source, ()))
        parts.append(layer_files[source])
    own = directory / "layer-own"
    if image.files:
        parts.append((own, _write_layer(own, None, image.files)))
    config = {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine),
        "os": "linux",
        "config": {"Env": [f"PATH={PATH}"], "Cmd": list(image.command)},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{part[1]}" for part in parts]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [image.name], "Layers": [f"{part[1]}.tar" for part in parts]}]
    name = image.name.replace("/", "_").replace(":", "_")
    with tarfile.open(directory / f"{name}.tar", "w") as archive:
        for file_name, content in (("config.json", config), ("manifest.json", manifest)):
            path = directory / file_name
            path.write_text(json.dumps(content), encoding="utf-8")
            archive.add(path, arcname=file_name)
        for path, diff in parts:
            archive.add(path, arcname=f"{diff}.tar")
    own.unlink(missing_ok=True)


def _import(directory: Path) -> None:
    work = directory.with_name(f"{directory.name}.archives")
    scratch = directory.with_name(f"{directory.name}.scratch")
    for fresh in (work, scratch):
        remove_tree(fresh)
        fresh.mkdir()
    layer_files: dict[Path, tuple[Path, str]] = {}
    for image in _images():
        _write_archive(image, work, layer_files)
    lower = ":".join(str(path) for path in layers.NODE.stack())
    run(
        [
            "unshare",
            "--mount",
            "--pid",
            "--net",
            "--fork",
            "--kill-child",
            "/bin/sh",
            str(IMPORT_SCRIPT),
            lower,
            str(scratch),
            str(directory),
            str(work),
        ],
        timeout=600,
    )
    remove_tree(work)
    remove_tree(scratch)


CONTAINERD_ROOT = Item(
    "containerd",
    digest(IMPORT_SCRIPT, RECIPE, layers.NODE.item.key, INIT.key, KUBERNETES.key, COREDNS.key, FLANNEL.key),
    "container images, imported once",
    _import,
    20,
)


def copy_containerd_root(target: Path) -> None:
    """Give a node its containerd root: hard links, but databases of its own."""
    source = CONTAINERD_ROOT.path
    target.mkdir(exist_ok=True)
    linked = source.stat().st_dev == target.stat().st_dev
    run(["cp", "-a", *(["--link"] if linked else []), f"{source}/.", str(target)], timeout=120)
    for database in source.rglob("*.db"):
        copy = target / database.relative_to(source)
        copy.unlink()
        run(["cp", "-a", str(database), str(copy)])
