//! Which rows does a query let through?
//!
//! The `?` words of a print are a small program on a stack of truths: words push, `?#` words combine; what remains is
//! and-ed. It runs without recursion, since the other side decides its length. Words that ask for equal keys narrow the
//! rows beforehand, so that two hundred names or-ed are two hundred look-ups and no walk. It must never know a table.
//!
//! *Source:* MikroTik documentation, API, "Queries".

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// The most truths on the stack; each further copy is refused.
const STACK_MAX: usize = 4096;

#[derive(Debug)]
enum Test {
    Has,
    Lacks,
    Equal(Vec<u8>),
    Less(Vec<u8>),
    Greater(Vec<u8>),
}

#[derive(Debug)]
enum QueryStep {
    Push(Vec<u8>, Test),
    Not,
    And,
    Or,
    /// Pushes a copy of the value at this depth.
    Copy(usize),
    /// Leaves only the value at this depth.
    Keep(usize),
}

/// The `?` words of a command, read.
#[derive(Debug)]
pub(crate) struct Query(Vec<QueryStep>);

/// A stack of some meaning, in which the words can run.
trait Algebra {
    type Value: Clone;
    fn truth() -> Self::Value;
    fn not(value: Self::Value) -> Self::Value;
    fn and(a: Self::Value, b: Self::Value) -> Self::Value;
    fn or(a: Self::Value, b: Self::Value) -> Self::Value;
}

struct Truths;

impl Algebra for Truths {
    type Value = bool;
    fn truth() -> bool {
        true
    }
    fn not(value: bool) -> bool {
        !value
    }
    fn and(a: bool, b: bool) -> bool {
        a && b
    }
    fn or(a: bool, b: bool) -> bool {
        a || b
    }
}

/// Which keys a row must have one of; `None` when that cannot be said.
struct Keys;

impl Algebra for Keys {
    type Value = Option<BTreeSet<Vec<u8>>>;
    fn truth() -> Self::Value {
        None
    }
    fn not(_: Self::Value) -> Self::Value {
        None
    }
    fn and(a: Self::Value, b: Self::Value) -> Self::Value {
        match (a, b) {
            (Some(a), Some(b)) => Some(a.intersection(&b).cloned().collect()),
            (one, None) | (None, one) => one,
        }
    }
    fn or(a: Self::Value, b: Self::Value) -> Self::Value {
        let (mut a, mut b) = (a?, b?);
        if a.len() < b.len() {
            std::mem::swap(&mut a, &mut b);
        }
        a.append(&mut b);
        Some(a)
    }
}

impl Query {
    /// Reads the words, each still with its `?`. `None` for words that no router understands.
    pub(crate) fn read(words: &[Vec<u8>]) -> Option<Self> {
        let mut steps = Vec::new();
        let mut depth = 0_usize;
        for word in words {
            let rest = word.strip_prefix(b"?")?;
            match rest.split_first()? {
                (b'#', operations) => read_operations(operations, &mut steps, &mut depth)?,
                (b'-', name) => push(&mut steps, &mut depth, name, Test::Lacks),
                (b'<', pair) => {
                    let (name, value) = split(pair)?;
                    push(&mut steps, &mut depth, name, Test::Less(value.to_vec()));
                }
                (b'>', pair) => {
                    let (name, value) = split(pair)?;
                    push(&mut steps, &mut depth, name, Test::Greater(value.to_vec()));
                }
                (first, after) => {
                    let pair = if *first == b'=' { after } else { rest };
                    match split(pair) {
                        Some((name, value)) => push(&mut steps, &mut depth, name, Test::Equal(value.to_vec())),
                        None => push(&mut steps, &mut depth, pair, Test::Has),
                    }
                }
            }
        }
        Some(Self(steps))
    }

