#!/bin/sh
# Checks the libraries with the oldest Rust that is to build them, and for a processor of 32 bits:
# tests/foreign/oldest.sh FEATURES...
#
# Each argument is what one library is made of. TLS is not checked for 32 bits: it would need a C compiler for that, and
# has nothing of its own there.

set -eu

cd "$(dirname "$0")/../.."
tests/foreign/toolchain.sh
bin=$(pwd)/target/foreign/bin
oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
present=$("$bin/rustc" --version)
case $present in
"rustc $oldest."*) ;;
*) echo "Rust $oldest is to be checked, and this is $present" >&2 && exit 1 ;;
esac

check() {
	RUSTC="$bin/rustc" RUSTFLAGS="-D warnings" "$bin/cargo" check --quiet --locked --lib \
		--target-dir target/foreign/oldest --no-default-features --features "$@"
}

for features; do
	check "$features" --target x86_64-unknown-linux-gnu
done
tests/foreign/toolchain.sh --std i386
check client,async --target i686-unknown-linux-gnu
echo "$present builds the libraries, and their code fits 32 bits."
