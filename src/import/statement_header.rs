//! Which format is this statement, and on which line is its header?
//!
//! A file is recognised by the first of its early lines that has every column name of a format. If two formats fit, the
//! one with more names wins. The lines before it (account holder, period) do not matter, nor does the order of columns.

use std::borrow::Cow;

use crate::import::csv::{Record, Records, number, trimmed};
use crate::import::statement_text::decode;
use crate::model::characters::{normalised, visible_line};
use crate::model::failure::Failure;
use crate::model::statement_format::{Delimiter, StatementFormat, TextEncoding};

/// Among how many lines at the beginning of a file the header is looked for.
const HEADER_LINES_MAX: usize = 50;
/// How many characters of a line are shown in a refusal.
const SHOWN_CHARS_MAX: usize = 120;

/// Where a file has the columns of a format; indexes from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnPositions {
    pub(crate) reference: usize,
    pub(crate) date: usize,
    pub(crate) amount: usize,
    pub(crate) account: Option<usize>,
    pub(crate) phone: Option<usize>,
    pub(crate) source: Option<usize>,
    pub(crate) payer: Option<usize>,
    pub(crate) details: Option<usize>,
    pub(crate) account_after: Option<usize>,
    pub(crate) accept: Option<usize>,
    pub(crate) ignore: Option<usize>,
    pub(crate) reverses: Option<usize>,
}

/// A statement whose format is known.
pub(crate) struct Recognised<'a> {
    pub(crate) format: &'a StatementFormat,
    pub(crate) text: Cow<'a, str>,
    pub(crate) found: FoundHeader,
}

/// The header of a format in a file.
pub(crate) struct FoundHeader {
    /// Where the header line begins in the text, in bytes.
    pub(crate) starts_at: usize,
    /// Its number, from 1.
    pub(crate) line: u32,
    pub(crate) delimiter: u8,
    pub(crate) header: Record,
    pub(crate) places: ColumnPositions,
    /// How many names were found: the more, the better it fits.
    names: usize,
}

/// The line that came nearest to a format.
struct Nearest<'a> {
    format: &'a StatementFormat,
    line: u32,
    shown: String,
    found: usize,
    lacking: Vec<String>,
}

/// Finds the format among `formats` that fits the file best.
///
/// # Errors
/// When none fits, with the line that came nearest.
pub(crate) fn recognise<'a>(
    bytes: &'a [u8],
    file: &str,
    formats: &[&'a StatementFormat],
) -> Result<Recognised<'a>, Failure> {
    let mut texts: Vec<(TextEncoding, Cow<'a, str>)> = Vec::new();
    let mut best: Option<(&'a StatementFormat, FoundHeader)> = None;
    let mut nearest: Option<Nearest<'a>> = None;
    for format in formats {
        if texts.iter().all(|(encoding, _)| *encoding != format.encoding) {
            texts.push((format.encoding, decode(bytes, format.encoding)));
        }
        let Some((_, text)) = texts.iter().find(|(encoding, _)| *encoding == format.encoding) else {
            continue;
        };
        if let Some(found) = look(format, text, &mut nearest)
            && best.as_ref().is_none_or(|(_, best)| found.names > best.names)
        {
            best = Some((format, found));
        }
    }
    let best = best.and_then(|(format, found)| {
        // A large file is held as text once.
        let (_, text) = texts.into_iter().find(|(encoding, _)| *encoding == format.encoding)?;
        Some(Recognised { format, text, found })
    });
    best.ok_or_else(|| refusal(bytes, file, nearest))
}

fn look<'a>(format: &'a StatementFormat, text: &str, nearest: &mut Option<Nearest<'a>>) -> Option<FoundHeader> {
    let delimiters: &[u8] = match format.delimiter {
        Delimiter::Auto => b",;\t",
        Delimiter::Comma => b",",
        Delimiter::Semicolon => b";",
        Delimiter::Tab => b"\t",
    };
    let mut starts_at = 0_usize;
    for (index, line) in text.split_inclusive('\n').take(HEADER_LINES_MAX).enumerate() {
        let line_number = number(index.saturating_add(1));
        for delimiter in delimiters {
            // Each line is read by itself, so that a stray quote before the header hides nothing.
            let Some(Ok(header)) = Records::new(line.as_bytes(), *delimiter, line_number).next() else {
                continue;
            };
            match places(format, &header) {
                Ok((places, names)) => {
                    return Some(FoundHeader {
                        starts_at,
                        line: line_number,
                        delimiter: *delimiter,
                        header,
                        places,
                        names,
                    });
                }
                Err(Misfit { found, lacking }) => {
                    let nearer = nearest.as_ref().is_none_or(|best| {
                        (found, std::cmp::Reverse(lacking.len())) > (best.found, std::cmp::Reverse(best.lacking.len()))
                    });
                    if found > 0 && nearer {
                        let shown = trimmed(line).chars().take(SHOWN_CHARS_MAX);
                        *nearest = Some(Nearest {
                            format,
                            line: line_number,
                            shown: visible_line(&shown.collect::<String>()),
                            found,
                            lacking,
                        });
                    }
                }
            }
        }
        starts_at = starts_at.saturating_add(line.len());
    }
    None
}

