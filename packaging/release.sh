#!/bin/sh
# Makes what a release consists of, in RELEASEDIR, out of what packaging/portable.sh has built: packages for Debian and
# its like, an archive for all others, and their checksums: packaging/release.sh LIBRARY...

set -eu

: "${RELEASEDIR:?}" "${PORTABLE_GLIBC:=2.17}" "${PROGRAMS:?}" "${MAKE:=make}" "${SOURCE_DATE_EPOCH:?}"
export PORTABLE_GLIBC
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name=ferro-mqtt-$version-x86_64-glibc$PORTABLE_GLIBC
output=build/portable/output
tree=$RELEASEDIR/$name

$MAKE --no-print-directory deb OUTPUT=$output CC=packaging/zigcc.sh DEBDIR="$RELEASEDIR"

# As it is installed below /usr/local; it may lie anywhere.
$MAKE --no-print-directory install install-tools install-debug OUTPUT=$output DESTDIR="$tree"
mv "$tree/usr/local"/* "$tree"
rmdir "$tree/usr/local" "$tree/usr"

# What is inside needs no more than it promises: the files of the archive, and those of the packages.
unpacked=$RELEASEDIR/unpacked
for package in "$RELEASEDIR"/*.deb; do
	dpkg-deb --extract "$package" "$unpacked"
done
find "$tree/bin" "$tree/lib" "$unpacked/usr/bin" "$unpacked/usr/lib" -type f \( -path '*/bin/*' -o -name '*.so.*' \) \
	! -name '*.debug' -exec packaging/needs.sh "$PORTABLE_GLIBC" {} +
rm -r "$unpacked"

tar --create --directory "$RELEASEDIR" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
	--xz --file "$tree.tar.xz" "$name"
rm -r "$tree"
cd "$RELEASEDIR"
sha256sum -- *.deb *.tar.xz >SHA256SUMS
cat SHA256SUMS
