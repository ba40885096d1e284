#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Import image archives into a fresh containerd root, so that no lab has to do it again.
# Runs in mount, process and network namespaces of its own.
# usage: import-images.sh LOWER_DIRS SCRATCH_DIR CONTAINERD_ROOT ARCHIVE_DIR
set -eu
lower=$1 scratch=$2 store=$3 archives=$4
root=$scratch/root
mkdir -p "$root" "$scratch/upper" "$scratch/work"
mount -t overlay overlay \
    -o "lowerdir=$lower,upperdir=$scratch/upper,workdir=$scratch/work" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t sysfs sysfs "$root/sys"
mkdir -p "$root/var/lib/containerd" "$root/archives"
mount --bind "$store" "$root/var/lib/containerd"
mount --bind "$archives" "$root/archives"
printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' > "$root/run/config.toml"
path=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
chroot "$root" /usr/bin/env "$path" containerd --config /run/config.toml > "$scratch/containerd.log" 2>&1 &
daemon=$!
tries=0
until chroot "$root" /usr/bin/env "$path" ctr version > /dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 200 ]; then
        cat "$scratch/containerd.log" >&2
        exit 1
    fi
    sleep 0.1
done
for archive in "$archives"/*.tar; do
    chroot "$root" /usr/bin/env "$path" ctr -n k8s.io images import "/archives/${archive##*/}" >&2
done
kill "$daemon"
wait "$daemon" || true
