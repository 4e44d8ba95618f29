//! What programs are compiled against: symbols, layouts, constants and headers, compared with the
//! distribution's (packages libpaho-mqtt1.3 and libpaho-mqtt-dev). Needs `make` to have been run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What is looked at of one library.
struct Library {
    name: &'static str,
    /// The names that only this API has, as release 1.3.15 has them. Contract abi.md section 3.
    own: &'static str,
    /// What only we have.
    ours_alone: &'static [&'static str],
    /// What the distribution's 1.3.12 does not have of that and of [`SHARED`]: contract A-202.
    not_in_1_3_12: &'static [&'static str],
    /// How many there are in all.
    count: usize,
    /// Version tools search the file for these: contract A-103.
    marks: [&'static str; 2],
    /// The program in tests/abi that has its prototypes.
    prototypes: &'static str,
}

const LIBRARIES: [Library; 4] =
    [SYNC, Library { name: "paho-mqtt3cs", ..SYNC }, ASYNC, Library { name: "paho-mqtt3as", ..ASYNC }];

const SYNC: Library = Library {
    name: "paho-mqtt3c",
    own: "
            MQTTClient_connect MQTTClient_connect5 MQTTClient_create MQTTClient_createWithOptions
            MQTTClient_destroy MQTTClient_disconnect MQTTClient_disconnect5 MQTTClient_free
            MQTTClient_freeMessage MQTTClient_getPendingDeliveryTokens MQTTClient_getVersionInfo
            MQTTClient_global_init MQTTClient_isConnected MQTTClient_malloc MQTTClient_publish
            MQTTClient_publish5 MQTTClient_publishMessage MQTTClient_publishMessage5 MQTTClient_receive
            MQTTClient_setCallbacks MQTTClient_setCommandTimeout MQTTClient_setDisconnected
            MQTTClient_setPublished MQTTClient_setTraceCallback MQTTClient_setTraceLevel MQTTClient_strerror
            MQTTClient_subscribe MQTTClient_subscribe5 MQTTClient_subscribeMany MQTTClient_subscribeMany5
            MQTTClient_unsubscribe MQTTClient_unsubscribe5 MQTTClient_unsubscribeMany
            MQTTClient_unsubscribeMany5 MQTTClient_waitForCompletion MQTTClient_yield MQTTResponse_free",
    ours_alone: &["MQTTClient_setCallbackTurn"],
    not_in_1_3_12: &["MQTTClient_malloc"],
    count: 61,
    marks: [concat!("MQTTClientV3_Version ", env!("CARGO_PKG_VERSION"), "\0"), "MQTTClientV3_Timestamp 2"],
    prototypes: "prototypes",
};

const ASYNC: Library = Library {
    name: "paho-mqtt3a",
    own: "
            MQTTAsync_connect MQTTAsync_create MQTTAsync_createWithOptions MQTTAsync_destroy
            MQTTAsync_disconnect MQTTAsync_free MQTTAsync_freeMessage MQTTAsync_getPendingTokens
            MQTTAsync_getVersionInfo MQTTAsync_global_init MQTTAsync_isComplete MQTTAsync_isConnected
            MQTTAsync_malloc MQTTAsync_reconnect MQTTAsync_send MQTTAsync_sendMessage
            MQTTAsync_setAfterPersistenceRead MQTTAsync_setBeforePersistenceWrite MQTTAsync_setCallbacks
            MQTTAsync_setConnected MQTTAsync_setConnectionLostCallback
            MQTTAsync_setDeliveryCompleteCallback MQTTAsync_setDisconnected
            MQTTAsync_setMessageArrivedCallback MQTTAsync_setTraceCallback MQTTAsync_setTraceLevel
            MQTTAsync_setUpdateConnectOptions MQTTAsync_strerror MQTTAsync_subscribe MQTTAsync_subscribeMany
            MQTTAsync_unsubscribe MQTTAsync_unsubscribeMany MQTTAsync_waitForCompletion",
    ours_alone: &[],
    not_in_1_3_12: &[],
    count: 56,
    marks: [concat!("MQTTAsyncV3_Version ", env!("CARGO_PKG_VERSION"), "\0"), "MQTTAsyncV3_Timestamp 2"],
    prototypes: "prototypes_async",
};

