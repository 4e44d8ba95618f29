#!/bin/sh
# Makes the headers and the pages of docs/ into HTML, in HTMLDIR. Whatever Doxygen has to say is an error.

set -eu

cd "$(dirname "$0")/.."
: "${HTMLDIR:=build/docs}"
command -v doxygen >/dev/null 2>&1 || tests/install-prerequisites.sh doxygen
rm -rf "$HTMLDIR.new"
mkdir -p "$HTMLDIR.new"
HTML_OUTPUT=$(realpath "$HTMLDIR.new") doxygen packaging/doxygen/Doxyfile
cp docs/guide/examples/* "$HTMLDIR.new"
rm -rf "$HTMLDIR"
mv "$HTMLDIR.new" "$HTMLDIR"
echo "See $HTMLDIR/index.html"
