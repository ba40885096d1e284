#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Install Debian packages into an overlay, in mount and process namespaces of its own.
# usage: install-layer.sh LOWER_DIRS UPPER_DIR SCRATCH_DIR PACKAGE...
set -eu
lower=$1 upper=$2 scratch=$3
shift 3
root=$scratch/root
mkdir -p "$root" "$scratch/work"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$upper,workdir=$scratch/work" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
for directory in var/lib/apt/lists var/cache/apt tmp run; do
    mount -t tmpfs tmpfs "$root/$directory"
done
mkdir -p "$root/var/cache/apt/archives/partial" "$root/var/lib/apt/lists/partial"
touch "$root/run/resolv.conf"
cat /etc/resolv.conf > "$root/run/resolv.conf" || true
[ -e "$root/etc/resolv.conf" ] || touch "$root/etc/resolv.conf"
mount --bind "$root/run/resolv.conf" "$root/etc/resolv.conf"
# Nothing may be started while packages are installed.
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 0755 "$root/usr/sbin/policy-rc.d"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
inside() { chroot "$root" /usr/bin/env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
inside apt-get -q update
inside apt-get -q -y --no-install-recommends install "$@"
rm "$root/usr/sbin/policy-rc.d"
