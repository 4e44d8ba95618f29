#!/bin/sh
# Builds the libraries for other processors and runs tests on them: tests/foreign/run.sh [i386|armhf|arm64]...
#
# Programs for i386 run on this machine's processor, those for the others in qemu, which takes its time, and shows no
# fault in the order of memory: what it runs on is an x86 processor, whose order is stricter. FOREIGN_TESTS names other
# tests than those below, and FOREIGN_LIBRARIES other libraries than all.

set -eu

cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- i386 armhf arm64
tests/foreign/toolchain.sh "$@"

export FOREIGN_PLACE="$(pwd)/target/foreign" FOREIGN_GNU FOREIGN_EMULATOR
root=$FOREIGN_PLACE/system
bin=$FOREIGN_PLACE/bin
tests=${FOREIGN_TESTS:-callbacks mqtt5 reconnect threads}

# library NAME FEATURES: for the processor at hand, into build/foreign. What is checked is code, so it is not optimized
# as much as what is installed.
library() {
	variable=$(echo "$rust" | tr - _)
	env "CC_$variable=$bin/$FOREIGN_GNU-gcc" "AR_$variable=$bin/$FOREIGN_GNU-ar" RUSTC="$bin/rustc" \
		"CARGO_TARGET_$(echo "$variable" | tr a-z A-Z)_LINKER=$bin/$FOREIGN_GNU-gcc" \
		CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=false CARGO_INCREMENTAL=0 \
		"$bin/cargo" rustc --quiet --locked --lib --crate-type cdylib --target "$rust" \
		--target-dir target/foreign/build --no-default-features --features "$2" -- \
		-C "link-arg=-Wl,-soname,lib$1.so.1"
	cp "target/foreign/build/$rust/debug/libferro_mqtt.so" "$output/lib$1.so.1.new"
	mv -f "$output/lib$1.so.1.new" "$output/lib$1.so.1"
	ln -sf "lib$1.so.1" "$output/lib$1.so"
}

# on_foreign ARGUMENT...: runs cargo test so that its C programs are those of the processor at hand.
on_foreign() {
	echo "$architecture: $*"
	PAHO_CC="$(pwd)/tests/foreign/cc" PAHO_LIBRARY_DIR="$output" cargo test --quiet "$@"
}

for architecture; do
	FOREIGN_EMULATOR=
	case $architecture in
	i386) FOREIGN_GNU=i686-linux-gnu rust=i686-unknown-linux-gnu ;;
	armhf)
		FOREIGN_GNU=arm-linux-gnueabihf rust=armv7-unknown-linux-gnueabihf
		FOREIGN_EMULATOR=$root/usr/bin/qemu-arm-static
		;;
	arm64)
		FOREIGN_GNU=aarch64-linux-gnu rust=aarch64-unknown-linux-gnu
		FOREIGN_EMULATOR=$root/usr/bin/qemu-aarch64-static
		;;
	esac
	output=$(pwd)/build/foreign/$architecture
	mkdir -p "$output"
	for name in ${FOREIGN_LIBRARIES:-paho-mqtt3c paho-mqtt3a paho-mqtt3cs paho-mqtt3as}; do
		case $name in
		paho-mqtt3c) library "$name" client ;;
		paho-mqtt3a) library "$name" async ;;
		paho-mqtt3cs) library "$name" client,tls ;;
		paho-mqtt3as) library "$name" async,tls ;;
		esac
	done
	for test in $tests; do
		on_foreign --test "$test" -- --test-threads=2
	done
	on_foreign --test own_threads may_end
	on_foreign --test abi layouts_and_constants
	# The original is there for this processor alone.
	[ "$architecture" != i386 ] || on_foreign --test side_by_side
done
