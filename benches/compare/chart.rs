//! The table as pictures, one for each API and one for what is above TCP: bars on a logarithmic scale, the original
//! at 1.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use crate::Result;
use crate::report::{Measured, cores, processor, short};
use crate::run::{Api, Peer, Transport};

const LEFT: f64 = 330.0;
const RIGHT: f64 = 70.0;
const PLOT: f64 = 560.0;
const TOP: f64 = 90.0;
const BAR: f64 = 8.0;
const GAP: f64 = 12.0;

fn colour(peer: Peer) -> &'static str {
    match peer {
        Peer::Ours => "#d9480f",
        Peer::Original => "#868e96",
        Peer::Mosquitto => "#4c6ef5",
        Peer::Raw => "#c3c9d0",
        Peer::Plain => "#f4a582",
    }
}

/// One group of bars.
struct Group {
    title: &'static str,
    bars: Vec<(Peer, std::result::Result<f64, String>)>,
    note: &'static str,
}

/// Writes `build/bench/chart_client.svg` and its like, those for which there are figures.
pub fn write(measured: &[Measured]) -> Result<()> {
    let subtitle = when_and_where();
    for (name, title) in CHARTS {
        let those = measured.iter().filter(|measured| chart_of(measured) == name);
        let groups: Vec<Group> = those.flat_map(groups).collect();
        if !groups.is_empty() {
            let picture = draw(&groups, &format!("{title}: times as fast as the original"), &subtitle)?;
            fs::write(format!("build/bench/chart_{name}.svg"), picture)?;
        }
    }
    Ok(())
}

const CHARTS: [(&str, &str); 3] =
    [("client", "MQTTClient over TCP"), ("async", "MQTTAsync over TCP"), ("tls", "TLS and WebSocket")];

fn chart_of(measured: &Measured) -> &'static str {
    match (measured.workload.transport(), measured.workload.api) {
        (Transport::Tcp, Api::Client) => "client",
        (Transport::Tcp, Api::Async) => "async",
        _ => "tls",
    }
}

/// A picture without them says little.
fn when_and_where() -> String {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    };
    let date = said("date", &["+%F"]);
    let original = said("dpkg-query", &["-W", "-f", "${Version}", "libpaho-mqtt1.3"]);
    format!("{date}, {} cores of {}, original {original}", cores(), processor())
}

/// The rows that have a target: the others are in the table.
fn groups(measured: &Measured) -> Vec<Group> {
    let mut groups = Vec::new();
    for row in measured.workload.rows.iter().filter(|row| row.must.is_some()) {
        let base = measured.base(row);
        // The one that counts as 1 is the line that all bars begin at.
        let peers = measured.workload.peers.iter();
        let peers = peers.filter(|peer| {
            peer.is_there(measured.workload.api, measured.workload.transport()) && **peer != base
        });
        let bars = peers.map(|&peer| {
            let failure = measured.failure(peer).map_or_else(|| "no figure".to_owned(), ToString::to_string);
            (peer, measured.speed(row, peer, base).ok_or(failure))
        });
        let note = if base == Peer::Raw { " (raw = 1)" } else { "" };
        groups.push(Group { title: row.title, bars: bars.collect(), note });
    }
    groups
}

