#!/usr/bin/env -S python3 -B
"""Plays the same programs end to end against several brokers: tests/brokers/run.py [-t TRANSPORT] [-s STEP] [BROKER...]

Each step of tests/c/end_to_end.h over each transport, for MQTT 3.1.1 and 5, with MQTTClient that waits, MQTTClient with
callbacks, and MQTTAsync, with the libraries in build/output. What a broker does not do by itself is in brokers.py. A step that
fails without being there, or is there and succeeds, makes this fail.

With --write the result goes into README.md. Else it is printed.
"""

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from brokers import BROKERS, TRANSPORTS, VERSIONS, DidNotRun
from installing import PLACE, ROOT, NotInstalled

OUTPUT = Path(os.environ.get("PAHO_LIBRARY_DIR", ROOT / "build/output"))
README = ROOT / "README.md"
BEGIN, END = "<!-- brokers: made by `make brokers` -->\n", "<!-- end of brokers -->\n"

# How long a step may take, in seconds: longer than the programs wait for anything.
PATIENCE = 120

SIZES = (16, 16384, 1048576)
STEPS = (
    ["connect"]
    + [f"exchange {qos} {size}" for qos in (0, 1, 2) for size in SIZES]
    + [f"burst {qos}" for qos in (0, 1, 2)]
    + ["retained", "will", "session", "unsubscribe"]
)
STEPS_OF = {4: STEPS, 5: STEPS + ["properties"]}

# Source, library, and the argument that says how messages are taken.
WAYS = (("end_to_end", "c", ["receive"]), ("end_to_end", "c", ["callback"]), ("async_end_to_end", "a", []))


def compiled(source, library):
    """A program, linked with this library."""
    path = PLACE / f"{source}-{library}"
    command = ["cc", "-std=gnu99", "-Wall", "-Wextra", "-Werror", "-g", "-O1", "-pthread", f"-I{ROOT}/include"]
    command += [ROOT / f"tests/c/{source}.c", "-o", path, f"-L{OUTPUT}", f"-lpaho-mqtt3{library}"]
    subprocess.run(command, check=True)
    return path


def make_certificates(place):
    """Of an authority of this run, and of a server of it."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=place, check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=brokers", "-days", "30")
    openssl("req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (place / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    signing = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "names"]
    openssl("x509", "-req", "-in", "server.csr", "-out", "server.crt", *signing)


def run_step(way, uri, version, step, trust):
    """None, or what went wrong."""
    source, api, taking = way
    has_tls = uri.startswith(("ssl:", "wss:"))
    environment = os.environ | {"LD_LIBRARY_PATH": str(OUTPUT)}
    environment.pop("TRUST_STORE", None)
    if has_tls:
        environment["TRUST_STORE"] = str(trust)
    command = [PLACE / f"{source}-{api}{'s' if has_tls else ''}", uri, str(version), *taking, *step.split()]
    try:
        done = subprocess.run(command, env=environment, text=True, capture_output=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return f"does not end in {PATIENCE} seconds"
    if done.returncode == 0 and done.stdout == "done\n":
        return None
    return done.stderr.strip() or f"ends with {done.returncode}"


class Results:
    """What came of all steps with one broker."""

    def __init__(self, broker):
        self.broker = broker
        self.passed = {}
        self.limits_met = set()
        self.unexpected = []

    def limit(self, step, transport):
        """The broker's limit that this step meets, if any."""
        for steps, words, *where in self.broker.limits:
            if step in steps and (not where or transport in where[0]):
                return words
        return None

    def take(self, step, version, transport, failures):
        limit = self.limit(step, transport)
        if limit and all(failures):
            self.limits_met.add(limit)
        elif limit and not any(failures):
            self.complain(step, version, transport, "is no limit any more")
        elif any(failures):
            ways = [f"{' '.join([way[0], *way[2]])}: {failure}" for way, failure in zip(WAYS, failures) if failure]
            self.complain(step, version, transport, "; ".join(ways))
        self.passed.setdefault((version, transport), []).append(not any(failures))

    def complain(self, step, version, transport, what):
        self.unexpected.append(f"{self.broker.name}, MQTT {VERSIONS[version]}, {transport}, {step}: {what}")

    def cell(self, version, transport):
        passed = self.passed.get((version, transport))
        if passed is None:
            return "–"
        return "all" if all(passed) else f"{sum(passed)} of {len(passed)}"


