# ferro-mqtt: the libraries and the sample programs. Needs Rust (1.85 or later), make and a C compiler.
#
#   make                      libraries and sample programs, into build/output
#   make install              libraries, headers, pkg-config and CMake files, manual pages, below PREFIX (/usr/local);
#                             root needs no Rust
#   make install-tools        paho_c_pub and the like, and samples, with their manual pages
#   make install-debug        debug information of the libraries, for debuggers and valgrind
#   make portable             libraries for systems as old as RHEL 7, into build/portable/output: docs/installing.md
#   make deb                  packages for Debian and its like, in the original's place, into build/deb
#   make release              such packages, and an archive for all systems, of what make portable builds, into build/release
#   make uninstall            takes away what these have installed
#   make demo                 shows the main job end to end, with a broker of its own
#   make test                 all tests; make lint, abi, valgrind, side-by-side, interleavings, fuzz-smoke: parts
#   make test-foreign         libraries and C programs for i386, armhf and arm64, and with musl: docs/portability.md
#   make test-portable        what make portable has built
#   make test-release         what make release has made
#   make check-oldest         with the oldest Rust that is to build this, 1.85, and for 32 bits
#   make soak                 five thousand clients in one process
#   make brokers              the same programs against five brokers, which it installs below build; writes README's table
#   make reproducible         builds twice, in two directories, and compares
#   make bench                speed, beside the original; bench-quick, bench-counts: see benches/bench.mk
#   make headers              include/*.h, anew from the sources
#   make docs                 headers and guide as HTML, by Doxygen, into build/docs
#   make man                  docs/man, anew from the headers, tools and samples
#   make licences             the list of what is inside the libraries, anew from Cargo.lock
#   make clean                takes away build and target
#
# Variables:
#   CRYPTO=ring                                   TLS with another cryptography: see README.md
#   DESTDIR, PREFIX, LIBDIR, INCLUDEDIR, DOCDIR, MANDIR, BINDIR
#                                                 where make install puts things: docs/installing.md
#   CARGO_BUILD_TARGET, CROSS_COMPILE             another machine's triple, and what its binutils' names begin with
#   SOURCE_DATE_EPOCH                             the time that the version information tells
#   STRIP=none                                    leaves the debug information in the libraries

# One crate, four libraries: which features each is made of. A library is listed in LIBRARIES once
# all functions of its headers are there.
LIBRARIES := paho-mqtt3c paho-mqtt3cs paho-mqtt3a paho-mqtt3as
FEATURES_paho-mqtt3c  := client
FEATURES_paho-mqtt3cs = client,$(TLS)
FEATURES_paho-mqtt3a  := async
FEATURES_paho-mqtt3as = async,$(TLS)
FEATURES_all          = client,async,$(TLS)
FEATURES_ring        := client,async,tls-ring

# What TLS encrypts with: aws-lc; or ring, which is half as large and has no post-quantum key exchange.
CRYPTO ?= aws-lc
TLS_aws-lc := tls
TLS_ring   := tls-ring
TLS = $(or $(TLS_$(CRYPTO)),$(error CRYPTO is aws-lc or ring))

# The version of the original that programs may take this for.
COMPATIBLE := 1.3.15

PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DOCDIR     ?= $(PREFIX)/share/doc/ferro-mqtt
MANDIR     ?= $(PREFIX)/share/man
BINDIR     ?= $(PREFIX)/bin

CARGO    ?= cargo
INSTALL  ?= install
LDCONFIG ?= ldconfig
# Of the GNU binutils, for the machine that is built for.
NM       ?= $(CROSS_COMPILE)nm
OBJCOPY  ?= $(CROSS_COMPILE)objcopy
ifeq ($(origin LD),default)
LD := $(CROSS_COMPILE)ld
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
CFLAGS  ?= -O2 -Wall -Wextra
CXXFLAGS ?= -O2 -Wall -Wextra
STRIP    ?= debuginfo

