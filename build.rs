//! Build script: the headers and the build level. What differs between the libraries is in the
//! Makefile.

#[path = "include/generator/headers.rs"]
mod headers;

use headers::Which;
use std::env;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=include/generator");
    println!("cargo::rerun-if-changed=src/c_api");

    build_level()?;
    tls_library()?;
    // Always beside the build, where tests/abi.rs compares them with the committed ones; into
    // include/ only when asked.
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let sources = out.join("header-sources");
    headers::write(Which::All, &root, &sources, &out.join("include"))?;
    println!("cargo::rerun-if-env-changed=FERRO_GENERATE_HEADERS");
    if env::var_os("FERRO_GENERATE_HEADERS").is_some_and(|value| value == "1") {
        headers::write(Which::Complete, &root, &sources, &root.join("include"))?;
    }
    Ok(())
}

/// The time of the build, as the version information tells it. SOURCE_DATE_EPOCH makes it
/// reproducible.
fn build_level() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let seconds = match env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => seconds.trim().parse()?,
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
    };
    println!("cargo::rustc-env=FERRO_BUILD_LEVEL={}", utc(seconds));
    Ok(())
}

/// What TLS is made of, as the version information tells it.
fn tls_library() -> Result<(), Box<dyn Error>> {
    let is_on = |feature: &str| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    if !is_on("ANY_TLS") {
        return Ok(());
    }
    // aws-lc keeps something for each thread that has used it, and that is given back in its code when the thread ends.
    // So that is to stay in memory when a plugin that has it is unloaded.
    println!("cargo::rustc-link-arg=-Wl,-z,nodelete");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let lock = fs::read_to_string("Cargo.lock")?;
    let version = |name: &str| {
        let rest = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?.1;
        Some(format!("{name} {}", rest.split_once('"')?.0))
    };
    let crypto = version(if is_on("TLS") { "aws-lc-rs" } else { "ring" });
    let (rustls, crypto) =
        version("rustls").zip(crypto).ok_or("Cargo.lock does not say what TLS is made of")?;
    println!("cargo::rustc-env=FERRO_TLS_LIBRARY={rustls}, {crypto}");
    Ok(())
}

/// ISO 8601. Days to dates: Howard Hinnant's `civil_from_days`, for years from 1970 on.
fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
