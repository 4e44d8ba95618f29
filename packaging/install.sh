#!/bin/sh
# Installs what is built, and takes it away again: packaging/install.sh install|install-debug|uninstall LIBRARY...
#
# Takes OUTPUT, COMPATIBLE, DESTDIR, PREFIX, LIBDIR, INCLUDEDIR, DOCDIR and LDCONFIG from the environment, as make has
# them. Directories may have spaces in their names. Everything is for all to read, whatever the umask.

set -eu

action=$1
shift
: "${OUTPUT:?}" "${COMPATIBLE:?}" "${PREFIX:?}" "${LIBDIR:?}" "${INCLUDEDIR:?}" "${DOCDIR:?}"
: "${DESTDIR=}" "${LDCONFIG=ldconfig}"
INSTALL=${INSTALL:-install}
pkgconfig=$LIBDIR/pkgconfig
cmake=$LIBDIR/cmake/eclipse-paho-mqtt-c
documents="packaging/ferro-mqtt.tsan LICENSE-MIT LICENSE-APACHE docs/third-party-licences.md packaging/sbom.spdx.json"
umask 022

# Where the programs that come with it are found, for root's PATH may be without them.
PATH=$PATH:/usr/sbin:/sbin

description() {
	case $1 in
	*3c*) api="synchronous API" ;;
	*) api="asynchronous API" ;;
	esac
	case $1 in
	*s) echo "MQTT client, $api, with TLS" ;;
	*) echo "MQTT client, $api" ;;
	esac
}

# both_apis LIBRARY...: the library of each API, with TLS if there is one.
both_apis() {
	for library; do
		case " $* " in
		*" ${library}s "*) ;;
		*) echo "$library" ;;
		esac
	done | tr '\n' ' '
}

# quoted TEXT: as the replacement of a sed command.
quoted() {
	printf '%s' "$1" | sed 's/[&|\\]/\\&/g'
}

# spaced TEXT: as pkg-config reads it, which takes a space for the end of a flag.
spaced() {
	printf '%s' "$1" | sed 's/ /\\&/g'
}

# below PREFIX, in words of a pkg-config file, so that all of it may be moved.
below() {
	case $1 in
	"$PREFIX"/*) printf '${prefix}%s' "$(spaced "${1#"$PREFIX"}")" ;;
	*) spaced "$1" ;;
	esac
}

# fill TEMPLATE FILE [NAME [MORE]]: FILE is TEMPLATE with the words between @ filled in.
fill() {
	sed -e "s|@PREFIX@|$(quoted "$(spaced "$PREFIX")")|" \
		-e "s|@LIBDIR@|$(quoted "$(below "$LIBDIR")")|" \
		-e "s|@INCLUDEDIR@|$(quoted "$(below "$INCLUDEDIR")")|" \
		-e "s|@HEADERS@|$(quoted "$INCLUDEDIR")|" \
		-e "s|@TO_HEADERS@|$(quoted "$(realpath -ms --relative-to="$LIBDIR" "$INCLUDEDIR")")|" \
		-e "s|@COMPATIBLE@|$COMPATIBLE|" -e "s|@NAME@|${3-}|" -e "s|@DESCRIPTION@|${4-}|" "$1" >"$DESTDIR$2.new"
	chmod 644 "$DESTDIR$2.new"
	mv -f "$DESTDIR$2.new" "$DESTDIR$2"
}

# Each directory by itself: those above it get the same modes.
directories() {
	for directory; do
		$INSTALL -d -m 755 "$DESTDIR$directory"
	done
}

loader_cache() {
	[ -z "$DESTDIR" ] || return 0
	$LDCONFIG || echo "$LDCONFIG has failed: programs find the libraries with LD_LIBRARY_PATH or a run path only." >&2
}

install_all() {
	directories "$LIBDIR" "$INCLUDEDIR" "$pkgconfig" "$cmake" "$DOCDIR"
	$INSTALL -m 644 include/*.h "$DESTDIR$INCLUDEDIR"
	for library; do
		file=lib$library.so.$COMPATIBLE
		# A new file: programs may be running with the old one.
		rm -f "$DESTDIR$LIBDIR/$file"
		$INSTALL -m 755 "$OUTPUT/lib$library.so.1" "$DESTDIR$LIBDIR/$file"
		ln -sf "$file" "$DESTDIR$LIBDIR/lib$library.so.1"
		ln -sf "lib$library.so.1" "$DESTDIR$LIBDIR/lib$library.so"
		$INSTALL -m 644 "$OUTPUT/lib$library.a" "$DESTDIR$LIBDIR"
		fill packaging/library.pc.in "$pkgconfig/$library.pc" "$library" "$(description "$library")"
	done
	fill packaging/paho-mqtt-c.pc.in "$pkgconfig/paho-mqtt-c.pc" "$(both_apis "$@")"
	for template in packaging/*.cmake; do
		fill "$template" "$cmake/${template#packaging/}"
	done
	$INSTALL -m 644 $documents "$DESTDIR$DOCDIR"
	loader_cache
}

# Beside the libraries, where debuggers and valgrind look first.
install_debug() {
	directories "$LIBDIR/.debug"
	for library; do
		file=lib$library.so.$COMPATIBLE.debug
		[ -e "$OUTPUT/$file" ] || {
			echo "There is no $OUTPUT/$file: it is made by make, and not with STRIP=none." >&2
			exit 1
		}
		$INSTALL -m 644 "$OUTPUT/$file" "$DESTDIR$LIBDIR/.debug"
	done
}

uninstall() {
	for header in include/*.h; do
		rm -f "$DESTDIR$INCLUDEDIR/${header#include/}"
	done
	for library; do
		file=lib$library.so.$COMPATIBLE
		rm -f "$DESTDIR$LIBDIR/lib$library.so" "$DESTDIR$LIBDIR/lib$library.so.1" "$DESTDIR$LIBDIR/$file" \
			"$DESTDIR$LIBDIR/lib$library.a" "$DESTDIR$LIBDIR/.debug/$file.debug" "$DESTDIR$pkgconfig/$library.pc"
	done
	rm -f "$DESTDIR$pkgconfig/paho-mqtt-c.pc"
	for template in packaging/*.cmake; do
		rm -f "$DESTDIR$cmake/${template#packaging/}"
	done
	for document in $documents; do
		rm -f "$DESTDIR$DOCDIR/$(basename "$document")"
	done
	# What others use stays, and so do the directories that every system has.
	for directory in "$LIBDIR/.debug" "$pkgconfig" "$cmake" "$LIBDIR/cmake" "$DOCDIR" "$PREFIX/share/doc" \
		"$PREFIX/share" "$LIBDIR" "$INCLUDEDIR" "$PREFIX"; do
		case $directory in
		/usr | /usr/lib | /usr/include | /usr/share | /usr/share/doc | /usr/local | /usr/local/[!/]*) ;;
		*) rmdir "$DESTDIR$directory" 2>/dev/null || true ;;
		esac
	done
	loader_cache
}

case $action in
install) install_all "$@" ;;
install-debug) install_debug "$@" ;;
uninstall) uninstall "$@" ;;
esac
