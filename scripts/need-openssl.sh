#!/bin/sh
# Sees to it that OpenSSL's headers are on this machine, for the tests over TLS. Silent when they are, and
# where the system has a TLS library of its own; otherwise it installs Debian's, or says what to install.

set -eu

me=need-openssl
advice="install OpenSSL's headers and pkg-config"
. "$(dirname "$0")/install.sh"

is_installed() {
    [ "$(uname)" = Darwin ] || [ -n "${OPENSSL_DIR:-}" ] || pkg-config --exists openssl 2>/dev/null
}

need_debian "headers of OpenSSL" libssl-dev pkg-config
