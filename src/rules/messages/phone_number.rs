//! How is a phone number completed so that any gateway reaches it?
//!
//! Lists have subscribers' numbers as people dial them: with a 0 in front, with the country's code, with or without a plus. A
//! gateway wants the plus, the country's code and the rest. *Source:* ITU-T E.164: at most 15 digits.
//!
//! Must never know: whose number it is.

/// The fewest digits of a whole number.
const DIGITS_MIN: usize = 8;
/// The most digits of a whole number.
const DIGITS_MAX: usize = 15;
/// From so many digits on, a number without plus and without a 0 in front is taken to hold its country's code.
const DIGITS_WITH_CODE: usize = 11;

/// Returns the number with plus and country code.
///
/// # Errors
/// Why it is none, with what would be right.
pub fn complete(text: &str, country_code: Option<&str>) -> Result<String, String> {
    let kept: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.'))
        .collect();
    let (plus, digits) = match kept.strip_prefix('+') {
        Some(digits) => (true, digits),
        None => (false, kept.as_str()),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{text}` is not a phone number; write it like `+254700000001`"));
    }
    let whole = if plus {
        digits.to_owned()
    } else if let Some(rest) = digits.strip_prefix("00") {
        rest.to_owned()
    } else if let Some(rest) = digits.strip_prefix('0') {
        let Some(code) = country_code else {
            return Err(format!(
                "`{text}` has no country code; set `country_code` under [messages], or write the number with `+`"
            ));
        };
        format!("{code}{rest}")
    } else if country_code.is_some_and(|code| digits.starts_with(code)) || digits.len() >= DIGITS_WITH_CODE {
        digits.to_owned()
    } else {
        return Err(format!(
            "`{text}` begins neither with 0 nor with a country code; write it like `+254700000001`"
        ));
    };
    if whole.starts_with('0') || !(DIGITS_MIN..=DIGITS_MAX).contains(&whole.len()) {
        return Err(format!(
            "`{text}` is not a phone number: with the country code it needs {DIGITS_MIN} to {DIGITS_MAX} digits and \
            no 0 in front"
        ));
    }
    Ok(format!("+{whole}"))
}
