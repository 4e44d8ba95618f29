#!/bin/sh
# Makes build/docs: the headers and the pages of docs/ as HTML. Whatever Doxygen has to say is an error.

set -eu

cd "$(dirname "$0")/.."
command -v doxygen >/dev/null 2>&1 || tests/install-prerequisites.sh doxygen
rm -rf build/docs
mkdir -p build
doxygen packaging/doxygen/Doxyfile
cp docs/guide/examples/*.c build/docs
echo "See build/docs/index.html"
