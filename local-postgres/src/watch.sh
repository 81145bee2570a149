# watch.sh GATE USERS STOP ARGUMENT...
#
# Stops a shared server when its last user went without saying goodbye (Ctrl-C, `kill -9`). GATE and
# USERS are the lock files that users.rs explains. Standard input is a pipe from the user: a line
# says goodbye, end-of-file says that it is gone.

gate=$1
users=$2
shift 2

read -r _ && exit
# The kernel may close the pipe before it releases the user's locks.
sleep 1
# Where there is no flock(1), the server runs on until its next user leaves.
exec flock "$gate" flock -n "$users" "$@"
