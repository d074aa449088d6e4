# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_restart_values timeout t config
complete -c sdme-restart -n "not __sdme_given flag all a" -s a -l all -d 'Every container that runs'
complete -c sdme-restart -n "not __sdme_given flag term" -l term -d 'Let systemd stop it, and kill it if it does not'
complete -c sdme-restart -n "not __sdme_given flag kill" -l kill -d 'Kill every process of it at once'
complete -c sdme-restart -n "not __sdme_given value timeout t" -s t -l timeout -x -d 'Wait this long for the boot'
complete -c sdme-restart -n "not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-restart -n "not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-restart -n "not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-restart -n "not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-restart -f
complete -c sdme-restart -n "__sdme_operands $__sdme_restart_values -eq 0" -a '(__sdme_words container)'
complete -c sdme-restart -n "__sdme_operands $__sdme_restart_values -eq 1" -a '(__sdme_words container)'
complete -c sdme-restart -n "__sdme_operands $__sdme_restart_values -ge 2" -a '(__sdme_words container)'
