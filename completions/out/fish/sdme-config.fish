# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_config_values config
complete -c sdme-config -n "not __sdme_given flag quiet q" -s q -l quiet -d 'With get and no key: only the keys, one a line'
complete -c sdme-config -n "not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-config -n "not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-config -n "not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-config -n "not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-config -f
complete -c sdme-config -n "__sdme_operands $__sdme_config_values -eq 0" -a 'get set'
complete -c sdme-config -n "__sdme_operands $__sdme_config_values -eq 1" -a '(__sdme_words config-key)'
