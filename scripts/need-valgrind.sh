#!/bin/sh
# Sees to it that valgrind is on this machine, which counts instructions for `benches/instructions`. Silent
# when it is; otherwise it installs Debian's, or says what to install.

set -eu

me=need-valgrind
advice="install valgrind"
. "$(dirname "$0")/install.sh"

is_installed() {
    has valgrind
}

need_debian valgrind valgrind
