#!/bin/sh
# Builds the libraries in two directories, each with a cargo directory of its own, and compares what has become of them
# byte for byte: packaging/reproducible.sh LIBRARY...

set -eu

work=$(pwd)/build/reproducible
cargo_home=$(readlink -f "${CARGO_HOME:-$HOME/.cargo}")
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1767225600}"
rm -rf "$work"

for place in here another/place-with-a-longer-name; do
	mkdir -p "$work/$place/checkout" "$work/$place/cargo"
	git ls-files -z | xargs -0 cp --parents -t "$work/$place/checkout"
	for entry in "$cargo_home"/*; do
		ln -s "$entry" "$work/$place/cargo/"
	done
	CARGO_HOME="$work/$place/cargo" ${MAKE:-make} -C "$work/$place/checkout" libraries LIBRARIES="$*"
done

differ=
cd "$work/here/checkout/build/output"
for file in *; do
	cmp "$file" "$work/another/place-with-a-longer-name/checkout/build/output/$file" || differ=1
done
sha256sum -- *.so.1 *.a *.debug
[ -z "$differ" ] || exit 1
echo "Both builds are equal."
