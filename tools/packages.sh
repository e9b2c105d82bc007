#!/bin/sh
# Installs the Debian packages that building and testing need, and those that it is given; without apt or root it names what
# is missing.
packages="clang-19 lld-19 libclang-rt-19-dev ccache meson ninja-build pkg-config
  libgmp-dev zlib1g-dev libexpat1-dev libssl-dev libb2-dev libedit-dev libffi-dev
  python3.11 libpython3.11-stdlib libpython3.11-dev libpython3.11-testsuite
  python3.11-venv python3-distutils python3-lib2to3 $*"
missing=""
for package in $packages; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)
  [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q && apt-get install -y -q --no-install-recommends $missing
else
  echo "Missing packages (Debian's names):$missing" >&2
  exit 1
fi
