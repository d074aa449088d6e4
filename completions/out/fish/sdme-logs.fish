# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_logs_values lines n config
complete -c sdme-logs -n "__sdme_operands $__sdme_logs_values -lt 1; and not __sdme_given flag oci" -l oci -d 'Show what the application of the container\'s image logged'
complete -c sdme-logs -n "__sdme_operands $__sdme_logs_values -lt 1; and not __sdme_given flag follow f" -s f -l follow -d 'Show what comes, too, until interrupted'
complete -c sdme-logs -n "__sdme_operands $__sdme_logs_values -lt 1; and not __sdme_given value lines n" -s n -l lines -x -d 'Show the last N lines'
complete -c sdme-logs -n "__sdme_operands $__sdme_logs_values -lt 1; and not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-logs -n "__sdme_operands $__sdme_logs_values -lt 1; and not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-logs -n "__sdme_operands $__sdme_logs_values -lt 1; and not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-logs -n "__sdme_operands $__sdme_logs_values -lt 1; and not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-logs -f
complete -c sdme-logs -n "__sdme_operands $__sdme_logs_values -eq 0" -a '(__sdme_words container)'
