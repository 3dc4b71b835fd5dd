//! What does a month at a small ISP look like?
//!
//! `weir demo` plays one: a made-up site of some three hundred subscribers, a simulated router on loopback, and thirty nights
//! of the real program at speed: the commands, the jobs, the store on the disk, and the conversation with the router. The month
//! is the one that ends now, so that the folder it leaves behind is as a site's folder is today, and every command can be tried
//! on it. Whatever does not hold at the end is reported, and the demo fails.
//!
//! `people` and `till` are what happens to the site, `site` its files, `network` the router, `gateway` the receiver of texts,
//! `demo_box` the box, `month` the order of days, `chapters`, `mishaps`, `wrong_clock` and `late_statement` single events,
//! `ending` the end, `agreement` what has to hold, `figures` the sums, `story` the printing.

pub mod people;
pub mod till;
pub mod site;
pub mod network;
pub mod gateway;
pub mod demo_box;
pub mod figures;
pub mod story;
pub mod agreement;
pub mod month;
pub mod chapters;
pub mod mishaps;
pub mod wrong_clock;
pub mod late_statement;
pub mod ending;

use std::io::Write;
use std::path::Path;

use crate::commands::Reply;
use crate::demo::month::DemoMonth;
use crate::demo::story::Story;
use crate::model::day::Instant;
use crate::model::failure::Failure;

/// What the demo needs from its caller.
pub struct DemoStage<'a> {
    /// The end of the month: now.
    pub now: Instant,
    /// A new folder for the site; `None` makes one among the system's temporary ones.
    pub folder: Option<&'a Path>,
    /// How many people the site has; see [`SUBSCRIBERS`].
    pub subscribers: usize,
    /// How the program is called, for the commands to try.
    pub program: &'a str,
    /// One JSON object at the end instead of the story.
    pub json: bool,
    /// Columns of the terminal.
    pub width: u16,
    /// Where the story is told as it happens.
    pub out: &'a mut dyn Write,
}

/// How many people the site has.
pub const SUBSCRIBERS: usize = people::PEOPLE_MAX;

/// Exit code when something does not hold.
const EXIT_FAILED: u8 = 1;

/// Plays the month and prints its story.
///
/// # Errors
/// When a command is refused that should not be, or the system gives no folder, port, room or thread.
pub fn run(stage: DemoStage<'_>) -> Result<Reply, Failure> {
    let story = Story::new(stage.out, stage.json, stage.width);
    let mut month = DemoMonth::begin(story, stage.now, stage.folder, stage.subscribers)?;
    month.live()?;
    let figures = month.end(stage.program)?;
    let payload = if stage.json {
        serde_json::to_string(&figures).unwrap_or_default()
    } else {
        String::new()
    };
    let exit = if figures.ok { 0 } else { EXIT_FAILED };
    Ok(Reply {
        exit,
        ..Reply::done(payload)
    })
}

/// Returns how this program was called, for the commands to try: its path, short where it lies below the present
/// folder.
#[must_use]
pub fn program() -> String {
    let Ok(path) = std::env::current_exe() else {
        return "weir".to_owned();
    };
    let here = std::env::current_dir().ok();
    let short = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    short.unwrap_or(&path).display().to_string()
}
