# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_join_values timeout t user u config
complete -c sdme-join -n "__sdme_operands $__sdme_join_values -lt 2; and not __sdme_given flag oci" -l oci -d 'Enter the application of the container\'s image'
complete -c sdme-join -n "__sdme_operands $__sdme_join_values -lt 2; and not __sdme_given flag start" -l start -d 'Boot the container first if it is stopped'
complete -c sdme-join -n "__sdme_operands $__sdme_join_values -lt 2; and not __sdme_given value timeout t" -s t -l timeout -x -d 'Wait this long for the boot'
complete -c sdme-join -n "__sdme_operands $__sdme_join_values -lt 2; and not __sdme_given value user u" -s u -l user -x -a '(__fish_complete_users)' -d 'Enter it as this user'
complete -c sdme-join -n "__sdme_operands $__sdme_join_values -lt 2; and not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-join -n "__sdme_operands $__sdme_join_values -lt 2; and not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-join -n "__sdme_operands $__sdme_join_values -lt 2; and not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-join -n "__sdme_operands $__sdme_join_values -lt 2; and not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-join -f
complete -c sdme-join -n "__sdme_operands $__sdme_join_values -eq 0" -a '(__sdme_words container)'
