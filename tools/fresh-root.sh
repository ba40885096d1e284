#!/bin/sh
# Copyright (c) 2026, podnet.diagnostics contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Become a command in a root of its own. Runs as process 1 of fresh mount, process, UTS and IPC namespaces; it has the
# machine's network for package registries. The mounts go with the last process.
# usage: fresh-root.sh ROOT PIP_CACHE|- COMMAND...
set -eu
root=$1 pip=$2
shift 2

mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mkdir -p "$root/run/lock"
if [ "$pip" != - ]; then
    mkdir -p "$root/root/.cache/pip"
    mount --bind "$pip" "$root/root/.cache/pip"
fi
hostname fresh

cd "$root"
mkdir -p .old
pivot_root . .old
# Up to here programs of the machine, from here on those of the root.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
umount -l /.old
rmdir /.old
cd /root
exec "$@"
