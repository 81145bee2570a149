#!/bin/sh
# Sees to it that PostgreSQL's server programs are on this machine. Silent when they are; otherwise
# it says which command of the system's package manager it runs, and runs it.
#
# The order of the search is that of local-postgres/src/binaries.rs.

set -eu

me=need-postgres
. "$(dirname "$0")/install.sh"

main() {
    if [ -n "${PG_BIN:-}" ]; then
        is_complete "$PG_BIN" && return
        give_up "PG_BIN is '$PG_BIN', but initdb, postgres and pg_ctl are not there: name their directory, or unset it"
    fi
    is_installed && return
    manager=$(package_manager) ||
        give_up "no PostgreSQL server here, nor a package manager that this script knows: $advice"
    echo "$me: no PostgreSQL server found, installing one with $manager" >&2
    install_with "$manager"
    is_installed || give_up "the installation brought no PostgreSQL server: $advice"
}

advice="install PostgreSQL's server, or set PG_BIN to the directory of initdb and postgres (for 'make demo', DATABASE_URL to a running server will do)"

is_installed() {
    on_path || in_pg_config || in_well_known_place
}

on_path() {
    for program in initdb postgres pg_ctl; do
        command -v "$program" >/dev/null || return 1
    done
}

in_pg_config() {
    bin=$(pg_config --bindir 2>/dev/null) && is_complete "$bin"
}

in_well_known_place() {
    for bin in \
        /usr/lib/postgresql/*/bin \
        /usr/pgsql-*/bin \
        /usr/libexec/postgresql* \
        /opt/homebrew/opt/postgresql*/bin \
        /usr/local/opt/postgresql*/bin \
        /home/linuxbrew/.linuxbrew/opt/postgresql*/bin \
        /Applications/Postgres.app/Contents/Versions/*/bin \
        /Library/PostgreSQL/*/bin \
        /opt/local/lib/postgresql*/bin \
        /usr/local/pgsql*/bin
    do
        is_complete "$bin" && return
    done
    return 1
}

is_complete() {
    [ -f "$1/initdb" ] && [ -f "$1/postgres" ] && [ -f "$1/pg_ctl" ]
}

install_with() {
    case $1 in
        apt-get)
            without_debian_cluster
            debian_install postgresql
            ;;
        dnf) as_root dnf install -y postgresql-server ;;
        apk) as_root apk add postgresql ;;
        brew) announce brew install postgresql@18 ;;
    esac
}

# Debian's package makes a cluster and starts it at boot. We never use it, so we ask for none while
# we install. The request is taken back afterwards: it is the user's machine, and the next server
# that they install there should be as Debian means it.
without_debian_cluster() {
    request=/etc/postgresql-common/createcluster.d/no-cluster-for-tests.conf
    trap 'as_root rm -f "$request"' EXIT
    as_root mkdir -p "${request%/*}"
    as_root sh -c "echo 'create_main_cluster = false' >$request"
}

main
