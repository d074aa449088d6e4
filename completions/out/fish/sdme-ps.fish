# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_ps_values config
complete -c sdme-ps -n "not __sdme_given flag json" -l json -d 'A JSON array, on one line'
complete -c sdme-ps -n "not __sdme_given flag json-pretty" -l json-pretty -d 'A JSON array, indented'
complete -c sdme-ps -n "not __sdme_given flag quiet q" -s q -l quiet -d 'Only names, one a line'
complete -c sdme-ps -n "not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-ps -n "not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-ps -n "not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-ps -n "not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-ps -f