fn draw(groups: &[Group], title: &str, subtitle: &str) -> std::result::Result<String, std::fmt::Error> {
    let values = || groups.iter().flat_map(|group| &group.bars).filter_map(|bar| bar.1.as_ref().ok());
    let (low, high) =
        values().fold((0.5_f64, 2.0_f64), |(low, high), &value| (low.min(value), high.max(value)));
    let (low, high) = (low.log10().floor(), high.log10().ceil());
    let x = |value: f64| LEFT + (value.log10() - low) / (high - low) * PLOT;
    let bars = groups.iter().map(|group| group.bars.len()).sum::<usize>();
    let height = TOP + bars as f64 * BAR + groups.len() as f64 * GAP + 16.0;
    let width = LEFT + PLOT + RIGHT;

    let mut svg = String::new();
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="12">"#
    )?;
    writeln!(svg, r##"<rect width="{width}" height="{height}" fill="#ffffff"/>"##)?;
    writeln!(
        svg,
        r##"<text x="12" y="22" font-size="15" font-weight="bold" fill="#212529">{title}, logarithmic scale</text>"##
    )?;
    writeln!(svg, r##"<text x="12" y="40" font-size="11" fill="#495057">{subtitle}</text>"##)?;
    for (number, peer) in Peer::ALL.into_iter().enumerate() {
        let at = 12.0 + number as f64 * 120.0;
        writeln!(svg, r#"<rect x="{at}" y="50" width="12" height="12" fill="{}"/>"#, colour(peer))?;
        writeln!(svg, r##"<text x="{}" y="60" fill="#212529">{}</text>"##, at + 17.0, peer.name())?;
    }
    draw_scale(&mut svg, low, high, height, &x)?;

    let mut y = TOP;
    for group in groups {
        let middle = y + group.bars.len() as f64 * BAR / 2.0 + 4.0;
        writeln!(
            svg,
            r##"<text x="{}" y="{middle}" text-anchor="end" fill="#212529">{}{}</text>"##,
            LEFT - 10.0,
            group.title,
            group.note
        )?;
        for (peer, value) in &group.bars {
            draw_bar(&mut svg, *peer, value, y, low, &x)?;
            y += BAR;
        }
        y += GAP;
    }
    writeln!(svg, "</svg>")?;
    Ok(svg)
}

fn draw_scale(
    svg: &mut String,
    low: f64,
    high: f64,
    height: f64,
    x: &impl Fn(f64) -> f64,
) -> std::fmt::Result {
    let mut power = low;
    while power <= high {
        let value = 10.0_f64.powf(power);
        let at = x(value);
        let (stroke, width) = if power == 0.0 { ("#495057", 1.5) } else { ("#dee2e6", 1.0) };
        writeln!(
            svg,
            r#"<line x1="{at:.1}" y1="{}" x2="{at:.1}" y2="{}" stroke="{stroke}" stroke-width="{width}"/>"#,
            TOP - 6.0,
            height - 10.0
        )?;
        writeln!(
            svg,
            r##"<text x="{at:.1}" y="{}" text-anchor="middle" fill="#495057">{value}×</text>"##,
            TOP - 10.0
        )?;
        power += 1.0;
    }
    Ok(())
}

/// From 1 to the value, to the right when faster, to the left when slower: length is the difference.
fn draw_bar(
    svg: &mut String,
    peer: Peer,
    value: &std::result::Result<f64, String>,
    y: f64,
    low: f64,
    x: &impl Fn(f64) -> f64,
) -> std::fmt::Result {
    let (one, baseline) = (x(1.0), y + BAR - 1.0);
    match value {
        Ok(value) => {
            let (from, to) = (one.min(x(*value)), one.max(x(*value)));
            writeln!(
                svg,
                r#"<rect x="{from:.1}" y="{y}" width="{:.1}" height="{}" fill="{}"/>"#,
                (to - from).max(1.5),
                BAR - 1.0,
                colour(peer)
            )?;
            if matches!(peer, Peer::Ours) {
                writeln!(
                    svg,
                    r##"<text x="{:.1}" y="{baseline}" font-size="10" font-weight="bold" fill="#212529">{}×</text>"##,
                    to + 4.0,
                    short(*value)
                )?;
            }
        }
        Err(why) => writeln!(
            svg,
            r#"<text x="{:.1}" y="{baseline}" font-size="9" fill="{}">{}: {why}</text>"#,
            x(10.0_f64.powf(low)) + 4.0,
            colour(peer),
            peer.name()
        )?,
    }
    Ok(())
}
