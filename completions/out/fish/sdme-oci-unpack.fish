# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_oci_unpack_values tag t digest platform config
complete -c sdme-oci-unpack -n "not __sdme_given value tag t" -s t -l tag -x -d 'Of several images, the one of this name'
complete -c sdme-oci-unpack -n "not __sdme_given value digest" -l digest -x -d 'Of several images, the one of this digest'
complete -c sdme-oci-unpack -n "not __sdme_given value platform" -l platform -x -d 'The image for this platform'
complete -c sdme-oci-unpack -n "not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-oci-unpack -n "not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-oci-unpack -n "not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-oci-unpack -n "not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-oci-unpack -f
complete -c sdme-oci-unpack -n "__sdme_operands $__sdme_oci_unpack_values -eq 0" -F
complete -c sdme-oci-unpack -n "__sdme_operands $__sdme_oci_unpack_values -eq 1" -a '(__sdme_words dir)'
