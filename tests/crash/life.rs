//! Five days of a small site, step by step: each step may be tried again.

use std::fmt::Write as _;
use std::sync::Arc;

use weir::clock::ManualClock;
use weir::commands::Reply;
use weir::commands::dispatch::Commands;
use weir::commands::payments::adjust::Adjust;
use weir::commands::payments::assign::PayAssign;
use weir::commands::payments::move_payment::PayMove;
use weir::commands::payments::reverse::PayReverse;
use weir::commands::request::Request;
use weir::commands::subscribers::fields::SubscriberFields;
use weir::model::failure::Failure;
use weir::model::job::Job;
use weir::model::subscriber::Subscriber;
use weir::store::error::StoreError;
use weir::store::open::Store;
use weir::store::read::reader::Reader;
use weir::store::verify::verify;

use super::disk::Disk;
use crate::commands::{adjust, assign, import, instant, move_to, pay, reverse, set, statement};
use crate::support::site::Site;
use crate::support::typed::typed;

/// Subscribers that one part of a run decides.
const PART: usize = 4;

const SITE: &str = r#"
[site]
name = "hilltop"
time_zone = "Africa/Nairobi"
currency = "KES"
data = "data"
socket = "control.sock"

[[routers]]
name = "core"
host = "127.0.0.1"
username = "weir"
password_file = "secrets/core"

[[packages]]
name = "home-10"
price = "1500.00"
profile = "home-10"

[[packages]]
name = "daily"
price = "50.00"
cycle = "1 day"
rate = "5M/5M"
"#;

/// One thing that happens.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there are some dozens of them in all")]
pub enum Step {
    /// A person asks.
    Ask(Request),
    /// What has come due is worked off.
    Jobs,
    /// The routers have confirmed everything.
    Confirmed,
}

/// All that happens: when, and what.
pub fn steps() -> Vec<(&'static str, i64, i64, Step)> {
    use Step::{Ask, Confirmed, Jobs};
    let fields = SubscriberFields {
        package: Some("daily".to_owned()),
        phone: Some("0722000111".to_owned()),
        ..SubscriberFields::default()
    };
    let paid = "reference,date,amount,account,phone,source\n\
        S1,2027-03-12,1500.00,AC05,,M-Pesa\nS2,2027-03-12,80.00,nobody,,M-Pesa\nS3,2027-03-12,1500.00,AC06,,M-Pesa\n";
    vec![
        ("2027-03-10", 12, 0, Ask(import(&subscribers(), false))),
        ("2027-03-10", 13, 0, Ask(pay("u01", "1500.00", "R1"))),
        ("2027-03-10", 14, 0, Ask(pay("u02", "700.00", "R2"))),
        ("2027-03-10", 23, 59, Jobs),
        ("2027-03-11", 0, 6, Jobs),
        ("2027-03-11", 9, 0, Ask(pay("u03", "1500.00", "R3"))),
        ("2027-03-11", 23, 59, Jobs),
        ("2027-03-11", 23, 59, Confirmed),
        ("2027-03-12", 8, 0, Ask(typed("pay u04 1500.00 --ref R4 --yes"))),
        ("2027-03-12", 8, 1, Ask(reverse("R1"))),
        ("2027-03-12", 8, 2, Ask(statement(paid))),
        ("2027-03-12", 8, 3, Ask(assign("S2", "u02"))),
        ("2027-03-12", 8, 4, Ask(adjust("u07", "-20.00"))),
        ("2027-03-12", 8, 5, Confirmed),
        // Dark until the 14th: two nights are caught up.
        ("2027-03-14", 7, 0, Jobs),
        ("2027-03-14", 8, 0, Ask(move_to("R3", "u09"))),
        ("2027-03-14", 8, 1, Ask(set("u08", fields))),
        ("2027-03-14", 8, 2, Confirmed),
    ]
}

fn subscribers() -> String {
    let mut csv = "username,account,package,router,service,address,expires_on,balance\n".to_owned();
    for number in 1..=13 {
        let (package, service, address) = if number % 4 == 0 {
            ("daily", "static", format!("10.0.0.{number}"))
        } else {
            ("home-10", "pppoe", String::new())
        };
        let day = 10 + number % 3;
        let balance = if number % 5 == 0 { "75.00" } else { "" };
        writeln!(
            csv,
            "u{number:02},AC{number:02},{package},core,{service},{address},2027-03-{day},{balance}"
        )
        .unwrap();
    }
    csv
}

/// The site's file, which every start reads anew.
pub struct House {
    folder: tempfile::TempDir,
}

impl House {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("site.toml"), SITE).unwrap();
        Self { folder }
    }

    /// A disk with a store on which nothing has happened.
    pub fn disk() -> Disk {
        let disk = Disk::default();
        drop(store(&disk).unwrap());
        disk
    }

    /// Starts on a disk just before a step.
    pub fn start(&self, disk: &Disk, step: usize) -> Result<Life, Failure> {
        let all = steps();
        let (day, hour, minute, _) = all[step.min(all.len() - 1)];
        let opened = Site::within(self.folder.path(), instant(day, hour, minute))
            .on(disk)
            .in_parts_of(PART)
            .try_open()?;
        Ok(Life {
            clock: Arc::clone(&opened.clock),
            appliance: Arc::clone(&opened.appliance),
            opened,
        })
    }
}

