//! The public headers, from the Rust sources: by cbindgen, and then by what it cannot do.
//!
//! * Callback types are function types, used through pointers (contract abi.md section 3).
//! * Some structures have structures and unions without a name in them.
//! * Enumerations have no typedef, and several names for one number.
//! * Initializer macros are the constants that the library itself uses.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use quote::ToTokens;
use syn::{Expr, ExprLit, ExprStruct, ImplItem, Item, ItemConst, Lit, Member};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// An API: what its names begin with.
struct Api {
    /// Of functions and types.
    prefix: &'static str,
    /// Of constants.
    constant_prefix: &'static str,
}

/// The prefixes of names that both APIs have, each with its own in their place.
const EITHER_API: Api = Api { prefix: "MQTTApi_", constant_prefix: "MQTTAPI_" };
const SYNC: Api = Api { prefix: "MQTTClient_", constant_prefix: "MQTTCLIENT_" };
const ASYNC: Api = Api { prefix: "MQTTAsync_", constant_prefix: "MQTTASYNC_" };

/// One header.
struct Header {
    file: &'static str,
    /// `None`: both APIs use it.
    api: Option<&'static Api>,
    guard: &'static str,
    /// Whether all of its functions are there. Only then it goes into include/, which is installed.
    is_complete: bool,
    /// What is in it, for its readers.
    about: &'static str,
    /// Below src/c_api; in this order in the header.
    sources: &'static [&'static str],
    sys_includes: &'static [&'static str],
    includes: &'static [&'static str],
    after_includes: &'static str,
}

/// What each begins with.
const LICENCE: &str = "/* SPDX-License-Identifier: MIT OR Apache-2.0 */";

/// What the header of an API includes.
const API_INCLUDES: &[&str] =
    &["MQTTExportDeclarations.h", "MQTTProperties.h", "MQTTReasonCodes.h", "MQTTSubscribeOpts.h"];

/// And that programs may leave out.
const PERSISTENCE: &str = "
#if defined(NO_PERSISTENCE)
/**
 * Nothing is kept: all there is without MQTTClientPersistence.h.
 */
#define MQTTCLIENT_PERSISTENCE_NONE 1
#else
#include \"MQTTClientPersistence.h\"
#endif";

/// What is in it then, below src/c_api.
const PERSISTENCE_TYPES: &str = "structs/persistence.rs";

