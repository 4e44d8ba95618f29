#!/bin/sh
# Installs what the tests need and the machine lacks, on a Debian-like machine, and says so.
# Elsewhere, and without the right to install, it says what is missing and fails. With names of packages: only these.

set -eu

only=" $* "
missing=

# need PACKAGE FILE-OR-PROGRAM...: the package is missing if any of these is.
need() {
	package=$1
	shift
	case $only in
	"  " | *" $package "*) ;;
	*) return ;;
	esac
	for wanted in "$@"; do
		case $wanted in
		/*) [ -e "$wanted" ] && continue ;;
		*) PATH="$PATH:/usr/sbin:/sbin" command -v "$wanted" >/dev/null 2>&1 && continue ;;
		esac
		missing="$missing $package"
		return
	done
}

need gcc cc
need libc6-dev /usr/include/stdio.h
need g++ c++
need make make
need binutils nm readelf objcopy ld ar
need pkgconf pkg-config
need cmake cmake
need lintian lintian
need abigail-tools abidiff
need dpkg-dev dpkg-shlibdeps
need fakeroot fakeroot
need doxygen doxygen
need mandoc mandoc
need man-db man
need python3 python3
need python3-venv "$(python3 -c 'import ensurepip; print(ensurepip.__file__)' 2>/dev/null || echo /none)"
need mosquitto mosquitto mosquitto_passwd
need mosquitto-clients mosquitto_pub mosquitto_sub
need libpaho-mqtt-dev /usr/include/MQTTClient.h
need paho.mqtt.c-examples MQTTClient_publish /usr/src/paho.mqtt.c-examples/MQTTClient_publish.c
need libpaho-mqttpp-dev /usr/include/mqtt/async_client.h
need janus janus
need valgrind valgrind
need strace strace
need libmosquitto-dev /usr/include/mosquitto.h
need libssl-dev /usr/include/openssl/ssl.h
need openssl openssl
need iproute2 ip
need tinyproxy tinyproxy
need microsocks microsocks
need util-linux unshare nsenter
# The original library itself, in a directory that depends on the machine.
ldconfig=$(PATH="$PATH:/usr/sbin:/sbin" command -v ldconfig || echo true)
[ "$only" != "  " ] || "$ldconfig" -p | grep -q libpaho-mqtt3c.so.1 || missing="$missing libpaho-mqtt1.3"

if [ -z "$missing" ]; then
	exit 0
fi
echo "The tests need these packages, which are missing:$missing"
if ! command -v apt-get >/dev/null 2>&1; then
	echo "This machine has no apt-get: please install them, or their like, by its own means." >&2
	exit 1
fi
as_root=
if [ "$(id -u)" != 0 ]; then
	as_root=sudo
	command -v sudo >/dev/null 2>&1 || {
		echo "Only root can install them: apt-get install$missing" >&2
		exit 1
	}
fi
echo "Installing them with apt-get."
$as_root apt-get -q update
# A mosquitto service that the package may start is not used: each test starts its own, on a port of its own.
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing
