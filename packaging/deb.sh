#!/bin/sh
# Makes Debian packages of what is built, in DEBDIR: packaging/deb.sh LIBRARY...
#
# libferro-mqtt1 has the shared libraries, libferro-mqtt-dev what programs are built with, ferro-mqtt-tools the command
# line tools, and libferro-mqtt1-dbgsym, if there is any, the debug information of the libraries. They take the place of
# the distribution's libpaho-mqtt1.3, libpaho-mqtt-dev and paho.mqtt.c-examples: the files have the same names, so there
# can be one of the two only.

set -eu

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
: "${DEBDIR:?}" "${OUTPUT:?}" "${COMPATIBLE:?}" "${PROGRAMS:?}" "${MAKE:=make}" "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH DPKG_DEB_COMPRESSOR_TYPE="${DPKG_DEB_COMPRESSOR_TYPE:-xz}"
command -v dpkg-shlibdeps >/dev/null 2>&1 || tests/install-prerequisites.sh dpkg-dev
maintainer="${DEBFULLNAME:-The ferro-mqtt developers} <${DEBEMAIL:-ferro-mqtt@example.org}>"
architecture=$(dpkg-architecture -qDEB_HOST_ARCH)
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
work=$DEBDIR
runtime=$work/libferro-mqtt1
development=$work/libferro-mqtt-dev
tools=$work/ferro-mqtt-tools
debug=$work/libferro-mqtt1-dbgsym
packages="libferro-mqtt1 libferro-mqtt-dev ferro-mqtt-tools"
umask 022

rm -rf "$work"
mkdir -p "$runtime/DEBIAN" "$development/DEBIAN" "$tools/DEBIAN" "$work/debian"
export PREFIX=/usr LIBDIR="/usr/lib/$multiarch" INCLUDEDIR=/usr/include BINDIR=/usr/bin MANDIR=/usr/share/man
DESTDIR=$development DOCDIR=/usr/share/doc/libferro-mqtt-dev packaging/install.sh install "$@"

# The tools anew, without a run path: the loader finds the libraries. These are not built again.
mkdir -p build
programs=$(mktemp -d build/deb-programs.XXXXXX)
trap 'rm -rf "$programs"' EXIT
built=
for library; do
	built="$built -o $OUTPUT/lib$library.so.1"
done
# shellcheck disable=SC2086
$MAKE --no-print-directory programs SAMPLES=$programs RUNPATH= $built
for program in $PROGRAMS; do
	"${STRIP_PROGRAM:-strip}" --remove-section=.comment --remove-section=.note "$programs/$program"
done
DESTDIR=$tools DOCDIR=/usr/share/doc/ferro-mqtt-tools OUTPUT=$programs packaging/install.sh install-tools "$@"

for pages in "$development/usr/share/man/man3" "$tools/usr/share/man/man1"; do
	find "$pages" -type f -exec gzip -9n {} +
	find "$pages" -type l | while read -r link; do
		ln -s "$(readlink "$link").gz" "$link.gz"
		rm "$link"
	done
done

# The linker's names stay, the loader's go.
mkdir -p "$runtime/usr/lib/$multiarch"
for library; do
	mv "$development/usr/lib/$multiarch/lib$library".so.1* "$runtime/usr/lib/$multiarch"
	chmod 644 "$runtime/usr/lib/$multiarch/lib$library.so.$COMPATIBLE"
done

# Debuggers find what belongs to a library by its build's number.
build_ids=
for library; do
	file=$OUTPUT/lib$library.so.$COMPATIBLE.debug
	[ -e "$file" ] || continue
	build_id=$(LC_ALL=C readelf -nW "$file" | sed -n 's/.*Build ID: //p')
	place=$debug/usr/lib/debug/.build-id/$(printf %.2s "$build_id")
	mkdir -p "$place" "$debug/DEBIAN"
	install -m 644 "$file" "$place/${build_id#??}.debug"
	build_ids="$build_ids $build_id"
done

# What a package has in place of these, or cannot have.
documents=$development/usr/share/doc/libferro-mqtt-dev
rm -rf "$documents"/LICENSE-* "$documents/CHANGELOG.md" "$documents/html"
mkdir -p "$runtime/usr/share/doc/libferro-mqtt1"
for document in ferro-mqtt.tsan sbom.spdx.json third-party-licences.md; do
	mv "$documents/$document" "$runtime/usr/share/doc/libferro-mqtt1"
