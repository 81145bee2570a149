#!/bin/sh
# Sees to it that PgBouncer is on this machine. Silent when it is; otherwise it says which command of
# the system's package manager it runs, and runs it.
#
# The order of the search is that of local-postgres/src/pooler.rs.

set -eu

me=need-pgbouncer
. "$(dirname "$0")/install.sh"

main() {
    if [ -n "${PGBOUNCER:-}" ]; then
        [ -f "$PGBOUNCER" ] && return
        give_up "PGBOUNCER is '$PGBOUNCER', but no file is there: name the program, or unset it"
    fi
    is_installed && return
    manager=$(package_manager) ||
        give_up "no PgBouncer here, nor a package manager that this script knows: $advice"
    echo "$me: no PgBouncer found, installing one with $manager" >&2
    install_with "$manager"
    is_installed || give_up "the installation brought no PgBouncer: $advice"
}

advice="install PgBouncer, or set PGBOUNCER to the program"

is_installed() {
    has pgbouncer && return
    for directory in /usr/sbin /usr/local/sbin /opt/homebrew/bin /home/linuxbrew/.linuxbrew/bin; do
        [ -f "$directory/pgbouncer" ] && return
    done
    return 1
}

install_with() {
    case $1 in
        apt-get)
            debian_install pgbouncer
            without_debian_service
            ;;
        dnf) as_root dnf install -y pgbouncer ;;
        apk) as_root apk add pgbouncer ;;
        brew) announce brew install pgbouncer ;;
    esac
}

# Debian's package starts a pooler, and again at boot. We never use it: the tests start their own.
without_debian_service() {
    if [ -d /run/systemd/system ]; then
        as_root systemctl disable --now pgbouncer
    elif has service; then
        as_root service pgbouncer stop
    fi
}

main
