#!/bin/sh
# Starts a fresh jetty base with the built module in the foreground, for the conformance kit and for measurements:
#   it/start-base.sh PORT UPSTREAMS MOUNT [TIMEOUT]
# UPSTREAMS: base URIs, separated by commas; MOUNT: the balanced context path; TIMEOUT: seconds, first byte and idle.
# Environment: JETTY_HOME (default: the newest in target/jetty-homes), LB_JAVA_OPTIONS, LB_MODULES, BENCH_FOLDER,
# LB_POOL (more lines for the pool, for instance strategy = random).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
port=$1 upstreams=$2 mount=$3 timeout=${4:-60}
home=${JETTY_HOME:-$(ls -d "$root"/target/jetty-homes/jetty-home-* | sort -V | tail -n 1)}
if [ -n "${BENCH_FOLDER:-}" ]; then base=$BENCH_FOLDER/base; else base=$(mktemp -d); fi
mkdir -p "$base"
cd "$base"
for zip in "$root"/target/jetty-lb-*-config.zip; do
  (umask 022 && cd "$base" && jar xf "$zip")
done
java -jar "$home/start.jar" --add-modules="${LB_MODULES:-http,http2c,lb}" >setup.log 2>&1 || { cat setup.log >&2; exit 1; }
cat > etc/lb.conf <<CONF
lb {
  mounts { "$mount" { pool = main } }
  pools {
    main {
      upstreams = ["$(printf '%s' "$upstreams" | sed 's/,/", "/g')"]
      timeouts { connect = ${timeout}s, first-byte = ${timeout}s, idle = ${timeout}s }
      ${LB_POOL:-}
    }
  }
}
CONF
exec java ${LB_JAVA_OPTIONS:-} -jar "$home/start.jar" jetty.http.host=127.0.0.1 jetty.http.port="$port"
