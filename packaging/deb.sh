#!/bin/sh
# Makes Debian packages of what is built, in DEBDIR: packaging/deb.sh LIBRARY...
#
# libferro-mqtt1 has the shared libraries, libferro-mqtt-dev the rest. They take the place of the distribution's
# libpaho-mqtt1.3 and libpaho-mqtt-dev: the files are the same, so there can be one of the two only.

set -eu

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
: "${DEBDIR:?}" "${OUTPUT:?}" "${COMPATIBLE:?}" "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH
maintainer="${DEBFULLNAME:-The ferro-mqtt developers} <${DEBEMAIL:-ferro-mqtt@example.org}>"
architecture=$(dpkg-architecture -qDEB_HOST_ARCH)
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
work=$DEBDIR
runtime=$work/libferro-mqtt1
development=$work/libferro-mqtt-dev
umask 022

rm -rf "$work"
mkdir -p "$runtime/DEBIAN" "$development/DEBIAN" "$work/debian"
DESTDIR=$development PREFIX=/usr LIBDIR=/usr/lib/$multiarch INCLUDEDIR=/usr/include \
	DOCDIR=/usr/share/doc/libferro-mqtt-dev packaging/install.sh install "$@"

# The linker's names stay, the loader's go.
mkdir -p "$runtime/usr/lib/$multiarch"
for library; do
	mv "$development/usr/lib/$multiarch/lib$library".so.1* "$runtime/usr/lib/$multiarch"
	chmod 644 "$runtime/usr/lib/$multiarch/lib$library.so.$COMPATIBLE"
done
mkdir -p "$runtime/usr/share/doc/libferro-mqtt1"
mv "$development/usr/share/doc/libferro-mqtt-dev"/[!L]* "$runtime/usr/share/doc/libferro-mqtt1"
rm -r "$development/usr/share/doc"

date=$(date -u -R -d "@$SOURCE_DATE_EPOCH")
for package in libferro-mqtt1 libferro-mqtt-dev; do
	documents=$work/$package/usr/share/doc/$package
	mkdir -p "$documents" "$work/$package/usr/share/lintian/overrides"
	cp packaging/debian/copyright "$documents"
	sed -e "s|@VERSION@|$version|" -e "s|@DATE@|$date|" -e "s|@MAINTAINER@|$maintainer|" packaging/debian/changelog.in |
		gzip -9n >"$documents/changelog.gz"
	cp "packaging/debian/$package.lintian-overrides" "$work/$package/usr/share/lintian/overrides/$package"
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

# dpkg-shlibdeps looks for the source package's control file.
printf 'Source: ferro-mqtt\n\nPackage: libferro-mqtt1\nArchitecture: any\n' >"$work/debian/control"
(
	cd "$work"
	dpkg-shlibdeps -O -xlibferro-mqtt1 "$runtime/usr/lib/$multiarch"/*.so."$COMPATIBLE" |
		sed 's/^shlibs:Depends=//' >debian/depends
)

for package in libferro-mqtt1 libferro-mqtt-dev; do
	sed -e "s|@VERSION@|$version|g" -e "s|@COMPATIBLE@|$COMPATIBLE|g" -e "s|@ARCHITECTURE@|$architecture|" \
		-e "s|@MAINTAINER@|$maintainer|" \
		-e "s|@SIZE@|$(du -sk --apparent-size "$work/$package/usr" | cut -f1)|" \
		-e "s|@DEPENDS@|$(cat "$work/debian/depends")|" \
		"packaging/debian/$package.control.in" >"$work/$package/DEBIAN/control"
	(cd "$work/$package" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
	dpkg-deb --root-owner-group --build "$work/$package" "$work/${package}_${version}_$architecture.deb"
	rm -r "${work:?}/$package"
done
rm -r "$work/debian"
