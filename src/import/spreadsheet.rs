//! What was this number before a spreadsheet saved it?
//!
//! A spreadsheet takes an account or a phone for a number. Saved again, `1001` may read `1001.0`, which is undone here, and
//! `254712000001` may read `2.54712E+11`, whose last digits are gone and which nobody can undo.

/// Returns the text that was typed into the cell.
///
/// # Errors
/// In words, when a spreadsheet has rounded the number.
pub(crate) fn as_typed(text: &str) -> Result<&str, String> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((mantissa, exponent)) = text.split_once(['E', 'e'])
        && let Some(power) = exponent.strip_prefix('+')
        && digits(power)
        && mantissa
            .split_once(['.', ','])
            .map_or(digits(mantissa), |(whole, rest)| digits(whole) && digits(rest))
    {
        return Err(format!(
            "`{text}` is a number that a spreadsheet has rounded, and its last digits are lost; format this column as text \
             there, enter the numbers again and save the file again"
        ));
    }
    match text.split_once('.') {
        Some((whole, "0" | "00")) if digits(whole) => Ok(whole),
        Some(_) | None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::as_typed;

    #[test]
    fn a_number_that_was_saved_as_one_is_what_was_typed() {
        for (cell, typed) in [
            ("1001.0", "1001"),
            ("0712000001.00", "0712000001"),
            ("1001", "1001"),
            ("1001.5", "1001.5"),
            ("A-1.0", "A-1.0"),
            ("10.20.0.0", "10.20.0.0"),
            (".0", ".0"),
            ("", ""),
            ("E+5", "E+5"),
            ("1E5", "1E5"),
        ] {
            assert_eq!(as_typed(cell), Ok(typed), "{cell}");
        }
    }

    #[test]
    fn a_rounded_number_is_refused() {
        for cell in ["2.54712E+11", "2,54712E+11", "1E+15", "7e+08"] {
            assert!(as_typed(cell).is_err_and(|told| told.contains("lost")), "{cell}");
        }
    }
}