const HEADERS: &[Header] = &[
    Header {
        file: "MQTTProperties.h",
        api: None,
        guard: "MQTTPROPERTIES_H",
        is_complete: true,
        about: "The properties of MQTT 5.0.",
        sources: &["structs/properties.rs", "properties.rs"],
        sys_includes: &["stddef.h", "stdint.h"],
        includes: &["MQTTExportDeclarations.h"],
        after_includes: "
/**
 * @def LIBMQTT_EXTENSION
 * Keeps compilers quiet about the structure without a name in MQTTProperty.
 */
#if defined(__GNUC__)
#define LIBMQTT_EXTENSION __extension__
#else
#define LIBMQTT_EXTENSION
#endif",
    },
    Header {
        file: "MQTTReasonCodes.h",
        api: None,
        guard: "MQTTREASONCODES_H",
        is_complete: true,
        about: "The reason codes of MQTT 5.0.",
        sources: &["reason_codes.rs"],
        sys_includes: &[],
        includes: &["MQTTExportDeclarations.h"],
        after_includes: "",
    },
    Header {
        file: "MQTTSubscribeOpts.h",
        api: None,
        guard: "SUBOPTS_H",
        is_complete: true,
        about: "The subscription options of MQTT 5.0.",
        sources: &["structs/subscribe_options.rs"],
        sys_includes: &[],
        includes: &[],
        after_includes: "",
    },
    Header {
        file: "MQTTClientPersistence.h",
        api: None,
        guard: "MQTTCLIENTPERSISTENCE_H",
        is_complete: true,
        about: "Where unfinished messages are kept.",
        sources: &[PERSISTENCE_TYPES],
        sys_includes: &[],
        includes: &[],
        after_includes: "",
    },
    Header {
        file: "MQTTClient.h",
        api: Some(&SYNC),
        guard: "MQTTCLIENT_H",
        is_complete: true,
        about: "The synchronous MQTT client: libraries paho-mqtt3c and paho-mqtt3cs.\n *\n \
                * All functions may be called on any thread. Strings are UTF-8. A handle that is no\n \
                * longer valid makes a call fail; it does no harm.\n *\n \
                * Contract: docs/contract in the sources says, clause by clause, what each function does.",
        sources: &[
            "return_code.rs",
            "sync_client/return_code.rs",
            "structs/mqtt_version.rs",
            "structs/credentials.rs",
            "sync_client/structs/connect_options.rs",
            "structs/ssl_options.rs",
            "structs/init_options.rs",
            "sync_client/structs/create_options.rs",
            "structs/message.rs",
            "structs/will_options.rs",
            "structs/name_value.rs",
            "sync_client/structs/response.rs",
            "structs/trace_levels.rs",
            "sync_client/handle.rs",
            "sync_client/lifecycle.rs",
            "sync_client/callbacks.rs",
            "sync_client/connect.rs",
            "sync_client/publish.rs",
            "sync_client/subscribe.rs",
            "sync_client/receive.rs",
            "sync_client/memory.rs",
            "sync_client/tracing.rs",
            "sync_client/information.rs",
        ],
        sys_includes: &["stdio.h"],
        includes: API_INCLUDES,
        after_includes: PERSISTENCE,
    },
    Header {
        file: "MQTTAsync.h",
        api: Some(&ASYNC),
        guard: "MQTTASYNC_H",
        is_complete: true,
        about: "The asynchronous MQTT client: libraries paho-mqtt3a and paho-mqtt3as.\n *\n \
                * All functions may be called on any thread. None waits for the network but\n \
                * MQTTAsync_waitForCompletion. Strings are UTF-8. A handle that is no longer valid makes a\n \
                * call fail; it does no harm.\n *\n \
                * Contract: docs/contract in the sources says, clause by clause, what each function does.",
        sources: &[
            "return_code.rs",
            "async_client/return_code.rs",
            "structs/mqtt_version.rs",
            "structs/credentials.rs",
            "async_client/structs/connect_options.rs",
            "structs/ssl_options.rs",
            "structs/init_options.rs",
            "async_client/structs/create_options.rs",
            "structs/message.rs",
            "structs/will_options.rs",
            "structs/name_value.rs",
            "async_client/structs/results.rs",
            "async_client/structs/results5.rs",
            "async_client/structs/connect_data.rs",
            "async_client/structs/response_options.rs",
            "async_client/structs/disconnect_options.rs",
            "structs/trace_levels.rs",
            "async_client/handle.rs",
            "async_client/structs/callbacks.rs",
            "async_client/lifecycle.rs",
            "async_client/callbacks.rs",
            "async_client/connect.rs",
            "async_client/publish.rs",
            "async_client/subscribe.rs",
            "async_client/memory.rs",
            "async_client/tracing.rs",
            "async_client/information.rs",
        ],
        sys_includes: &["stdio.h"],
        includes: API_INCLUDES,
        after_includes: PERSISTENCE,
    },
];

/// Types that have a name in Rust only: where they are used, C has them without one.
const NAMELESS: &[(&str, &str)] = &[
    ("MQTTProperty_texts", "LIBMQTT_EXTENSION struct"),
    ("MQTTProperty_value", "union"),
    ("MQTTClient_willPayload", "struct"),
    ("MQTTClient_connectReturned", "struct"),
    ("MQTTClient_binaryPassword", "struct"),
    ("MQTTAsync_willPayload", "struct"),
    ("MQTTAsync_binaryPassword", "struct"),
    ("MQTTAsync_reasonCodes", "struct"),
    ("MQTTAsync_publishedMessage", "struct"),
    ("MQTTAsync_connectionMade", "struct"),
    ("MQTTAsync_successData_alt", "union"),
    ("MQTTAsync_successData5_alt", "union"),
];

/// Members of nameless types that have no name either.
const NAMELESS_MEMBERS: &[&str] = &["texts"];

/// There is nothing in Rust that this one could come from.
const EXPORT_DECLARATIONS: &str = r#"/* SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Part of ferro-mqtt. Generated by build.rs: change include/generator/headers.rs, then run `make headers`. */

/**
 * @file
 * How functions of the libraries are declared.
 */

#ifndef EXPORTDECLARATIONS_H
#define EXPORTDECLARATIONS_H

