#!/usr/bin/env bash
# Runs the official conformance suite, for the newest version of the protocol and the one before it, and the inspector,
# against our router. Nothing is expected to fail. Wants cargo, and Node 22.19 or newer or python3 with venv; what it installs
# is kept below the cache directory.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
# shellcheck source=.ci/node
. .ci/node

conformance=0.2.0-alpha.12
inspector=2.12.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bailee-conformance
packages=$cache/$conformance-$inspector
modules=$packages/node_modules/@modelcontextprotocol

main() {
  find_node "$cache"
  if [[ ! -e $packages/complete ]]; then
    mkdir -p "$packages"
    "${npm[@]}" install --prefix "$packages" --no-audit --no-fund --no-save --ignore-scripts --loglevel=error \
      "@modelcontextprotocol/conformance@$conformance" "@modelcontextprotocol/inspector@$inspector"
    touch "$packages/complete"
  fi

  cargo build --locked --package mcp-tests --bin conformance-server
  # It ends when this script does: its input is then closed.
  coproc server { exec "${CARGO_TARGET_DIR:-$root/target}/debug/conformance-server"; }
  read -r url <&"${server[0]}"
  work=$(mktemp -d)
  trap 'rm -rf -- "$work"' EXIT
  cd "$work"

  for revision in 2026-07-28 2025-11-25; do
    suite "$revision"
  done
  # These run above too, and are not counted there yet.
  for scenario in http-header-validation json-schema-2020-12 server-session-lifecycle; do
    passes "$scenario" --scenario "$scenario"
  done
  for era in modern legacy; do
    inspect 0 "$era" --method tools/list --strict
    inspect 0 "$era" --method tools/call --tool-name list_integrations --tool-args-json '{}'
    # A tool's own error.
    inspect 5 "$era" --method tools/call --tool-name test_error_handling --tool-args-json '{}'
  done
  echo "Both revisions and the inspector passed."
}

# Exactly what a revision requires; what the suite runs besides is printed and not counted.
suite() {
  passes "$1" --requirements "$1"
  sed -n '/=== SUMMARY ===/,$p' "$1.log"
}

# passes <name> <arguments of the suite…>
passes() {
  local name=$1
  shift
  echo "== Conformance, $name =="
  if ! "$node" "$modules/conformance/dist/index.js" server --url "$url" "$@" >"$name.log" 2>&1; then
    cat "$name.log"
    exit 1
  fi
}

# inspect <exit code> <era> <arguments…>
inspect() {
  local code=0 expected=$1 era=$2
  shift 2
  echo "== Inspector, $era: $* =="
  "$node" "$modules/inspector/clients/launcher/build/index.js" --cli "$url" --transport http \
    --protocol-era "$era" --format json "$@" >inspector.log 2>&1 || code=$?
  if [[ $code -ne $expected ]]; then
    cat inspector.log
    echo "the inspector ended with $code instead of $expected"
    exit 1
  fi
}

main
