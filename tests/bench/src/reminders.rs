//! How long does a reminders run take beside redb alone that writes the same rows?

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use redb::{Builder, ReadableDatabase};
use weir::jobs::reminders::Reminders;
use weir::jobs::run::PlannedRun;
use weir::model::job::{Counts, Job, Occurrence};
use weir::rules::messages::text::MessageTemplates;
use weir::rules::terms::Terms;
use weir::store::tables;

use crate::watch::{Took, Watch};
use crate::{Failed, ROUNDS, median, ms, ratio, site};

/// As the store has it.
const CACHE_BYTES: usize = 4 * 1024 * 1024;

/// What a run has queued.
struct Rows {
    messages: Vec<(u64, Vec<u8>)>,
    due: Vec<(u8, i64, u64)>,
    once: Vec<(String, u64)>,
}

impl Rows {
    fn of(reminded: &Path) -> Result<Self, Failed> {
        let db = builder().open(reminded)?;
        let txn = db.begin_read()?;
        let mut messages = Vec::new();
        for row in txn.open_table(tables::MESSAGES)?.range::<u64>(..)? {
            let (key, value) = row?;
            messages.push((key.value(), value.value().to_vec()));
        }
        let mut due = Vec::new();
        for row in txn.open_table(tables::MESSAGES_DUE)?.range::<(u8, i64, u64)>(..)? {
            due.push(row?.0.value());
        }
        // In the order in which they were queued, as the messages are.
        let mut once = Vec::new();
        for row in txn.open_table(tables::MESSAGES_ONCE)?.range::<&str>(..)? {
            let (key, value) = row?;
            once.push((key.value().to_owned(), value.value()));
        }
        once.sort_unstable_by_key(|(_, id)| *id);
        Ok(Self { messages, due, once })
    }

    /// Writes them in one transaction, message by message, and syncs.
    fn write(&self, file: &Path) -> Result<Took, Failed> {
        let db = builder().open(file)?;
        let watch = Watch::start()?;
        let txn = db.begin_write()?;
        {
            let mut messages = txn.open_table(tables::MESSAGES)?;
            let mut due = txn.open_table(tables::MESSAGES_DUE)?;
            let mut once = txn.open_table(tables::MESSAGES_ONCE)?;
            for ((message, due_row), (key, id)) in self.messages.iter().zip(&self.due).zip(&self.once) {
                messages.insert(message.0, message.1.as_slice())?;
                due.insert(due_row, ())?;
                once.insert(key.as_str(), id)?;
            }
        }
        txn.commit()?;
        watch.read()
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Reminds `count` subscribers, all of them due, in turns with redb alone, and prints the medians.
pub fn measure(folder: &Path, terms: &Terms, count: u32) -> Result<(), Failed> {
    let (made, copy, raw) = (folder.join("unreminded"), folder.join("reminded"), folder.join("raw-messages"));
    site::make(&made, terms, count, site::Prepaid::None)?;
    let terms = Terms {
        templates: Arc::new(MessageTemplates {
            days_before: vec![1],
            has_gateway: true,
            ..(*terms.templates).clone()
        }),
        ..terms.clone()
    };
    let mut rows = None;
    let mut times: [Vec<Took>; 2] = Default::default();
    // The first round only makes the rows.
    for round in 0..=ROUNDS {
        let file = site::copy(&made, &copy)?;
        let store = site::open(&copy)?;
        let now = site::at(site::first_day(), 12, 5)?;
        let planned = PlannedRun {
            job: Job::Reminders,
            occurrence: Occurrence {
                civil: site::first_day().date().at(12, 5, 0, 0),
                at: now,
            },
            caught_up: false,
            by_hand: false,
        };
        let keeper = site::keeper(&store, now.plus_millis(50));
        let mut work = Reminders::new(&terms, site::first_day(), now);
        let watch = Watch::start()?;
        let run = site::carry_out(&store, &keeper, planned, &mut work)?;
        let took = watch.read()?;
        drop((keeper, store));
        match run.counts {
            Counts::Reminders(counts) if counts.queued == u64::from(count) => {}
            other => return Err(Failed::from(format!("not everybody was reminded: {other:?}"))),
        }
        let rows = match &rows {
            Some(rows) => rows,
            None => rows.insert(Rows::of(&file)?),
        };
        let peer = rows.write(&site::copy(&made, &raw)?)?;
        if round > 0 {
            times[0].push(took);
            times[1].push(peer);
        }
    }
    let of = |times: &[Took], part: fn(&Took) -> Duration| median(&times.iter().map(part).collect::<Vec<_>>());
    let [wall, computed] = [(|took: &Took| took.wall) as fn(&Took) -> Duration, |took: &Took| took.computed]
        .map(|part| (of(&times[0], part), of(&times[1], part)));
    println!("reminding {count} due subscribers, medians of {ROUNDS} rounds in turns");
    println!("  Weir        {:7.0} ms, {:7.0} ms computing", ms(wall.0), ms(computed.0));
    println!(
        "  redb alone  {:7.0} ms, {:7.0} ms computing: Weir takes {:.2} of the wall time, {:.2} of the computing",
        ms(wall.1),
        ms(computed.1),
        ratio(wall.0, wall.1),
        ratio(computed.0, computed.1)
    );
    Ok(())
}