/**
 * @def LIBMQTT_API
 * Stands before each function of the libraries. PAHO_MQTT_EXPORTS is for building a library,
 * PAHO_MQTT_IMPORTS for using a DLL on Windows.
 */
#if defined(_WIN32) || defined(_WIN64)
#if defined(PAHO_MQTT_EXPORTS)
#define LIBMQTT_API __declspec(dllexport)
#elif defined(PAHO_MQTT_IMPORTS)
#define LIBMQTT_API __declspec(dllimport)
#else
#define LIBMQTT_API
#endif
#elif defined(PAHO_MQTT_EXPORTS)
#define LIBMQTT_API __attribute__((visibility("default")))
#else
#define LIBMQTT_API extern
#endif

#endif /* EXPORTDECLARATIONS_H */
"#;

/// Which headers to write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// Those of which all functions are there.
    Complete,
}

/// Writes headers into a directory; those that are right already are left alone. `work` is a directory for
/// what is needed on the way.
pub fn write(which: Which, root: &Path, work: &Path, directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)?;
    let mut constants = Constants::default();
    for header in HEADERS {
        for source in header.sources {
            constants.read(&header.parse(root, source)?);
        }
    }
    write_if_new(&directory.join("MQTTExportDeclarations.h"), EXPORT_DECLARATIONS)?;
    for header in HEADERS.iter().filter(|header| header.is_complete || which == Which::All) {
        write_if_new(&directory.join(header.file), &header.generate(root, work, &constants)?)?;
    }
    Ok(())
}

fn write_if_new(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|present| present == text) {
        return Ok(());
    }
    Ok(fs::write(path, text)?)
}

impl Header {
    /// A source with the names of this header's API.
    fn read(&self, root: &Path, source: &str) -> Result<String> {
        let path = root.join("src/c_api").join(source);
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let Some(api) = self.api else { return Ok(text) };
        let text = text.replace(EITHER_API.prefix, api.prefix);
        Ok(text.replace(EITHER_API.constant_prefix, api.constant_prefix))
    }

    fn parse(&self, root: &Path, source: &str) -> Result<syn::File> {
        let text = self.read(root, source)?;
        Ok(syn::parse_file(&text).map_err(|error| format!("{source}: {error}"))?)
    }

    fn generate(&self, root: &Path, work: &Path, constants: &Constants) -> Result<String> {
        let mut config = cbindgen::Config::from_file(root.join("include/generator/cbindgen.toml"))?;
        config.header = Some(format!("{LICENCE}\n\n/**\n * @file\n * {}\n */", self.about));
        config.include_guard = Some(self.guard.to_owned());
        config.sys_includes = self.sys_includes.iter().map(ToString::to_string).collect();
        config.includes = self.includes.iter().map(ToString::to_string).collect();
        config.after_includes = Some(self.after_includes.to_owned());
        config.export.exclude = constants.initializers.keys().cloned().collect();
        if let Some(api) = self.api {
            let levels = format!("enum {}TRACE_LEVELS", api.constant_prefix);
            config.export.rename.insert("TraceLevelNumber".to_owned(), levels);
        }

        let mut items = Vec::new();
        for source in self.sources {
            items.extend(self.parse(root, source)?.items);
        }
        config.export.include = items.iter().filter_map(public_type).collect();
        let mut builder = cbindgen::Builder::new().with_config(config);
        for source in self.sources {
            // Each in a directory of its own: cbindgen also reads the modules that it finds beside a source.
            let copy = work.join(self.file).join(source.replace('/', "-")).join("source.rs");
            fs::create_dir_all(copy.parent().ok_or("a file without a directory")?)?;
            write_if_new(&copy, &self.read(root, source)?)?;
            builder = builder.with_src(copy);
        }
        let mut bytes = Vec::new();
        builder.generate()?.write(&mut bytes);
        let mut text = String::from_utf8(bytes)?;

        comments_become_old(&mut text);
        tags_become_rare(&mut text, &items);
        callbacks_become_function_types(&mut text, &items);
        if self.after_includes == PERSISTENCE {
            callbacks_become_function_types(&mut text, &self.parse(root, PERSISTENCE_TYPES)?.items);
            persistence_may_be_left_out(&mut text)?;
        }
        parameters_stand_in_line(&mut text);
        nameless_types_lose_their_names(&mut text)?;
        enumerations_become_plain(&mut text, &items)?;
        numbers_are_written_as_in_the_sources(&mut text, &items);
        for item in &items {
            match item {
                Item::Const(item) if constants.initializers.contains_key(&item.ident.to_string()) => {
                    insert_initializer(&mut text, item, constants)?;
                }
                _ => {}
            }
        }
        Ok(text)
    }
}

