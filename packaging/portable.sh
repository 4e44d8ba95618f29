#!/bin/sh
# Builds the libraries and the tools for systems with an old glibc, and says what they need of one:
# packaging/portable.sh LIBRARY... Takes COMPATIBLE and PROGRAMS from the environment, as make has them.
#
# zig brings the C libraries of old systems. The machine is one of x86-64 with Rust and a C compiler.

set -eu

: "${PORTABLE_GLIBC:=2.17}" "${PROGRAMS:?}" "${MAKE:=make}"
export PORTABLE_GLIBC
output=build/portable/output
packaging/zig.sh

PATH="$(pwd)/build/portable/venv/bin:$PATH" $MAKE libraries LIBRARIES="$*" OUTPUT=$output \
	CARGO=packaging/zigbuild.sh CARGO_BUILD_TARGET=x86_64-unknown-linux-gnu

# The libraries are not built again for these.
files=
built=
for library; do
	files="$files $output/lib$library.so.1"
	built="$built -o $output/lib$library.so.1"
done
for program in $PROGRAMS; do
	files="$files $output/$program"
done
# shellcheck disable=SC2086
$MAKE programs OUTPUT=$output CC=packaging/zigcc.sh $built
# shellcheck disable=SC2086
packaging/needs.sh "$PORTABLE_GLIBC" $files