/// The names that both have, with those that five of them had before 1.3.15.
const SHARED: &str = "
    MQTTProperties_add MQTTProperties_copy MQTTProperties_free MQTTProperties_getNumericValue
    MQTTProperties_getNumericValueAt MQTTProperties_getProperty MQTTProperties_getPropertyAt
    MQTTProperties_hasProperty MQTTProperties_propertyCount MQTTPropertyName MQTTProperty_getType
    MQTTReasonCode_toString Heap_get_info
    Paho_thread_create_mutex Paho_thread_getid Paho_thread_lock_mutex Paho_thread_start
    Paho_thread_unlock_mutex
    Thread_create_mutex Thread_getid Thread_lock_mutex Thread_start Thread_unlock_mutex";

/// Those of them that 1.3.12 does not have.
const SHARED_NOT_IN_1_3_12: [&str; 5] = [
    "Paho_thread_create_mutex",
    "Paho_thread_getid",
    "Paho_thread_lock_mutex",
    "Paho_thread_start",
    "Paho_thread_unlock_mutex",
];

/// Lines of tests/abi/listing.c that are different in 1.3.12: ours, and its.
const DIFFERENT_IN_1_3_12: [(&str, Option<&str>); 4] = [
    ("MQTTProperties_getNumericValue(): 8 bytes", Some("MQTTProperties_getNumericValue(): 4 bytes")),
    ("MQTTProperties_getNumericValueAt(): 8 bytes", Some("MQTTProperties_getNumericValueAt(): 4 bytes")),
    ("MQTTPROPERTY_CODE_ASSIGNED_CLIENT_IDENTIFIER: 18", None),
    ("MQTTClient_malloc(): a pointer", None),
];

const HEADERS: [&str; 7] = [
    "MQTTAsync.h",
    "MQTTClient.h",
    "MQTTClientPersistence.h",
    "MQTTExportDeclarations.h",
    "MQTTProperties.h",
    "MQTTReasonCodes.h",
    "MQTTSubscribeOpts.h",
];

#[test]
fn exports_are_exactly_these() {
    for library in &LIBRARIES {
        let names = SHARED.split_whitespace().chain(library.own.split_whitespace());
        let expected: BTreeSet<_> =
            names.chain(library.ours_alone.iter().copied()).map(str::to_owned).collect();
        assert_eq!(exports(&library.file()), expected, "{}", library.name);
        assert_eq!(expected.len(), library.count, "{}", library.name);
    }
}

#[test]
fn exports_are_those_of_the_original() {
    for library in &LIBRARIES {
        let mut expected = exports(&library.original());
        let more = [&SHARED_NOT_IN_1_3_12, library.not_in_1_3_12, library.ours_alone].concat();
        expected.extend(more.into_iter().map(str::to_owned));
        assert_eq!(exports(&library.file()), expected, "{}", library.name);
    }
}

#[test]
fn the_soname_is_that_of_the_original() {
    let soname = |library: &Path| {
        let dynamic = succeed(Command::new("readelf").arg("-d").arg(library));
        let line = dynamic.lines().find(|line| line.contains("SONAME")).map(str::to_owned);
        line.and_then(|line| line.split(['[', ']']).nth(1).map(str::to_owned))
    };
    for library in &LIBRARIES {
        let expected = format!("lib{}.so.1", library.name);
        assert_eq!(soname(&library.file()).as_ref(), Some(&expected));
        assert_eq!(soname(&library.original()).as_ref(), Some(&expected));
        let link = root().join("build/output").join(format!("lib{}.so", library.name));
        assert_eq!(fs::read_link(link).unwrap(), Path::new(&expected));
    }
}

