# gen-zsh.awk: make the completion functions of zsh, _sdme-x for an applet and _sdme for their words.
#
#   awk -f gen-zsh.awk -v out=DIRECTORY DUMP

BEGIN { FS = "\t" }

# For use inside '...' in a spec of _arguments.
function quote(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/:/, "\\:", s)
	gsub(/\[/, "\\[", s)
	gsub(/\]/, "\\]", s)
	gsub(/'/, "'\\''", s)
	return s
}

function action(kind, choices) {
	if (choices != "-")
		return "(" choices ")"
	if (kind == "file")
		return "_files"
	if (kind == "dir")
		return "_files -/"
	if (kind == "user")
		return "_users"
	return kind == "-" ? " " : " _sdme_words " kind
}

function option_spec(short, long, metavar, kind, choices, repeats, help,    names, exclusive, value) {
	value = metavar == "-" ? "" : ":" quote(metavar) ":" action(kind, choices)
	if (short == "-")
		names = "'--" long (metavar == "-" ? "" : "=") "["
	else
		names = "{-" short (metavar == "-" ? "" : "+") ",--" long (metavar == "-" ? "" : "=") "}'["
	exclusive = repeats == "repeats" ? "*" : short == "-" ? "" : "(-" short " --" long ")"
	if (short != "-" && exclusive != "")
		exclusive = "'" exclusive "'"
	else if (exclusive != "") {
		names = "'" exclusive substr(names, 2)
		exclusive = ""
	}
	return exclusive names quote(help) "]" value "'"
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

function operand_spec(i,    ends) {
	# Options end at this operand: no more of them are offered behind it.
	ends = i == until ? "(-)" : ""
	if (operands[i] == "command")
		return "'" ends i ":command: ' '*::argument: '" # it knows nothing of a container's
	if (i == 1 && first != "")
		return "'1: :(" first ")'"
	return "'" ends (i == 3 ? "*" : i) ": :" action(operands[i], "-") "'"
}

function finish(    i) {
	if (file == "")
		return
	for (i = 1; i <= 3; i++) {
		print "  " operand_spec(i) > file
		if (operands[i] == "command")
			break
	}
	print ")" > file
	print "_arguments -s -S $specs" > file
	close(file)
}

$1 == "applet" {
	finish()
	name = $2
	file = out "/_" name
	until = $6
	first = first_words($5)
	n_operands = 0
	print "#compdef " name > file
	print "# Made by gen-zsh.awk from the option table; do not edit." > file
	if ($5 ~ /-- COMMAND/) {
		print "(( ${words[(i)--]} < CURRENT )) && return" > file
	}
	print "local -a specs=(" > file
	if ($3 != "plumbing") {
		words = name
		sub(/^sdme-/, "", words)
		list = list "  '" words ":" quote($4) "'\n"
	}
}
$1 == "operand" { operands[++n_operands] = $2 }
$1 == "option" { print "  " option_spec($2, $3, $4, $5, $6, $7, $8) > file }

END {
	finish()
	file = out "/_sdme"
	print "#compdef sdme" > file
	print "# Made by gen-zsh.awk from the option tables; do not edit." > file
	print "local -a applets=(" > file
	printf "%s", list > file
	print ")" > file
	while ((getline line < "completions/sdme.zsh") > 0)
		print line > file
}
