//! Every refusal, warning and alert that Weir shows, beside the input that provokes it.
//!
//! The pages of this folder are the catalogue: read them from top to bottom before you write a new text. README.md
//! explains how a page is written. Each page is run as it stands, through the real command line and the real commands, on
//! a site of its own. `complete.rs` holds that no text of the source is missing.

mod complete;
mod page;
mod scan;
mod site;

use std::fs;
use std::path::{Path, PathBuf};

use page::{Page, Step};
use site::Site;

/// Set to `write`, this variable has the pages written anew with what the commands say now; look at the difference before
/// you commit it. Without it, and always in CI, a page that differs is a failure.
const WRITE: &str = "WEIR_CATALOGUE";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refusals")
}

fn writes() -> bool {
    std::env::var(WRITE).is_ok_and(|word| word == "write") && std::env::var_os("CI").is_none()
}

/// Runs a page and compares it with what it says, or writes it.
fn holds(name: &str) {
    let path = folder().join(name);
    let text = fs::read_to_string(&path).unwrap();
    let page = Page::read(&text).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
    let told = ran(&page);
    let now = page.with(&told);
    if writes() {
        fs::write(&path, now).unwrap();
        return;
    }
    if now != text {
        let differing: Vec<String> = text
            .lines()
            .zip(now.lines())
            .enumerate()
            .filter(|(_, (was, is))| was != is)
            .take(1)
            .map(|(at, (was, is))| format!("{name}:{}:\n  the page: {was}\n  now said: {is}", at + 1))
            .collect();
        panic!(
            "{}\nwith {WRITE}=write the page is written anew",
            differing.first().map_or("lines are missing at the end", String::as_str)
        );
    }
}

/// What each command of a page says, in order.
fn ran(page: &Page) -> Vec<Vec<String>> {
    let mut told = Vec::new();
    for case in &page.cases {
        let mut site = Site::new();
        for step in &page.before {
            if let Some(said) = done(&mut site, step) {
                assert!(said.is_empty(), "what comes before each case fails: {said:?}");
            }
        }
        for step in &case.steps {
            told.extend(done(&mut site, step));
        }
    }
    told
}

/// Does a step; what was said, where it was a command.
fn done(site: &mut Site, step: &Step) -> Option<Vec<String>> {
    match step {
        Step::File { name, content } => {
            site.write(name, content);
            None
        }
        Step::More { name, content } => {
            site.append(name, content);
            None
        }
        Step::Command { line } => Some(site.command(line)),
    }
}

macro_rules! pages {
    ($($name:ident)*) => {
        /// The pages in the order in which they are read.
        const PAGES: &[&str] = &[$(concat!(stringify!($name), ".md")),*];

        mod holds {
            $(#[test]
            fn $name() {
                super::holds(concat!(stringify!($name), ".md"));
            })*
        }
    };
}

pages! {
    configuration_file
    configuration_rules
    configuration_outside
    imports
    statements
    payments
    subscribers
    approvals
    clock
    routers
    queries
    store
    service
    usage
}

#[test]
fn every_page_is_run() {
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_page = name.ends_with(".md") && name != "README.md";
        assert!(
            !is_page || PAGES.contains(&name.as_str()),
            "{name} is not run: name it in mod.rs"
        );
    }
}
