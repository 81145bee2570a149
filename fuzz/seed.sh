#!/bin/sh
# Puts SQL into the corpora of the targets that read text, in pieces of at most 1 KiB: the files of
# this repository, and those below each DIR.
#
#     sh fuzz/seed.sh [DIR…]

set -eu

main() {
    here=$(cd "$(dirname "$0")" && pwd)
    seeds=$here/corpus/seeds
    rm -rf "$seeds"
    mkdir -p "$seeds"
    number=0
    find "$here/../migrations" "$here/../tests" "$here/regressions" "$@" -name '*.sql' -type f |
        while IFS= read -r file; do
            number=$((number + 1))
            split -a 4 -C 1024 "$file" "$seeds/$number-"
        done
    echo "$(find "$seeds" -type f | wc -l) pieces in $seeds"
}

main "$@"