/// Contract A-106: TLS is in the libraries that have it, and nothing of it in the others.
#[test]
fn no_library_has_openssl_and_the_plain_ones_have_no_tls() {
    for library in &LIBRARIES {
        let dynamic = succeed(Command::new("readelf").arg("-d").arg(library.file()));
        let needed = dynamic.lines().filter(|line| line.contains("(NEEDED)"));
        for needed in needed {
            let known = ["[libc.so", "[libm.so", "[libgcc_s.so", "[ld-linux"];
            assert!(known.iter().any(|name| needed.contains(name)), "{}: {needed}", library.name);
        }
        // The static library still has the names of what it has for itself alone.
        let symbols = succeed(Command::new("nm").arg(library.file().with_extension("").with_extension("a")));
        let names: Vec<&str> = symbols.lines().filter_map(|line| line.split_whitespace().last()).collect();
        assert!(names.len() > 1000, "{}: {} names", library.name, names.len());
        let of_openssl = ["SSL_new", "SSL_CTX_new", "EVP_EncryptInit_ex", "OPENSSL_init_ssl", "X509_new"];
        assert!(!of_openssl.iter().any(|name| names.contains(name)), "{}", library.name);
        // Those of aws-lc have a prefix, or programs with an OpenSSL of their own would get them.
        let has_tls = names.iter().any(|name| ["rustls", "aws_lc"].iter().any(|part| name.contains(part)));
        assert_eq!(has_tls, library.name.ends_with('s'), "{}", library.name);
        let is_kept = dynamic.contains("NODELETE");
        assert_eq!(is_kept, library.name.ends_with('s'), "{}", library.name);
    }
}

/// Contract A-103.
#[test]
fn the_version_can_be_read_from_the_file() {
    for library in &LIBRARIES {
        let file = fs::read(library.file()).unwrap();
        for mark in library.marks {
            assert!(file.windows(mark.len()).any(|window| window == mark.as_bytes()), "{mark}");
        }
    }
}

/// Every size, offset, constant and initializer.
#[test]
fn layouts_and_constants_are_those_of_the_distribution() {
    let ours = listing("listing", "ours", &generated(), &["-DONLY_OURS"]);
    let theirs = listing("listing", "theirs", Path::new("/usr/include"), &[]);
    let difference = |these: &[String], those: &[String]| -> BTreeSet<String> {
        these.iter().filter(|line| !those.contains(line)).cloned().collect()
    };
    let only_ours = DIFFERENT_IN_1_3_12.iter().map(|(ours, _)| (*ours).to_owned()).collect();
    let only_theirs =
        DIFFERENT_IN_1_3_12.iter().filter_map(|(_, theirs)| theirs.map(str::to_owned)).collect();
    assert_eq!(difference(&ours, &theirs), only_ours);
    assert_eq!(difference(&theirs, &ours), only_theirs);
    assert!(ours.len() > 350, "{} lines are too few to be all", ours.len());
}

/// Of these 1.3.12 has all, and the same.
#[test]
fn layouts_and_constants_of_the_asynchronous_api_are_those_of_the_distribution() {
    let ours = listing("listing_async", "ours-async", &generated(), &[]);
    assert_eq!(ours, listing("listing_async", "theirs-async", Path::new("/usr/include"), &[]));
    assert!(ours.len() > 450, "{} lines are too few to be all", ours.len());
}

#[test]
fn functions_have_the_types_of_the_original() {
    for library in &LIBRARIES {
        let program = scratch(library.prototypes);
        succeed(strict("cc", "c99").arg(library.prototypes()).arg("-o").arg(program).args(library.link()));
    }
}

/// Contract: alone, together, in every C and C++ since C99 and C++98, without a warning.
#[test]
fn headers_compile_everywhere() {
    for (compiler, language, standards) in [
        ("cc", "c", &["c99", "c11", "c17"][..]),
        ("c++", "c++", &["c++98", "c++11", "c++14", "c++17", "c++20"]),
    ] {
        for standard in standards {
            let compile = |name: &str, text: &str| {
                let source =
                    scratch(&format!("{standard}-{name}.{}", if language == "c" { "c" } else { "cpp" }));
                fs::write(&source, text).unwrap();
                succeed(strict(compiler, standard).arg("-fsyntax-only").arg(source));
            };
            for header in HEADERS {
                compile(header, &format!("#include \"{header}\"\n#include \"{header}\"\nint used;\n"));
            }
            let all: String = HEADERS.iter().rev().map(|header| format!("#include \"{header}\"\n")).collect();
            compile("all", &format!("{all}{INITIALIZERS}"));
            compile("all-without-persistence", &format!("#define NO_PERSISTENCE 1\n{INITIALIZERS}"));
            compile("async", ASYNC_INITIALIZERS);
            compile("sync-first", &format!("{INITIALIZERS}{ASYNC_INITIALIZERS}"));
            compile("async-first", &format!("{ASYNC_INITIALIZERS}{INITIALIZERS}"));
            compile("async-without-persistence", &format!("#define NO_PERSISTENCE 1\n{ASYNC_INITIALIZERS}"));
        }
    }
}

