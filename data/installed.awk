# installed.awk: of a generated file that tells of all applets, what is left where only some are installed.
#
#	awk -v applets="ps fs-ls" -f installed.awk man/out/sdme.8
#
# Three forms are known: in a manual page, what is between the lines .\" if NAME... and .\" fi; the elements of
# zsh's array "applets"; and the commands "set -ga __sdme_commands NAME ..." of fish.

BEGIN {
	n = split(applets, names, " ")
	for (i = 1; i <= n; i++)
		there[names[i]] = 1
}

function any_of(words,    i, n, names) {
	n = split(words, names, " ")
	for (i = 1; i <= n; i++) {
		if (names[i] in there)
			return 1
	}
	return 0
}

/^\.\\" if / { skip = !any_of(substr($0, 7)); next }
/^\.\\" fi$/ { skip = 0; next }
skip { next }

/^local -a applets=\($/ { in_array = 1 }
/^\)$/ { in_array = 0 }
in_array && match($0, /^  '[a-z-]+:/) && !any_of(substr($0, 4, RLENGTH - 4)) { next }

$1 == "set" && $2 == "-ga" && $3 == "__sdme_commands" && !any_of($4) { next }

{ print }
