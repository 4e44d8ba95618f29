# ferro-mqtt: the libraries and the sample programs. Needs Rust, make and a C compiler.
#
#   make                                 all into build/output
#   make install DESTDIR= PREFIX=        libraries, headers, pkg-config and CMake files
#   make demo                            shows the main job end to end
#   make test lint abi headers clean     see below
#   make bench bench-quick bench-counts  speed, beside the original: see benches/bench.mk

# One crate, four libraries: which features each is made of. A library is listed in LIBRARIES once
# all functions of its headers are there.
LIBRARIES := paho-mqtt3c paho-mqtt3a
FEATURES_paho-mqtt3c  := client
FEATURES_paho-mqtt3cs := client,tls
FEATURES_paho-mqtt3a  := async
FEATURES_paho-mqtt3as := async,tls
FEATURES_all          := client,async,tls
DESCRIPTION_paho-mqtt3c  := MQTT client, synchronous API
DESCRIPTION_paho-mqtt3cs := MQTT client, synchronous API, with TLS
DESCRIPTION_paho-mqtt3a  := MQTT client, asynchronous API
DESCRIPTION_paho-mqtt3as := MQTT client, asynchronous API, with TLS

# The version of the original that programs may take this for.
COMPATIBLE := 1.3.15

PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PKGCONFIG  := $(LIBDIR)/pkgconfig
CMAKEDIR   := $(LIBDIR)/cmake/eclipse-paho-mqtt-c

CARGO   ?= cargo
INSTALL ?= install
CFLAGS  ?= -O2 -Wall -Wextra
CXXFLAGS ?= -O2 -Wall -Wextra
# "make STRIP=none" keeps line numbers in the libraries, for debuggers and valgrind.
STRIP   ?= debuginfo

