# Runs one node and outlives whoever asked for it: when the pipe on stdin closes, because the test ended, panicked or was
# killed, the node's whole process group dies and its folder goes. Arguments: the node's folder; "with-epmd", or "without-epmd" where somebody
# else runs it (or it is what is run); the program to run.
#
# Orders on stdin: "kill" ends the node, "pause" stops its processes where they are (SIGSTOP) and "resume" lets them go on, "keep" leaves its
# folder to the next warden. A paused node is killed as any other: SIGKILL asks nobody.
# The node's output is our stdout, and its end is the end of every process of the node.

set -m # each background job gets a process group of its own

run_node() {
    set +m
    if [ "$1" = with-epmd ]; then
        # In the foreground and in our group: a node that finds no epmd would start one that nobody ends.
        epmd >/dev/null 2>&1 </dev/null &
        until epmd -names >/dev/null 2>&1; do
            kill -0 "$!" 2>/dev/null || { echo "epmd ended: is its port $ERL_EPMD_PORT taken?"; exit 1; }
            sleep 0.01
        done
    fi
    "$2" </dev/null 2>&1
    kill -KILL 0
}

folder=$1
run_node "$2" "$3" &
group=$!
exec >/dev/null 2>&1

end_node() {
    [ -z "$group" ] || kill -KILL -- "-$group"
    group=
    wait
    rm -f -- "$folder/paused"
}

# The file tells that the order was carried out.
pause_node() {
    [ -z "$group" ] || { kill -STOP -- "-$group" && : >"$folder/paused"; }
}

resume_node() {
    [ -z "$group" ] || { kill -CONT -- "-$group" && rm -f -- "$folder/paused"; }
}

while read -r order; do
    case $order in
        kill) end_node ;;
        pause) pause_node ;;
        resume) resume_node ;;
        keep) exit ;;
    esac
done
end_node
rm -rf -- "$folder"
