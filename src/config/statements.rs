//! Which formats of payment statements does this site receive?
//!
//! Must never know: a statement.

use crate::config::notes::Notes;
use crate::config::routers::unique;
use crate::config::walk::{Section, TomlText, made};
use crate::model::name::Source;
use crate::model::statement_format::{
    AccountAfter, CellCondition, DecimalSign, Delimiter, StatementColumns, StatementFormat, TextEncoding, UniquePart,
    date_format_problem,
};

/// The longest name of a column, in bytes.
const COLUMN_MAX: usize = 200;
/// How many ways to write days one format may have.
const DATE_FORMATS_MAX: usize = 20;

/// How a bank whose references repeat is described.
const UNIQUE_EXAMPLE: &str = "`unique = [\"reference\", \"date\", \"amount\"]`, or leave it out";

/// Reads every `[[statements]]`, and notes what is wrong in them.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>) -> Vec<StatementFormat> {
    let mut formats = Vec::new();
    let mut names: Vec<(Source, u32)> = Vec::new();
    for section in root.sections(notes, "statements", "[[statements]]") {
        let name = section.required(notes, "name", "mpesa");
        let name = name.and_then(|name| made(notes, name, Source::new));
        if let Some(name) = name.clone() {
            unique(notes, section, &mut names, "statement", name);
        }
        formats.extend(format(notes, section, name));
    }
    formats
}

fn format(notes: &mut Notes<'_>, section: Section<'_>, name: Option<Source>) -> Option<StatementFormat> {
    section.only(
        notes,
        &[
            "name",
            "columns",
            "date_format",
            "account_after",
            "accept",
            "ignore",
            "unique",
            "reverses",
            "decimal",
            "delimiter",
            "encoding",
        ],
    );
    let columns = columns(notes, section);
    let dates = if section.is_absent("date_format") {
        let message = "[[statements]] has no `date_format`; add one, for example `date_format = \"%d-%m-%Y %H:%M:%S\"`";
        notes.note(section.at, message);
        None
    } else {
        date_formats(notes, section)
    };
    let account_after = section
        .section(notes, "account_after", "`account_after`")
        .and_then(|inner| {
            inner.only(notes, &["column", "text"]);
            let column = required_column(notes, inner, "column");
            let text = inner.required(notes, "text", "Acc. ");
            Some(AccountAfter {
                column: column?,
                text: text?.text.to_owned(),
            })
        });
    let accept = condition(notes, section, "accept", "`accept`");
    let ignore = condition(notes, section, "ignore", "`ignore`");
    let unique = unique_parts(notes, section);
    let reverses = column(notes, section, "reverses");
    if reverses.is_some() && !unique.is_empty() {
        let message =
            "`reverses` names a payment by its number, and `unique` says that numbers repeat; leave one of them out";
        notes.note(section.place("reverses"), message);
    }
    let decimal = section.word(
        notes,
        "decimal",
        &[(".", DecimalSign::Point), (",", DecimalSign::Comma)],
    );
    let delimiter = section.made(notes, "delimiter", |text| {
        Delimiter::parse(text)
            .ok_or_else(|| format!("delimiter `{text}` is not known; write `auto`, `,`, `;` or `tab`"))
    });
    let encoding = section.made(notes, "encoding", |text| {
        TextEncoding::parse(text).ok_or_else(|| {
            format!("encoding `{text}` is not known; write `auto`, `utf-8`, `utf-16le`, `utf-16be` or `windows-1252`")
        })
    });
    let mut format = StatementFormat::new(name?, columns?, dates?);
    format.account_after = account_after;
    format.accept = accept;
    format.ignore = ignore;
    format.unique = unique;
    format.reverses = reverses;
    format.decimal = decimal.unwrap_or_default();
    format.delimiter = delimiter.unwrap_or_default();
    format.encoding = encoding.unwrap_or_default();
    Some(format)
}

