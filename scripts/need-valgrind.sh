#!/bin/sh
# Sees to it that valgrind is on this machine, which counts instructions for `benches/instructions`. Silent
# when it is; otherwise it installs Debian's, or says what to install.

set -eu

me=need-valgrind
advice="install valgrind"
. "$(dirname "$0")/install.sh"

has valgrind && exit
has apt-get || give_up "no valgrind here: $advice"
echo "$me: no valgrind found, installing Debian's with apt-get" >&2
debian_install valgrind
has valgrind || give_up "the installation brought no valgrind: $advice"
