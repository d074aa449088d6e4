# gen-bash.awk: make the tables that sdme.bash completes from, one file an applet.
#
#   awk -f gen-bash.awk -v out=DIRECTORY DUMP
#
# A table has, a line each: "option SHORT LONG KIND REPEATS [CHOICE...]" (KIND is - for a flag, value for
# any text), "operand KIND" for each of the first three, "until N" for the operand that ends the options,
# "dashes" when a command follows "--", "first WORD..." for words that the first operand may be.

BEGIN { FS = "\t" }

function finish() {
	if (file == "")
		return
	print "'" > file
	print "complete -F _sdme_link " name > file
	close(file)
}

# "get [KEY] | set KEY VALUE": each way to begin is a word.
function first_words(synopsis,    ways, n, i, out) {
	n = split(synopsis, ways, / \| /)
	for (i = 1; i <= n && n > 1; i++) {
		if (!match(ways[i], /^[a-z]+/))
			return ""
		out = out " " substr(ways[i], 1, RLENGTH)
	}
	return out
}

$1 == "applet" {
	finish()
	name = $2
	file = out "/" name
	table = name
	gsub(/-/, "_", table)
	print "# shellcheck shell=bash" > file
	print "# Made by gen-bash.awk from the option table; do not edit." > file
	print "declare -F _sdme_link >/dev/null || . \"${BASH_SOURCE[0]%/*}/sdme\"" > file
	print "# shellcheck disable=SC2034  # sdme reads it" > file
	printf "_%s='", table > file
	print "until " $6 > file
	if ($5 ~ /-- COMMAND/)
		print "dashes" > file
	if (first_words($5) != "")
		print "first" first_words($5) > file
}
$1 == "operand" { print "operand " $2 > file }
$1 == "option" {
	kind = $4 == "-" ? "-" : $6 != "-" ? "choice" : $5 == "-" ? "value" : $5
	print "option " $2 " " $3 " " kind " " ($7 == "-" ? "once" : $7) ($6 == "-" ? "" : " " $6) > file
}
END { finish() }
