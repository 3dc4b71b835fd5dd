//! Which of the known words was probably meant?
//!
//! Must never know: what the words are for.

/// Longer words are not compared, since the effort grows with the square.
const WORD_MAX: usize = 64;

/// Returns the known word that is nearest to this one, if one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.trim().to_lowercase().replace(['_', ' '], "-");
    let count = word.chars().count();
    if count > WORD_MAX || count == 0 {
        return None;
    }
    let limit = (count / 3).min(3);
    known
        .into_iter()
        .map(|candidate| {
            (
                distance(&word, &candidate.to_lowercase().replace(['_', ' '], "-")),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be put in, left out or changed to make one word of the other (Levenshtein); the same letters in
/// another order count as one change, since two letters are often typed the wrong way round.
fn distance(one: &str, other: &str) -> usize {
    if other.chars().count() > WORD_MAX {
        return usize::MAX;
    }
    let in_order = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    if in_order(one) == in_order(other) {
        return usize::from(one != other);
    }
    strsim::levenshtein(one, other)
}

/// Returns `; did you mean …?` if a known word is near, else nothing.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        let known = ["schedule", "enabled", "password_file"];
        assert_eq!(nearest("schedle", known), Some("schedule"));
        assert_eq!(nearest("Enable", known), Some("enabled"));
        assert_eq!(nearest("passwordfile", known), Some("password_file"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("nmae", "name"), 1);
    }
}
