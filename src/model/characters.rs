//! Which characters does a name hold, and which of them does nobody see?
//!
//! [`normalised`] is the one door for names, logins, accounts, references and phones: two texts that look the same are the same
//! afterwards. [`visible`] is the one way to print what somebody else wrote: what would steer a terminal, or hide in it, is shown
//! as its number. [`look`] tells names apart that a reader would not.
//!
//! *Source:* Unicode 16.0: general category Cf, the property Default_Ignorable_Code_Point (DerivedCoreProperties.txt), normalisation
//! forms (UAX 15), and characters that look alike (UTS 39, confusables.txt) as far as they occur in names.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Returns whether a character shows nothing by itself: a mark of direction, a joiner, a selector of variants, a filler.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}' | '\u{890}'..='\u{891}' | '\u{8E2}'
        | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{110BD}' | '\u{110CD}' | '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Returns the text in normal form C, without invisible characters, every other kind of blank as a plain one. Control characters
/// stay: a name that holds one is refused.
#[must_use]
pub fn normalised(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !is_invisible(c) && (c == ' ' || c.is_control() || !c.is_whitespace());
    if text.is_ascii() || (text.chars().all(plain) && is_nfc(text)) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter(|c| !is_invisible(*c));
    let blank = |c: char| if c.is_whitespace() && !c.is_control() { ' ' } else { c };
    Cow::Owned(kept.map(blank).nfc().collect())
}

/// Returns the text without the accents of its letters: `Zoe` for `Zoë`.
#[must_use]
pub fn unaccented(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).collect()
}

/// Returns the text fit for a terminal, a page or a message: control characters as U+FFFD, invisible ones by their number
/// (`[U+202E]`). Line feeds and tabs stay.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text
        .chars()
        .all(|c| matches!(c, '\n' | '\t') || !(c.is_control() || is_invisible(c)))
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            c if is_invisible(c) => shown.push_str(&format!("[U+{:04X}]", u32::from(c))),
            c if c.is_control() => shown.push(char::REPLACEMENT_CHARACTER),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Returns the same on one line.
#[must_use]
pub fn visible_line(text: &str) -> String {
    visible(text).replace(['\n', '\t'], " ")
}

/// Returns JSON with invisible characters as escapes, which mean the same: they stand nowhere but in its texts.
#[must_use]
pub fn visible_json(json: &str) -> Cow<'_, str> {
    if !json.chars().any(is_invisible) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len());
    let mut units = [0_u16; 2];
    for c in json.chars() {
        if is_invisible(c) {
            for unit in c.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Returns how a name looks: two names with the same look are easily taken for each other. Case counts for nothing.
#[must_use]
pub fn look(name: &str) -> String {
    let mut look = String::with_capacity(name.len());
    for c in normalised(name).nfkc().flat_map(char::to_lowercase) {
        match like(c) {
            // Two letters that read as one.
            'm' => look.push_str("rn"),
            'w' => look.push_str("vv"),
            c if c.is_whitespace() => {}
            c => look.push(c),
        }
    }
    look
}

/// Returns the Latin letter that a small letter or a digit is taken for, or itself.
const fn like(c: char) -> char {
    match c {
        '0' | 'о' | 'ο' | 'օ' => 'o',
        '1' | 'i' | '|' | 'ı' | 'і' | 'ι' | 'ӏ' | 'ا' => 'l',
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'є' => 'e',
        'һ' | 'н' | 'հ' => 'h',
        'ј' | 'ϳ' => 'j',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'п' | 'η' | 'ո' => 'n',
        'р' | 'ρ' => 'p',
        'ԛ' | 'գ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ѵ' | 'ν' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        'ζ' => 'z',
        '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
        '’' | '‘' | 'ʼ' | '`' | '´' => '\'',
        c => c,
    }
}

/// Returns the text with its letters without accents (`José` as `Jose`).
#[must_use]
pub fn without_accents(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    text.nfd().filter(|c| !is_combining_mark(*c)).collect()
}