struct Misfit {
    found: usize,
    lacking: Vec<String>,
}

/// Looks up names in a header line.
struct Lookup {
    names: Vec<String>,
    found: Vec<usize>,
    lacking: Vec<String>,
}

impl Lookup {
    /// Returns the index of the one field with this name, compared without case; with or without a full stop if that
    /// leaves one.
    fn index(&self, wanted: &str) -> Option<usize> {
        let wanted = normalised(trimmed(wanted)).to_lowercase();
        let bare = wanted.trim_end_matches('.');
        let one = |same: &dyn Fn(&str) -> bool| {
            let mut fields = self.names.iter().enumerate().filter(|(_, name)| same(name));
            match (fields.next(), fields.next()) {
                (Some((index, _)), None) => Ok(Some(index)),
                (None, _) => Ok(None),
                (Some(_), Some(_)) => Err(()),
            }
        };
        match one(&|name| name == wanted) {
            Ok(None) => one(&|name| name.trim_end_matches('.') == bare).ok().flatten(),
            Ok(found) => found,
            // Twice the same name: which of them is meant cannot be known.
            Err(()) => None,
        }
    }

    fn optional(&mut self, wanted: Option<&str>) -> Option<usize> {
        let index = self.index(wanted?)?;
        if !self.found.contains(&index) {
            self.found.push(index);
        }
        Some(index)
    }

    fn required(&mut self, wanted: Option<&str>) -> Option<usize> {
        let index = self.optional(wanted);
        if let (None, Some(wanted)) = (index, wanted)
            && !self.lacking.iter().any(|name| name == wanted)
        {
            self.lacking.push(wanted.to_owned());
        }
        index
    }
}

fn places(format: &StatementFormat, header: &Record) -> Result<(ColumnPositions, usize), Misfit> {
    let mut lookup = Lookup {
        names: header.fields().map(|name| normalised(name).to_lowercase()).collect(),
        found: Vec::new(),
        lacking: Vec::new(),
    };
    let columns = &format.columns;
    let (reference, date, amount) = (
        lookup.required(Some(&columns.reference)),
        lookup.required(Some(&columns.date)),
        lookup.required(Some(&columns.amount)),
    );
    let mut further = |name: Option<&str>| {
        if format.optional_columns {
            lookup.optional(name)
        } else {
            lookup.required(name)
        }
    };
    let account = further(columns.account.as_deref());
    let phone = further(columns.phone.as_deref());
    let source = further(columns.source.as_deref());
    let payer = further(columns.payer.as_deref());
    let details = further(columns.details.as_deref());
    let account_after = lookup.required(format.account_after.as_ref().map(|after| after.column.as_str()));
    let accept = lookup.required(format.accept.as_ref().map(|accept| accept.column.as_str()));
    let ignore = lookup.required(format.ignore.as_ref().map(|ignore| ignore.column.as_str()));
    let reverses = lookup.required(format.reverses.as_deref());
    let Lookup { found, lacking, .. } = lookup;
    match (reference, date, amount) {
        (Some(reference), Some(date), Some(amount)) if lacking.is_empty() => {
            let places = ColumnPositions {
                reference,
                date,
                amount,
                account,
                phone,
                source,
                payer,
                details,
                account_after,
                accept,
                ignore,
                reverses,
            };
            Ok((places, found.len()))
        }
        _ => Err(Misfit {
            found: found.len(),
            lacking,
        }),
    }
}

fn refusal(bytes: &[u8], file: &str, nearest: Option<Nearest<'_>>) -> Failure {
    let Some(nearest) = nearest else {
        let way_out = if bytes.iter().take(200).any(|byte| *byte == 0) {
            "it looks like UTF-16 without a byte order mark; save it as `CSV UTF-8`, or set `encoding = \"utf-16le\"` in its \
             [[statements]] in site.toml"
        } else {
            "describe its columns under [[statements]] in site.toml, or use a file with the columns \
             `reference,date,amount,account,phone,source,payer,details`"
        };
        let what = format!(
            "`{file}` matches no configured statement format: none of its first {HEADER_LINES_MAX} lines names a column of one"
        );
        return Failure::refused(what, way_out);
    };
    let Nearest {
        format,
        line,
        shown,
        lacking,
        ..
    } = nearest;
    let lacking: Vec<String> = lacking.iter().map(|name| format!("`{name}`")).collect();
    let what = format!(
        "`{file}` matches no configured statement format: line {line} comes closest to `{}`, but {} {}: `{shown}`",
        format.name,
        lacking.join(", "),
        if lacking.len() == 1 {
            "is missing or appears twice"
        } else {
            "are missing or appear twice"
        },
    );
    Failure::refused(
        what,
        "change the names under [[statements]] in site.toml to those of that line, or add a [[statements]] for this kind of file",
    )
}
