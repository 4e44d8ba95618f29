#!/bin/sh
# Makes of what cargo has built what is installed: packaging/finish.sh BUILT OUTPUT/libNAME FILE
#
# BUILT.so and BUILT.a are cargo's, FILE is what the shared library is called where it is installed. Writes
# OUTPUT/libNAME.so.1 without debug information, that beside it in OUTPUT/FILE.debug, and OUTPUT/libNAME.a. What is the
# same as before keeps its time. With STRIP=none the debug information stays where it is.

set -eu

built=$1 library=$2 file=$3
output=$(dirname "$library")
name=$(basename "$library")
new=$output/$name.new
: "${LD:=ld}" "${OBJCOPY:=objcopy}" "${NM:=nm}" "${AR:=ar}"

rm -rf "$new"
mkdir -p "$new"
trap 'rm -rf "$new"' EXIT

# replace FROM TO: in one step, since programs may be running with the old one.
replace() {
	cmp -s "$1" "$2" || mv -f "$1" "$2"
}

strip=--strip-debug
if [ "${STRIP:-}" = none ]; then
	strip=
	cp "$built.so" "$new/so"
	rm -f "$output/$file.debug"
else
	$OBJCOPY --only-keep-debug "$built.so" "$new/$file.debug"
	chmod 644 "$new/$file.debug"
	$OBJCOPY --strip-unneeded --add-gnu-debuglink="$new/$file.debug" "$built.so" "$new/so"
	replace "$new/$file.debug" "$output/$file.debug"
fi
chmod 755 "$new/so"

# The static library is one object that has the API, and nothing else, for others to see: a program may have more that
# is written in Rust, or parts of the same crates. Its groups are resolved, or the linker would take two that are called
# the same, but are not visible any more, for one.
$NM -D --defined-only --format=posix "$built.so" | cut -d' ' -f1 >"$new/symbols"
# shellcheck disable=SC2046
$LD -r --force-group-allocation $(sed 's/^/-u /' "$new/symbols") -o "$new/$name.o" "$built.a"
# What the compiler keeps for optimizing across crates goes: an older LLVM that ar may ask about it does not survive it.
$OBJCOPY $strip --keep-global-symbols="$new/symbols" --remove-section=.llvmbc --remove-section=.llvmcmd "$new/$name.o"
$AR rcsD "$new/$name.a" "$new/$name.o"
chmod 644 "$new/$name.a"

replace "$new/$name.a" "$library.a"
replace "$new/so" "$library.so.1"
ln -sf "$name.so.1" "$library.so"
