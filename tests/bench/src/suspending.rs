//! How many commands and how much time does a night's cut take?

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use tokio::sync::watch;
use weir::config::read::Config;
use weir::jobs::disconnect::Disconnect;
use weir::jobs::run::PlannedRun;
use weir::model::job::{Job, Occurrence};
use weir::outbox::connections::connection::RouterContext;
use weir::outbox::connections::intervals::Intervals;
use weir::outbox::connections::observed::RoutersSeen;
use weir::outbox::router_work::worker;
use weir::routers::session::SessionLimits;
use weir::routers::word::Sentence;
use weir::sim::counters::Counters;
use weir::sim::options::Options;
use weir::sim::router::SimRouter;
use weir::sim::rows::NewSecret;
use weir::store::open::Store;

use crate::floor::{self, Wire};
use crate::{Failed, ROUNDS, median, ms, ratio, site};

/// Longer than any cut takes here, in seconds.
const BACKOFF_S: u64 = 120;
/// How long the worker is given to look at everything after its work is done, in milliseconds.
const SETTLE_MS: u64 = 3_000;

struct Cut {
    took: Duration,
    counters: Counters,
    sessions_left: usize,
}

/// Cuts all subscribers of a site on the simulated router in turns with the floor, and prints counts and medians.
pub fn measure(folder: &Path, count: u32) -> Result<(), Failed> {
    password_file(&folder.join("password"))?;
    let terms = site::terms(&site::config(folder, 8728)?);
    let made = folder.join("cut-made");
    site::make(&made, &terms, count, site::Prepaid::None)?;
    // The first round is not timed: it learns the commands, and shows what the look afterwards takes.
    let router = router(count)?;
    let wire = Wire::to(router.addr())?;
    let (first, look) = cut(folder, &made, &router, wire.port(), count, true)?;
    drop(router);
    let said = wire.cut()?;
    let [commands]: [Vec<Sentence>; 1] = said.try_into().map_err(|_| "more than one connection was opened")?;
    let until_cut = usize::try_from(first.counters.commands + 1)?.min(commands.len());
    let commands = &commands[..until_cut];

    let (mut weir, mut alone) = (Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..ROUNDS {
        let router = self::router(count)?;
        let (done, _) = cut(folder, &made, &router, router.addr().port(), count, false)?;
        weir.push(done.took);
        last = Some(done);
        let router = self::router(count)?;
        let done = floor::say(router.addr(), commands)?;
        alone.push(done.took);
        if done.refused > 0 || router.session_count() > 0 {
            return Err(Failed::from(format!(
                "the floor did other work: {} refused, {} sessions left",
                done.refused,
                router.session_count()
            )));
        }
    }
    let last = last.ok_or("no round")?;
    let (weir, alone) = (median(&weir), median(&alone));
    let per = |commands: u64| commands as f64 / f64::from(count);
    println!("suspending {count} pppoe subscribers on the simulated router, medians of {ROUNDS} rounds in turns");
    println!(
        "  {:.3} commands per subscriber ({} in all) over {} connection; {} writes changed nothing, {} sessions left",
        per(last.counters.commands),
        last.counters.commands,
        last.counters.connections,
        last.counters.writes_that_changed_nothing,
        last.sessions_left
    );
    println!(
        "  {} more commands look at everything after the first contact",
        look.saturating_sub(first.counters.commands)
    );
    println!("  Weir, every row closed in the store    {:8.0} ms", ms(weir));
    println!(
        "  the same commands and nothing else     {:8.0} ms   Weir takes {:.2} of it",
        ms(alone),
        ratio(weir, alone)
    );
    Ok(())
}

fn password_file(path: &Path) -> Result<(), Failed> {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
    Ok(writeln!(file, "{}", site::PASSWORD)?)
}

/// A router on which all of them are online.
fn router(count: u32) -> Result<SimRouter, Failed> {
    let router = SimRouter::start(Options::default())?;
    for number in 1..=count {
        let name = site::username(number);
        router.add_secret(&NewSecret {
            profile: "home-10",
            ..NewSecret::named(&name)
        })?;
    }
    router.connect_all();
    router.reset_counters();
    Ok(router)
}

/// Decides the cut, then has the worker carry it; gives what it took until every row was closed, and how many commands
/// there were when the worker had looked at everything.
fn cut(
    folder: &Path,
    made: &Path,
    router: &SimRouter,
    port: u16,
    count: u32,
    look: bool,
) -> Result<(Cut, u64), Failed> {
    let data = folder.join("cut");
    site::copy(made, &data)?;
    let config = Arc::new(site::config(folder, port)?);
    let store = site::open(&data)?;
    decide(&store, &config, count)?;
    let in_force = Arc::clone(&config);
    let site = RouterContext {
        store: Arc::clone(&store),
        keeper: Arc::new(site::keeper(&store, site::at(site::due_day().plus_days(1), 0, 0)?)),
        config: Arc::new(move || Arc::clone(&in_force)),
        routers: Arc::new(RoutersSeen::default()),
        inherited: weir::model::router::work::Generation(0),
        limits: SessionLimits::default(),
        intervals: Intervals::default(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let (stop, stopped) = watch::channel(false);
    let began = Stopwatch::now();
    let task = runtime.spawn(worker::run_all(site, stopped));
    while store.read()?.work_count()? > 0 {
        if began.elapsed() > Duration::from_secs(BACKOFF_S) {
            return Err(Failed::from("the cut does not end"));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let took = began.elapsed();
    let counters = router.counters();
    if look {
        std::thread::sleep(Duration::from_millis(SETTLE_MS));
    }
    let commands = router.counters().commands;
    stop.send_replace(true);
    runtime.block_on(task)?;
    let done = Cut {
        took,
        counters,
        sessions_left: router.session_count(),
    };
    Ok((done, commands))
}

/// Decides that all of them are cut at the end of the due day.
fn decide(store: &Arc<Store>, config: &Config, count: u32) -> Result<(), Failed> {
    let terms = site::terms(config);
    let planned_for = site::at(site::due_day(), 23, 59)?;
    let planned = PlannedRun {
        job: Job::Disconnect,
        occurrence: Occurrence {
            civil: site::due_day().date().at(23, 59, 0, 0),
            at: planned_for,
        },
        caught_up: false,
        by_hand: false,
    };
    let keeper = site::keeper(store, planned_for);
    let mut work = Disconnect::new(&terms, planned_for, u64::MAX);
    site::carry_out(store, &keeper, planned, &mut work)?;
    let pending = store.read()?.work_count()?;
    if pending != u64::from(count) {
        return Err(Failed::from(format!("{pending} of {count} are to be cut")));
    }
    Ok(())
}
