#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Make the root of one lab host and become its process 1. Runs in fresh mount, UTS,
# IPC, process and network namespaces, and starts nothing before it has read one
# line from standard input: the network is laid meanwhile.
# usage: boot-host.sh NAME LOWER_DIRS HOST_DIR
set -eu
name=$1 lower=$2 host=$3
root=$host/root

mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$host/upper,workdir=$host/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount -t tracefs tracefs "$root/sys/kernel/tracing" 2> /dev/null || true
mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue" "$root/dev/net"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t mqueue mqueue "$root/dev/mqueue"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
for device in null zero full random urandom tty kmsg fuse net/tun; do
    [ -e "/dev/$device" ] || continue
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mkdir -p "$root/run/sshd" "$root/run/lock"
for directory in containerd kubelet cni etcd; do
    mkdir -p "$root/var/lib/$directory" "$host/data/$directory"
    mount --bind "$host/data/$directory" "$root/var/lib/$directory"
done
mkdir -p "$root/var/log" "$host/data/log"
mount --bind "$host/data/log" "$root/var/log"
mkdir -p "$root/var/log/pods" "$root/var/log/containers"
hostname "$name"

cd "$root"
mkdir -p .old
pivot_root . .old
# Up to here programs of the machine, from here on those of the host.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
umount -l /.old
rmdir /.old
mount --make-rshared /

echo ready
read -r _
exec /usr/local/bin/podnet-lab-init /etc/podnet-lab/services.json \
    < /dev/null > /var/log/init.log 2>&1
