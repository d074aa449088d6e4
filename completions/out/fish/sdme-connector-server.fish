# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_connector_server_values app idle config
complete -c sdme-connector-server -n "__sdme_operands $__sdme_connector_server_values -lt 1; and not __sdme_given value app" -l app -x -d 'Run its program, and no COMMAND'
complete -c sdme-connector-server -n "__sdme_operands $__sdme_connector_server_values -lt 1; and not __sdme_given value idle" -l idle -x -d 'End when nobody has come for so long (30)'
complete -c sdme-connector-server -n "__sdme_operands $__sdme_connector_server_values -lt 1; and not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-connector-server -n "__sdme_operands $__sdme_connector_server_values -lt 1; and not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-connector-server -n "__sdme_operands $__sdme_connector_server_values -lt 1; and not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-connector-server -n "__sdme_operands $__sdme_connector_server_values -lt 1; and not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-connector-server -f
