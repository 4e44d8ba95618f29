#!/bin/sh
# Unpacks Debian 12's own Rust, 1.85, and what it takes to build and run programs for other processors:
# tests/foreign/toolchain.sh [--std] [i386|armhf|arm64|musl]...
#
# With --std it is only Rust's standard library for these, which is enough to check code. musl is another C library for
# this machine's processor. Debian has no standard library of Rust's for it, but the sources of one.
#
# All of it goes below target/foreign, so the machine stays as it is, and nobody has to be root. The machine is one with
# Debian 12 or its like and a C compiler, since a few libraries that compilers need are its own. What is there already
# stays.

set -eu

cd "$(dirname "$0")/../.."
place=$(pwd)/target/foreign
root=$place/system
mkdir -p "$root" "$place/bin" "$place/unpacked" "$place/apt/lists/partial" "$place/apt/cache/archives/partial"

# The GNU name of a processor as Debian calls it.
gnu() {
	case $1 in
	i386) echo i686-linux-gnu ;;
	armhf) echo arm-linux-gnueabihf ;;
	arm64) echo aarch64-linux-gnu ;;
	musl) echo x86_64-linux-musl ;;
	*) echo "$1 is none of i386, armhf, arm64 and musl" >&2 && return 1 ;;
	esac
}

# An apt of its own, which knows of one archive and of no package that is installed.
apt() {
	: >"$place/apt/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
		"${DEBIAN_MIRROR:-http://deb.debian.org/debian} bookworm main" >"$place/apt/sources.list"
	(cd "$place/apt" && apt-get -q -q -o Dir::State="$place/apt" -o Dir::State::status="$place/apt/status" \
		-o Dir::Cache="$place/apt/cache" -o Dir::Etc::sourcelist="$place/apt/sources.list" -o Dir::Etc::sourceparts=- \
		-o APT::Architectures::=amd64 -o APT::Architectures::=i386 -o APT::Architectures::=armhf \
		-o APT::Architectures::=arm64 -o APT::Sandbox::User= "$@")
}

wanted=
want() {
	for package; do
		[ -e "$place/unpacked/$package" ] || wanted="$wanted $package"
	done
}

want rustc-web cargo-web libstd-rust-web-1.85 libstd-rust-web-dev libllvm19 libz3-4 libedit2 libhttp-parser2.9 libpcre3
std_only=
[ "${1-}" != --std ] || { std_only=yes && shift; }
for architecture; do
	gnu=$(gnu "$architecture")
	if [ "$architecture" = musl ]; then
		want rust-web-src musl musl-dev
		continue
	fi
	want "libstd-rust-web-dev:$architecture"
	[ -z "$std_only" ] || continue
	want "gcc-12-$gnu" "cpp-12-$gnu" "binutils-$gnu" "libgcc-12-dev-$architecture-cross" \
		"libgcc-s1-$architecture-cross" "libatomic1-$architecture-cross" "libc6-dev-$architecture-cross" \
		"libc6-$architecture-cross" "linux-libc-dev-$architecture-cross"
	case $architecture in
	# This machine's processor runs them itself. The original is there, too, for comparing.
	i386) want libpaho-mqtt1.3:i386 libssl3:i386 ;;
	*) want qemu-user-static ;;
	esac
done

# unpack PACKAGE...: as they are in the archive.
unpack() {
	[ $# -gt 0 ] || return 0
	rm -f "$place"/apt/*.deb
	apt update
	apt download "$@"
	for file in "$place"/apt/*.deb; do
		case $file in
		# It has one for each processor there ever was.
		*/qemu-user-static_*) only='./usr/bin/qemu-arm-static ./usr/bin/qemu-aarch64-static' ;;
		*/rust-web-src_*) only=$(dpkg-deb --fsys-tarfile "$file" | tar -t | grep '^\./usr/src/[^/]*/library/$') ;;
		*) only= ;;
		esac
		# shellcheck disable=SC2086
		dpkg-deb --fsys-tarfile "$file" | tar -x -C "$root" --exclude=./usr/share/doc --exclude=./usr/share/man $only
		rm -f "$file"
	done
	for package; do
		: >"$place/unpacked/$package"
	done
}
# shellcheck disable=SC2086
unpack $wanted

# The libraries that the compilers need, and that neither the machine nor what was unpacked has.
missing() {
	LD_LIBRARY_PATH="$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu" \
		ldd "$root/usr/bin/rustc" "$root/usr/bin/cargo" | sed -n 's/^\t\(.*\) => not found/\1/p' | sort -u | tr '\n' ' '
}
[ -z "$(missing)" ] || unpack libxml2 libicu72 libbsd0 libmd0 libsqlite3-0 libcurl4 libnghttp2-14 libidn2-0 librtmp1 \
	libssh2-1 libpsl5 libssl3 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libkeyutils1 libcom-err2 \
	libldap-2.5-0 libsasl2-2 libbrotli1 libunistring2 libgnutls30 libhogweed6 libnettle8 libp11-kit0 libtasn1-6 libgmp10 \
	libffi8 zlib1g libzstd1
[ -z "$(missing)" ] || {
	echo "Debian's compiler needs these libraries of the machine, which are missing: $(missing)" >&2
	exit 1
}

# wrap NAME PROGRAM [ARGUMENT]: the program with the libraries that were unpacked with it, by that name.
wrap() {
	printf '#!/bin/sh\nexport LD_LIBRARY_PATH="%s"\nexec "%s" %s "$@"\n' \
		"$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu" "$root/usr/bin/$2" "${3-}" >"$place/bin/$1"
	chmod +x "$place/bin/$1"
}

wrap rustc rustc
wrap cargo cargo
for architecture; do
	gnu=$(gnu "$architecture")
	if [ "$architecture" = musl ]; then
		# Where the compiler looks for its sources, and how gcc of this machine is made one for musl.
		mkdir -p "$root/usr/lib/rustlib/src/rust"
		ln -sfn "$(echo "$root"/usr/src/rustc-*/library)" "$root/usr/lib/rustlib/src/rust/library"
		ln -sf "$root/lib/x86_64-linux-musl/libc.so" "$root/usr/lib/x86_64-linux-musl/libc.so"
		sed "s|/usr/|$root/usr/|g" "$root/usr/lib/x86_64-linux-musl/musl-gcc.specs" >"$place/bin/musl-gcc.specs"
		printf '#!/bin/sh\nexec gcc -specs "%s" "$@"\n' "$place/bin/musl-gcc.specs" >"$place/bin/$gnu-gcc"
		chmod +x "$place/bin/$gnu-gcc"
	fi
	[ -e "$root/usr/bin/$gnu-gcc-12" ] || continue
	wrap "$gnu-gcc" "$gnu-gcc-12" "--sysroot='$root'"
	for tool in ar nm objcopy ld; do
		wrap "$gnu-$tool" "$gnu-$tool"
	done
done
