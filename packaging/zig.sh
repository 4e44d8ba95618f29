#!/bin/sh
# Fetches zig, which links for other C libraries than this machine's, and cargo-zigbuild, which has cargo use it: from
# PyPI into build/portable. Nothing is installed but Python, where that is missing. The machine is one of x86-64.

set -eu

place=build/portable/venv
[ ! -x $place/bin/cargo-zigbuild ] || exit 0
python3 -c 'import ensurepip, venv' 2>/dev/null || tests/install-prerequisites.sh python3 python3-venv
rm -rf $place
mkdir -p build/portable
python3 -m venv $place
$place/bin/pip install --quiet --disable-pip-version-check cargo-zigbuild==0.24.1 ziglang==0.17.1
