# The servers that tests/bench measures, each in a process of its own. serve_NAME starts one for a row at an address
# and sets url[ROW] and pid[ROW]; for a link, `inside` is set to what runs a command at the server's end.
# shellcheck disable=SC2034,SC2154 # tests/bench sets and uses some.

declare -A url pid
servers=()

# started ROW [URL]: notes the process that was just started for a row, and waits until it answers there or, without a
# URL, until its log names one.
started() {
    local row=$1
    pid[$row]=$! url[$row]=${2-}
    servers+=("$!")
    for _ in $(seq 200); do
        kill -0 "${pid[$row]}" 2>/dev/null || break
        if [ -z "${url[$row]}" ]; then
            url[$row]=$(grep -som1 'http://[0-9.]*:[0-9]*' "$work/log/$row" || true)
        elif "${inside[@]}" curl -sm 5 -o "$work/answer" "${url[$row]}"; then
            return
        fi
        sleep 0.1
    done
    tail -n 3 "$work/log/$row" >&2
    fail "$row: the server does not answer"
}

# A port of an address where nothing listens, below those that the system gives to clients.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); "${inside[@]}" bash -c "exec 3<>/dev/tcp/$1/$port" 2>/dev/null; do :; done
    echo "$port"
}

# serve_gobag ROW ADDRESS BAG [OPTION...]
serve_gobag() {
    local row=$1 address=$2 bag=$3
    shift 3
    "${inside[@]}" "$bag" serve --listen "$address:0" "$@" 2>"$work/log/$row" &
    started "$row"
}

# serve_nginx ROW ADDRESS: the tree by sendfile, two workers, connections kept, a line in a log for each request.
serve_nginx() {
    local row=$1 address=$2 port
    port=$(free_port "$address")
    mkdir -p "$work/$row"
    cat >"$work/$row/conf" <<EOP
worker_processes 2; pid $work/$row/pid; daemon off; error_log $work/log/$row;
$([ "$(id -u)" != 0 ] || echo 'user root;')
events { worker_connections 1024; }
http {
  sendfile on; tcp_nopush on; keepalive_timeout 75s; keepalive_requests 100000;
  access_log $work/log/$row.access; default_type application/octet-stream;
  client_body_temp_path $work/$row/b; proxy_temp_path $work/$row/p; fastcgi_temp_path $work/$row/f;
  uwsgi_temp_path $work/$row/u; scgi_temp_path $work/$row/s;
  server { listen $address:$port; root $work/tree; location = /large { root $work/check; } }
}
EOP
    "${inside[@]}" nginx -c "$work/$row/conf" 2>>"$work/log/$row" &
    started "$row" "http://$address:$port"
}

# build_program NAME: $programs/NAME, of the source beside this file.
build_program() { [ -x "$programs/$1" ] || GO111MODULE=off go build -o "$programs/$1" "$here/peers/$1.go"; }

# serve_files ROW ADDRESS: Go's http.FileServer over the tree.
serve_files() {
    build_program fileserver
    "${inside[@]}" "$programs/fileserver" "$2:0" "$work/tree" 2>"$work/log/$1" &
    started "$1"
}

# serve_goproxy ROW ADDRESS BINARY: goproxy with a folder of its own as cache, and the tree behind it.
serve_goproxy() {
    local port
    port=$(free_port "$2")
    mkdir -p "$work/$1/temp" "$work/$1/home"
    env -i PATH="$PATH" HOME="$work/$1/home" GOFLAGS=-modcacherw GOTOOLCHAIN=local GOSUMDB=off \
        GOPROXY="file://$work/tree" "$3" server --address "$2:$port" --cacher-dir "$work/$1/caches" \
        --temp-dir "$work/$1/temp" >"$work/log/$1" 2>&1 &
    started "$1" "http://$2:$port"
}

# serve_athens ROW ADDRESS BINARY: Athens with a folder of its own as storage, and the tree behind it.
serve_athens() {
    local port
    port=$(free_port "$2")
    mkdir -p "$work/$1/storage" "$work/$1/temp" "$work/$1/home"
    (
        cd "$work/$1" || exit
        exec env -i PATH="$PATH" HOME="$work/$1/home" ATHENS_PORT="$2:$port" ATHENS_LOG_LEVEL=info \
            ATHENS_STORAGE_TYPE=disk ATHENS_DISK_STORAGE_ROOT="$work/$1/storage" ATHENS_GOGET_DIR="$work/$1/temp" \
            ATHENS_GO_BINARY_ENV_VARS="GOPROXY=file://$work/tree;GOSUMDB=off;GOFLAGS=-modcacherw;GOTOOLCHAIN=local" \
            "$3"
    ) >"$work/log/$1" 2>&1 &
    started "$1" "http://$2:$port"
}

# Processor time of a server and of the processes that it started, in seconds; 0 without a server.
spent() {
    local process total=0 fields
    for process in ${1:+"$1" $(pgrep -P "$1" || true)}; do
        fields=$(sed 's/.*) //' "/proc/$process/stat" 2>/dev/null | awk '{ print $12 + $13 + $14 + $15 }')
        total=$((total + ${fields:-0}))
    done
    awk -v ticks="$total" -v hz="$(getconf CLK_TCK)" 'BEGIN { print ticks / hz }'
}

# end_all PROCESS: with all that it started, and they started.
end_all() {
    local child children
    children=$(pgrep -P "$1" || true)
    kill -KILL "$1" 2>/dev/null || true
    for child in $children; do end_all "$child"; done
}

# Ends the servers, and the client that is under way. Some wait for their clients, and some commands for their servers.
stop_servers() {
    local process
    # GNU time runs xargs, which runs go; or cargo, which runs compilers.
    [ -z "${measured-}" ] || end_all "$measured"
    [ "${#servers[@]}" = 0 ] || kill "${servers[@]}" 2>/dev/null || true
    for _ in $(seq 25); do
        [ -n "$(jobs -rp)" ] || break
        sleep 0.2
    done
    for process in $(jobs -rp); do
        pkill -KILL -P "$process" || true
        kill -KILL "$process" || true
    done
    wait 2>/dev/null || true
}