const INITIALIZERS: &str = "
#include \"MQTTClient.h\"
int initializers(void);
int initializers(void)
{
    MQTTClient_init_options a = MQTTClient_init_options_initializer;
    MQTTClient_message b = MQTTClient_message_initializer;
    MQTTClient_createOptions c = MQTTClient_createOptions_initializer;
    MQTTClient_willOptions d = MQTTClient_willOptions_initializer;
    MQTTClient_SSLOptions e = MQTTClient_SSLOptions_initializer;
    MQTTClient_connectOptions f = MQTTClient_connectOptions_initializer;
    MQTTClient_connectOptions g = MQTTClient_connectOptions_initializer5;
    MQTTClient_connectOptions h = MQTTClient_connectOptions_initializer_ws;
    MQTTClient_connectOptions i = MQTTClient_connectOptions_initializer5_ws;
    MQTTProperties j = MQTTProperties_initializer;
    MQTTSubscribe_options k = MQTTSubscribe_options_initializer;
    MQTTResponse l = MQTTResponse_initializer;
    MQTTProperty m;
    m.identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
    m.value.data.len = MQTTCLIENT_PERSISTENCE_NONE;
    m.value.value.len = 2;
    return a.struct_version + b.msgid + c.MQTTVersion + d.qos + e.verify + f.reliable + g.cleanstart
           + h.keepAliveInterval + i.MQTTVersion + j.count + k.noLocal + l.version + m.value.value.len;
}
";

const ASYNC_INITIALIZERS: &str = "
#include \"MQTTAsync.h\"
int async_initializers(void);
int async_initializers(void)
{
    MQTTAsync_init_options a = MQTTAsync_init_options_initializer;
    MQTTAsync_message b = MQTTAsync_message_initializer;
    MQTTAsync_createOptions c = MQTTAsync_createOptions_initializer;
    MQTTAsync_createOptions d = MQTTAsync_createOptions_initializer5;
    MQTTAsync_willOptions e = MQTTAsync_willOptions_initializer;
    MQTTAsync_SSLOptions f = MQTTAsync_SSLOptions_initializer;
    MQTTAsync_connectOptions g = MQTTAsync_connectOptions_initializer;
    MQTTAsync_connectOptions h = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_connectOptions i = MQTTAsync_connectOptions_initializer_ws;
    MQTTAsync_connectOptions j = MQTTAsync_connectOptions_initializer5_ws;
    MQTTAsync_disconnectOptions k = MQTTAsync_disconnectOptions_initializer;
    MQTTAsync_disconnectOptions l = MQTTAsync_disconnectOptions_initializer5;
    MQTTAsync_responseOptions m = MQTTAsync_responseOptions_initializer;
    MQTTAsync_callOptions n = MQTTAsync_callOptions_initializer;
    MQTTAsync_connectData o = MQTTAsync_connectData_initializer;
    MQTTAsync_failureData5 p = MQTTAsync_failureData5_initializer;
    MQTTAsync_successData5 q = MQTTAsync_successData5_initializer;
    MQTTAsync_successData r;
    r.alt.pub.message = b;
    r.alt.connect.sessionPresent = MQTTASYNC_TRUE;
    return a.struct_version + c.MQTTVersion + d.persistQoS0 + e.qos + f.verify + g.maxInflight + h.cleanstart
           + i.keepAliveInterval + j.MQTTVersion + k.timeout + l.reasonCode + m.token + n.subscribeOptionsCount
           + o.binarypwd.len + p.packet_type + q.alt.unsub.reasonCodeCount + r.alt.connect.sessionPresent;
}
";

