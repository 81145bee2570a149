#!/bin/sh
# Runs each target for so many seconds, an hour without a number, one after the other, and prints what
# it has done. A failure leaves its input in fuzz/artifacts, and does not keep the others from running.
#
#     sh fuzz/run.sh [SECONDS [TARGET…]]

set -u

main() {
    cd "$(dirname "$0")/.." || exit
    seconds=${1:-3600}
    [ $# -gt 0 ] && shift
    [ $# -gt 0 ] || set -- folder directives lock lexer_and_splitter check_file syntax \
        error_renderer history_rows
    mkdir -p fuzz/corpus/seeds fuzz/logs
    failed=
    for target; do
        run "$target" || failed="$failed $target"
        report "$target"
    done
    [ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
}

run() {
    mkdir -p "fuzz/corpus/$1"
    # Only these read text as it is; of the others, each byte chooses something.
    case $1 in
        lexer_and_splitter | check_file | syntax) set -- "$1" fuzz/corpus/seeds -dict=fuzz/sql.dict ;;
        *) set -- "$1" "fuzz/corpus/$1" -timeout=10 ;;
    esac
    cargo +nightly fuzz run -s none "$1" "fuzz/corpus/$1" "$2" -- "$3" -max_len=1024 -timeout=10 \
        -print_final_stats=1 -max_total_time="$seconds" >"fuzz/logs/$1" 2>&1
}

# Runs, seconds and edges, as libFuzzer counts them.
report() {
    done=$(sed -n 's/^Done //p' "fuzz/logs/$1")
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "fuzz/logs/$1" | tail -1)
    echo "$1: ${done:-failed, see fuzz/logs/$1}, ${edges:-0} edges"
}

main "$@"
