#!/bin/sh
# Builds the libraries for systems with an old glibc, and says what they need of one: packaging/portable.sh LIBRARY...
#
# zig brings the C libraries of old systems; it is fetched from PyPI into build/portable, and nothing is installed. The
# machine is one of x86-64 with Rust, Python and a C compiler.

set -eu

: "${PORTABLE_GLIBC:=2.17}"
export PORTABLE_GLIBC
place=$(pwd)/build/portable
mkdir -p "$place"
[ -x "$place/venv/bin/cargo-zigbuild" ] || {
	rm -rf "$place/venv"
	python3 -m venv "$place/venv"
	"$place/venv/bin/pip" install --quiet --disable-pip-version-check cargo-zigbuild==0.24.1 ziglang==0.17.1
}

PATH="$place/venv/bin:$PATH" ${MAKE:-make} libraries LIBRARIES="$*" OUTPUT=build/portable/output \
	CARGO=packaging/zigbuild.sh CARGO_BUILD_TARGET=x86_64-unknown-linux-gnu

for library; do
	file=build/portable/output/lib$library.so.1
	highest=$(readelf -VW "$file" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
	needed=$(readelf -dW "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
	echo "$file: $highest; needs $needed"
	case $(printf '%s\n' "$highest" "GLIBC_$PORTABLE_GLIBC" | sort -V | tail -n 1) in
	"GLIBC_$PORTABLE_GLIBC") ;;
	*) echo "That is newer than $PORTABLE_GLIBC." >&2 && exit 1 ;;
	esac
	for other in $needed; do
		case $other in
		libc.so.6 | libpthread.so.0 | libdl.so.2 | libm.so.6 | librt.so.1 | libgcc_s.so.1 | ld-linux-x86-64.so.2) ;;
		*) echo "$other is not on every system." >&2 && exit 1 ;;
		esac
	done
done
