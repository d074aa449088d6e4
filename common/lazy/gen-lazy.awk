# gen-lazy.awk: make lazy/NAME.h or lazy/NAME.c (-v kind=h|c) from NAME.sym; see lazy.h.
# -v static=1: the library is linked plainly.
#
# NAME.sym:  library SONAME / package DEBIAN-PACKAGE / feature TEXT / header FILE.h ... / one function a line.
$1 == "" || $1 ~ /^#/ { next }
$1 == "library" { soname = $2; next }
$1 == "package" { package = $2; next }
$1 == "feature" { $1 = ""; feature = substr($0, 2); next }
$1 == "header" { headers[++n_headers] = $2; next }
{ symbols[++n] = $1 }
END {
	name = FILENAME; sub(/.*\//, "", name); sub(/\.sym$/, "", name)
	print "/* Made from " name ".sym by gen-lazy.awk; do not edit. */"
	if (kind == "h") {
		print "#pragma once"
		for (i = 1; i <= n_headers; i++) print "#include <" headers[i] ">"
		print "#include \"lazy/lazy.h\""
		print "extern struct lazy_library lazy_" name ";"
		if (!static) {
			print "extern struct lazy_" name "_functions {"
			for (i = 1; i <= n; i++) print "\t__typeof__(" symbols[i] ") *" symbols[i] ";"
			print "} lazy_" name "_functions;"
			# Some headers have a macro of the same name in front of the function.
			for (i = 1; i <= n; i++) {
				print "#undef " symbols[i]
				print "#define " symbols[i] " lazy_" name "_functions." symbols[i]
			}
		}
	} else {
		print "#include \"lazy/" name ".h\""
		if (static) {
			print "struct lazy_library lazy_" name " = { .package = \"" package "\" };"
			exit
		}
		print "struct lazy_" name "_functions lazy_" name "_functions;"
		print "static const char *const symbols[] = {"
		for (i = 1; i <= n; i++) print "\t\"" symbols[i] "\","
		print "\tNULL,\n};"
		print "struct lazy_library lazy_" name " = {"
		print "\t.soname = \"" soname "\", .package = \"" package "\", .symbols = symbols,"
		print "\t.functions = (void **)(void *)&lazy_" name "_functions,\n};"
		json = "[{\"feature\":\"" name "\",\"description\":\"" feature "\",\"priority\":\"recommended\",\"soname\":[\"" soname "\"]}]"
		gsub(/"/, "\\\"", json)
		# Owner "FDO", type 0x407c0c0a, as the specification says.
		print "static const struct { unsigned namesz, descsz, type; char name[4]; _Alignas(4) char desc[sizeof(\"" json "\")]; } note"
		print "\t__attribute__((used, section(\".note.dlopen\"), aligned(4))) = {"
		print "\t4, sizeof(\"" json "\"), 0x407c0c0aU, \"FDO\", \"" json "\",\n};"
	}
}
