#!/bin/sh
# Sees to it that OpenSSL's headers are on this machine, for the tests over TLS. Silent when they are, and
# where the system has a TLS library of its own; otherwise it installs Debian's, or says what to install.

set -eu

is_installed() {
    [ "$(uname)" = Darwin ] || [ -n "${OPENSSL_DIR:-}" ] || pkg-config --exists openssl 2>/dev/null
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed && exit
if ! command -v apt-get >/dev/null; then
    echo "need-openssl: no headers of OpenSSL here: install them, and pkg-config" >&2
    exit 1
fi
echo "need-openssl: no headers of OpenSSL found, installing Debian's with apt-get" >&2
as_root apt-get update
as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends libssl-dev pkg-config
is_installed
