# The PostgreSQL and Redis of script/test, which sources this file: those that are there, or own ones on free ports under
# a temporary folder. Needs $python, the interpreter of .venv.
# shellcheck shell=bash
: "${python:?}"

# The address of a local PostgreSQL in which we may create databases.
find_postgres() {
    "$python" - "$(id -un)" <<'PYTHON'
import sys
import psycopg
for user in ("postgres", sys.argv[1]):
    try:
        with psycopg.connect(f"host=127.0.0.1 dbname=postgres user={user} connect_timeout=2") as connection:
            query = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            if connection.execute(query).fetchone()[0]:
                print(f"postgres://{user}@127.0.0.1:5432/postgres")
                break
    except psycopg.OperationalError:
        pass
PYTHON
}

find_redis() {
    "$python" - <<'PYTHON'
import redis
try:
    redis.Redis(host="127.0.0.1", socket_timeout=2, socket_connect_timeout=2).ping()
    print("redis://127.0.0.1:6379/0")
except redis.RedisError:
    pass
PYTHON
}

# Debian's packages, without the servers they would start: ours stand on other ports.
install_server_packages() {
    local missing=() as_root=()
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    command -v redis-server >/dev/null || missing+=(redis-server)
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "Installing ${missing[*]}"
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    # Debian asks this file whether it may start a service; ours says no while we install.
    local policy=/usr/sbin/policy-rc.d made=false status=0
    if [ ! -e "$policy" ]; then
        made=true
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || status=$?
    if $made; then "${as_root[@]}" rm "$policy"; fi
    return $status
}

free_port() {
    "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# PostgreSQL refuses to run as root.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

postgres_program() {
    compgen -G "/usr/lib/postgresql/*/bin/$1" | sort -V | tail -n 1
}

scratch=
redis_pid=

make_scratch() {
    [ -z "$scratch" ] || return 0
    scratch=$(mktemp -d -t shirube-servers-XXXXXX)
    chmod 755 "$scratch" # the user postgres must get in
}

start_own_postgres() {
    local port data
    make_scratch
    port=$(free_port)
    data="$scratch/postgres"
    mkdir "$data"
    [ "$(id -u)" -ne 0 ] || chown postgres "$data"
    as_postgres "$(postgres_program initdb)" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    # No durability: the data lives as long as the run.
    as_postgres "$(postgres_program pg_ctl)" -D "$data" -s -w -l "$data/server.log" \
        -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off" start
    TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres"
}

start_own_redis() {
    local port
    make_scratch
    port=$(free_port)
    redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$scratch" \
        --logfile "$scratch/redis.log" &
    redis_pid=$!
    until redis-cli -p "$port" ping >/dev/null 2>&1; do
        kill -0 "$redis_pid" # ends the run if it did not start
        sleep 0.1
    done
    TEST_REDIS_URL="redis://127.0.0.1:$port/0"
}

# By their process ids; does nothing where no own server was started.
stop_own_servers() {
    [ -n "$scratch" ] || return 0
    if [ -e "$scratch/postgres/postmaster.pid" ]; then
        as_postgres "$(postgres_program pg_ctl)" -D "$scratch/postgres" -s -m immediate stop
    fi
    if [ -n "$redis_pid" ]; then
        kill "$redis_pid" 2>/dev/null || true
        wait "$redis_pid" 2>/dev/null || true
    fi
    rm -rf "$scratch"
}
