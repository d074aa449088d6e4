# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_exec_values user u env e workdir w config
complete -c sdme-exec -n "__sdme_operands $__sdme_exec_values -lt 2; and not __sdme_given flag interactive i" -s i -l interactive -d 'Nothing: the command always gets the input'
complete -c sdme-exec -n "__sdme_operands $__sdme_exec_values -lt 2; and not __sdme_given flag oci" -l oci -d 'Run it in the application of the container\'s image'
complete -c sdme-exec -n "__sdme_operands $__sdme_exec_values -lt 2; and not __sdme_given flag tty t" -s t -l tty -d 'Give the command a terminal of its own'
complete -c sdme-exec -n "__sdme_operands $__sdme_exec_values -lt 2; and not __sdme_given value user u" -s u -l user -x -a '(__fish_complete_users)' -d 'Run it as this user'
complete -c sdme-exec -n "__sdme_operands $__sdme_exec_values -lt 2" -s e -l env -x -d 'Set a variable of its environment'
complete -c sdme-exec -n "__sdme_operands $__sdme_exec_values -lt 2; and not __sdme_given value workdir w" -s w -l workdir -x -d 'Run it in this directory, not in /'
complete -c sdme-exec -n "__sdme_operands $__sdme_exec_values -lt 2; and not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-exec -n "__sdme_operands $__sdme_exec_values -lt 2; and not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-exec -n "__sdme_operands $__sdme_exec_values -lt 2; and not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-exec -n "__sdme_operands $__sdme_exec_values -lt 2; and not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-exec -f
complete -c sdme-exec -n "__sdme_operands $__sdme_exec_values -eq 0" -a '(__sdme_words container)'
