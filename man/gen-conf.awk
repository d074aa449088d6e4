# gen-conf.awk: make sdme.conf(5) from the keys that the program has and their prose.
#
#   awk -f gen-conf.awk -v version=0.1.0 KEYS shared.8.in sdme.conf.5.in > sdme.conf.5
#
# KEYS is what "sdme config get" prints for an empty file: "key = default". In the prose, "@key" begins
# the paragraph of a key; a key without one, or one without a key, is an error. Keys of other sections than
# [sdme], which have a '.', are left to the prose.

function fail(message) {
	print "gen-conf: " message > "/dev/stderr"
	failed = 1
}

FILENAME == ARGV[1] && $1 ~ /\./ { next }
FILENAME == ARGV[1] { keys[++n] = $1; sub(/^[^=]*= ?/, ""); value[keys[n]] = $0; next }
/^@date / { date = $2; next }
FILENAME == ARGV[2] { next }
/^\.SH / { section = substr($0, 5); order[++n_sections] = section; paragraph = ""; next }
/^@/ {
	paragraph = substr($0, 2)
	if (!(paragraph in value))
		fail("a paragraph @" paragraph ", but there is no such key")
	prose[paragraph] = ""
	next
}
paragraph != "" { prose[paragraph] = prose[paragraph] $0 "\n"; next }
{ text[section] = text[section] $0 "\n" }

END {
	print ".\\\" Made by gen-conf.awk; do not edit."
	print ".TH SDME.CONF 5 " date " \"sdme " version "\" \"System containers\""
	print ".SH NAME\nsdme.conf \\- configuration of sdme"
	print ".SH SYNOPSIS\n.I /etc/sdme.conf\n.br\n.I /etc/sdme.conf.d/*.conf"
	for (i = 1; i <= n; i++) {
		if (!(keys[i] in prose))
			fail("no paragraph @" keys[i])
		shown = value[keys[i]] == "" ? "Empty by default." : "The default is \\fB" value[keys[i]] "\\fR."
		gsub(/-/, "\\-", shown)
		text["OPTIONS"] = text["OPTIONS"] ".TP\n\\fB" keys[i] "=\\fR\n" prose[keys[i]] shown "\n"
	}
	for (i = 1; i <= n_sections; i++)
		printf ".SH %s\n%s", order[i], text[order[i]]
	exit failed
}
