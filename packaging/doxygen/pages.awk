# A page of docs/, for Doxygen: it is given the names that links to it and to its headings have there, and its own links
# lead to pages and headings of that kind. Doxygen before 1.9.7 does not know how GitHub calls a heading.

BEGIN { fenced = 0 }

FNR == 1 {
	path = FILENAME
	sub(/^.*\/docs\//, "", path)
	sub(/^docs\//, "", path)
	directory = path
	if (!sub(/\/[^\/]*$/, "/", directory)) directory = ""
	page = page_of(path)
}

/^```/ { fenced = !fenced }

fenced || /^    / { print; next }

/^# / { print $0 " {#" page "}"; next }

/^##+ / {
	text = $0
	sub(/^#+ /, "", text)
	print linked($0) " {#" page "_" slug(text) "}"
	next
}

{ print linked($0) }

# guide/tls.md is guide_tls. The first page is that of the guide, which Doxygen calls mainpage.
function page_of(path) {
	if (path == "guide/README.md") return "mainpage"
	sub(/\.md$/, "", path)
	gsub(/[^A-Za-z0-9]/, "_", path)
	return path
}

# What GitHub makes of a heading.
function slug(text) {
	text = tolower(text)
	gsub(/[^a-z0-9 _-]/, "", text)
	gsub(/ /, "-", text)
	return text
}

# A path without "name/../".
function plain(path) {
	while (sub(/[^\/.][^\/]*\/\.\.\//, "", path)) {}
	return path
}

# For Doxygen a quote ends what is between backquotes, unless there are two of them.
function quoted(line,    result, text) {
	result = ""
	while (match(line, /`[^`]+`/)) {
		text = substr(line, RSTART, RLENGTH)
		if (text ~ /'/) text = "`" text "`"
		result = result substr(line, 1, RSTART - 1) text
		line = substr(line, RSTART + RLENGTH)
	}
	return result line
}

function linked(line,    result, text, target, at) {
	line = quoted(line)
	result = ""
	while (match(line, /\[[^][]+\]\([^()]+\)/)) {
		result = result substr(line, 1, RSTART - 1)
		text = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		at = index(text, "](")
		target = substr(text, at + 2, length(text) - at - 2)
		text = substr(text, 2, at - 2)
		result = result link(text, target)
	}
	return result line
}

function link(text, target,    file, anchor, at) {
	if (target ~ /:\/\//) return "[" text "](" target ")"
	at = index(target, "#")
	anchor = at ? substr(target, at + 1) : ""
	file = at ? substr(target, 1, at - 1) : target
	file = file == "" ? path : plain(directory file)
	# An example: a copy lies beside the pages. Other files are not part of this.
	if (file ~ /^guide\/examples\//) return "<a href=\"" substr(file, 16) "\">" text "</a>"
	if (file ~ /^\.\.\// || file ~ /^contract\// || file !~ /\.md$/) return text
	return "@ref " page_of(file) (anchor == "" ? "" : "_" anchor) " \"" text "\""
}