done

date=$(date -u -R -d "@$SOURCE_DATE_EPOCH")
for package in $packages; do
	documents=$work/$package/usr/share/doc/$package
	mkdir -p "$documents"
	cp packaging/debian/copyright "$documents"
	sed -e "s|@VERSION@|$version|" -e "s|@DATE@|$date|" -e "s|@MAINTAINER@|$maintainer|" packaging/debian/changelog.in |
		gzip -9n >"$documents/changelog.gz"
	[ ! -e "packaging/debian/$package.lintian-overrides" ] || {
		mkdir -p "$work/$package/usr/share/lintian/overrides"
		cp "packaging/debian/$package.lintian-overrides" "$work/$package/usr/share/lintian/overrides/$package"
	}
done

# Programs that are built with these depend on the original's package, for which either may stand; those that use what
# only these have, on these.
for library; do
	echo "lib$library 1 libpaho-mqtt1.3 (>= $COMPATIBLE)" >>"$runtime/DEBIAN/shlibs"
	{
		echo "lib$library.so.1 libpaho-mqtt1.3 #MINVER#"
		echo "| libferro-mqtt1 #MINVER#"
		echo "* Build-Depends-Package: libferro-mqtt-dev"
		"${NM:-nm}" -D --defined-only --format=posix "$runtime/usr/lib/$multiarch/lib$library.so.1" | LC_ALL=C sort |
			while read -r symbol _; do
				case $symbol in
				MQTTClient_setCallbackTurn) echo " $symbol@Base $version 1" ;;
				*) echo " $symbol@Base $COMPATIBLE" ;;
				esac
			done
	} >>"$runtime/DEBIAN/symbols"
done
echo "activate-noawait ldconfig" >"$runtime/DEBIAN/triggers"

# depends PACKAGE FILE...: what the files of a package need, but for our own libraries. Which libc6 is what their symbols
# say: dpkg would ask for one in which libpthread is inside libc. And what is called libgcc-s1 now was libgcc1 before
# Debian 11.
depends() {
	package=$1
	shift
	# dpkg-shlibdeps looks for the source package's control file.
	printf 'Source: ferro-mqtt\n\nPackage: %s\nArchitecture: any\n' "$package" >"$work/debian/control"
	libc=$(readelf -VW "$@" | sed -n 's/.*Name: GLIBC_\([0-9.]*\).*/\1/p' | sort -Vu | tail -n 1)
	(cd "$work" && dpkg-shlibdeps -O -l"$runtime/usr/lib/$multiarch" -xlibferro-mqtt1 -xlibpaho-mqtt1.3 "$@") |
		sed -e 's/^shlibs:Depends=//' -e "s/libc6 (>= [^)]*)/libc6 (>= $libc)/" \
			-e 's/libgcc-s1 (>= \([^)]*\))/libgcc-s1 (>= \1) | libgcc1 (>= 1:\1)/' \
			>"$work/debian/$package.depends"
}
depends libferro-mqtt1 "$runtime/usr/lib/$multiarch"/*.so."$COMPATIBLE"
depends ferro-mqtt-tools "$tools"/usr/bin/*
: >"$work/debian/libferro-mqtt-dev.depends"
: >"$work/debian/libferro-mqtt1-dbgsym.depends"

# With nothing else in it, as a package of debug information has to be.
[ -z "$build_ids" ] || {
	packages="$packages libferro-mqtt1-dbgsym"
	mkdir -p "$debug/usr/share/doc"
	ln -s libferro-mqtt1 "$debug/usr/share/doc/libferro-mqtt1-dbgsym"
}

for package in $packages; do
	sed -e "s|@VERSION@|$version|g" -e "s|@COMPATIBLE@|$COMPATIBLE|g" -e "s|@ARCHITECTURE@|$architecture|" \
		-e "s|@MAINTAINER@|$maintainer|" -e "s|@BUILD_IDS@|${build_ids# }|" \
		-e "s|@SIZE@|$(du -sk --apparent-size "$work/$package/usr" | cut -f1)|" \
		-e "s#@DEPENDS@#$(cat "$work/debian/$package.depends")#" \
		"packaging/debian/$package.control.in" >"$work/$package/DEBIAN/control"
	(cd "$work/$package" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
	dpkg-deb --root-owner-group --build "$work/$package" "$work/${package}_${version}_$architecture.deb"
	rm -r "${work:?}/$package"
done
rm -r "$work/debian"