/// Programs of both APIs may take one header from here and the other from the original. What both
/// headers of the original define is to be the same text in ours, or compilers complain.
#[test]
fn macros_of_two_headers_are_those_of_the_original() {
    let macros = |include: &Path, text: &str| -> BTreeMap<String, String> {
        let source = scratch("macros.c");
        fs::write(&source, text).unwrap();
        let all = succeed(Command::new("cc").args(["-E", "-dM", "-I"]).arg(include).arg(&source));
        let definitions = all.lines().filter_map(|line| line.strip_prefix("#define "));
        definitions
            .map(|definition| {
                let (name, value) = definition.split_once(' ').unwrap_or((definition, ""));
                (name.to_owned(), value.replace(' ', ""))
            })
            .collect()
    };
    let theirs = Path::new("/usr/include");
    let of_the_system = macros(theirs, "#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n");
    let of_async = macros(theirs, "#include \"MQTTAsync.h\"\n");
    let mut common = macros(theirs, "#include \"MQTTClient.h\"\n");
    common.retain(|name, _| of_async.contains_key(name) && !of_the_system.contains_key(name));
    assert!(common.len() > 20, "{common:?}");
    for header in ["MQTTClient.h", "MQTTAsync.h"] {
        let mut ours = macros(&generated(), &format!("#include \"{header}\"\n"));
        ours.retain(|name, _| common.contains_key(name));
        assert_eq!(ours, common, "{header}");
    }
}

#[test]
fn headers_go_together_with_those_of_the_original() {
    // Not in /usr/include, where compilers do not warn.
    let theirs = scratch("original-headers");
    fs::create_dir_all(&theirs).unwrap();
    for header in HEADERS {
        fs::copy(Path::new("/usr/include").join(header), theirs.join(header)).unwrap();
    }
    for (ours, other) in [("MQTTClient.h", "MQTTAsync.h"), ("MQTTAsync.h", "MQTTClient.h")] {
        let (ours, other) = (generated().join(ours), theirs.join(other));
        for (name, first, second) in [("ours-first", &ours, &other), ("theirs-first", &other, &ours)] {
            for (compiler, standard, extension) in [("cc", "c99", "c"), ("c++", "c++11", "cpp")] {
                let source = scratch(&format!("{name}.{extension}"));
                let includes =
                    format!("#include \"{}\"\n#include \"{}\"\n", first.display(), second.display());
                fs::write(&source, includes + INITIALIZERS).unwrap();
                let mut command = Command::new(compiler);
                command.arg(format!("-std={standard}")).args(["-Wall", "-Werror", "-fsyntax-only"]);
                succeed(command.arg("-I").arg(generated()).arg(&source));
            }
        }
    }
}

/// Contract A-705: C++ finds the functions of each header that has any.
#[test]
fn cpp_programs_link_with_single_headers() {
    let source = scratch("single.cpp");
    fs::write(
        &source,
        "#include \"MQTTProperties.h\"\n#include \"MQTTReasonCodes.h\"\n
         int main() { return MQTTReasonCode_toString(MQTTREASONCODE_BANNED) && MQTTProperties_hasProperty(0, \
         MQTTPROPERTY_CODE_TOPIC_ALIAS); }\n",
    )
    .unwrap();
    for library in &LIBRARIES {
        let program = scratch(&format!("single-{}", library.name));
        succeed(strict("c++", "c++11").arg(&source).arg("-o").arg(program).args(library.link()));
    }
}

/// build.rs makes the headers anew with every build, beside what it builds.
#[test]
fn committed_headers_are_those_of_the_sources() {
    let names = |directory: &Path| -> BTreeSet<_> {
        fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".h"))
            .collect()
    };
    let committed = root().join("include");
    for directory in [&committed, &generated()] {
        assert_eq!(names(directory), HEADERS.into_iter().map(str::to_owned).collect());
    }
    for header in HEADERS {
        let text = |directory: &Path| fs::read_to_string(directory.join(header)).unwrap();
        assert!(text(&generated()) == text(&committed), "include/{header} is outdated: run `make headers`");
    }
}

