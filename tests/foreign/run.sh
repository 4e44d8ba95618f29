#!/bin/sh
# Builds the libraries for other processors and runs tests on them: tests/foreign/run.sh [i386|armhf|arm64|musl]...
#
# musl stands for this machine's processor with another C library, for which libpaho-mqtt3c is built. Programs for i386 and
# musl run on this machine's processor, those for the others in qemu, which takes its time, and shows no fault in the
# order of memory: what it runs on is an x86 processor, whose order is stricter. FOREIGN_TESTS names other tests than those
# below, and FOREIGN_LIBRARIES other libraries.

set -eu

cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- i386 armhf arm64 musl
tests/foreign/toolchain.sh "$@"

export FOREIGN_PLACE="$(pwd)/target/foreign" FOREIGN_GNU FOREIGN_EMULATOR
root=$FOREIGN_PLACE/system
bin=$FOREIGN_PLACE/bin

# library NAME FEATURES: for the processor at hand. What is checked is code, so it is not optimized as much as what is
# installed.
library() (
	linking="link-arg=-Wl,-soname,lib$1.so.1"
	export CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG=false CARGO_INCREMENTAL=0
	if [ "$architecture" = musl ]; then
		# zig has an unwinder for musl, and the standard library is built along, to be linked with musl dynamically. The crate
		# libc calls its time_t deprecated there, since it will have another size one day on 32 bits.
		PATH="$(pwd)/build/portable/venv/bin:$PATH" CARGO="$bin/cargo" RUSTC="$bin/rustc" RUSTC_BOOTSTRAP=1 \
			RUSTFLAGS="-C target-feature=-crt-static" cargo-zigbuild rustc --quiet --locked --lib --crate-type cdylib \
			--target "$rust" -Zbuild-std=std,panic_unwind --target-dir target/foreign/build --no-default-features \
			--features "$2" -- -A deprecated -C "$linking"
		exit
	fi
	variable=$(echo "$rust" | tr - _)
	env "CC_$variable=$bin/$FOREIGN_GNU-gcc" "AR_$variable=$bin/$FOREIGN_GNU-ar" RUSTC="$bin/rustc" \
		"CARGO_TARGET_$(echo "$variable" | tr a-z A-Z)_LINKER=$bin/$FOREIGN_GNU-gcc" \
		"$bin/cargo" rustc --quiet --locked --lib --crate-type cdylib --target "$rust" \
		--target-dir target/foreign/build --no-default-features --features "$2" -- \
		-C "$linking"
)

# place NAME: what was built, where the tests find it.
place() {
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
	libraries="paho-mqtt3c paho-mqtt3a paho-mqtt3cs paho-mqtt3as"
	tests="callbacks mqtt5 reconnect threads"
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
	musl)
		FOREIGN_GNU=x86_64-linux-musl rust=x86_64-unknown-linux-musl
		libraries=paho-mqtt3c
		tests="callbacks mqtt5 threads"
		packaging/zig.sh
		;;
	esac
	output=$(pwd)/build/foreign/$architecture
	mkdir -p "$output"
	for name in ${FOREIGN_LIBRARIES:-$libraries}; do
		case $name in
		paho-mqtt3c) library "$name" client ;;
		paho-mqtt3a) library "$name" async ;;
		paho-mqtt3cs) library "$name" client,tls ;;
		paho-mqtt3as) library "$name" async,tls ;;
		esac
		place "$name"
	done
	for test in ${FOREIGN_TESTS:-$tests}; do
		on_foreign --test "$test" -- --test-threads=2
	done
	# On musl such a thread ends at once.
	[ "$architecture" = musl ] || on_foreign --test own_threads may_end
	# The distribution's headers are those of glibc's processors.
	[ "$architecture" = musl ] || on_foreign --test abi layouts_and_constants
	# The original is there for this processor alone.
	[ "$architecture" != i386 ] || on_foreign --test side_by_side
done
