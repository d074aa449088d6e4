# Made by gen-fish.awk from the option table; do not edit.
functions -q __sdme_words; or source (status dirname)/sdme.fish
set -g __sdme_fs_cache_values config
complete -c sdme-fs-cache -n "not __sdme_given flag all a" -s a -l all -d 'With clean: everything, not only what is over the limit'
complete -c sdme-fs-cache -n "not __sdme_given flag json" -l json -d 'With info and ls: JSON, on one line'
complete -c sdme-fs-cache -n "not __sdme_given flag json-pretty" -l json-pretty -d 'With info and ls: JSON, indented'
complete -c sdme-fs-cache -n "not __sdme_given flag quiet q" -s q -l quiet -d 'With ls: only digests, one a line'
complete -c sdme-fs-cache -n "not __sdme_given value config" -l config -r -F -d 'Read this instead of /etc/sdme.conf'
complete -c sdme-fs-cache -n "not __sdme_given flag verbose v" -s v -l verbose -d 'Say each step on standard error'
complete -c sdme-fs-cache -n "not __sdme_given flag help h" -s h -l help -d 'Show this text'
complete -c sdme-fs-cache -n "not __sdme_given flag version V" -s V -l version -d 'Show the version'
complete -c sdme-fs-cache -f
complete -c sdme-fs-cache -n "__sdme_operands $__sdme_fs_cache_values -eq 0" -a 'info ls clean'
