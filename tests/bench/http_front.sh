#!/bin/sh
# Compares the HTTP front with nginx: the same 300 bytes, 64 connections, interleaved rounds of 5 s,
# both with two workers. Quote the ratios: the load runs on the same cores.
#   tests/bench/http_front.sh build/release/tests/bench/bench_http_front [rounds]
# Needs nginx and wrk (Debian: nginx-light, wrk). Prints one line a round: requests a second, 99th
# percentile, CPU microseconds a request.
set -eu

server=$1
rounds=${2:-3}
folder=$(mktemp -d)
padding=$(printf 'x%.0s' $(seq 272))
cat > "$folder/nginx.conf" <<CONF
worker_processes 2; daemon off; pid $folder/nginx.pid; error_log $folder/error.log;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 100000000; default_type application/json;
  client_body_temp_path $folder/1; proxy_temp_path $folder/2; fastcgi_temp_path $folder/3;
  uwsgi_temp_path $folder/4; scgi_temp_path $folder/5;
  server {
    listen 127.0.0.1:18471 reuseport;
    location /health { return 200 '{"status":"ok","padding":"$padding"}'; }
  }
}
CONF
nginx -c "$folder/nginx.conf" 2>/dev/null &
nginx=$!
"$server" 18472 2 $((rounds * 11 + 5)) > "$folder/own.out" &
own=$!
trap 'kill $nginx $own 2>/dev/null || true; rm -rf "$folder"' EXIT
sleep 1

# CPU ticks (10 ms) of a process and its children.
ticks() {
  for process in "$1" $(pgrep -P "$1"); do awk '{print $14 + $15}' "/proc/$process/stat"; done |
    awk '{sum += $1} END {print sum}'
}

for _ in $(seq "$rounds"); do
  for target in nginx:18471:$nginx commsd:18472:$own; do
    name=${target%%:*} rest=${target#*:}
    port=${rest%%:*} process=${rest#*:}
    before=$(ticks "$process")
    wrk -t1 -c64 -d5s --latency "http://127.0.0.1:$port/health" > "$folder/wrk.out"
    after=$(ticks "$process")
    awk -v name="$name" -v ticks=$((after - before)) '
      /requests in/ {requests = $1} /99%/ {p99 = $2} /Requests\/sec/ {rate = $2}
      END {printf "%-7s %9.0f req/s  p99 %-9s %5.2f us CPU a request\n", name, rate, p99,
           ticks * 10000 / requests}' "$folder/wrk.out"
  done
done
