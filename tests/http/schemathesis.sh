#!/usr/bin/env bash
# Asks every described route for what its description promises, with requests that fit it and requests that do not.
# Arguments are handed on to `schemathesis run`. Wants python3 with venv.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=4.32.5
environment=${XDG_CACHE_HOME:-$HOME/.cache}/bailee/schemathesis-$version
if [[ ! -x $environment/bin/schemathesis ]]; then
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet "schemathesis==$version"
fi

cargo build --locked --package http-tests --bin serve
# It ends when this script does: its input is then closed.
coproc server { exec "${CARGO_TARGET_DIR:-target}/debug/serve"; }
while read -r line <&"${server[0]}" && [[ $line ]]; do
  export "${line?}"
done

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"
"$environment/bin/schemathesis" --config-file "$OLDPWD/tests/http/schemathesis.toml" run "$BASE/openapi.json" "$@"
