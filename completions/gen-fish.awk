# gen-fish.awk: make the completions of fish, one file an applet.
#
#   awk -f gen-fish.awk -v out=DIRECTORY DUMP

BEGIN { FS = "\t" }

function quote(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/'/, "\\'", s)
	return "'" s "'"
}

function words(kind) {
	if (kind == "user")
		return "(__fish_complete_users)"
	return "(__sdme_words " kind ")"
}

function option(short, long, metavar, kind, choices, repeats, help,    line, condition) {
	line = "complete -c " name
	if (until > 0)
		condition = "__sdme_operands $" values " -lt " until
	if (repeats == "-")
		condition = condition (condition == "" ? "" : "; and ") "not __sdme_given " \
			(metavar == "-" ? "flag " : "value ") long (short == "-" ? "" : " " short)
	if (condition != "")
		line = line " -n \"" condition "\""
	if (short != "-")
		line = line " -s " short
	line = line " -l " long
	if (metavar != "-") {
		if (choices != "-")
			line = line " -x -a " quote(choices)
		else if (kind == "file")
			line = line " -r -F"
		else if (kind == "dir")
			line = line " -x -a '(__fish_complete_directories)'"
		else if (kind == "-")
			line = line " -x"
		else
			line = line " -x -a " quote(words(kind))
		value_options = value_options " " long (short == "-" ? "" : " " short)
	}
	return line " -d " quote(help)
}

function first_words(synopsis,    ways, n, i, out) {
	n = split(synopsis, ways, / \| /)
	for (i = 1; i <= n && n > 1; i++) {
		if (!match(ways[i], /^[a-z]+/))
			return ""
		out = out (out == "" ? "" : " ") substr(ways[i], 1, RLENGTH)
	}
	return out
}

function operand(i,    line) {
	line = "complete -c " name " -n \"__sdme_operands $" values " " (i == 3 ? "-ge" : "-eq") " " i - 1 "\""
	if (i == 1 && first != "")
		print line " -a " quote(first) > file
	else if (operands[i] == "file")
		print line " -F" > file
	else if (operands[i] != "-")
		print line " -a " quote(words(operands[i])) > file
}

function finish(    i) {
	if (file == "")
		return
	print "set -g " values value_options > file
	for (i = 1; i <= n_lines; i++)
		print lines[i] > file
	print "complete -c " name " -f" > file
	# What commands there are in a container is not known here.
	for (i = 1; i <= 3 && operands[i] != "command"; i++)
		operand(i)
	close(file)
}

$1 == "applet" {
	finish()
	name = $2
	file = out "/" name ".fish"
	values = "__" name "_values"
	gsub(/-/, "_", values)
	value_options = ""
	until = $6
	first = first_words($5)
	n_operands = n_lines = 0
	print "# Made by gen-fish.awk from the option table; do not edit." > file
	print "functions -q __sdme_words; or source (status dirname)/sdme.fish" > file
	if ($3 != "plumbing") {
		list = list "set -ga __sdme_commands " substr(name, 6) " " quote($4) "\n"
	}
}
$1 == "operand" { operands[++n_operands] = $2 }
$1 == "option" { lines[++n_lines] = option($2, $3, $4, $5, $6, $7, $8) }

END {
	finish()
	file = out "/sdme.fish"
	print "# Made by gen-fish.awk from the option tables; do not edit." > file
	print "set -g __sdme_commands" > file
	printf "%s", list > file
	while ((getline line < "completions/sdme.fish") > 0)
		print line > file
}
