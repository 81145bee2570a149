# supervise.sh DIRECTORY SIGNAL SERVER ARGUMENT...
#
# Runs a temporary server, and removes its DIRECTORY afterwards. SIGNAL ends the server at once.
# Standard input is a pipe from the owner: a line says that the data is in place; end-of-file says
# that the owner is gone, whichever way it went, for the kernel closes the pipe even after `kill -9`.

directory=$1
signal=$2
shift 2

if read -r _; then
    exec 3<&0 </dev/null
    "$@" 3<&- >"$directory/log" 2>&1 &
    server=$!
    (
        read -r _ <&3
        [ -e "$directory/exited" ] || kill -s "$signal" "$server"
    ) 2>/dev/null &
    watcher=$!
    exec 3<&-
    wait "$server"
    : >"$directory/exited"
    # A server that stopped by itself leaves its log for the owner to read.
    wait "$watcher"
fi

cd /
# An `initdb` whose owner was killed may still be writing.
for _ in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf "$directory" && break
    sleep 1
done
