#!/bin/sh
# Shows the main job end to end: one program publishes, another receives; and what a last will does.
#
# Uses the broker that the variable MQTT_BROKER names (e.g. tcp://localhost:1883). Without it, a small
# broker of our own is started on a free port, so that nothing need be installed and nobody be root.
#
#     c-examples/demo.sh [directory of the built library and programs]

set -eu

cd "$(dirname "$0")/.."
output=${1:-build/output}
scratch=$(mktemp -d)
subscriber= broker=

# Only what was started here is ended here.
clean_up() {
	exec 8>&- 9>&-
	[ -z "$subscriber" ] || kill "$subscriber" 2>/dev/null || true
	[ -z "$broker" ] || kill "$broker" 2>/dev/null || true
	rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "demo: $*" >&2
	[ ! -s "$scratch/received" ] || sed 's/^/   the subscriber: /' "$scratch/received" >&2
	exit 1
}

# Waits up to ten seconds until a line of the file $1 contains $2.
wait_for() {
	tries=100
	until grep -qF -- "$2" "$1" 2>/dev/null; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "no \"$2\" came"
		sleep 0.1
	done
}

run() {
	echo "\$ $*"
	"$@" || fail "$1 failed"
}

# Starts the subscriber $2 on the topic filter $1; returns when its subscription stands.
start_subscriber() {
	rm -f "$scratch/subscriber-input"
	mkfifo "$scratch/subscriber-input"
	echo "\$ $output/$2 $MQTT_BROKER $1 &"
	"$output/$2" "$MQTT_BROKER" "$1" <"$scratch/subscriber-input" >"$scratch/received" 2>&1 8>&- &
	subscriber=$!
	exec 9>"$scratch/subscriber-input"
	wait_for "$scratch/received" "Subscribed to"
}

# Ends the subscriber, whose standard input is done, and shows what it printed.
end_subscriber() {
	exec 9>&-
	wait "$subscriber" || fail "the subscriber failed"
	subscriber=
	echo "What the subscriber printed:"
	sed 's/^/   /' "$scratch/received"
}

for file in libpaho-mqtt3c.so.1 MQTTClient_publish MQTTClient_publish_async MQTTClient_subscribe \
	libpaho-mqtt3a.so.1 MQTTAsync_publish MQTTAsync_subscribe; do
	[ -e "$output/$file" ] || fail "$output/$file is missing: run make first"
done
LD_LIBRARY_PATH=$output${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH

if [ -n "${MQTT_BROKER:-}" ]; then
	echo "== The broker is $MQTT_BROKER (from the variable MQTT_BROKER)"
else
	# It needs nothing but the standard library, so there is no reason to build more with it.
	"${RUSTC:-rustc}" --edition 2024 --cap-lints allow -o "$scratch/demo-broker" tests/support/demo_broker.rs
	# The broker lives until its standard input ends.
	mkfifo "$scratch/broker-input"
	"$scratch/demo-broker" <"$scratch/broker-input" >"$scratch/broker" &
	broker=$!
	exec 8>"$scratch/broker-input"
	wait_for "$scratch/broker" "tcp://"
	MQTT_BROKER=$(cat "$scratch/broker")
	echo "== The broker is one of our own, at $MQTT_BROKER (set MQTT_BROKER to use another)"
fi
export MQTT_BROKER

echo
echo "== A program subscribes"
start_subscriber "samples/#" MQTTClient_subscribe

echo
echo "== Two others publish"
run "$output/MQTTClient_publish"
run "$output/MQTTClient_publish_async"
wait_for "$scratch/received" "Hello from a sample!"
wait_for "$scratch/received" "Hello from a callback!"
end_subscriber

echo
echo "== The same with MQTTAsync, which never waits"
start_subscriber "samples/#" MQTTAsync_subscribe
run "$output/MQTTAsync_publish"
wait_for "$scratch/received" "Hello from a sample!"
end_subscriber

echo
if [ -e "$output/mqtt_last_will" ]; then
	echo "== A client with a last will ends: once in good order, once without a word"
	start_subscriber Iamdie MQTTClient_subscribe
	run "$output/mqtt_last_will" disconnect
	run "$output/mqtt_last_will" vanish
	wait_for "$scratch/received" "Iamdie: I am really die."
	end_subscriber
	[ "$(grep -c "^Iamdie:" "$scratch/received")" = 1 ] || fail "the will came more than once"
else
	echo "== The sample in C++, about last wills, was not built: there is no C++ compiler"
fi

echo
echo "== All of it worked"