/// The name of a type for the header. cbindgen by itself only takes those that functions mention.
fn public_type(item: &Item) -> Option<String> {
    let (ident, visibility) = match item {
        Item::Enum(item) => (&item.ident, &item.vis),
        Item::Struct(item) => (&item.ident, &item.vis),
        Item::Type(item) => (&item.ident, &item.vis),
        _ => return None,
    };
    let name = ident.to_string();
    let is_c = ["MQTT", "Persistence_"].iter().any(|prefix| name.starts_with(prefix));
    (is_c && matches!(visibility, syn::Visibility::Public(_))).then_some(name)
}

/// `// text` to `/* text */`, for compilers that take C90 seriously.
fn comments_become_old(text: &mut String) {
    let lines = text.lines().map(|line| match line.split_once("// ") {
        Some((code, comment)) if line.starts_with(['#', '}']) => format!("{code}/* {comment} */\n"),
        _ => format!("{line}\n"),
    });
    *text = lines.collect();
}

/// Puts parameters on lines of their own below the first one, now that names have become shorter.
fn parameters_stand_in_line(text: &mut String) {
    let mut column = None;
    let lines = text.lines().map(|line| {
        let indent = column.unwrap_or(0);
        let line = if column.is_some() { line.trim_start() } else { line };
        if line.ends_with(");") {
            column = None;
        } else if column.is_none() && !line.starts_with([' ', '#', '/']) && line.ends_with(',') {
            column = line.rfind('(').map(|open| open + 1);
        }
        format!("{:indent$}{line}\n", "")
    });
    *text = lines.collect();
}

/// `struct S` to `S`, but for its definition. The tag is there for who wants it.
fn tags_become_rare(text: &mut String, items: &[Item]) {
    for item in items {
        let (keyword, name) = match item {
            Item::Struct(item) => ("struct", item.ident.to_string()),
            Item::Union(item) => ("union", item.ident.to_string()),
            _ => continue,
        };
        *text = text.replace(&format!("{keyword} {name} "), &format!("{name} "));
        *text = text.replace(&format!("typedef {name} {{"), &format!("typedef {keyword} {name} {{"));
    }
}

/// `typedef int (*F)(...)` to `typedef int F(...)`, and `F f` to `F *f`. Those named Persistence_
/// are pointers in the original, too.
fn callbacks_become_function_types(text: &mut String, items: &[Item]) {
    for item in items {
        let Item::Type(item) = item else { continue };
        let name = item.ident.to_string();
        if !item.ty.to_token_stream().to_string().contains("fn (") || name.starts_with("Persistence_") {
            continue;
        }
        let lines = text.lines().map(|line| match line.trim_start().starts_with(['*', '/']) {
            true => format!("{line}\n"),
            false => {
                line.replace(&format!(" {name} "), &format!(" {name} *"))
                    .replace(&format!("(*{name})("), &format!("{name}("))
                    + "\n"
            }
        });
        *text = lines.collect();
    }
}

/// Functions with types of MQTTClientPersistence.h are not declared where programs leave that out (contract A-703).
fn persistence_may_be_left_out(text: &mut String) -> Result<()> {
    const TYPE: &str = " MQTTPersistence_";
    let mut from = 0;
    while let Some(found) = text[from..].find(TYPE).map(|found| from + found) {
        let start = text[..found].rfind("\n/**").ok_or("a function without a comment")? + 1;
        let end = found + text[found..].find(");\n").ok_or("a function without an end")? + ");\n".len();
        let guarded = format!("#if !defined(NO_PERSISTENCE)\n{}#endif\n", &text[start..end]);
        text.replace_range(start..end, &guarded);
        from = start + guarded.len();
    }
    Ok(())
}

