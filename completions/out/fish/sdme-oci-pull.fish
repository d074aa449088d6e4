# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_oci_pull_values output o tag t platform pull config
complete -c sdme-oci-pull -n "not __sdme_given value output o" -s o -l output -r -F -d 'To this directory, FILE.tar, or - for a tarball'
complete -c sdme-oci-pull -n "not __sdme_given value tag t" -s t -l tag -x -d 'Its name in the layout, else its tag'
complete -c sdme-oci-pull -n "not __sdme_given value platform" -l platform -x -d 'The image for this platform'
complete -c sdme-oci-pull -n "not __sdme_given value pull" -l pull -x -a 'newer always missing never' -d 'Ask an image\'s registry: newer, always, missing or never'
complete -c sdme-oci-pull -n "not __sdme_given flag offline" -l offline -d 'As --pull never: use what the cache has'
complete -c sdme-oci-pull -n "not __sdme_given flag quiet q" -s q -l quiet -d 'Say nothing of what goes well'
complete -c sdme-oci-pull -n "not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-oci-pull -n "not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-oci-pull -n "not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-oci-pull -n "not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-oci-pull -f
complete -c sdme-oci-pull -n "__sdme_operands $__sdme_oci_pull_values -eq 0" -F
