#!/bin/sh
# A C compiler that links for a glibc as old as PORTABLE_GLIBC, out of what packaging/zig.sh has fetched. Programs may be
# loaded anywhere, as those of the distribution's compiler.

set -eu

exec "$(dirname "$0")/../build/portable/venv/bin/python" -m ziglang cc \
	-target "x86_64-linux-gnu.${PORTABLE_GLIBC:-2.17}" -fPIE -pie "$@"
