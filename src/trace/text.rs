//! What a line looks like. Contract L-301, L-401, L-601.

use std::ffi::OsStr;
use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Level, host};

/// The length of `YYYYMMDD HHMMSS.mmm` and the space after it.
const STAMP: usize = 20;

/// The longest line, without the NUL or newline behind it: programs that copy the callback's
/// text know of a buffer of 512 bytes. Contract L-402.
const LONGEST: usize = 511;

/// The most characters of a payload that are shown.
const EXCERPT: usize = 30;

/// The head of a payload: at most 30 characters, what is not printable ASCII as `\xHH`.
///
/// Ends early where the four characters of an escape do not fit. Contract L-601.
pub struct Excerpt<'a>(pub &'a [u8]);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = EXCERPT;
        for &byte in self.0 {
            let printable = matches!(byte, b' '..=b'~');
            let width = if printable { 1 } else { 4 };
            let Some(rest) = left.checked_sub(width) else { break };
            left = rest;
            if printable { f.write_char(char::from(byte))? } else { write!(f, "\\x{byte:02X}")? }
        }
        Ok(())
    }
}

/// One line, with the moment it was made.
pub(super) struct Line {
    pub(super) level: Level,
    /// Milliseconds since 1970; a header line has none.
    made_at: Option<i64>,
    /// Room for the stamp, the text, a NUL.
    bytes: Vec<u8>,
}

impl Line {
    /// A line with a time stamp: now.
    pub(super) fn stamped(level: Level, text: fmt::Arguments<'_>) -> Line {
        let mut bytes = Vec::with_capacity(128);
        bytes.resize(STAMP, b' ');
        let mut line = Writer { bytes };
        // Only fails to say that no more fits, or because a Display of the text does.
        let _ = line.write_fmt(text);
        Line::ended(level, Some(milliseconds_since_1970()), line.bytes)
    }

    /// The header: what the program runs with.
    pub(super) fn header(version_info: &[(&str, &str)]) -> Vec<Line> {
        let rule = "=".repeat(57);
        let mut texts = vec![rule.clone(), format!("{:19}Trace Output", "")];
        texts.extend(version_info.iter().map(|(name, value)| format!("{name}: {value}")));
        if let Ok(system) = std::fs::read_to_string("/proc/version") {
            // As Paho: the line brings its own newline, so that an empty one follows.
            let first = system.lines().next().unwrap_or_default();
            let shown = head(first, LONGEST - "/proc/version: \n".len());
            texts.push(format!("/proc/version: {shown}\n"));
        }
        texts.push(rule);
        texts.into_iter().map(|text| Line::ended(Level::Minimum, None, text.into_bytes())).collect()
    }

    fn ended(level: Level, made_at: Option<i64>, mut bytes: Vec<u8>) -> Line {
        bytes.push(0);
        Line { level, made_at, bytes }
    }

    /// Writes the time stamp, in local time.
    pub(super) fn stamp(&mut self) {
        if let (Some(made_at), Some(mut place)) = (self.made_at, self.bytes.get_mut(..STAMP)) {
            let ahead = host::ahead_of_utc(made_at.div_euclid(1000));
            let _ = write!(place, "{} ", Stamp(made_at + i64::from(ahead) * 1000));
        }
    }

    /// The line without its end.
    pub(super) fn text(&self) -> &[u8] {
        self.bytes.strip_suffix(&[0]).unwrap_or_default()
    }

    /// The line as C wants it.
    pub(super) fn text_with_nul(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        OsStr::from_bytes(self.text()).fmt(f)
    }
}

fn milliseconds_since_1970() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_default()
}

