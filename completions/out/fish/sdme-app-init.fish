# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_app_init_values user env workdir config
complete -c sdme-app-init -n "__sdme_operands $__sdme_app_init_values -lt 1; and not __sdme_given flag no-healthcheck" -l no-healthcheck -d 'Do not check the program\'s health'
complete -c sdme-app-init -n "__sdme_operands $__sdme_app_init_values -lt 1; and not __sdme_given flag run" -l run -d 'Run it once, on our input and output'
complete -c sdme-app-init -n "__sdme_operands $__sdme_app_init_values -lt 1; and not __sdme_given flag join" -l join -d 'Run a command where the program runs'
complete -c sdme-app-init -n "__sdme_operands $__sdme_app_init_values -lt 1; and not __sdme_given value user" -l user -x -d 'Be this user of the image'
complete -c sdme-app-init -n "__sdme_operands $__sdme_app_init_values -lt 1" -l env -x -d 'Set a variable'
complete -c sdme-app-init -n "__sdme_operands $__sdme_app_init_values -lt 1; and not __sdme_given value workdir" -l workdir -x -d 'Start in this directory'
complete -c sdme-app-init -n "__sdme_operands $__sdme_app_init_values -lt 1; and not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-app-init -n "__sdme_operands $__sdme_app_init_values -lt 1; and not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-app-init -n "__sdme_operands $__sdme_app_init_values -lt 1; and not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-app-init -n "__sdme_operands $__sdme_app_init_values -lt 1; and not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-app-init -f