    /// Returns whether there is nothing to test.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a row passes; `value` returns its values.
    pub(crate) fn passes<'a>(&self, value: impl Fn(&[u8]) -> Option<Cow<'a, [u8]>>) -> bool {
        let left = run::<Truths>(&self.0, |name, test| {
            let have = value(name);
            match (test, have) {
                (Test::Has, have) => have.is_some(),
                (Test::Lacks, have) => have.is_none(),
                (_, None) => false,
                (Test::Equal(wanted), Some(have)) => equal(&have, wanted),
                (Test::Less(wanted), Some(have)) => order(&have, wanted) == Ordering::Less,
                (Test::Greater(wanted), Some(have)) => order(&have, wanted) == Ordering::Greater,
            }
        });
        left.into_iter().all(|truth| truth)
    }

    /// Returns the keys of which a row must have one to pass; `None` if all rows have to be looked at.
    pub(crate) fn keys(&self, key: &str) -> Option<BTreeSet<Vec<u8>>> {
        let left = run::<Keys>(&self.0, |name, test| {
            if let Test::Equal(value) = test
                && name == key.as_bytes()
            {
                Some(BTreeSet::from([value.clone()]))
            } else {
                None
            }
        });
        left.into_iter().fold(None, Keys::and)
    }
}

fn push(steps: &mut Vec<QueryStep>, depth: &mut usize, name: &[u8], test: Test) {
    steps.push(QueryStep::Push(name.to_vec(), test));
    *depth += 1;
}

fn split(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = pair.iter().position(|byte| *byte == b'=')?;
    Some((pair.get(..at)?, pair.get(at + 1..)?))
}

fn read_operations(operations: &[u8], steps: &mut Vec<QueryStep>, depth: &mut usize) -> Option<()> {
    let mut rest = operations;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'!' => {
                (*depth >= 1).then_some(())?;
                steps.push(QueryStep::Not);
            }
            b'&' | b'|' => {
                (*depth >= 2).then_some(())?;
                *depth -= 1;
                steps.push(if *first == b'&' { QueryStep::And } else { QueryStep::Or });
            }
            b'.' => copy(steps, depth, 0)?,
            b'0'..=b'9' => {
                let mut index = usize::from(first - b'0');
                while let Some((digit @ b'0'..=b'9', after)) = rest.split_first() {
                    index = index.checked_mul(10)?.checked_add(usize::from(digit - b'0'))?;
                    rest = after;
                }
                if rest.is_empty() {
                    (index < *depth).then_some(())?;
                    *depth = 1;
                    steps.push(QueryStep::Keep(index));
                } else {
                    copy(steps, depth, index)?;
                    // A point after an index only ends it.
                    rest = rest.strip_prefix(b".").unwrap_or(rest);
                }
            }
            _ => return None,
        }
    }
    Some(())
}

fn copy(steps: &mut Vec<QueryStep>, depth: &mut usize, index: usize) -> Option<()> {
    (index < *depth && *depth < STACK_MAX).then_some(())?;
    *depth += 1;
    steps.push(QueryStep::Copy(index));
    Some(())
}

fn run<A: Algebra>(steps: &[QueryStep], test: impl Fn(&[u8], &Test) -> A::Value) -> Vec<A::Value> {
    let mut stack: Vec<A::Value> = Vec::new();
    for step in steps {
        let value = match step {
            QueryStep::Push(name, what) => test(name, what),
            QueryStep::Not => A::not(stack.pop().unwrap_or_else(A::truth)),
            QueryStep::And | QueryStep::Or => {
                let b = stack.pop().unwrap_or_else(A::truth);
                let a = stack.pop().unwrap_or_else(A::truth);
                if matches!(step, QueryStep::And) {
                    A::and(a, b)
                } else {
                    A::or(a, b)
                }
            }
            QueryStep::Copy(index) | QueryStep::Keep(index) => {
                let value = at(&stack, *index).unwrap_or_else(A::truth);
                if matches!(step, QueryStep::Keep(_)) {
                    stack.clear();
                }
                value
            }
        };
        stack.push(value);
    }
    stack
}

fn at<V: Clone>(stack: &[V], index: usize) -> Option<V> {
    stack.iter().rev().nth(index).cloned()
}

