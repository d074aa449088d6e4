#!/bin/bash
# The project speaks of itself alone: nothing of the place where it was written, no numbers of issues, no
# host that it has no say in.
. "$(dirname "$0")/lib.bash"

words=('/wo''rk/' 'sha''red/(design|seeds|testhost|vm)' 'behavi''our\.md' 'archi''tecture\.md' 'pe''ers\.md' 'st''yle\.md'
  'docker\.i''o\b' 'quay\.i''o\b' 'ghcr\.i''o\b' 'gcr\.i''o\b' 'registry\.k''8s' 'deb\.debian\.or''g' 'registry-''1\.'
  '\bissue'' #?[0-9]' '\(#[0''-9]+\)' 'fixes'' #[0-9]')
pattern=$(IFS='|'; echo "${words[*]}")
# References name registries, and one of them by default.
mapfile -t all < <(files '*' | grep -vE '/corpus/|/(test-)?(reference|registry|auth_file|credentials|endpoint|fuzz-authfile)\.[ch]$|/sdme-fs-import\.8(\.in)?$|/fs-import\.c$|/container/config\.c$|/sdme\.conf\.5$')
out=$(grep -nIiE -- "$pattern" "${all[@]}") && complain "$out"
finish