OUTPUT    := build/output
SAMPLES   := $(OUTPUT)
HEADERS   := $(wildcard include/*.h)
C_SAMPLES   := $(patsubst c-examples/%.c,$(SAMPLES)/%,$(wildcard c-examples/*.c))
CXX_SAMPLES := $(patsubst c-examples/%.cpp,$(SAMPLES)/%,$(wildcard c-examples/*.cpp))
ifeq ($(shell command -v $(CXX) 2>/dev/null),)
CXX_SAMPLES :=
endif
TOOLS       := $(addprefix $(SAMPLES)/,paho_c_pub paho_c_sub paho_cs_pub paho_cs_sub)
# Those that are installed: with a manual page, and a name that the original's have, too.
PROGRAMS    := $(TOOLS) $(filter $(SAMPLES)/MQTT%,$(C_SAMPLES))
SHARED := $(LIBRARIES:%=$(OUTPUT)/lib%.so.1)

.PHONY: all build libraries samples programs demo install install-tools install-debug uninstall clean headers docs man lint test \
  interleavings soak brokers abi valgrind side-by-side fuzz-smoke reproducible portable test-portable test-foreign check-oldest deb \
  release test-release licences help FORCE
all build: libraries samples
libraries: $(SHARED)
samples: $(C_SAMPLES) $(CXX_SAMPLES) $(TOOLS)
programs: $(PROGRAMS)

# Where cargo puts a library: each has a target directory of its own, since in a common one they would overwrite each
# other. That of a library with MQTTAsync begins as a copy of the one with MQTTClient, so that what both are made of,
# above all what TLS encrypts with, is built once; so one is built after the other.
TARGET = target/$*
TWIN   = target/$(subst paho-mqtt3a,paho-mqtt3c,$*)
$(OUTPUT)/libpaho-mqtt3a.so.1: | $(OUTPUT)/libpaho-mqtt3c.so.1
$(OUTPUT)/libpaho-mqtt3as.so.1: | $(OUTPUT)/libpaho-mqtt3cs.so.1
BUILT = $(TARGET)/$(patsubst %.json,%,$(notdir $(CARGO_BUILD_TARGET)))/release/libferro_mqtt

# What is to be built anew is for cargo to decide; what did not change keeps its time. Cargo links what it
# has built to BUILT each time. So if that is not there afterwards, it went elsewhere, and nothing old is taken.
$(OUTPUT)/lib%.so.1: FORCE
	@command -v $(firstword $(CARGO)) >/dev/null || { echo "$(CARGO) is not there, and lib$* is to be built." \
	  "Run make as a user who has Rust (https://rustup.rs); make install then needs no cargo." >&2; exit 1; }
	@mkdir -p $(OUTPUT)
	@[ -d $(TARGET) ] || [ ! -d $(TWIN) ] || \
	  { rm -rf $(TARGET).new && cp -a $(TWIN) $(TARGET).new && mv $(TARGET).new $(TARGET); }
	@rm -f $(BUILT).a $(BUILT).so
	packaging/cargo.sh $(CARGO) rustc --locked --release --lib --crate-type cdylib,staticlib --target-dir $(TARGET) \
	  --no-default-features --features $(FEATURES_$*) -- -C strip=none -C relro-level=full \
	  -C link-arg=-Wl,-soname,lib$*.so.1,--build-id=sha1,-z,noexecstack
	@test -e $(BUILT).so || { echo "Cargo has built lib$*, but not in $(dir $(BUILT)). Is build.target set in" \
	  "its configuration? Name that target in the variable CARGO_BUILD_TARGET instead." >&2; exit 1; }
	@LD='$(LD)' OBJCOPY='$(OBJCOPY)' NM='$(NM)' AR='$(AR)' STRIP='$(STRIP)' \
	  packaging/finish.sh $(BUILT) $(OUTPUT)/lib$* lib$*.so.$(COMPATIBLE)

# Samples are named after the API they show. LD_LIBRARY_PATH still goes before the run path, which has the libraries beside
# the program, and where they are when both are installed.
RUNPATH = -Wl,--enable-new-dtags,-rpath,'$$ORIGIN:$$ORIGIN/../lib'
# The tools are those of the original for servers with TLS, too.
API_LIBRARY = $(if $(findstring Async,$(@F))$(filter paho_c_%,$(@F)),paho-mqtt3a,paho-mqtt3c)
SAMPLE_LIBRARY = $(API_LIBRARY)$(if $(filter paho_%,$(@F)),s)
SAMPLE_LINK = -L$(OUTPUT) -l$(SAMPLE_LIBRARY) $(RUNPATH)

$(C_SAMPLES): $(SAMPLES)/%: c-examples/%.c $(HEADERS) $(SHARED)
	$(CC) $(CPPFLAGS) $(CFLAGS) -Iinclude $< -o $@ $(LDFLAGS) $(SAMPLE_LINK)

$(CXX_SAMPLES): $(SAMPLES)/%: c-examples/%.cpp $(HEADERS) $(SHARED)
	$(CXX) $(CPPFLAGS) $(CXXFLAGS) -Iinclude $< -o $@ $(LDFLAGS) $(SAMPLE_LINK)

# The command line tools: options.c and tools.c are in all of them, the rest depends on the API.
TOOL_SOURCES = $(addprefix c-examples/tools/,$(1) tools.c options.c) $(wildcard c-examples/tools/*.h)

$(SAMPLES)/paho_c_%: $(call TOOL_SOURCES,paho_c_%.c async.c) $(HEADERS) $(SHARED)
	$(CC) $(CPPFLAGS) $(CFLAGS) -pthread -Iinclude $(filter %.c,$^) -o $@ $(LDFLAGS) $(SAMPLE_LINK)

$(SAMPLES)/paho_cs_%: $(call TOOL_SOURCES,paho_cs_%.c client.c) $(HEADERS) $(SHARED)
	$(CC) $(CPPFLAGS) $(CFLAGS) -pthread -Iinclude $(filter %.c,$^) -o $@ $(LDFLAGS) $(SAMPLE_LINK)

# Publishes and receives through the samples. MQTT_BROKER may name a broker to use.
demo: all
	c-examples/demo.sh $(OUTPUT)

# What is built is installed as it is, since root may have no cargo. Only what is missing is built, and
# what the same command line asks for.
MISSING = $(foreach library,$(LIBRARIES),$(if $(and $(wildcard $(OUTPUT)/lib$(library).so.1),$(wildcard \
  $(OUTPUT)/lib$(library).a)),,$(OUTPUT)/lib$(library).so.1))

NOT_BUILT = $(foreach program,$(PROGRAMS),$(if $(wildcard $(program)),,$(program)))

install: $(if $(filter all build libraries samples,$(MAKECMDGOALS)),libraries,$(MISSING))
install-tools: $(if $(filter all build libraries samples,$(MAKECMDGOALS)),samples,$(NOT_BUILT))
install install-tools install-debug uninstall:
	@$(INSTALL_ENVIRONMENT) PROGRAMS='$(notdir $(PROGRAMS))' packaging/install.sh $@ $(LIBRARIES)

# A quote in a directory's name is one for the shell, too.
quote = '$(subst ','\'',$(1))'
INSTALL_ENVIRONMENT = $(foreach name,OUTPUT COMPATIBLE DESTDIR PREFIX LIBDIR INCLUDEDIR DOCDIR MANDIR BINDIR \
  LDCONFIG INSTALL,$(name)=$(call quote,$($(name))))

DEBDIR ?= $(CURDIR)/build/deb
deb: $(MISSING)
	DEBDIR=$(call quote,$(DEBDIR)) OUTPUT=$(OUTPUT) COMPATIBLE=$(COMPATIBLE) NM=$(call quote,$(NM)) LDCONFIG=true \
	  PROGRAMS='$(notdir $(PROGRAMS))' MAKE='$(MAKE_COMMAND)' STRIP_PROGRAM=$(CROSS_COMPILE)strip packaging/deb.sh $(LIBRARIES)

# For old systems, and tests with C programs on what was built.
portable:
	PROGRAMS='$(notdir $(PROGRAMS))' MAKE='$(MAKE_COMMAND)' packaging/portable.sh $(LIBRARIES)

PORTABLE_TESTS := callbacks mqtt5 reconnect threads own_threads interruptions panicking_application guest tls
test-portable: portable
	PAHO_LIBRARY_DIR=$(CURDIR)/build/portable/output $(CARGO) test --no-fail-fast $(PORTABLE_TESTS:%=--test %)

# What is given to others, and the packages' tests on it.
RELEASEDIR ?= $(CURDIR)/build/release
# Its time is the commit's.
WANTED_EPOCH := $(SOURCE_DATE_EPOCH)
release: export SOURCE_DATE_EPOCH = $(or $(WANTED_EPOCH),$(shell git log -1 --format=%ct))
release: portable
	RELEASEDIR=$(call quote,$(RELEASEDIR)) PROGRAMS='$(notdir $(PROGRAMS))' MAKE='$(MAKE_COMMAND)' \
	  packaging/release.sh $(LIBRARIES)

test-release: release
	PAHO_LIBRARY_DIR=$(CURDIR)/build/portable/output PAHO_PACKAGES_DIR=$(call quote,$(RELEASEDIR)) \
	  $(CARGO) test --test packaging -- deb:: files::

# Four builds of the release: of each library two, in directories with other names, from other directories of cargo's.
reproducible:
	packaging/reproducible.sh $(LIBRARIES)

# The headers in include/ come from the Rust sources, see build.rs, and the manual pages from them.
headers:
	FERRO_GENERATE_HEADERS=1 $(CARGO) check --quiet
	packaging/man.py

HTMLDIR := build/docs
docs:
	HTMLDIR=$(call quote,$(HTMLDIR)) packaging/docs.sh

man:
	packaging/man.py

licences:
	packaging/licences.py

# By itself each library shows that it is whole, and all APIs together what is dead: tests use more. And the same with
# the other cryptography.
define lint_library
	$(CARGO) clippy --quiet --lib --no-default-features --features $(FEATURES_$(1)) -- -D warnings

endef

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(foreach library,paho-mqtt3c paho-mqtt3cs paho-mqtt3a paho-mqtt3as all ring,$(call lint_library,$(library)))

# Symbols, layouts, constants and headers, and what abidiff says of the libraries beside the distribution's.
abi: libraries
	$(CARGO) test --test abi
	$(CARGO) test --test packaging abidiff

# The C programs of the tests under valgrind; ours and the original, side by side.
valgrind: all
	$(CARGO) test --test valgrind
side-by-side: all
	$(CARGO) test --test samples --test side_by_side

# The committed corpora, and some hundred thousand mutations of each.
fuzz-smoke:
	FUZZ_ROUNDS=300000 $(CARGO) test --quiet --test protocol_fuzz --test proxy_fuzz --test websocket_fuzz

# FOREIGN names some of the processors.
FOREIGN ?= i386 armhf arm64 musl
test-foreign:
	tests/foreign/run.sh $(FOREIGN)

check-oldest:
	tests/foreign/oldest.sh $(foreach library,paho-mqtt3c paho-mqtt3cs paho-mqtt3a paho-mqtt3as ring,$(FEATURES_$(library)))

# Five thousand asynchronous clients in one process, as fast as the machine lets them.
soak: all
	SOAK_CLIENTS=5000 $(CARGO) test --test asynchronous a_thousand_clients

# The same programs, end to end, against brokers from Debian, npm, PyPI and crates.io.
brokers: libraries
	tests/brokers/run.py --write

# A client's threads in many orders.
interleavings:
	$(CARGO) test --quiet --lib --features interleavings interleavings

help:
	@sed -n -e '/^$$/q' -e 's/^# \{0,1\}//p' Makefile

# Everything, after what it needs has been installed.
test:
	tests/install-prerequisites.sh
	$(MAKE) all
	$(MAKE) interleavings
	if $(CARGO) nextest --version >/dev/null 2>&1; then $(CARGO) nextest run; else $(CARGO) test; fi

# Speed: bench, bench-quick, bench-counts.
include benches/bench.mk
bench bench-quick: libraries
bench-counts bench-counts-update: $(OUTPUT)/libpaho-mqtt3c.so.1 $(OUTPUT)/libpaho-mqtt3a.so.1

clean:
	rm -rf build target
