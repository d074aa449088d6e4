# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_set_values memory cpus cpu-weight config
complete -c sdme-set -n "not __sdme_given value memory" -l memory -x -d 'Memory at most, such as 512M or 2G'
complete -c sdme-set -n "not __sdme_given value cpus" -l cpus -x -d 'Processors at most, such as 2 or 0.5'
complete -c sdme-set -n "not __sdme_given value cpu-weight" -l cpu-weight -x -d 'Share of busy processors, 1 to 10000; others have 100'
complete -c sdme-set -n "not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-set -n "not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-set -n "not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-set -n "not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-set -f
complete -c sdme-set -n "__sdme_operands $__sdme_set_values -eq 0" -a '(__sdme_words container)'
