#!/bin/sh
# Collects SQL files that other projects ship into DIR/<group>/…, through the package clients as they
# are configured here: apt-get, cargo, npm, pip. Needs nothing installed but them, and changes nothing
# outside of DIR and the clients' own caches.
#
#     sh corpus/collect.sh DIR
#
# A group whose name begins with `regress` holds tests, which contain errors on purpose.

set -eu

main() {
    [ $# -eq 1 ] || give_up "name the directory to collect into: sh corpus/collect.sh DIR"
    mkdir -p "$1"
    corpus=$(cd "$1" && pwd)
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT

    use_own_apt_lists
    postgresql_source 15.18 15.18-0+deb12u1
    debian_applications
    debian_extensions
    crates
    python_packages
    npm_packages
    summary
}

# PostgreSQL's regression tests, those of its modules, and the scripts of its extensions.
postgresql_source() {
    (cd "$scratch" && apt source --download-only "postgresql-${1%%.*}=$2") ||
        give_up "no source of PostgreSQL $2: write a version here that 'apt-cache showsrc' offers"
    tar -xf "$scratch/postgresql-${1%%.*}_$1.orig.tar.bz2" -C "$scratch"
    source=$scratch/postgresql-$1
    keep regress "$source/src/test/regress" '^sql/'
    keep regress-modules "$source" '^(contrib|src/pl|src/test/(mb|modules))/.*/sql/'
    keep contrib "$source/contrib" '^[^/]*/[^/]*$'
}

# The version is the one of the configured release of Debian.
debian_applications() {
    debian davical davical '/dba/'
    debian ejabberd ejabberd 'share/ejabberd/sql/pg'
    debian icinga icinga2-ido-pgsql '.'
    debian icinga icingaweb2 '(pgsql-upgrades/|/pgsql\.)'
    debian kamailio kamailio-postgres-modules '.'
    debian mediawiki mediawiki '/postgres/'
    debian pdns pdns-backend-pgsql '.'
    debian roundcube roundcube-core '/postgres'
    debian tt-rss tt-rss 'pgsql'
    debian zabbix zabbix-server-pgsql '/(schema|double|history_pk_prepare)'
}

debian_extensions() {
    for name in cron debversion hll ip4r jsquery londiste-sql mimeo numeral orafce periods \
        pg-fact-loader pg-qualstats pg-track-settings pgl-ddl-deploy pglogical pgpool2 pgq-node \
        pgq3 pgsphere pgtap pllua plprofiler plproxy plr pointcloud powa prefix q3c repmgr rum \
        semver set-user tablelog tdigest unit; do
        debian extensions "postgresql-15-$name" '.'
    done
    debian extensions pgagent '.'
    debian pg_partman postgresql-15-partman '.'
}

crates() {
    crate atuin atuin-server-postgres 18.20.1 '^migrations/'
    crate cala-ledger cala-ledger 0.33.3 '^migrations/'
    crate cdk cdk-sql-common 0.18.3 '/postgres/'
    crate sqlxmq sqlxmq 0.6.0 '^migrations/'
    crate zksync_dal zksync_dal 29.13.0-non-semver-compat '^migrations/'
}

python_packages() {
    wheel litellm litellm-proxy-extras 0.4.110 'migrations/'
    wheel pgstac pypgstac 0.10.0 'migrations/'
    wheel procrastinate procrastinate 3.10.0 '.'
    wheel synapse matrix-synapse 1.163.2 'storage/schema/'
}

npm_packages() {
    npm_package graphile-worker graphile-worker 0.18.0 '.'
    npm_package pgflow @pgflow/core 0.8.1 '.'
}

# debian GROUP PACKAGE PATTERN
debian() {
    mkdir -p "$scratch/deb" "$scratch/$2"
    (cd "$scratch/deb" && apt download "$2") ||
        give_up "apt-get has no $2: take the package out of this script, or put in its successor"
    dpkg-deb -x "$scratch/deb/$2"_*.deb "$scratch/$2"
    find "$scratch/$2" -name '*.sql.gz' -exec gunzip {} +
    keep "$1" "$scratch/$2" "$3"
}

# crate GROUP PACKAGE VERSION PATTERN
crate() {
    # Shows the crate, for which it fetches and unpacks this one and none of its dependencies.
    (cd "$scratch" && cargo info --quiet "$2@$3" >info) || give_up "cargo has no $2 $3"
    for unpacked in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$2-$3"; do
        keep "$1" "$unpacked" "$4"
    done
}

# wheel GROUP PACKAGE VERSION PATTERN
wheel() {
    mkdir -p "$scratch/wheel/$2"
    pip download --quiet --no-deps --only-binary=:all: --dest "$scratch/wheel/$2" "$2==$3" ||
        give_up "pip has no wheel of $2 $3"
    python3 -m zipfile -e "$scratch/wheel/$2"/*.whl "$scratch/$2"
    keep "$1" "$scratch/$2" "$4"
}

# npm_package GROUP PACKAGE VERSION PATTERN
npm_package() {
    mkdir -p "$scratch/$1"
    (cd "$scratch/$1" && npm pack --silent "$2@$3" >packed && tar -xzf ./*.tgz) ||
        give_up "npm has no $2 $3"
    keep "$1" "$scratch/$1" "$4"
}

# keep GROUP ROOT PATTERN: copies the SQL files below ROOT whose path matches.
keep() {
    (
        cd "$2"
        find . -type f \( -name '*.sql' -o -name '*.sql.postgres' \) | sed 's#^\./##' |
            grep -E "$3" | grep -viE '(mysql|sqlite|mssql|oracle)(/|[^/]*$)' |
            while IFS= read -r file; do
                mkdir -p "$corpus/$1/$(dirname "$file")"
                cp "$file" "$corpus/$1/$file"
            done
    )
}

# The configured sources, and their source packages too, without touching the system's lists.
use_own_apt_lists() {
    mkdir -p "$scratch/sources" "$scratch/lists/partial"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -f "$file" ] || continue
        sed -n 'p; s/^deb /deb-src /p' "$file" >"$scratch/sources/$(basename "$file" .list).list"
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -f "$file" ] || continue
        sed 's/^Types:.*/Types: deb deb-src/' "$file" >"$scratch/sources/$(basename "$file")"
    done
    # apt-get reads as another user when root runs it.
    chmod -R a+rX "$scratch"
    apt update || give_up "apt-get cannot read its package lists"
}

apt() {
    apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::sourcelist=/dev/null \
        -o "Dir::Etc::sourceparts=$scratch/sources" -o "Dir::State::lists=$scratch/lists" "$@" >&2
}

summary() {
    for group in "$corpus"/*/; do
        echo "$(find "$group" -type f | wc -l) $(basename "$group")"
    done
}

give_up() {
    echo "collect: $1" >&2
    exit 1
}

main "$@"
