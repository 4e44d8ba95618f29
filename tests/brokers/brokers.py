"""The brokers: how each is configured and started, and what it does not do.

All of them listen on ports of 127.0.0.1 that are free when they are chosen.
"""

import json
import os
import signal
import socket
import subprocess
import time

import installing

TRANSPORTS = {"TCP": "tcp", "TLS": "ssl", "WebSocket": "ws", "WebSocket over TLS": "wss"}
VERSIONS = {4: "3.1.1", 5: "5"}

# How long a broker may take to start, and to end. RabbitMQ needs half a minute on a slow machine.
PATIENCE = 120

# Steps that some brokers cannot do.
QOS_2 = frozenset(["exchange 2 16", "exchange 2 16384", "exchange 2 1048576", "burst 2"])
LARGE = frozenset(["exchange 0 1048576", "exchange 1 1048576", "exchange 2 1048576"])


class DidNotRun(Exception):
    """Has what the broker logged."""


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Broker:
    """One broker, installed and running. A class for each says what `name`, `install` and `configure` are."""

    # What it speaks.
    versions = (4, 5)
    ports_needed = len(TRANSPORTS)
    # What it does not do: steps, and in words what comes of them; then the transports, if not all.
    limits = ()
    # Whether it can be asked for several things at once.
    at_once = True
    # Where WebSocket is, in the URI.
    path = ""
    # What of MQTT it does not speak, in words.
    unspoken = ""

    def __init__(self, place, certificate, key):
        self.place, self.certificate, self.key = place, certificate, key
        self.processes = []

    def uri(self, transport, version):
        return f"{TRANSPORTS[transport]}://localhost:{self.port(transport, version)}" + (
            self.path if "WebSocket" in transport else ""
        )

    def port(self, transport, _version):
        """Most of them speak all their versions on one port."""
        return self.ports[list(TRANSPORTS).index(transport)]

    def speaks(self, _transport, version):
        return version in self.versions

    def start(self):
        # A port may be gone before the broker has it.
        for attempt in range(3):
            self.ports = free_ports(self.ports_needed)
            try:
                self.configure()
                self.await_listeners()
                return
            except DidNotRun:
                self.stop()
                if attempt == 2:
                    raise

    def spawn(self, command, environment=None):
        with open(self.place / "log", "ab") as log:
            # In a group of its own, which ends with it.
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.place,
                env=os.environ | (environment or {}),
                start_new_session=True,
            )
        self.processes.append(process)

    def listening(self):
        return self.ports

    def await_listeners(self):
        give_up = time.monotonic() + PATIENCE
        for port in self.listening():
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    ended = any(process.poll() is not None for process in self.processes)
                    if ended or time.monotonic() > give_up:
                        raise DidNotRun(self.log()) from None
                    time.sleep(0.05)

    def log(self):
        return (self.place / "log").read_text(errors="replace")[-2000:]

    def is_running(self):
        return all(process.poll() is None for process in self.processes)

    def stop(self):
        for process in reversed(self.processes):
            for number in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(process.pid, number)
                    process.wait(PATIENCE if number == signal.SIGKILL else 10)
                    break
                except subprocess.TimeoutExpired:
                    pass
                except ProcessLookupError:
                    process.wait()
                    break
        self.processes = []


class Mosquitto(Broker):
    name, url = "mosquitto", "https://mosquitto.org"
    install = staticmethod(installing.mosquitto)

    def configure(self):
        lines = ["allow_anonymous true", f"user {os.environ.get('USER', 'root')}", "max_queued_messages 0"]
        for transport, port in zip(TRANSPORTS, self.ports):
            lines.append(f"listener {port} 127.0.0.1")
            if "WebSocket" in transport:
                lines.append("protocol websockets")
            if "TLS" in transport:
                lines += [f"certfile {self.certificate}", f"keyfile {self.key}"]
        configuration = self.place / "mosquitto.conf"
        configuration.write_text("\n".join(lines) + "\n")
        self.spawn(["mosquitto", "-c", configuration])


class Aedes(Broker):
    name, url = "aedes", "https://www.npmjs.com/package/aedes"
    install = staticmethod(installing.aedes)
    versions = (4,)
    unspoken = "does not speak MQTT 5"

    def configure(self):
        self.spawn(["node", installing.PLACE / "aedes/aedes.mjs", *self.ports, self.certificate, self.key])