#[test]
fn headers_declare_each_function_once() {
    for header in HEADERS {
        let text = fs::read_to_string(generated().join(header)).unwrap();
        let mut seen = BTreeSet::new();
        for line in
            text.lines().filter(|line| !line.starts_with([' ', '#', '/']) && !line.starts_with("typedef"))
        {
            let Some((before, _)) = line.split_once('(') else { continue };
            let name = before.rsplit([' ', '*']).next().unwrap();
            assert!(seen.insert(name), "{header}: {name} is declared again");
        }
    }
}

/// Every function, type, member, enumerator and constant has a comment in front of it.
#[test]
fn headers_explain_everything() {
    for header in HEADERS {
        let text = fs::read_to_string(generated().join(header)).unwrap();
        let (mut explained, mut parentheses) = (false, 0);
        for line in text.lines() {
            let item = line.trim();
            let is_comment = item.starts_with(['*', '/']);
            let is_constant = item.starts_with("#define MQTT") && item.split(' ').count() > 2;
            let is_part =
                parentheses > 0 || item.is_empty() || item.starts_with('}') || item == "extern \"C\" {";
            if !is_comment && !is_part && (is_constant || !item.starts_with('#')) {
                assert!(explained, "{header}: no comment in front of: {line}");
            }
            if !is_comment {
                parentheses += item.matches('(').count();
                parentheses -= item.matches(')').count();
            }
            // The declaration may stand on a line of its own.
            explained = item == "*/" || explained && item == "LIBMQTT_API";
        }
    }
}

/// Compiles and runs a program of tests/abi under the headers of a directory. It calls no function.
fn listing(source: &str, name: &str, include: &Path, flags: &[&str]) -> Vec<String> {
    let program = scratch(name);
    let mut compiler = Command::new(env::var_os("PAHO_CC").unwrap_or_else(|| "cc".into()));
    compiler.arg("-std=c99").args(flags).arg("-I").arg(include);
    compiler.arg(root().join(format!("tests/abi/{source}.c")));
    succeed(compiler.arg("-o").arg(&program));
    succeed(&mut Command::new(&program)).lines().map(str::to_owned).collect()
}

/// The names that a shared library defines for others.
fn exports(library: &Path) -> BTreeSet<String> {
    let symbols = succeed(Command::new("nm").args(["-D", "--defined-only"]).arg(library));
    symbols.lines().filter_map(|line| line.split_whitespace().nth(2).map(str::to_owned)).collect()
}

fn strict(compiler: &str, standard: &str) -> Command {
    let mut command = Command::new(compiler);
    command.arg(format!("-std={standard}")).args(["-Wall", "-Wextra", "-pedantic", "-Werror"]);
    command.arg("-I").arg(generated());
    command
}

impl Library {
    fn file(&self) -> PathBuf {
        let file = root().join("build/output").join(format!("lib{}.so.1", self.name));
        assert!(file.exists(), "{} is missing: run `make` first", file.display());
        file
    }

    /// The distribution's, wherever its architecture has it.
    fn original(&self) -> PathBuf {
        let directories = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
        let mut candidates = directories.map(|directory| directory.join(format!("lib{}.so.1", self.name)));
        candidates
            .find(|file| file.exists())
            .expect("package libpaho-mqtt1.3: tests/install-prerequisites.sh")
    }

    /// What makes a program run with it.
    fn link(&self) -> Vec<String> {
        let file = self.file();
        let directory = file.parent().unwrap().display();
        vec![format!("-L{directory}"), format!("-l{}", self.name), format!("-Wl,-rpath,{directory}")]
    }

    fn prototypes(&self) -> PathBuf {
        root().join(format!("tests/abi/{}.c", self.prototypes))
    }
}

/// The headers that build.rs has made of the sources.
fn generated() -> PathBuf {
    Path::new(env!("OUT_DIR")).join("include")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A place for a file of these tests.
fn scratch(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("abi");
    fs::create_dir_all(&directory).unwrap();
    directory.join(name)
}

/// The standard output of a command that must succeed.
fn succeed(command: &mut Command) -> String {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}\n{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}
