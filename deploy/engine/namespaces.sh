#!/bin/sh
# What the engine runs in: process and mount namespaces of its own, and a network namespace of its own below them. Whatever it
# makes, processes, mounts, bridges, rules, is gone with them, and none of it can meet another engine of the machine.
#
#   unshare --mount --pid --fork --kill-child tini -- sh namespaces.sh HOME TOOLS    as process 1's child
#
# HOME is the engine's own folder, TOOLS the unpacked packages. HOME/pid has the process whose namespaces others enter.
set -eu
home=$1 tools=$2
export PATH="$tools/usr/sbin:$tools/usr/bin:$PATH" LD_LIBRARY_PATH="$tools/usr/lib/libraries" XTABLES_LIBDIR="$tools/usr/lib/libraries/xtables"

if [ "${3:-}" = inside ]; then
  # As the machine counts processes: /proc is still the machine's.
  read -r pid rest </proc/self/stat
  echo "$pid" >"$home/pid.unfinished"
  mv "$home/pid.unfinished" "$home/pid"
  : >/run/named
  while [ ! -e /run/connected ]; do sleep 0.05; done
  ip link set lo up
  exec dockerd --config-file "$home/daemon.json"
fi

rm -f "$home/pid"
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
unshare --net sh "$0" "$home" "$tools" inside &
engine=$!
while [ ! -e /run/named ]; do sleep 0.05; done
mount -t proc proc /proc
# A network stack in a process: no interface, route or rule of the machine is needed to reach registries.
slirp4netns --configure --mtu=65520 --disable-host-loopback "$engine" tap0 &
while ! nsenter --target "$engine" --net ip -brief address show tap0 2>/dev/null | grep -q /; do sleep 0.05; done
: >/run/connected
wait "$engine"