class Amqtt(Broker):
    name, url = "amqtt", "https://pypi.org/project/amqtt/"
    install = staticmethod(installing.amqtt)
    versions = (4,)
    unspoken = "does not speak MQTT 5"
    limits = (
        (frozenset(["session"]), "sets RETAIN in messages that have waited for a client"),
        (LARGE, "takes no WebSocket message above 1 MiB, header included", ("WebSocket", "WebSocket over TLS")),
    )
    # Who connects gets the retained messages of all subscriptions, be they another one's.
    at_once = False

    def configure(self):
        listeners = {}
        for transport, port in zip(TRANSPORTS, self.ports):
            listener = {"type": "ws" if "WebSocket" in transport else "tcp", "bind": f"127.0.0.1:{port}"}
            if "TLS" in transport:
                listener |= {"ssl": True, "certfile": str(self.certificate), "keyfile": str(self.key)}
            # One of them has to have this name.
            listeners["default" if transport == "TCP" else transport] = listener
        # It keeps no messages for clients that may be anonymous, whether or not they have a name.
        plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": False}}
        configuration = self.place / "amqtt.yaml"
        # What is JSON is YAML.
        configuration.write_text(json.dumps({"listeners": listeners, "plugins": plugins}))
        self.spawn([installing.PLACE / "amqtt/bin/amqtt", "-c", configuration])


class RabbitMQ(Broker):
    name, url = "RabbitMQ", "https://www.rabbitmq.com"
    install = staticmethod(installing.rabbitmq)
    versions = (4,)
    # The distribution's does not; from 3.13 on it would.
    unspoken = "of this version does not speak MQTT 5"
    limits = ((QOS_2, "grants QoS 1 to who asks for QoS 2"),)
    path = "/ws"
    ports_needed = len(TRANSPORTS) + 3

    def listening(self):
        return self.ports[: len(TRANSPORTS)]

    def configure(self):
        tcp, tls, web, secure_web, amqp, between_nodes, names = self.ports
        installed = installing.PLACE / "rabbitmq/usr/lib"
        (self.place / "plugins").write_text("[rabbitmq_mqtt,rabbitmq_web_mqtt].\n")
        (self.place / "environment").write_text("")
        (self.place / "rabbitmq.conf").write_text(
            f"""listeners.tcp.1 = 127.0.0.1:{amqp}
mqtt.listeners.tcp.1 = 127.0.0.1:{tcp}
mqtt.listeners.ssl.1 = 127.0.0.1:{tls}
web_mqtt.tcp.ip = 127.0.0.1
web_mqtt.tcp.port = {web}
web_mqtt.ssl.ip = 127.0.0.1
web_mqtt.ssl.port = {secure_web}
web_mqtt.ssl.certfile = {self.certificate}
web_mqtt.ssl.keyfile = {self.key}
ssl_options.certfile = {self.certificate}
ssl_options.keyfile = {self.key}
mqtt.allow_anonymous = true
mqtt.default_user = guest
mqtt.default_pass = guest
"""
        )
        environment = {
            "HOME": str(self.place),
            "PATH": f"{installed}/erlang/bin:{os.environ['PATH']}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(names),
            "RABBITMQ_CONF_ENV_FILE": str(self.place / "environment"),
            "RABBITMQ_CONFIG_FILE": str(self.place / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(between_nodes),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.place / "plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.place / "generated"),
            "RABBITMQ_LOG_BASE": str(self.place / "logs"),
            "RABBITMQ_MNESIA_BASE": str(self.place / "mnesia"),
            "RABBITMQ_NODENAME": "brokers@localhost",
            "RABBITMQ_PID_FILE": str(self.place / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        # Else Erlang starts one that stays behind.
        self.spawn([next(installed.glob("erlang/erts-*")) / "bin/epmd"], environment)
        server = next((installed / "rabbitmq/lib").iterdir()) / "sbin/rabbitmq-server"
        self.spawn([server], environment)


class Rumqttd(Broker):
    name, url = "rumqttd", "https://crates.io/crates/rumqttd"
    install = staticmethod(installing.rumqttd)
    unspoken = "does not speak MQTT 5 over WebSocket"
    # One port for each transport and version; WebSocket is for 3.1.1 only.
    LISTENERS = [(kind, transport) for kind in ("v4", "v5") for transport in ("TCP", "TLS")]
    LISTENERS += [("ws", "WebSocket"), ("ws", "WebSocket over TLS")]
    ports_needed = len(LISTENERS)

    def port(self, transport, version):
        kind = "ws" if "WebSocket" in transport else f"v{version}"
        return self.ports[self.LISTENERS.index((kind, transport))]

    def speaks(self, transport, version):
        return version == 4 or "WebSocket" not in transport

    def configure(self):
        text = """id = 0
[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
"""
        for number, ((kind, transport), port) in enumerate(zip(self.LISTENERS, self.ports)):
            text += f"""
[{kind}.{number}]
name = "{number}"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
"""
            if "TLS" in transport:
                text += f"""[{kind}.{number}.tls]
certpath = "{self.certificate}"
keypath = "{self.key}"
"""
            text += f"""[{kind}.{number}.connections]
connection_timeout_ms = 60000
max_payload_size = 2097152
max_inflight_count = 100
dynamic_filters = true
"""
        configuration = self.place / "rumqttd.toml"
        configuration.write_text(text)
        self.spawn([installing.PLACE / "rumqttd/bin/rumqttd", "-c", configuration])


BROKERS = (Mosquitto, RabbitMQ, Rumqttd, Aedes, Amqtt)