fn columns(notes: &mut Notes<'_>, section: Section<'_>) -> Option<StatementColumns> {
    if section.is_absent("columns") {
        let message = "[[statements]] has no `columns`; add them, for example `columns = { reference = \"Receipt No.\", date = \
                       \"Completion Time\", amount = \"Paid In\" }`";
        notes.note(section.at, message);
        return None;
    }
    let inner = section.section(notes, "columns", "`columns`")?;
    inner.only(
        notes,
        &[
            "reference",
            "date",
            "amount",
            "account",
            "phone",
            "source",
            "payer",
            "details",
        ],
    );
    let reference = required_column(notes, inner, "reference");
    let date = required_column(notes, inner, "date");
    let amount = required_column(notes, inner, "amount");
    let account = column(notes, inner, "account");
    let phone = column(notes, inner, "phone");
    let source = column(notes, inner, "source");
    let payer = column(notes, inner, "payer");
    let details = column(notes, inner, "details");
    Some(StatementColumns {
        reference: reference?,
        date: date?,
        amount: amount?,
        account,
        phone,
        source,
        payer,
        details,
    })
}

/// Reads what a payment is known by: the reference, and what tells payments with one reference apart.
fn unique_parts(notes: &mut Notes<'_>, section: Section<'_>) -> Vec<UniquePart> {
    let mut parts = Vec::new();
    let mut has_reference = section.is_absent("unique");
    for text in section.texts(notes, "unique").unwrap_or_default() {
        let part = match text.text {
            "reference" => {
                has_reference = true;
                continue;
            }
            "date" => UniquePart::Date,
            "amount" => UniquePart::Amount,
            other => {
                let message = format!("`unique` knows no `{other}`; write {UNIQUE_EXAMPLE}");
                notes.note(text.at, message);
                continue;
            }
        };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    if !has_reference {
        let message = format!("`unique` lacks `reference`, by which a payment is known first; write {UNIQUE_EXAMPLE}");
        notes.note(section.place("unique"), message);
    }
    parts
}

/// Reads `date_format`, one or several; none where one is missing or cannot be used, which is noted.
pub(crate) fn date_formats(notes: &mut Notes<'_>, section: Section<'_>) -> Option<Vec<String>> {
    let texts = section.text_or_texts(notes, "date_format")?;
    if texts.is_empty() || texts.len() > DATE_FORMATS_MAX {
        let message = format!(
            "`date_format` lists {} formats; list 1 to {DATE_FORMATS_MAX}",
            texts.len()
        );
        notes.note(section.place("date_format"), message);
    }
    let usable = |text: &TomlText<'_>| match date_format_problem(text.text) {
        None => true,
        Some(problem) => {
            notes.note(text.at, problem);
            false
        }
    };
    let formats: Vec<String> = texts
        .into_iter()
        .filter(usable)
        .map(|text| text.text.to_owned())
        .collect();
    (!formats.is_empty()).then_some(formats)
}

fn condition(notes: &mut Notes<'_>, section: Section<'_>, key: &str, name: &'static str) -> Option<CellCondition> {
    let inner = section.section(notes, key, name)?;
    inner.only(notes, &["column", "values"]);
    let column = required_column(notes, inner, "column");
    let values = inner.text_or_texts(notes, "values").unwrap_or_default();
    if values.is_empty() {
        let message = format!("{name} has no `values`; add some, for example `values = [\"Completed\"]`");
        notes.note(inner.place("values"), message);
    }
    Some(CellCondition {
        column: column?,
        values: values.into_iter().map(|value| value.text.to_owned()).collect(),
    })
}

fn required_column(notes: &mut Notes<'_>, section: Section<'_>, key: &str) -> Option<String> {
    let text = section.required(notes, key, "Receipt No.")?;
    made(notes, text, column_of)
}

fn column(notes: &mut Notes<'_>, section: Section<'_>, key: &str) -> Option<String> {
    section.made(notes, key, column_of)
}

fn column_of(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.len() > COLUMN_MAX || text.chars().any(char::is_control) {
        Err(format!(
            "the name of a column must have 1 to {COLUMN_MAX} bytes and no control characters; write it as in the header line"
        ))
    } else {
        Ok(text.to_owned())
    }
}
