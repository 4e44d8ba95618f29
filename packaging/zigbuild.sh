#!/bin/sh
# cargo with zig as C compiler and linker, for a glibc as old as PORTABLE_GLIBC: packaging/zigbuild.sh rustc ...
#
# The unwinder is the system's libgcc_s, as without zig, which would put its own inside: the C library ends threads with
# that of the system, and the frames at which a thread's end stops ask whoever unwinds them.

set -eu

case $1 in
rustc)
	shift
	exec cargo-zigbuild rustc --target "$CARGO_BUILD_TARGET.$PORTABLE_GLIBC" "$@" \
		-C "link-arg=$("${CC:-cc}" -print-file-name=libgcc_s.so.1)"
	;;
*) exec cargo "$@" ;;
esac
