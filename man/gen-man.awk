# gen-man.awk: make the manual page of an applet from the option tables and its prose.
#
#   awk -f gen-man.awk -v page=sdme-new -v version=0.1.0 -v help=HELP DUMP shared.8.in sdme-new.8.in
#
# DUMP is what "sdme --dump-cli" prints, HELP what "sdme new --help" does, for its examples. A prose file is man(7) source with two additions: sections may
# stand in any order and are put into ours, and in OPTIONS a line "@name" begins the paragraph of the
# option --name, which follows the phrase of the option table. shared.8.in holds paragraphs and sections
# for all pages that have none of their own. The page sdme is the overview: "@commands" is the list.
#
# An option without a paragraph, or a paragraph without an option, is an error.

BEGIN {
	FS = "\t"
	n_sections = split("DESCRIPTION|OCI IMAGES|APPLICATIONS|DISK IMAGES|PACKAGES|OPTIONS|EXIT STATUS|ENVIRONMENT|FILES|EXAMPLES|SEE ALSO", sections, "|")
}

# Text that is not markup. A dash is a minus where it is typed.
function escape(s) {
	gsub(/\\/, "\\e", s)
	gsub(/-/, "\\-", s)
	if (s ~ /^[.']/)
		s = "\\&" s
	return s
}

# Words in capital letters are what the user puts in; the others are typed as they are.
function markup(s,    out) {
	while (match(s, /[A-Z][A-Z-]*|[a-z-]+/)) {
		out = out escape(substr(s, 1, RSTART - 1))
		out = out (substr(s, RSTART, 1) ~ /[A-Z]/ ? "\\fI" : "\\fB") escape(substr(s, RSTART, RLENGTH)) "\\fR"
		s = substr(s, RSTART + RLENGTH)
	}
	return out escape(s)
}

function known_section(name,    i) {
	for (i = 1; i <= n_sections && sections[i] != name; i++)
		;
	return i <= n_sections
}

function words_of(name) {
	sub(/^sdme-/, "", name)
	gsub(/-/, " ", name)
	return name
}

# --- the dump ---

FILENAME == ARGV[1] && $1 == "applet" {
	name = $2
	kind[name] = $3
	summary[name] = $4
	synopsis[name] = $5
	applets[++n_applets] = name
	next
}
FILENAME == ARGV[1] && ($1 == "group" || $1 == "option") {
	# The overview has the options that all have, which every applet's table ends with.
	if (name == page || (page == "sdme" && n_applets == 1))
		table[++n_table] = $0
	next
}
FILENAME == ARGV[1] { next }

# --- prose ---

FNR == 1 { section = ""; paragraph = ""; own = FILENAME == ARGV[ARGC - 1] }
/^\.\\"/ { next }
/^@date / { date = substr($0, 7); next }
/^\.SH / {
	section = substr($0, 5)
	gsub(/"/, "", section)
	if (!known_section(section))
		fail("a section that has no place: " section)
	paragraph = ""
	if (own || !(section in text))
		text[section] = ""
	next
}
/^@commands$/ { text[section] = text[section] commands(); next }
/^@/ {
	paragraph = substr($0, 2)
	if (own && paragraph in own_paragraph)
		fail("two paragraphs @" paragraph)
	if (own)
		own_paragraph[paragraph] = ""
	else
		shared_paragraph[paragraph] = ""
	next
}
paragraph != "" && own { own_paragraph[paragraph] = own_paragraph[paragraph] $0 "\n"; next }
paragraph != "" { shared_paragraph[paragraph] = shared_paragraph[paragraph] $0 "\n"; next }
section != "" { text[section] = text[section] $0 "\n"; next }
/./ { fail("text in front of the first section: " $0) }

# --- the page ---

function fail(message) {
	print "gen-man: " page ": " message > "/dev/stderr"
	failed = 1
}

# What is only for these applets; installed.awk takes it out where none of them is.
function only(names, s) {
	return ".\\\" if" names "\n" s ".\\\" fi\n"
}

function short_name(name) {
	sub(/^sdme-/, "", name)
	return name
}

function commands_of(which,    i, out) {
	for (i = 1; i <= n_applets; i++) {
		if (kind[applets[i]] == which)
			out = out only(" " short_name(applets[i]), ".TP\n\\fBsdme " escape(words_of(applets[i])) "\\fR\n" \
				escape(summary[applets[i]]) ".\nSee \\fB" escape(applets[i]) "\\fR(8).\n")
	}
	return out
}

function commands(    i, plumbing) {
	for (i = 1; i <= n_applets; i++) {
		if (kind[applets[i]] == "plumbing")
			plumbing = plumbing " " short_name(applets[i])
	}
	return commands_of("porcelain") only(plumbing, ".PP\nWhat other parts of \\fBsdme\\fR call:\n") \
		commands_of("plumbing")
}

function examples(    line, out) {
	while ((getline line < help) > 0) {
		if (line == "Examples:")
			out = ".nf\n"
		else if (out != "")
			out = out escape(substr(line, 3)) "\n"
	}
	return out
}

function heading(short, long, metavar) {
	return (short == "-" ? "" : "\\fB\\-" short "\\fR, ") "\\fB\\-\\-" escape(long) "\\fR" \
		(metavar == "-" ? "" : "=\\fI" escape(metavar) "\\fR")
}

function options(    i, f, out) {
	for (i = 1; i <= n_table; i++) {
		split(table[i], f, "\t")
		if (f[1] == "group") {
			# The overview has no options of a command.
			keep = page != "sdme" || f[2] == "Common options"
			if (keep)
				out = out ".SS " escape(f[2]) "\n"
			continue
		}
		if (page == "sdme" && !keep)
			continue
		known[f[3]] = 1
		out = out ".TP\n" heading(f[2], f[3], f[4]) "\n" escape(f[8]) ".\n"
		if (f[3] in own_paragraph)
			out = out own_paragraph[f[3]]
		else if (f[3] in shared_paragraph)
			out = out shared_paragraph[f[3]]
		else
			fail("no paragraph @" f[3])
	}
	for (i in own_paragraph) {
		if (!(i in known))
			fail("a paragraph @" i ", but there is no such option")
	}
	return out
}

# Which of the shared paragraphs were used is known when all pages are made.
function tell_used(    i) {
	for (i in known) {
		if (used_file != "" && !(i in own_paragraph))
			print i >> used_file
	}
}

function first_lower(s) {
	return substr(s, 2, 1) ~ /[A-Z]/ ? s : tolower(substr(s, 1, 1)) substr(s, 2)
}

END {
	if (page != "sdme" && !(page in summary))
		fail("there is no such applet")
	print ".\\\" Made by gen-man.awk from the option table and " page ".8.in; do not edit."
	print ".TH " toupper(escape(page)) " 8 " date " \"sdme " version "\" \"System containers\""
	print ".SH NAME"
	if (page == "sdme") {
		print "sdme \\- boot full Linux systems in systemd\\-nspawn containers"
		print ".SH SYNOPSIS"
		print "\\fBsdme\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]"
	} else {
		print escape(page) " \\- " escape(first_lower(summary[page]))
		print ".SH SYNOPSIS"
		print "\\fBsdme " escape(words_of(page)) "\\fR [\\fIOPTION\\fR...]" \
			(synopsis[page] == "" ? "" : " " markup(synopsis[page]))
	}
	text["OPTIONS"] = text["OPTIONS"] options()
	if (help != "" && text["EXAMPLES"] == "")
		text["EXAMPLES"] = examples()
	for (i = 1; i <= n_sections; i++) {
		if (text[sections[i]] == "")
			continue
		print ".SH " sections[i]
		printf "%s", text[sections[i]]
	}
	tell_used()
	exit failed
}