/// Puts the definitions of [`NAMELESS`] types where they are used.
fn nameless_types_lose_their_names(text: &mut String) -> Result<()> {
    for (name, keyword) in NAMELESS {
        let Some(end) = text.find(&format!("}} {name};\n")) else { continue };
        let kind = keyword.rsplit(' ').next().unwrap_or(keyword);
        let opening = format!("typedef {kind} {name} {{\n");
        let start = text.find(&opening).ok_or("a type without a beginning")?;
        let body = text[start + opening.len()..end].to_owned();
        // The comment goes with the type: the member has one of its own.
        let comment = text[..start].rfind("\n\n").map_or(start, |blank| blank + 1);
        let after = end + format!("}} {name};\n").len();
        text.replace_range(comment..after, "");

        let body = body.lines().fold(String::new(), |mut body, line| {
            let _ = writeln!(body, "    {line}");
            body
        });
        let mut is_used = false;
        while let Some(use_start) = text.find(&format!("    {name} ")) {
            let use_end = use_start + text[use_start..].find('\n').ok_or("an unfinished line")?;
            let member = text[use_start..use_end].trim_start().trim_start_matches(name).trim();
            let member = member.trim_end_matches(';');
            let member = if NAMELESS_MEMBERS.contains(&member) { "" } else { member };
            let space = if member.is_empty() { "" } else { " " };
            text.replace_range(
                use_start..use_end,
                &format!("    {keyword} {{\n{body}    }}{space}{member};"),
            );
            is_used = true;
        }
        if !is_used {
            return Err("a nameless type that is not used".into());
        }
    }
    Ok(())
}

/// `typedef enum E {...} E` to `enum E {...}`, with the further names that `impl E` lists.
fn enumerations_become_plain(text: &mut String, items: &[Item]) -> Result<()> {
    for item in items {
        match item {
            Item::Enum(item) => {
                let name = &item.ident;
                *text = text.replace(&format!("typedef enum {name} {{"), &format!("enum {name} {{"));
                *text = text.replace(&format!("}} {name};"), "};");
            }
            Item::Impl(item) => {
                for alias in &item.items {
                    let ImplItem::Const(alias) = alias else { continue };
                    let Expr::Path(original) = &alias.expr else { continue };
                    let Some(original) = original.path.segments.last() else { continue };
                    let at = text.find(&format!("    {} = ", original.ident)).ok_or("an alias of nothing")?;
                    let at = at + text[at..].find('\n').ok_or("an unfinished line")?;
                    let comment = comment(&alias.attrs, "    ");
                    text.insert_str(at, &format!("\n{comment}    {} = {},", alias.ident, original.ident));
                }
            }
            _ => {}
        }
    }
    // C90 and C++98 have no comma there.
    *text = text.replace(",\n};", "\n};");
    Ok(())
}

/// `128` to `0x80`: compilers want a macro that another header has, too, written the same way there.
fn numbers_are_written_as_in_the_sources(text: &mut String, items: &[Item]) {
    for item in items {
        let Item::Const(item) = item else { continue };
        let Expr::Lit(literal) = &*item.expr else { continue };
        let Lit::Int(number) = &literal.lit else { continue };
        let definition = format!("#define {} ", item.ident);
        *text = text.replace(
            &format!("{definition}{}\n", number.base10_digits()),
            &format!("{definition}{}\n", number.token()),
        );
    }
}

/// Puts an initializer macro behind the type it is for, and behind those that came before it.
fn insert_initializer(text: &mut String, item: &ItemConst, constants: &Constants) -> Result<()> {
    let type_name = item.ty.to_token_stream().to_string();
    let previous = format!("#define {type_name}_initializer");
    let mark = match text.rfind(&previous) {
        Some(start) => start,
        None => text.find(&format!(" {type_name};\n")).ok_or("an initializer of nothing")?,
    };
    let line_end = mark + text[mark..].find("\n\n").map_or(text[mark..].len(), |end| end + 1);
    let (name, value) = (&item.ident, constants.value(&item.expr)?);
    let comment = comment(&item.attrs, "");
    text.insert_str(line_end, &format!("\n{comment}#define {name} {value}\n"));
    Ok(())
}

/// Doc comments, as C has them.
fn comment(attributes: &[syn::Attribute], indent: &str) -> String {
    let mut text = format!("{indent}/**\n");
    for line in attributes.iter().filter_map(doc_line) {
        let _ = writeln!(text, "{indent} *{line}");
    }
    let _ = writeln!(text, "{indent} */");
    text
}

