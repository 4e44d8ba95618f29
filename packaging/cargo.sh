#!/bin/sh
# Runs cargo so that no path of this machine gets into what it builds: packaging/cargo.sh cargo rustc ...
#
# Panics, assertions and debug information name source files. They name them as if the checkout were /ferro-mqtt,
# cargo's own directory /cargo and the toolchain /rust; two checkouts then build the same bytes. Flags in RUSTFLAGS are
# kept; those in a configuration file of cargo's do not count here, as they do not with RUSTFLAGS.

set -eu

# An older one would only say that it cannot read what is in Cargo.toml.
oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
present=$("$1" --version 2>/dev/null | sed -n 's/^cargo \([0-9]*\.[0-9]*\).*/\1/p')
if [ -n "$present" ] && [ "$(printf '%s\n' "$oldest" "$present" | sort -V | head -n 1)" != "$oldest" ]; then
	echo "ferro-mqtt is built with Rust $oldest or later, and $1 is of $present: see https://rustup.rs, or take a" \
		"distribution's newer packages (Debian 13 has 1.85; Debian 12 has it in cargo-web and rustc-web)." >&2
	exit 1
fi

between=$(printf '\037')
rust_flags=${CARGO_ENCODED_RUSTFLAGS-$(printf '%s' "${RUSTFLAGS-}" | tr -s ' \t\n' "$between")}
c_flags=${CFLAGS-}

# called PATH NAME: from here on PATH is called NAME.
called() {
	[ -n "$1" ] || return 0
	rust_flags=${rust_flags:+$rust_flags$between}--remap-path-prefix=$1=$2
	# No way leads a space through CFLAGS. What is written in C here maps its own directory then.
	case $1 in
	*[[:space:]]*) ;;
	*) c_flags="$c_flags -ffile-prefix-map=$1=$2" ;;
	esac
}

sysroot=$("${RUSTC:-rustc}" --print sysroot 2>/dev/null) || sysroot=
cargo_home=${CARGO_HOME:-${HOME:+$HOME/.cargo}}
# The last that fits counts: cargo's directory may be inside the checkout.
called "$PWD" /ferro-mqtt
called "$(pwd -P)" /ferro-mqtt
called "$sysroot/lib/rustlib/src/rust" /rust
called "$cargo_home" /cargo
called "$([ -z "$cargo_home" ] || readlink -f "$cargo_home")" /cargo

unset RUSTFLAGS
export CARGO_ENCODED_RUSTFLAGS="$rust_flags" CFLAGS="$c_flags"
"$@" || {
	code=$?
	# Cargo says no more than that a linker, or a file, is not there.
	printf '#include <stdio.h>\n' | cc -E - >/dev/null 2>&1 ||
		echo "ferro-mqtt is built with a C compiler, too, and the headers of the C library, which are missing:" \
			"on Debian and its like they are in the packages gcc and libc6-dev." >&2
	exit "$code"
}
