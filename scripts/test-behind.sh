#!/bin/sh
# Runs the tests that go through a pooler on the versions of PgBouncer that are named, one after the
# other: `scripts/test-behind.sh 1.18 1.24`. Arguments behind `--` are given to `cargo test`, in place of
# those tests.
#
# Each is built from the source package of the release of Debian that has it, which comes from where this
# machine's own packages come from; the programs are kept in target/pgbouncer. Debian only: elsewhere,
# build the versions and name the program of each in PGBOUNCER.

set -eu

cd "$(dirname "$0")/.."
poolers=$PWD/target/pgbouncer
keys=/usr/share/keyrings/debian-archive-keyring.gpg

main() {
    versions=
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        versions="$versions $1"
        shift
    done
    [ -n "$versions" ] || give_up "name versions, such as 1.18 1.24"
    [ $# -gt 0 ] && shift
    [ $# -gt 0 ] || set -- -p migrations-tests --test it pooler::
    for version in $versions; do
        have "$version"
        program=$poolers/$version/pgbouncer
        echo "test-behind: $("$program" --version | head -n 1): cargo test $*" >&2
        PGBOUNCER="$program" cargo test --locked "$@"
    done
}

have() {
    [ -x "$poolers/$1/pgbouncer" ] && return
    suite=$(suite "$1")
    mirror=$(mirror)
    [ -n "$mirror" ] ||
        give_up "this machine gets no packages of Debian: build PgBouncer $1, and name it in PGBOUNCER"
    need_to_build
    echo "test-behind: building PgBouncer $1 from the source package of Debian's $suite" >&2
    part=$poolers/.part-$1
    rm -rf "$part"
    mkdir -p "$part/lists/partial" "$part/cache/archives/partial" "$part/source"
    (cd "$part" && fetch "$mirror" "$suite" && build) || give_up "that failed; what it said is above and in $part/log"
    "$part/source/pgbouncer" --version | grep -q "^PgBouncer $1\." || give_up "$suite has another version than $1"
    mkdir -p "$poolers/$1"
    mv "$part/source/pgbouncer" "$poolers/$1/"
    rm -rf "$part"
}

# The releases of Debian that have them.
suite() {
    case $1 in
        1.18) echo bookworm ;;
        1.24) echo trixie ;;
        *) give_up "there is no PgBouncer $1 here: 1.18 and 1.24" ;;
    esac
}

# Where apt gets Debian's packages from.
mirror() {
    command -v apt-get >/dev/null || return 0
    apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian|Debian|main|//p' | head -n 1
}

need_to_build() {
    missing=
    for package in libc6-dev gcc make pkg-config libevent-dev libssl-dev; do
        dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    # Word by word.
    # shellcheck disable=SC2086
    set -- apt-get install -y --no-install-recommends $missing
    [ "$(id -u)" -eq 0 ] || set -- sudo "$@"
    echo "test-behind: running: $*" >&2
    "$@"
}

# With lists and a cache of our own: what the system knows of packages stays as it is.
fetch() {
    echo "deb-src [signed-by=$keys] $1 $2 main" >sources.list
    private="-o Dir::Etc::sourcelist=$PWD/sources.list -o Dir::Etc::sourceparts=/dev/null
        -o Dir::State::lists=$PWD/lists -o Dir::Cache=$PWD/cache"
    # Root's apt would fetch as a user who may not write here.
    [ "$(id -u)" -ne 0 ] || private="$private -o APT::Sandbox::User=root"
    # shellcheck disable=SC2086
    apt-get -qq $private update && apt-get -qq $private source --download-only pgbouncer
}

build() {
    tar -xzf pgbouncer_*.orig.tar.gz -C source --strip-components=1
    cd source
    { ./configure --without-cares && make -j2 pgbouncer; } >../log 2>&1 || { tail -n 20 ../log >&2; return 1; }
    # As root, the tests start the pooler as another user.
    chmod a+rx pgbouncer
}

give_up() {
    echo "test-behind: $1" >&2
    exit 1
}

main "$@"
