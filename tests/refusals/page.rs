//! A page of the catalogue: read, and written again with what the commands say now.
//!
//! Written as Markdown. A heading of the second level begins a case; what stands before the first one is done before each
//! case. Blocks are files (```` ```csv rows.csv ````), more lines of a file (```` ```toml + site.toml ````) or commands
//! (```` ```console ````). All else is prose.

/// A page as it was read.
pub struct Page {
    lines: Vec<Line>,
    /// Done before each case.
    pub before: Vec<Step>,
    /// The cases in order.
    pub cases: Vec<Case>,
}

/// A case: what stands under a heading.
pub struct Case {
    pub title: String,
    pub steps: Vec<Step>,
}

/// What a case does.
pub enum Step {
    /// A file is written.
    File { name: String, content: String },
    /// A file gets more lines.
    More { name: String, content: String },
    /// A command is typed.
    Command { line: String },
}

/// A line of the page that stays, or the place where the answer of a command belongs.
enum Line {
    Kept(String),
    Answer,
}

enum Place {
    Prose,
    File { name: String, content: String, more: bool },
    Console,
}

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// What is wrong with it, and in which line.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut page = Self {
            lines: Vec::new(),
            before: Vec::new(),
            cases: Vec::new(),
        };
        let mut place = Place::Prose;
        for (at, line) in text.lines().enumerate() {
            let mut keep = true;
            place = match place {
                Place::Prose => match (line.strip_prefix("## "), line.strip_prefix("```")) {
                    (Some(title), _) => {
                        if page.cases.iter().any(|case| case.title == title) {
                            return Err(format!("line {}: a second case `{title}`", at + 1));
                        }
                        page.cases.push(Case {
                            title: title.to_owned(),
                            steps: Vec::new(),
                        });
                        Place::Prose
                    }
                    (None, Some(info)) => {
                        let words: Vec<&str> = info.split(' ').collect();
                        match words.as_slice() {
                            ["console"] => Place::Console,
                            [_, "+", name] => opened(name, true),
                            [_, name] => opened(name, false),
                            _ => return Err(format!("line {}: a block of which kind?", at + 1)),
                        }
                    }
                    (None, None) => Place::Prose,
                },
                Place::File { name, content, more } if line == "```" => {
                    page.step(if more {
                        Step::More { name, content }
                    } else {
                        Step::File { name, content }
                    });
                    Place::Prose
                }
                Place::File { name, content, more } => Place::File {
                    name,
                    content: format!("{content}{line}\n"),
                    more,
                },
                Place::Console if line == "```" => Place::Prose,
                Place::Console => {
                    match line.strip_prefix("$ ") {
                        Some(command) => {
                            page.step(Step::Command {
                                line: command.to_owned(),
                            });
                            page.lines.push(Line::Kept(line.to_owned()));
                            // What is done before each case says nothing.
                            if !page.cases.is_empty() {
                                page.lines.push(Line::Answer);
                            }
                        }
                        None if page.cases.is_empty() => {
                            return Err(format!("line {}: an answer before the first case", at + 1));
                        }
                        None => {}
                    }
                    keep = false;
                    Place::Console
                }
            };
            if keep {
                page.lines.push(Line::Kept(line.to_owned()));
            }
        }
        match place {
            Place::Prose => Ok(page),
            Place::File { .. } | Place::Console => Err("a block is not closed".to_owned()),
        }
    }

    fn step(&mut self, step: Step) {
        match self.cases.last_mut() {
            Some(case) => case.steps.push(step),
            None => self.before.push(step),
        }
    }

    /// The page with these answers.
    pub fn with(&self, told: &[Vec<String>]) -> String {
        let mut told = told.iter();
        let mut page = String::new();
        for line in &self.lines {
            match line {
                Line::Kept(line) => {
                    page.push_str(line);
                    page.push('\n');
                }
                Line::Answer => {
                    for line in told.next().unwrap() {
                        page.push_str(line);
                        page.push('\n');
                    }
                }
            }
        }
        assert!(told.next().is_none(), "more answers than commands");
        page
    }
}

fn opened(name: &str, more: bool) -> Place {
    Place::File {
        name: name.to_owned(),
        content: String::new(),
        more,
    }
}
