#!/bin/sh
# Watches one operation to its end with nothing but curl:  sh examples/curl-sse/watch.sh [LOCATION]
# For networks that break websockets. GATEWAY_URL and TOKEN say where and as whom; without them it is the sandbox.
set -eu
location=${1:-"/teams('7ea00000-0000-4000-8000-000000000001')/operations('0be7a000-0000-4000-8000-000000000001')"}
query='subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { reason from to observedAt cursor } }'

# The token goes in by the standard input: everybody on the machine can read the arguments of a command.
printf '%s' "${TOKEN:+Authorization: Bearer $TOKEN}" | curl --no-buffer --silent --show-error --fail-with-body "${GATEWAY_URL:-http://localhost:4000}/graphql/stream" \
  --header 'Accept: text/event-stream' \
  --header 'Content-Type: application/json' \
  --header @- \
  --data "{ \"query\": \"$query\", \"variables\": { \"refs\": [{ \"location\": \"$location\" }] } }"
