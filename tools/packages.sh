#!/bin/sh
# Installs the Debian packages that building and testing need, and those that it is given: as root, or through sudo.
# Without apt, or without the right to use it, it names what is missing.
packages="clang-19 lld-19 libclang-rt-19-dev ccache make meson ninja-build pkg-config git
  libgmp-dev zlib1g-dev libexpat1-dev libssl-dev libb2-dev libedit-dev libffi-dev
  python3.11 libpython3.11-stdlib libpython3.11-dev libpython3.11-testsuite
  python3.11-venv python3-distutils python3-lib2to3 $*"
missing=""
for package in $packages; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)
  [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
[ "$(id -u)" = 0 ] || as_root=$(command -v sudo)
if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || [ -n "$as_root" ]; }; then
  # Lists that cannot be fetched are no reason to give up: those that are there may do. Another apt may be at work.
  apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300"
  $apt update
  $apt install -y --no-install-recommends $missing </dev/null && exit 0
fi
{
  echo "Missing packages (Debian's names):$missing"
  echo "Install them as root: apt-get install --no-install-recommends$missing"
} >&2
exit 1
