//! How long do statistics over a whole ledger take, beside a walk that only reads it?

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use weir::commands::statistics::stats::Stats;
use weir::appliance::core::{OpenedBy};
use weir::commands::dispatch::Commands;
use weir::appliance::site_file::SiteFile;
use weir::clock::ManualClock;
use weir::commands::request::{Call, Handler};
use weir::commands::Silent;
use weir::commands::request::Request;
use weir::model::day::Day;
use weir::model::job::BillingCounts;
use weir::model::money::Money;
use weir::model::name::{Reference, Source};
use weir::model::subscriber::SubscriberId;
use weir::rules::billing;
use weir::rules::payment::{self, Payment};
use weir::rules::terms::Terms;
use weir::rules::wallet::Wallet;
use weir::store::error::StoreError;
use weir::store::open::{Create, Store};
use weir::store::write::transaction::{AccessWork, Changed};

use crate::{Failed, ROUNDS, median, memory, ms, ratio, site};

/// The first argument of a process that counts the store of a folder and says how much memory it took at most.
pub const CHILD_COUNTS: &str = "--child-counts";
/// How many subscribers there are.
const SUBSCRIBERS: u32 = 50_000;
/// How many months they are billed for and pay: two entries each.
const MONTHS: u32 = 10;
/// How many wallets one transaction writes.
const BATCH: u32 = 5_000;

/// Measures both on one store of a million entries.
pub fn measure(folder: &Path, terms: &Terms) -> Result<(), Failed> {
    let data = folder.join("statistics");
    site::make(&data, terms, SUBSCRIBERS, site::Prepaid::None)?;
    let entries = live(&data, terms)?;
    let (mut counted, mut walked) = (Vec::new(), Vec::new());
    {
        let appliance = appliance(&data)?;
        for _ in 0..ROUNDS {
            let begun = Stopwatch::now();
            ask(&appliance)?;
            counted.push(begun.elapsed());
            let begun = Stopwatch::now();
            let mut sum = 0_i64;
            appliance
                .store
                .read()?
                .each_entry(|_, entry| -> Result<(), StoreError> {
                    sum = sum.wrapping_add(entry.amount.minor());
                    Ok(())
                })?;
            walked.push(begun.elapsed());
            std::hint::black_box(sum);
        }
    }
    let (counted, walked) = (median(&counted), median(&walked));
    println!("statistics");
    println!("  `weir stats` over {entries} entries     {:8.1} ms", ms(counted));
    println!("  a walk that decodes them once          {:8.1} ms", ms(walked));
    println!(
        "  ratio                                  {:8.2}",
        ratio(counted, walked)
    );
    println!(
        "  a process that counts them             {:8.1} MB at most",
        memory::child(CHILD_COUNTS, &data)?
    );
    Ok(())
}

/// Counts, and prints the highest resident memory in KiB.
pub fn child_counts(data: &Path) -> Result<(), Failed> {
    ask(&appliance(data)?)?;
    memory::print_line("VmHWM:")
}

fn last_day() -> Day {
    site::due_day().plus_days(330)
}

fn appliance(data: &Path) -> Result<Commands, Failed> {
    let store = Store::open(data, Create::No, "bench", Duration::from_secs(5))?;
    let file = SiteFile {
        path: data.join("site.toml"),
        text: site::config_text(8728),
    };
    let clock = Arc::new(ManualClock::at(site::at(last_day(), 12, 0)?));
    Ok(Commands::start(store, clock, &file, OpenedBy::Alone, "bench")?)
}

fn ask(appliance: &Commands) -> Result<(), Failed> {
    let call = Call {
        request: Request::Stats(Stats {
            username: None,
            package: None,
            since: Some("2027-01-01".to_owned()),
            until: None,
            csv: false,
        }),
        actor: "bench".to_owned(),
        json: true,
        width: 80,
    };
    let reply = appliance.handle(&call, &mut Silent)?;
    std::hint::black_box(reply);
    Ok(())
}

/// Bills everybody month by month, and has them pay some days later.
fn live(data: &Path, terms: &Terms) -> Result<u64, Failed> {
    let store = site::open(data)?;
    let source = Source::new("M-Pesa")?;
    for month in 0..MONTHS {
        let day = site::due_day().plus_days(i32::try_from(month)? * 31);
        let now = site::at(day, 12, 0)?;
        let mut after = SubscriberId(0);
        loop {
            let batch = store.read()?.subscribers_after(after, usize::try_from(BATCH)?)?;
            let Some(last) = batch.last() else { break };
            after = last.id;
            store.write(now, |tx| -> Result<(), Failed> {
                for subscriber in batch {
                    let changed = {
                        let mut wallet = Wallet::new(subscriber.clone(), tx.state().head, tx);
                        let moment = terms.moment(now, "job:billing");
                        billing::bill(&mut wallet, &terms.policy, &moment, day, &mut BillingCounts::default())?;
                        let payment = Payment {
                            reference: Reference::new(&format!("SFC{month:02}{:06}X", subscriber.id.0))?,
                            amount: Money::from_minor(site::PRICE_MINOR),
                            source: source.clone(),
                            made_on: day,
                            comment: None,
                        };
                        payment::pay(&mut wallet, &terms.policy, &moment, &payment)?;
                        Changed::from(wallet)
                    };
                    tx.put(Some(&subscriber), changed, AccessWork::default())?;
                }
                Ok(())
            })?;
        }
    }
    Ok(store.read()?.state()?.head.seq.0)
}
