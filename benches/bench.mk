# The benches: ours beside the original, libmosquitto and the bare socket. Included by the Makefile, which
# says how our libraries are built; `make -f benches/bench.mk bench` takes build/output as it is.
# BENCH_OURS=DIR measures the library in DIR instead; ONLY=TEXT only workloads that contain TEXT.

# Compiled once, against the distribution's headers and libraries: which libpaho-mqtt3c, 3a, 3cs or 3as a program
# runs with is decided by LD_LIBRARY_PATH, as for any program that was built before ours existed.
BENCH_CFLAGS := -std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -pthread
BENCH_PROGRAMS := build/bench/bench_paho build/bench/bench_async build/bench/bench_paho_tls build/bench/bench_async_tls \
	build/bench/bench_mosquitto build/bench/bench_raw
BENCH_COMPARE := cargo bench --quiet --bench compare --
# What counts does not mind how fast the other side is; so that is built as for the tests, with which it shares the rest.
BENCH_COUNT := cargo bench --quiet --profile dev --bench compare --

.PHONY: bench bench-quick bench-counts bench-counts-update

# Some ten minutes: all workloads, five rounds each; build/bench/results.json and build/bench/chart_*.svg.
bench: $(BENCH_PROGRAMS)
	$(BENCH_COMPARE) full $(if $(ONLY),"only=$(ONLY)")

# Under a minute: one short round.
bench-quick: $(BENCH_PROGRAMS)
	$(BENCH_COMPARE) quick $(if $(ONLY),"only=$(ONLY)")

# Instructions and system calls a message; fails when one has grown by more than a tenth; system calls by half where threads race.
bench-counts: build/bench/bench_paho build/bench/bench_async build/bench/slow_clock.so
	$(BENCH_COUNT) counts $(if $(ONLY),"only=$(ONLY)")

bench-counts-update: build/bench/bench_paho build/bench/bench_async build/bench/slow_clock.so
	$(BENCH_COUNT) counts update $(if $(ONLY),"only=$(ONLY)")

build/bench/bench_paho: BENCH_LIBRARY := paho-mqtt3c
build/bench/bench_paho: BENCH_HINT := echo "Is the package libpaho-mqtt-dev installed?";
build/bench/bench_mosquitto: BENCH_LIBRARY := mosquitto
build/bench/bench_mosquitto: BENCH_HINT := echo "Is the package libmosquitto-dev installed?";

build/bench/bench_paho: benches/c/paho_client.c benches/c/paho.h
build/bench/bench_async: benches/c/paho_async.c benches/c/paho.h
build/bench/bench_async: BENCH_LIBRARY := paho-mqtt3a
build/bench/bench_async: BENCH_HINT := echo "Is the package libpaho-mqtt-dev installed?";

# The same programs with the libraries that have TLS.
build/bench/bench_paho_tls: benches/c/paho_client.c benches/c/paho.h
build/bench/bench_paho_tls: BENCH_LIBRARY := paho-mqtt3cs
build/bench/bench_paho_tls: BENCH_HINT := echo "Is the package libpaho-mqtt-dev installed?";

build/bench/bench_async_tls: benches/c/paho_async.c benches/c/paho.h
build/bench/bench_async_tls: BENCH_LIBRARY := paho-mqtt3as
build/bench/bench_async_tls: BENCH_HINT := echo "Is the package libpaho-mqtt-dev installed?";

build/bench/bench_raw: BENCH_LIBRARY := ssl crypto
build/bench/bench_raw: BENCH_HINT := echo "Is the package libssl-dev installed?";

# The workloads of Paho's APIs are one source.
build/bench/bench_async build/bench/bench_paho_tls build/bench/bench_async_tls: benches/c/bench_paho.c benches/c/bench.c benches/c/bench.h
	$(BENCH_COMPILE)

build/bench/bench_%: benches/c/bench_%.c benches/c/bench.c benches/c/bench.h
	$(BENCH_COMPILE)

define BENCH_COMPILE
@mkdir -p build/bench
$(CC) $(BENCH_CFLAGS) -o $@ $(filter %.c,$^) $(BENCH_LIBRARY:%=-l%) || { $(BENCH_HINT) exit 1; }
endef

build/bench/slow_clock.so: benches/c/slow_clock.c
	@mkdir -p build/bench
	$(CC) $(BENCH_CFLAGS) -shared -fPIC -o $@ $< -ldl