def play(kind, certificates, transports, only):
    """Installs and starts one broker, and goes through all steps."""
    release = kind.install()
    with tempfile.TemporaryDirectory(prefix="broker.") as place:
        broker = kind(Path(place), certificates / "server.crt", certificates / "server.key")
        results = Results(broker)
        results.release = release
        try:
            broker.start()
            for version in VERSIONS:
                for transport in filter(lambda one: broker.speaks(one, version), transports):
                    for step in [step for step in STEPS_OF[version] if step in only or not only]:
                        uri, trust = broker.uri(transport, version), certificates / "ca.crt"
                        # At once: they know nothing of each other, and some brokers take their time.
                        with ThreadPoolExecutor(len(WAYS) if broker.at_once else 1) as pool:
                            failures = pool.map(lambda way: run_step(way, uri, version, step, trust), WAYS)
                        results.take(step, version, transport, list(failures))
                    if not broker.is_running():
                        raise DidNotRun(broker.log())
                    cell = results.cell(version, transport)
                    print(f"{broker.name}, MQTT {VERSIONS[version]}, {transport}: {cell}", file=sys.stderr)
        finally:
            broker.stop()
    return results


def table(all_results, absent):
    lines = ["| broker | MQTT | " + " | ".join(TRANSPORTS) + " |", "|---|---|" + "---|" * len(TRANSPORTS)]
    notes = []
    for results in all_results:
        broker = results.broker
        for version, name in VERSIONS.items():
            cells = [results.cell(version, transport) for transport in TRANSPORTS]
            if any(cell != "–" for cell in cells):
                lines.append(f"| [{broker.name}]({broker.url}) {results.release} | {name} | " + " | ".join(cells) + " |")
        met = [limit[1] for limit in broker.limits if limit[1] in results.limits_met]
        notes += [f"- {broker.name} {words}." for words in dict.fromkeys(met)]
        if broker.unspoken:
            notes.append(f"- {broker.name} {broker.unspoken}.")
    notes += [f"- {name} was not installed: {reason}" for name, reason in absent]
    return "\n".join([*lines, "", "What is missing is the broker's, not the libraries':", "", *notes]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-t", "--transport", action="append", choices=TRANSPORTS)
    parser.add_argument("-s", "--step", action="append", choices=STEPS_OF[5])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("brokers", nargs="*", metavar="BROKER")
    arguments = parser.parse_args()
    kinds = {kind.name.lower(): kind for kind in BROKERS}
    chosen = [kinds[name.lower()] for name in arguments.brokers] or BROKERS

    PLACE.mkdir(parents=True, exist_ok=True)
    for source, api in {way[:2] for way in WAYS}:
        compiled(source, api)
        compiled(source, f"{api}s")
    all_results, absent, unexpected = [], [], []
    with tempfile.TemporaryDirectory(prefix="certificates.") as certificates:
        make_certificates(Path(certificates))
        for kind in chosen:
            try:
                transports = arguments.transport or list(TRANSPORTS)
                all_results.append(play(kind, Path(certificates), transports, arguments.step or []))
            except NotInstalled as reason:
                absent.append((kind.name, reason))
            except DidNotRun as log:
                unexpected.append(f"{kind.name} does not start, or has ended:\n{log}")
    made = table(all_results, absent)
    unexpected += [line for results in all_results for line in results.unexpected]
    if arguments.write and not unexpected:
        text = README.read_text()
        before, rest = text.split(BEGIN)
        date = datetime.date.today().isoformat()
        README.write_text(f"{before}{BEGIN}\n{made}\nMade on {date}.\n\n{END}{rest.split(END)[1]}")
    else:
        print(made)
    print("\n".join(unexpected), file=sys.stderr)
    sys.exit(1 if unexpected else 0)


if __name__ == "__main__":
    main()
