//! How long does billing take beside redb alone and beside SQLite?

use std::path::Path;
use std::time::Duration;

use weir::model::job::Counts;
use weir::rules::terms::Terms;

use crate::raw::{Order, Rows};
use crate::watch::{Took, Watch};
use crate::{Failed, ROUNDS, median, ms, ratio, site, sqlite};

/// Bills copies of the large store in turns with its peers, and prints the medians.
pub fn measure(folder: &Path, large: &Path, terms: &Terms) -> Result<(), Failed> {
    let (weir_copy, raw_copy) = (folder.join("weir"), folder.join("raw"));
    let (sqlite_made, sqlite_copy) = (folder.join("made.sqlite"), folder.join("copy.sqlite"));
    let before = {
        let store = site::open(large)?;
        sqlite::make(&sqlite_made, &store.read()?)?;
        store.read()?.state()?
    };
    let total = before.tallies.total();
    let rows = {
        let file = site::copy(large, &weir_copy)?;
        site::bill(&site::open(&weir_copy)?, terms)?;
        Rows::of(&file, before.head.seq.0)?
    };
    let mut times: [Vec<Took>; 5] = Default::default();
    for _ in 0..ROUNDS {
        site::copy(large, &weir_copy)?;
        let store = site::open(&weir_copy)?;
        let watch = Watch::start()?;
        let run = site::bill(&store, terms)?;
        times[0].push(watch.read()?);
        drop(store);
        let Counts::Billing(counts) = run.counts else {
            return Err(Failed::from("the run was no billing"));
        };
        if counts.charged != total {
            return Err(Failed::from(format!("{} of {total} were charged", counts.charged)));
        }

        times[1].push(rows.write(&site::copy(large, &raw_copy)?, Order::ByTable)?);
        times[2].push(rows.write(&site::copy(large, &raw_copy)?, Order::BySubscriber)?);

        copy_sqlite(&sqlite_made, &sqlite_copy)?;
        let took = sqlite::bill(&sqlite_copy, site::due_day(), site::at(site::due_day(), 0, 5)?)?;
        if took.charged != total {
            return Err(Failed::from(format!("SQLite charged {} of {total}", took.charged)));
        }
        times[3].push(took.committed);
        times[4].push(took.checkpointed);
    }
    let [weir, by_table, by_subscriber, committed, checkpointed] = times.map(|times| medians(&times));
    println!("billing {total} due subscribers, a third of them settled, medians of {ROUNDS} rounds in turns");
    println!("                                             wall   computed   Weir takes of it");
    println!(
        "  Weir                                   {:7.0} ms {:7.0} ms",
        ms(weir.wall),
        ms(weir.computed)
    );
    for (name, peer) in [
        ("redb alone, table by table", by_table),
        ("redb alone, subscriber by subscriber", by_subscriber),
        ("SQLite, with its checkpoint", checkpointed),
        ("SQLite, up to the commit alone", committed),
    ] {
        println!(
            "  {name:<38} {:7.0} ms {:7.0} ms   {:.2} of the wall time, {:.2} of the computing",
            ms(peer.wall),
            ms(peer.computed),
            ratio(weir.wall, peer.wall),
            ratio(weir.computed, peer.computed)
        );
    }
    Ok(())
}

fn copy_sqlite(from: &Path, to: &Path) -> Result<(), Failed> {
    for left in ["copy.sqlite-wal", "copy.sqlite-shm"] {
        let left = to.with_file_name(left);
        if left.exists() {
            std::fs::remove_file(left)?;
        }
    }
    std::fs::copy(from, to)?;
    std::fs::File::open(to)?.sync_all()?;
    Ok(())
}

fn medians(times: &[Took]) -> Took {
    let of = |part: fn(&Took) -> Duration| median(&times.iter().map(part).collect::<Vec<_>>());
    Took {
        wall: of(|took| took.wall),
        computed: of(|took| took.computed),
    }
}
