//! How long is a text message, and in how many parts does it go?
//!
//! A text that the GSM alphabet can say goes in septets, any other in UCS-2 units, and one that is too long for one message
//! goes in parts, each of which gives room to a header. What takes two places, a septet after an escape or half of a
//! surrogate pair, is never parted from its other half: a part may then stay one short. Must never know gateways or prices.
//!
//! *Source:* 3GPP TS 23.038, 6.2.1 (alphabet) and 6.2.1.1 (extension); 3GPP TS 23.040, 9.2.3.24.1: 140 bytes a message, of
//! which the header of a part takes 6.

/// Septets of a message that goes whole.
pub const SEPTETS_WHOLE: u32 = 160;
/// Septets of one part.
pub const SEPTETS_PART: u32 = 153;
/// UCS-2 units of a message that goes whole.
pub const UNITS_WHOLE: u32 = 70;
/// UCS-2 units of one part.
pub const UNITS_PART: u32 = 67;
/// What a text that was shortened ends with.
const SHORTENED: &str = "...";
/// The alphabet beside the letters and digits of ASCII.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// What needs an escape; the last is a form feed.
const EXTENSION: &str = "^{}\\[~]|€\u{c}";

/// In what a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// The GSM 7-bit alphabet with its extension.
    Gsm7,
    /// 16-bit units.
    Ucs2,
}

/// What a text takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// In what it is written.
    pub alphabet: Alphabet,
    /// Septets or UCS-2 units of the text, without headers.
    pub units: u32,
    /// In how many parts it goes; at least 1, and 255 means any more.
    pub parts: u8,
}

/// Measures a text.
#[must_use]
pub fn measure(text: &str) -> Measure {
    let in_gsm = text.chars().all(|c| septets(c).is_some());
    let (alphabet, whole, part) = if in_gsm {
        (Alphabet::Gsm7, SEPTETS_WHOLE, SEPTETS_PART)
    } else {
        (Alphabet::Ucs2, UNITS_WHOLE, UNITS_PART)
    };
    let mut units = 0_u32;
    let (mut parts, mut filled) = (1_u8, 0_u32);
    for c in text.chars() {
        let takes = match alphabet {
            Alphabet::Gsm7 => septets(c).unwrap_or(1),
            Alphabet::Ucs2 => u32::try_from(c.len_utf16()).unwrap_or(2),
        };
        units = units.saturating_add(takes);
        filled = filled.saturating_add(takes);
        if filled > part {
            parts = parts.saturating_add(1);
            filled = takes;
        }
    }
    if units <= whole {
        parts = 1;
    }
    Measure { alphabet, units, parts }
}

/// Returns whether a modem that knows only single messages of the GSM alphabet can send it.
#[must_use]
pub fn fits_modem(text: &str) -> bool {
    let measure = measure(text);
    measure.alphabet == Alphabet::Gsm7 && measure.parts == 1
}

/// Returns the text as such a modem can send it: what the alphabet lacks is written with what it has, or as `?`, and
/// what is too long ends in `...`. For messages to administrators, who rather have a part than nothing.
#[must_use]
pub fn fit_for_modem(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if septets(c).is_some() {
            plain.push(c);
        } else {
            plain.push_str(plainly(c));
        }
    }
    if fits_modem(&plain) {
        return plain;
    }
    let room = SEPTETS_WHOLE.saturating_sub(u32::try_from(SHORTENED.len()).unwrap_or(u32::MAX));
    let mut short = String::new();
    let mut filled = 0_u32;
    for c in plain.chars() {
        filled = filled.saturating_add(septets(c).unwrap_or(1));
        if filled > room {
            break;
        }
        short.push(c);
    }
    short.truncate(short.trim_end().len());
    short.push_str(SHORTENED);
    short
}

/// Returns how many septets a character takes; `None` when the alphabet lacks it.
fn septets(c: char) -> Option<u32> {
    if c.is_ascii_alphanumeric() || BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// Returns the substitute of a character that the alphabet lacks.
fn plainly(c: char) -> &'static str {
    match c {
        '`' | '´' | '‘' | '’' | '‚' | '′' => "'",
        '“' | '”' | '„' | '«' | '»' | '″' => "\"",
        '‐' | '‑' | '‒' | '–' | '—' | '−' | '•' => "-",
        '…' => "...",
        '\t' | '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' | '\u{2028}' | '\u{2029}' => " ",
        '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{feff}' | '\u{ad}' => "",
        '→' => "->",
        '←' => "<-",
        '×' => "x",
        '°' => "deg",
        'á' | 'â' | 'ã' | 'ā' | 'ă' | 'ą' => "a",
        'À' | 'Á' | 'Â' | 'Ã' | 'Ā' | 'Ă' | 'Ą' => "A",
        'ç' | 'ć' | 'č' => "c",
        'Ć' | 'Č' => "C",
        'ď' | 'đ' => "d",
        'Ď' | 'Đ' => "D",
        'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'È' | 'Ê' | 'Ë' | 'Ē' | 'Ė' | 'Ę' | 'Ě' => "E",
        'ğ' | 'ģ' => "g",
        'Ğ' | 'Ģ' => "G",
        'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'Ì' | 'Í' | 'Î' | 'Ï' | 'Ī' | 'İ' => "I",
        'ł' | 'ľ' | 'ĺ' => "l",
        'Ł' | 'Ľ' | 'Ĺ' => "L",
        'ń' | 'ň' | 'ŋ' => "n",
        'Ń' | 'Ň' | 'Ŋ' => "N",
        'ó' | 'ô' | 'õ' | 'ō' | 'ő' => "o",
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ō' | 'Ő' => "O",
        'ŕ' | 'ř' => "r",
        'Ŕ' | 'Ř' => "R",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'Ś' | 'Š' | 'Ş' | 'Ș' => "S",
        'ť' | 'ţ' | 'ț' => "t",
        'Ť' | 'Ţ' | 'Ț' => "T",
        'ú' | 'û' | 'ū' | 'ů' | 'ű' | 'ų' | 'ũ' => "u",
        'Ù' | 'Ú' | 'Û' | 'Ū' | 'Ů' | 'Ű' | 'Ũ' => "U",
        'ý' | 'ÿ' => "y",
        'Ý' | 'Ÿ' => "Y",
        'ź' | 'ż' | 'ž' => "z",
        'Ź' | 'Ż' | 'Ž' => "Z",
        'œ' => "oe",
        'Œ' => "OE",
        _ if c.is_control() => " ",
        _ => "?",
    }
}