pub fn store(disk: &Disk) -> Result<Store, StoreError> {
    let disk = disk.clone();
    Store::on_storage(move || disk.clone())
}

/// A running site.
pub struct Life {
    pub clock: Arc<ManualClock>,
    pub appliance: Arc<Commands>,
    opened: Site,
}

impl Life {
    pub fn ask(&self, request: Request) -> Result<Reply, Failure> {
        self.opened.try_json(request)
    }

    /// Moves the clock to a step and does it.
    pub fn take(&self, step: usize) -> Result<(), Failure> {
        let (day, hour, minute, what) = steps().remove(step);
        self.clock.set(instant(day, hour, minute));
        match what {
            Step::Ask(request) => self.ask(request).map(|_| ()),
            Step::Jobs => self
                .appliance
                .work_off()
                .map(|_| ())
                .map_err(|error| Failure::refused(error.to_string(), "")),
            Step::Confirmed => self.opened.confirm_router_work(),
        }
    }

    /// Takes a step that was cut off, of which nobody knows whether it was done.
    pub fn take_again(&self, step: usize) {
        let (_, _, _, what) = steps().remove(step);
        let done = match &what {
            // An adjustment has no reference: a person looks at the ledger before typing it again.
            Step::Ask(Request::Adjust(Adjust { comment, .. })) => self.view(false).contains(comment.as_str()),
            _ => false,
        };
        if done {
            return;
        }
        let ended = self.take(step);
        let once = matches!(
            what,
            Step::Ask(
                Request::PayReverse(PayReverse { .. })
                    | Request::PayAssign(PayAssign { .. })
                    | Request::PayMove(PayMove { .. })
            )
        );
        if let Err(failure) = ended {
            assert!(once, "step {step} again: {failure}");
            assert!(
                !failure.what.contains("the store cannot"),
                "step {step} again: {failure}"
            );
        }
    }

    /// Every law holds.
    pub fn verify(&self) {
        let reader = self.appliance.store.read().unwrap();
        let verified = verify(&reader, |_, _| {}).unwrap();
        assert_eq!(verified.problems, Vec::<String>::new());
    }

    /// The entries, without hash and the time at which they were recorded.
    pub fn ledger(&self) -> Vec<String> {
        let mut all = Vec::new();
        let reader = self.appliance.store.read().unwrap();
        reader
            .each_entry(|seq, entry| -> Result<(), StoreError> {
                all.push(format!(
                    "{seq} {:?} {:?} {:?} {} {:?} {:?} {} {} {:?} {:?}",
                    entry.subscriber,
                    entry.previous,
                    entry.kind,
                    entry.amount.minor(),
                    entry.source,
                    entry.reference,
                    entry.balance_after.minor(),
                    entry.for_day,
                    entry.actor,
                    entry.comment
                ));
                Ok(())
            })
            .unwrap();
        all
    }

    /// All that is known, without moments and numbers that a second try may change; with the history of runs where asked.
    pub fn view(&self, with_runs: bool) -> String {
        let mut all = self.ledger().join("\n");
        all.push('\n');
        let reader = self.appliance.store.read().unwrap();
        rows(&reader, &mut all).unwrap();
        for job in [Job::Billing, Job::Disconnect].into_iter().filter(|_| with_runs) {
            let state = reader.job(job).unwrap().unwrap();
            writeln!(all, "{job}: {:?} {:?}", state.eras, state.part).unwrap();
            for run in reader.runs(job, 100).unwrap() {
                writeln!(
                    all,
                    "{job} {} {:?} {} {:?} {:?} {:?}",
                    run.planned_for.rfc3339(),
                    run.to,
                    run.count,
                    run.outcome,
                    run.counts,
                    run.error
                )
                .unwrap();
            }
        }
        all
    }
}

fn rows(reader: &Reader<'_>, all: &mut String) -> Result<(), StoreError> {
    reader.each_subscriber(|one| -> Result<(), StoreError> {
        let one = Subscriber {
            added_at: instant("2027-03-10", 12, 0),
            ..one
        };
        writeln!(all, "{one:?}").unwrap();
        Ok(())
    })?;
    reader.each_debit(|day, id, debit| -> Result<(), StoreError> {
        writeln!(all, "{day} {id:?} {debit:?}").unwrap();
        Ok(())
    })?;
    reader.each_reference(|name, holder| -> Result<(), StoreError> {
        writeln!(all, "{name} {holder:?}").unwrap();
        Ok(())
    })?;
    reader.each_unmatched(|row| -> Result<(), StoreError> {
        writeln!(
            all,
            "{:?} {:?} {:?} {:?}",
            row.reference, row.amount, row.account, row.state
        )
        .unwrap();
        Ok(())
    })?;
    reader.each_work(None, |key, work| -> Result<(), StoreError> {
        writeln!(
            all,
            "{key:?} {:?} {:?} {} {:?}",
            work.subscriber, work.access, work.end_session, work.state
        )
        .unwrap();
        Ok(())
    })
}