/// What a line of a doc comment says.
fn doc_line(attribute: &syn::Attribute) -> Option<String> {
    let value = attribute.meta.require_name_value().ok()?;
    match &value.value {
        Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) if value.path.is_ident("doc") => Some(line.value()),
        _ => None,
    }
}

/// The constants that initializers are made of.
#[derive(Default)]
struct Constants {
    initializers: BTreeMap<String, Expr>,
    /// The members of the structures, in order.
    members: BTreeMap<String, Vec<String>>,
    unions: BTreeSet<String>,
}

impl Constants {
    fn read(&mut self, file: &syn::File) {
        for item in &file.items {
            match item {
                Item::Const(ItemConst { ident, expr, .. }) => {
                    let name = ident.to_string();
                    if matches!(**expr, Expr::Struct(_)) || name.ends_with("_initializer") {
                        self.initializers.insert(name, (**expr).clone());
                    }
                }
                Item::Union(item) => {
                    self.unions.insert(item.ident.to_string());
                }
                Item::Struct(item) => {
                    let names = item.fields.iter().filter_map(|field| field.ident.as_ref());
                    self.members.insert(item.ident.to_string(), names.map(ToString::to_string).collect());
                }
                _ => {}
            }
        }
    }

    /// A constant expression, as C has it.
    fn value(&self, expression: &Expr) -> Result<String> {
        Ok(match expression {
            Expr::Struct(value) => self.structure(value)?,
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(number) => number.base10_digits().to_owned(),
                other => return Err(unknown(other)),
            },
            Expr::Unary(unary) => format!("-{}", self.value(&unary.expr)?),
            Expr::Cast(cast) => self.value(&cast.expr)?,
            Expr::Path(path) => {
                let name = path.path.segments.last().ok_or("an empty path")?.ident.to_string();
                match self.initializers.get(&name) {
                    _ if name == "None" => "NULL".to_owned(),
                    Some(Expr::Struct(value)) => self.structure(value)?,
                    _ => name,
                }
            }
            Expr::Call(call) => match call.func.to_token_stream().to_string().rsplit(' ').next() {
                Some("null" | "null_mut") => "NULL".to_owned(),
                Some("eyecatcher") => {
                    let text = call.args.to_token_stream().to_string();
                    let text: Vec<_> = text
                        .chars()
                        .filter(char::is_ascii_uppercase)
                        .map(|letter| format!("'{letter}'"))
                        .collect();
                    format!("{{ {} }}", text.join(", "))
                }
                _ => return Err(unknown(call)),
            },
            other => return Err(unknown(other)),
        })
    }

    /// Member by member, in the order of the structure: C++ has no other way.
    fn structure(&self, value: &ExprStruct) -> Result<String> {
        let name = value.path.segments.last().ok_or("an empty path")?.ident.to_string();
        if self.unions.contains(&name) {
            // C++ initializes the first member, and so must the sources.
            let first = value.fields.first().ok_or("an empty union")?;
            return Ok(format!("{{ {} }}", self.value(&first.expr)?));
        }
        let members = self.members.get(&name).ok_or_else(|| format!("no structure {name}"))?;
        let values: Result<Vec<_>> = members
            .iter()
            .map(|member| {
                self.value(self.member(value, member).ok_or_else(|| format!("no {name}.{member}"))?)
            })
            .collect();
        Ok(format!("{{ {} }}", values?.join(", ")))
    }

    /// The value of a member: its own, or that of the structure which the rest is taken from.
    fn member<'a>(&'a self, value: &'a ExprStruct, name: &str) -> Option<&'a Expr> {
        let own = value.fields.iter().find(|field| match &field.member {
            Member::Named(member) => member == name,
            Member::Unnamed(_) => false,
        });
        if let Some(own) = own {
            return Some(&own.expr);
        }
        let Expr::Path(base) = &**value.rest.as_ref()? else { return None };
        match self.initializers.get(&base.path.segments.last()?.ident.to_string())? {
            Expr::Struct(base) => self.member(base, name),
            _ => None,
        }
    }
}

fn unknown(expression: &impl ToTokens) -> Box<dyn Error> {
    format!("cannot say this in C: {}", expression.to_token_stream()).into()
}
