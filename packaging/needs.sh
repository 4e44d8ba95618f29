#!/bin/sh
# Says what programs and libraries need of a system, and fails if that is more than glibc VERSION and what belongs to
# it: packaging/needs.sh VERSION FILE... Our own libraries may be needed, too.

set -eu

allowed=$1
shift
for file; do
	highest=$(readelf -VW "$file" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
	needed=$(readelf -dW "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
	echo "$file: $highest; needs $needed"
	case $(printf '%s\n' "$highest" "GLIBC_$allowed" | sort -V | tail -n 1) in
	"GLIBC_$allowed") ;;
	*) echo "That is newer than $allowed." >&2 && exit 1 ;;
	esac
	for other in $needed; do
		case $other in
		libc.so.6 | libpthread.so.0 | libdl.so.2 | libm.so.6 | librt.so.1 | libgcc_s.so.1 | ld-linux-x86-64.so.2) ;;
		libpaho-mqtt3*.so.1) ;;
		*) echo "$other is not on every system." >&2 && exit 1 ;;
		esac
	done
done