/// Takes text until the line is full, and keeps one line one line: a client identifier or a
/// server's text may hold a newline or a NUL, which appear as `\x0A` and `\x00`.
struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn push(&mut self, text: &str) -> fmt::Result {
        let fits = head(text, LONGEST - self.bytes.len());
        self.bytes.extend_from_slice(fits.as_bytes());
        if fits.len() == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

impl fmt::Write for Writer {
    fn write_str(&mut self, mut text: &str) -> fmt::Result {
        while let Some((at, control)) = text.char_indices().find(|(_, c)| c.is_control()) {
            self.push(&text[..at])?;
            self.push(&format!("\\x{:02X}", u32::from(control)))?;
            text = &text[at + control.len_utf8()..];
        }
        self.push(text)
    }
}

/// The first characters of `text`, at most `room` bytes.
fn head(text: &str, room: usize) -> &str {
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A moment as `YYYYMMDD HHMMSS.mmm`: milliseconds since 1970, in the time to be shown.
struct Stamp(i64);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, in_day) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (year, month, day) = date(days);
        let (seconds, milliseconds) = (in_day / 1000, in_day % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}{month:02}{day:02} {hour:02}{minute:02}{second:02}.{milliseconds:03}")
    }
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
fn date(days_since_1970: i64) -> (i64, i64, i64) {
    /// 1970-01-01 to 2000-03-01: the day after a leap day that ends a cycle of 400 years.
    const EPOCH: i64 = 11_017;
    const LENGTHS_FROM_MARCH: [i64; 12] = [31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29];

    // Years that begin in March have their leap day last, so each cycle below ends with its
    // irregular day: the last century of four has one more, and so has the last year of four.
    let days = days_since_1970 - EPOCH;
    let (cycles, days) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let centuries = (days / 36_524).min(3);
    let days = days - centuries * 36_524;
    let (fours, days) = (days / 1_461, days % 1_461);
    let years = (days / 365).min(3);
    let mut day = days - years * 365;
    let mut month = 3;
    for length in LENGTHS_FROM_MARCH {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let year = 2000 + cycles * 400 + centuries * 100 + fours * 4 + years;
    if month > 12 { (year + 1, month - 12, day + 1) } else { (year, month, day + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contract L-601.
    #[test]
    fn excerpt_shows_thirty_characters_at_most() {
        let show = |bytes: &[u8]| Excerpt(bytes).to_string();
        assert_eq!(show(b""), "");
        assert_eq!(show(b"message two, retained"), "message two, retained");
        assert_eq!(show(&[b'x'; 31]), "x".repeat(30));
        assert_eq!(show(b"a\n\x00\x7f\xff~ "), "a\\x0A\\x00\\x7F\\xFF~ ");
        assert_eq!(show(&[0xAB; 20]), "\\xAB".repeat(7));
    }

    /// Contract L-601: where an escape does not fit the excerpt ends, even if a letter follows.
    #[test]
    fn excerpt_ends_where_an_escape_does_not_fit() {
        let mut payload = vec![b'x'; 27];
        payload.extend(b"\x01y");
        assert_eq!(Excerpt(&payload).to_string(), "x".repeat(27));
        payload.remove(0);
        assert_eq!(Excerpt(&payload).to_string(), format!("{}\\x01", "x".repeat(26)));
    }

    /// Contract L-401.
    #[test]
    fn stamp_is_date_and_time() {
        let stamp = |milliseconds| Stamp(milliseconds).to_string();
        assert_eq!(stamp(0), "19700101 000000.000");
        assert_eq!(stamp(-1), "19691231 235959.999");
        assert_eq!(stamp(951_782_400_000), "20000229 000000.000");
        assert_eq!(stamp(951_868_799_999), "20000229 235959.999");
        assert_eq!(stamp(951_868_800_000), "20000301 000000.000");
        assert_eq!(stamp(1_795_223_348_047), "20261121 010908.047");
        assert_eq!(stamp(4_107_542_400_000), "21000301 000000.000");
    }

    /// Day by day over more than one cycle of the calendar, against the plain rule of leap years.
    #[test]
    fn dates_follow_each_other() {
        let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..200_000 {
            assert_eq!(date(days), (year, month, day));
            let length = match month {
                2 => 28 + i64::from(leap(year)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }

    fn written(text: fmt::Arguments<'_>) -> String {
        let line = Line::stamped(Level::Error, text);
        String::from_utf8(line.text()[STAMP..].to_vec()).unwrap()
    }

    /// Contract L-402: cut, on a character boundary, and nothing is added after the cut.
    #[test]
    fn long_line_is_cut() {
        assert_eq!(written(format_args!("{}", "x".repeat(600))).len(), LONGEST - STAMP);
        assert_eq!(written(format_args!("{}", "x".repeat(491))).len(), 491);
        let cut = written(format_args!("{}{}", "\u{20ac}".repeat(200), "y"));
        assert_eq!(cut, "\u{20ac}".repeat(163));
    }

    /// A line of the network's making cannot forge another one, nor end early in C.
    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(written(format_args!("a\nb\0c\u{85}é")), "a\\x0Ab\\x00c\\x85é");
    }
}
