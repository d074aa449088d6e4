# users.awk: the .c files that include one of these (-v headers="lazy/NAME.h ..."), directly or through a header.
/^#include "/ {
	split($0, word, "\"")
	includes[FILENAME] = includes[FILENAME] " " word[2]
}
END {
	n = split(headers, word, " ")
	for (i = 1; i <= n; i++)
		found[word[i]] = 1
	do {
		more = 0
		for (file in includes) {
			name = substr(file, length("common/") + 1)
			n = split(includes[file], word, " ")
			for (i = 1; i <= n && !(name in found); i++)
				if (word[i] in found)
					more = found[name] = 1
		}
	} while (more)
	for (name in found)
		if (name ~ /\.c$/)
			print "common/" name
}
