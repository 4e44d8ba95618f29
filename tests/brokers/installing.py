"""Installs brokers below build/brokers, each from the registry that it is published in. What is there is not fetched again."""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "build/brokers"

# Debian's own are of the version that the distribution has.
AEDES, WS = "1.2.0", "8"
AMQTT = "0.12.1"
RUMQTTD = "0.20.0"


class NotInstalled(Exception):
    """Says why a broker is not there."""


def run(command, **options):
    """Runs a command that is part of installing, and gives its output."""
    try:
        done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL, capture_output=True, **options)
    except FileNotFoundError as error:
        raise NotInstalled(f"{command[0]} is not on this machine") from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        errors = [line for line in lines if re.match("E:|error|npm error|ERROR", line)]
        raise NotInstalled(f"`{' '.join(map(str, command))}`: {(errors or lines or ['no message'])[0]}")
    return done.stdout


def directory(name):
    place = PLACE / name
    place.mkdir(parents=True, exist_ok=True)
    return place


def mosquitto():
    """The tests need it, so it is the machine's own."""
    run([ROOT / "tests/install-prerequisites.sh", "mosquitto"])
    os.environ["PATH"] += ":/usr/sbin"
    # It has no option for this alone, and says it before its usage.
    usage = subprocess.run(["mosquitto", "-h"], text=True, capture_output=True).stdout
    return re.search(r"version (\S+)", usage)[1]


def rabbitmq():
    """The distribution's packages of it and of Erlang, unpacked: installed, they would start a service."""
    place = directory("rabbitmq")
    if not (place / "usr/lib/rabbitmq").exists():
        listed = run(["apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests", "rabbitmq-server"])
        packages = sorted(set(re.findall(r"^(erlang-\S+)", listed, re.M))) + ["rabbitmq-server"]
        packages = [package for package in packages if not package.endswith((":i386", "-nox", "-abi-17.0"))]
        run(["apt-get", "download", *packages], cwd=place)
        for package in place.glob("*.deb"):
            run(["dpkg-deb", "-x", package, place])
            package.unlink()
        # The start script of Erlang knows only the directory that it is installed in.
        start = place / "usr/lib/erlang/bin/erl"
        start.write_text(start.read_text().replace("ROOTDIR=/usr/lib/erlang", f"ROOTDIR='{place}/usr/lib/erlang'"))
    home = next((place / "usr/lib/rabbitmq/lib").iterdir())
    return home.name.rpartition("-")[2]


def aedes():
    place = directory("aedes")
    if not (place / "node_modules/aedes").exists():
        run(["npm", "install", "--no-audit", "--no-fund", "--prefix", place, f"aedes@{AEDES}", f"ws@{WS}"])
    # It finds its modules beside itself.
    shutil.copy(ROOT / "tests/brokers/aedes.mjs", place)
    return AEDES


def amqtt():
    place = directory("amqtt")
    if not (place / "bin/amqtt").exists():
        run(["python3", "-m", "venv", place])
        run([place / "bin/pip", "install", "--quiet", f"amqtt=={AMQTT}"])
    return AMQTT


def rumqttd():
    """Built without optimisation, which takes some five minutes instead of some twenty."""
    place = directory("rumqttd")
    if not (place / "bin/rumqttd").exists():
        build = place / "target"
        # Not --locked: what it is locked to does not compile with current versions of Rust.
        run(["nice", "cargo", "install", "--quiet", "--debug", "--root", place, "--target-dir", build, f"rumqttd@{RUMQTTD}"])
        shutil.rmtree(build)
    return RUMQTTD