/// Compares as bytes, or as flags in different spellings.
fn equal(have: &[u8], wanted: &[u8]) -> bool {
    have == wanted
        || match (super::values::flag(have), super::values::flag(wanted)) {
            (Some(a), Some(b)) => a == b && is_reply_flag(have),
            _ => false,
        }
}

/// Returns whether this is a flag as it is kept, `true` or `false`; a name `yes` is only a name.
fn is_reply_flag(have: &[u8]) -> bool {
    matches!(have, b"true" | b"false")
}

/// Compares numbers by size, everything else by bytes.
fn order(have: &[u8], wanted: &[u8]) -> Ordering {
    match (number(have), number(wanted)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => have.cmp(wanted),
    }
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(words: &[&str]) -> Option<Query> {
        Query::read(&words.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>())
    }

    fn passes(words: &[&str]) -> bool {
        let row: &[(&str, &str)] = &[
            ("name", "amina"),
            ("n", "10"),
            ("disabled", "true"),
            ("odd", "a=b"),
            ("word", "yes"),
        ];
        query(words).unwrap().passes(|name| {
            row.iter()
                .find(|(known, _)| known.as_bytes() == name)
                .map(|(_, value)| Cow::Borrowed(value.as_bytes()))
        })
    }

    #[test]
    fn words_and_operations_mean_what_the_documentation_says() {
        let cases: &[(&[&str], bool)] = &[
            (&[], true),
            (&["?name"], true),
            (&["?-name"], false),
            (&["?comment"], false),
            (&["?-comment"], true),
            (&["?name=amina"], true),
            (&["?=name=amina"], true),
            (&["?name=Amina"], false),
            (&["?odd=a=b"], true),
            (&["?comment="], false),
            (&["?disabled=yes"], true),
            (&["?disabled=no"], false),
            (&["?word=true"], false),
            (&["?>n=9"], true),
            (&["?<n=9"], false),
            (&["?<n=100"], true),
            (&["?>name="], true),
            (&["?<comment=z"], false),
            (&["?name=amina", "?name=b"], false),
            (&["?name=amina", "?name=b", "?#|"], true),
            (&["?name=a", "?name=b", "?name=amina", "?#||"], true),
            (&["?name=amina", "?name=b", "?#&"], false),
            (&["?name=b", "?#!"], true),
            (&["?name=amina", "?name=b", "?#|!"], false),
            // 1 is the lower one, and alone at the end it means all.
            (&["?name=amina", "?name=b", "?#1"], true),
            (&["?name=amina", "?name=b", "?#0"], false),
            // A copy of the lower one, or-ed with the upper, both kept: one of the two is still false below.
            (&["?name=amina", "?name=b", "?#1|"], true),
            (&["?name=amina", "?name=b", "?#1.|"], true),
            (&["?name=amina", "?#.!"], false),
            (&["?name=amina", "?#.&"], true),
        ];
        for (words, expected) in cases {
            assert_eq!(passes(words), *expected, "{words:?}");
        }
    }

    #[test]
    fn what_no_router_understands_is_refused() {
        for words in [
            &["?#|"][..],
            &["?name", "?#&"],
            &["?name", "?#x"],
            &["?"],
            &["?>n"],
            &["?name", "?#7"],
            &["?#."],
        ] {
            assert!(query(words).is_none(), "{words:?}");
        }
    }

    #[test]
    fn or_ed_names_narrow_the_rows_beforehand() {
        let keys = |words: &[&str]| {
            query(words)
                .unwrap()
                .keys("name")
                .map(|keys| keys.into_iter().map(|key| String::from_utf8(key).unwrap()).collect())
        };
        let some = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(keys(&["?name=a", "?name=b", "?name=c", "?#||"]), some(&["a", "b", "c"]));
        assert_eq!(keys(&["?name=a", "?disabled=yes"]), some(&["a"]));
        assert_eq!(keys(&["?name=a", "?disabled=yes", "?#|"]), None);
        assert_eq!(keys(&["?name=a", "?#!"]), None);
        assert_eq!(keys(&["?name=a", "?name=b"]), some(&[]));
        assert_eq!(keys(&[]), None);
    }
}
