//! Writes a number with its noun.

/// Returns a number with the word that fits it: `1 run`, `2 runs`.
#[must_use]
pub fn counted(count: impl TryInto<u64>, one: &str, many: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alone_has_its_own_word() {
        assert_eq!(counted(0_u64, "run", "runs"), "0 runs");
        assert_eq!(counted(1_usize, "run", "runs"), "1 run");
        assert_eq!(counted(2_i64, "run", "runs"), "2 runs");
    }
}