OUTPUT    := build/output
HEADERS   := $(wildcard include/*.h)
C_SAMPLES   := $(patsubst c-examples/%.c,$(OUTPUT)/%,$(wildcard c-examples/*.c))
CXX_SAMPLES := $(patsubst c-examples/%.cpp,$(OUTPUT)/%,$(wildcard c-examples/*.cpp))
ifeq ($(shell command -v $(CXX) 2>/dev/null),)
CXX_SAMPLES :=
endif
TOOLS       := $(addprefix $(OUTPUT)/,paho_c_pub paho_c_sub paho_cs_pub paho_cs_sub)
SHARED := $(LIBRARIES:%=$(OUTPUT)/lib%.so.1)

.PHONY: all build libraries samples demo install uninstall clean headers lint test interleavings abi valgrind \
  side-by-side fuzz-smoke FORCE
all build: libraries samples
libraries: $(SHARED)
samples: $(C_SAMPLES) $(CXX_SAMPLES) $(TOOLS)

# Where cargo puts a library: each has a target directory of its own, since in a common one they would
# overwrite each other. With CARGO_BUILD_TARGET (a triple, or a file that describes one) cargo adds that.
BUILT = target/$*/$(patsubst %.json,%,$(notdir $(CARGO_BUILD_TARGET)))/release/libferro_mqtt

# What is to be built anew is for cargo to decide; what did not change keeps its time. Cargo links what it
# has built to BUILT each time. So if that is not there afterwards, it went elsewhere, and nothing old is taken.
$(OUTPUT)/lib%.so.1: FORCE
	@command -v $(firstword $(CARGO)) >/dev/null || { echo "$(CARGO) is not there, and lib$* is to be built." \
	  "Run make as a user who has Rust (https://rustup.rs); make install then needs no cargo." >&2; exit 1; }
	@mkdir -p $(OUTPUT)
	@rm -f $(BUILT).a $(BUILT).so
	$(CARGO) rustc --release --lib --crate-type cdylib,staticlib --target-dir target/$* \
	  --no-default-features --features $(FEATURES_$*) -- -C strip=$(STRIP) -C link-arg=-Wl,-soname,lib$*.so.1
	@test -e $(BUILT).so || { echo "Cargo has built lib$*, but not in $(dir $(BUILT)). Is build.target set in" \
	  "its configuration? Name that target in the variable CARGO_BUILD_TARGET instead." >&2; exit 1; }
	@$(call replace,$(BUILT).a,$(OUTPUT)/lib$*.a)
	@$(call replace,$(BUILT).so,$@)
	@ln -sf lib$*.so.1 $(OUTPUT)/lib$*.so

# Only if it differs; and in one step, since programs may be running with the old one.
replace = cmp -s $(1) $(2) || { cp $(1) $(2).new && mv -f $(2).new $(2); }

# Samples are named after the API they show. LD_LIBRARY_PATH still goes before the run path.
SAMPLE_LIBRARY = $(if $(findstring Async,$(@F))$(filter paho_c_%,$(@F)),paho-mqtt3a,paho-mqtt3c)
SAMPLE_LINK = -L$(OUTPUT) -l$(SAMPLE_LIBRARY) -Wl,--enable-new-dtags,-rpath,'$$ORIGIN'

$(C_SAMPLES): $(OUTPUT)/%: c-examples/%.c $(HEADERS) $(SHARED)
	$(CC) $(CPPFLAGS) $(CFLAGS) -Iinclude $< -o $@ $(LDFLAGS) $(SAMPLE_LINK)

$(CXX_SAMPLES): $(OUTPUT)/%: c-examples/%.cpp $(HEADERS) $(SHARED)
	$(CXX) $(CPPFLAGS) $(CXXFLAGS) -Iinclude $< -o $@ $(LDFLAGS) $(SAMPLE_LINK)

# The command line tools: options.c and tools.c are in all of them, the rest depends on the API.
TOOL_SOURCES = $(addprefix c-examples/tools/,$(1) tools.c options.c) $(wildcard c-examples/tools/*.h)

$(OUTPUT)/paho_c_%: $(call TOOL_SOURCES,paho_c_%.c async.c) $(HEADERS) $(SHARED)
	$(CC) $(CPPFLAGS) $(CFLAGS) -pthread -Iinclude $(filter %.c,$^) -o $@ $(LDFLAGS) $(SAMPLE_LINK)

$(OUTPUT)/paho_cs_%: $(call TOOL_SOURCES,paho_cs_%.c client.c) $(HEADERS) $(SHARED)
	$(CC) $(CPPFLAGS) $(CFLAGS) -pthread -Iinclude $(filter %.c,$^) -o $@ $(LDFLAGS) $(SAMPLE_LINK)

# Publishes and receives through the samples. MQTT_BROKER may name a broker to use.
demo: all
	c-examples/demo.sh $(OUTPUT)

FILL = sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
  -e 's|@COMPATIBLE@|$(COMPATIBLE)|'

# What is built is installed as it is, since root may have no cargo. Only what is missing is built, and
# what the same command line asks for.
MISSING = $(foreach library,$(LIBRARIES),$(if $(and $(wildcard $(OUTPUT)/lib$(library).so.1),$(wildcard \
  $(OUTPUT)/lib$(library).a)),,$(OUTPUT)/lib$(library).so.1))

# $(call fill,FROM,TO,MORE): TO is FROM with the directories filled in, readable for all whatever the umask.
fill = $(FILL) $(3) $(1) > $(2).new && $(INSTALL) -m 644 $(2).new $(2) && rm -f $(2).new

install: $(if $(filter all build libraries samples,$(MAKECMDGOALS)),libraries,$(MISSING))
	$(INSTALL) -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(PKGCONFIG) $(DESTDIR)$(CMAKEDIR)
	$(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)
	$(foreach library,$(LIBRARIES),$(call install_library,$(library)))
	for file in packaging/*.cmake; do \
	  $(call fill,$$file,$(DESTDIR)$(CMAKEDIR)/$$(basename $$file)) || exit 1; \
	done

define install_library
	$(INSTALL) -m 755 $(OUTPUT)/lib$(1).so.1 $(DESTDIR)$(LIBDIR)
	ln -sf lib$(1).so.1 $(DESTDIR)$(LIBDIR)/lib$(1).so
	$(INSTALL) -m 644 $(OUTPUT)/lib$(1).a $(DESTDIR)$(LIBDIR)
	$(call fill,packaging/library.pc.in,$(DESTDIR)$(PKGCONFIG)/$(1).pc,-e 's|@NAME@|$(1)|' -e 's|@DESCRIPTION@|$(DESCRIPTION_$(1))|')

endef

uninstall:
	rm -f $(HEADERS:include/%=$(DESTDIR)$(INCLUDEDIR)/%)
	rm -f $(foreach library,$(LIBRARIES),$(addprefix $(DESTDIR)$(LIBDIR)/lib$(library),.so .so.1 .a))
	rm -f $(LIBRARIES:%=$(DESTDIR)$(PKGCONFIG)/%.pc) $(patsubst packaging/%,$(DESTDIR)$(CMAKEDIR)/%,$(wildcard packaging/*.cmake))
	rmdir $(DESTDIR)$(CMAKEDIR) 2>/dev/null || true

# The headers in include/ come from the Rust sources, see build.rs.
headers:
	FERRO_GENERATE_HEADERS=1 $(CARGO) check --quiet

# By itself each library shows that it is whole, and all APIs together what is dead: tests use more.
define lint_library
	$(CARGO) clippy --quiet --lib --no-default-features --features $(FEATURES_$(1)) -- -D warnings

endef

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(foreach library,paho-mqtt3c paho-mqtt3cs paho-mqtt3a paho-mqtt3as all,$(call lint_library,$(library)))

# Symbols, layouts, constants and headers.
abi: libraries
	$(CARGO) test --test abi

# The C programs of the tests under valgrind; ours and the original, side by side.
valgrind: all
	$(CARGO) test --test valgrind
side-by-side: all
	$(CARGO) test --test samples --test side_by_side

# The committed corpora, and some hundred thousand mutations of each.
fuzz-smoke:
	FUZZ_ROUNDS=300000 $(CARGO) test --quiet --test protocol_fuzz --test websocket_fuzz

# A client's threads in many orders.
interleavings:
	$(CARGO) test --quiet --lib --features interleavings interleavings

# Everything, after what it needs has been installed.
test:
	tests/install-prerequisites.sh
	$(MAKE) all
	$(MAKE) interleavings
	if $(CARGO) nextest --version >/dev/null 2>&1; then $(CARGO) nextest run; else $(CARGO) test; fi

# Speed: bench, bench-quick, bench-counts.
include benches/bench.mk
bench bench-quick bench-counts bench-counts-update: libraries

clean:
	rm -rf build target
