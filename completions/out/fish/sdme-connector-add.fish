# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_connector_add_values config
complete -c sdme-connector-add -n "not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-connector-add -n "not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-connector-add -n "not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-connector-add -n "not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-connector-add -f
complete -c sdme-connector-add -n "__sdme_operands $__sdme_connector_add_values -eq 0" -a '(__sdme_words container)'
