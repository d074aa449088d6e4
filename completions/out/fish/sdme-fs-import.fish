# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_fs_import_values name install-packages sha256 base-fs oci-mode app pull platform config
complete -c sdme-fs-import -n "not __sdme_given value name" -l name -x -a '(__sdme_words rootfs)' -d 'Call it this; else what the source suggests'
complete -c sdme-fs-import -n "not __sdme_given value install-packages" -l install-packages -x -a 'auto yes no' -d 'Install what it lacks to boot: auto, yes or no'
complete -c sdme-fs-import -n "not __sdme_given value sha256" -l sha256 -x -d 'The bytes of the file, URL or standard input have it'
complete -c sdme-fs-import -n "not __sdme_given flag quiet q" -s q -l quiet -d 'Say nothing of what goes well'
complete -c sdme-fs-import -n "not __sdme_given flag force f" -s f -l force -d 'Replace one of this name; import what cannot boot'
complete -c sdme-fs-import -n "not __sdme_given value base-fs" -l base-fs -x -a '(__sdme_words rootfs)' -d 'The root filesystem that an application comes onto'
complete -c sdme-fs-import -n "not __sdme_given value oci-mode" -l oci-mode -x -a 'auto base app connector' -d 'What an image becomes: auto, base, app or connector'
complete -c sdme-fs-import -n "not __sdme_given flag add-app" -l add-app -d 'Add the application to those of NAME'
complete -c sdme-fs-import -n "not __sdme_given value app" -l app -x -d 'Call the application this; else as its repository'
complete -c sdme-fs-import -n "not __sdme_given value pull" -l pull -x -a 'newer always missing never' -d 'Ask an image\'s registry: newer, always, missing or never'
complete -c sdme-fs-import -n "not __sdme_given flag offline" -l offline -d 'As --pull never: use what the cache has'
complete -c sdme-fs-import -n "not __sdme_given value platform" -l platform -x -d 'The image for this platform'
complete -c sdme-fs-import -n "not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-fs-import -n "not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-fs-import -n "not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-fs-import -n "not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-fs-import -f
complete -c sdme-fs-import -n "__sdme_operands $__sdme_fs_import_values -eq 0" -F
complete -c sdme-fs-import -n "__sdme_operands $__sdme_fs_import_values -eq 1" -F
