# gen-unit.awk: sdme@.service.in as three C strings, cut at @WRITER@ and @BOOT@.
BEGIN { name = "head"; printf "static const char unit_template_head[] =" }
function put(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); printf "\n\t\"%s", s }
{
  if ((i = index($0, "@WRITER@"))) { put(substr($0, 1, i - 1)); printf "\";\nstatic const char unit_template_middle[] ="; put(substr($0, i + 8)) }
  else if ((i = index($0, "@BOOT@"))) { put(substr($0, 1, i - 1)); printf "\";\nstatic const char unit_template_tail[] ="; put(substr($0, i + 6)) }
  else put($0)
  printf "\\n\""
}
END { print ";" }
