# SPDX-License-Identifier: GPL-3.0-or-later
"""Container images without a registry, and a containerd root that has them already.

Every node's /var/lib/containerd starts as a copy of that root in which the file
contents are hard links: unpacking images again on every boot would take longer
than the rest of it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import layers
from .binaries import CLUSTER, INIT
from .cache import Item, digest, remove_tree
from .config import IMAGE_AGENT, IMAGE_COREDNS, IMAGE_FLANNEL, IMAGE_KUBE_PROXY, IMAGE_PAUSE, IMAGE_PYTHON, LAB_SOURCE
from .proc import run

IMPORT_SCRIPT = LAB_SOURCE / "scripts" / "import-images.sh"
RECIPE = "2"  # to be raised when images are to be made again
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Path in the image and its source, of each file; and what a layer is made of: a directory or files.
Files = tuple[tuple[str, Path], ...]
Source = Path | Files


@dataclass(frozen=True)
class Image:
    """An image: directories from the bottom up, and a layer of single files on top of them."""

    name: str
    directories: tuple[Path, ...] = ()
    files: Files = ()
    command: tuple[str, ...] = ()


def _images() -> list[Image]:
    python = (layers.PYTHON.item.path,)
    agent = (*python, layers.AGENT.item.path)
    cluster = CLUSTER.path / "cluster"
    # One layer with one content under the name that each image calls it by.
    programs = tuple((name, cluster) for name in ("usr/local/bin/kube-proxy", "opt/bin/flanneld", "coredns"))
    return [
        Image(IMAGE_PYTHON, python, command=("python3",)),
        Image(IMAGE_AGENT, agent, command=("/bin/sh",)),
        Image(IMAGE_PAUSE, files=(("pause", INIT.path / "init"),), command=("/pause",)),
        Image(IMAGE_KUBE_PROXY, agent, programs),
        Image(IMAGE_FLANNEL, agent, programs),
        Image(IMAGE_COREDNS, files=programs, command=("/coredns",)),
    ]


def _write_layer(target: Path, source: Source) -> str:
    """Write one layer tar; return the sha256 of its content, which is its diff id."""
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        if isinstance(source, Path):
            for path in sorted(source.rglob("*")):
                _add(archive, path, path.relative_to(source))
        else:
            _add_files(archive, source)
    with target.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _add_files(archive: tarfile.TarFile, files: Files) -> None:
    """Add files that anyone may execute; a second name of the same file becomes a hard link."""
    written: dict[Path, str] = {}
    for name, file in files:
        info = archive.gettarinfo(str(file.resolve()), arcname=name)
        info.mode, info.uid, info.gid = 0o755, 0, 0
        if file in written:
            info.type, info.linkname, info.size = tarfile.LNKTYPE, written[file], 0
            archive.addfile(info)
            continue
        info.type, info.size = tarfile.REGTYPE, file.stat().st_size
        with file.open("rb") as handle:
            archive.addfile(info, handle)
        written[file] = name


def _add(archive: tarfile.TarFile, path: Path, name: Path) -> None:
    status = path.lstat()
    if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
        # An overlay marks a removed file so, an image by its name (OCI image spec, whiteouts).
        info = tarfile.TarInfo(str(name.parent / f".wh.{name.name}"))
        archive.addfile(info)
        return
    if not stat.S_ISSOCK(status.st_mode):
        archive.add(path, arcname=str(name), recursive=False)


def _write_archive(images: Sequence[Image], target: Path) -> None:
    """Write a docker-archive of some images: manifest.json, their configurations, and each layer once."""
    diffs: dict[Source, str] = {}
    manifest: list[dict[str, object]] = []
    part = target.with_suffix(".part")
    with tarfile.open(target, "w") as archive:
        for image in images:
            sources: list[Source] = [*image.directories, *([image.files] if image.files else [])]
            for source in sources:
                if source not in diffs:
                    diffs[source] = _write_layer(part, source)
                    archive.add(part, arcname=f"{diffs[source]}.tar")
            layers_of_image = [diffs[source] for source in sources]
            config = _config(image, layers_of_image)
            name = f"{image.name.replace('/', '_').replace(':', '_')}.json"
            _add_text(archive, name, json.dumps(config))
            manifest.append(
                {"Config": name, "RepoTags": [image.name], "Layers": [f"{diff}.tar" for diff in layers_of_image]}
            )
        _add_text(archive, "manifest.json", json.dumps(manifest))
    part.unlink(missing_ok=True)


def _config(image: Image, diffs: Sequence[str]) -> dict[str, object]:
    """The configuration of an image, in which its layers are named by the digest of their content."""
    return {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine),
        "os": "linux",
        "config": {"Env": [f"PATH={PATH}"], "Cmd": list(image.command)},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff}" for diff in diffs]},
    }


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def _import(directory: Path) -> None:
    work = directory.with_name(f"{directory.name}.archives")
    scratch = directory.with_name(f"{directory.name}.scratch")
    for fresh in (work, scratch):
        remove_tree(fresh)
        fresh.mkdir()
    _write_archive(_images(), work / "images.tar")
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
    digest(IMPORT_SCRIPT, RECIPE, layers.NODE.item.key, INIT.key, CLUSTER.key),
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
