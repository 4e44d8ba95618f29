#!/bin/sh
# Installs what is built, and takes it away again:
#     packaging/install.sh install|install-tools|install-debug|uninstall LIBRARY...
#
# Takes OUTPUT, COMPATIBLE, PROGRAMS, DESTDIR, PREFIX, LIBDIR, INCLUDEDIR, DOCDIR, MANDIR, BINDIR and LDCONFIG from the
# environment, as make has them. Directories may have spaces in their names. Everything is for all to read, whatever the umask.

set -eu

action=$1
shift
: "${OUTPUT:?}" "${COMPATIBLE:?}" "${PREFIX:?}" "${LIBDIR:?}" "${INCLUDEDIR:?}" "${DOCDIR:?}" "${MANDIR:?}" "${BINDIR:?}"
: "${DESTDIR=}" "${LDCONFIG=ldconfig}"
INSTALL=${INSTALL:-install}
pkgconfig=$LIBDIR/pkgconfig
cmake=$LIBDIR/cmake/eclipse-paho-mqtt-c
documents="packaging/ferro-mqtt.tsan LICENSE-MIT LICENSE-APACHE docs/third-party-licences.md packaging/sbom.spdx.json
	CHANGELOG.md docs/moving.md docs/troubleshooting.md docs/versioning.md"
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

# What else a page of the manual is found by: the functions and the types of callbacks that it describes.
names_in() {
	sed -n 's/^\.Fo \(MQTT\)/\1/p' "$1" | LC_ALL=C sort -u
}

install_pages() {
	directories "$MANDIR/man3"
	for page in docs/man/*.3; do
		$INSTALL -m 644 "$page" "$DESTDIR$MANDIR/man3"
		for name in $(names_in "$page"); do
			ln -sf "$(basename "$page")" "$DESTDIR$MANDIR/man3/$name.3"
		done
	done
}

# The guide as it is, and as HTML if that was made.
install_guide() {
	directories "$DOCDIR/guide" "$DOCDIR/guide/examples"
	$INSTALL -m 644 docs/guide/*.md "$DESTDIR$DOCDIR/guide"
	$INSTALL -m 644 docs/guide/examples/* "$DESTDIR$DOCDIR/guide/examples"
	remove_html
	[ ! -e "build/docs/$html_mark" ] || {
		directories "$DOCDIR/html"
		cp -R build/docs/. "$DESTDIR$DOCDIR/html"
		chmod -R u+w,a+rX "$DESTDIR$DOCDIR/html"
	}
}

# A page that there is in ours only.
html_mark=MQTTClient_8h.html
remove_html() {
	[ ! -e "$DESTDIR$DOCDIR/html/$html_mark" ] || rm -r "$DESTDIR$DOCDIR/html"
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
	install_guide
	install_pages
	loader_cache
}

install_tools() {
	directories "$BINDIR" "$MANDIR/man1"
	for program in $PROGRAMS; do
		$INSTALL -m 755 "$OUTPUT/$program" "$DESTDIR$BINDIR"
		$INSTALL -m 644 "docs/man/$program.1" "$DESTDIR$MANDIR/man1"
	done
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
	remove_html
	for page in docs/guide/*.md docs/guide/examples/*; do
		rm -f "$DESTDIR$DOCDIR/${page#docs/}"
	done
	for page in docs/man/*.3; do
		for name in "$(basename "$page" .3)" $(names_in "$page"); do
			rm -f "$DESTDIR$MANDIR/man3/$name.3"
		done
	done
	for program in $PROGRAMS; do
		rm -f "$DESTDIR$BINDIR/$program" "$DESTDIR$MANDIR/man1/$program.1"
	done
	# What others use stays, and so do the directories that every system has.
	for directory in "$LIBDIR/.debug" "$pkgconfig" "$cmake" "$LIBDIR/cmake" "$DOCDIR/guide/examples" \
		"$DOCDIR/guide" "$DOCDIR" "$PREFIX/share/doc" \
		"$MANDIR/man1" "$MANDIR/man3" "$MANDIR" "$PREFIX/share" "$BINDIR" "$LIBDIR" "$INCLUDEDIR" "$PREFIX"; do
		case $directory in
		/usr | /usr/bin | /usr/lib | /usr/include | /usr/share | /usr/share/doc | /usr/share/man | /usr/share/man/man?) ;;
		/usr/local | /usr/local/bin | /usr/local/lib | /usr/local/include | /usr/local/share | /usr/local/share/man) ;;
		*) rmdir "$DESTDIR$directory" 2>/dev/null || true ;;
		esac
	done
	loader_cache
}

case $action in
install) install_all "$@" ;;
install-tools) install_tools ;;
install-debug) install_debug "$@" ;;
uninstall) uninstall "$@" ;;
esac
