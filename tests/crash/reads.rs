//! The card does not hand out what it keeps, in the middle of a decision: that is told as what it is, nothing is changed, and
//! nobody is sent to an old backup for it.

use std::fmt::Write as _;

use weir::commands::explain::answer::SubscriberExplain;
use weir::commands::request::Request;
use weir::commands::system::verify::Verify;
use weir::model::failure::Failure;
use weir::model::money::Money;
use weir::model::record::{LogKind, LogRecord};
use weir::rules::settlement::{self, SettlementCause};
use weir::rules::wallet::{ReadError, RuleError, Wallet, WalletRows as _};
use weir::store::error::StoreError;

use super::disk::Disk;
use super::life::{House, Life};
use crate::commands::{import, pay, reverse};

/// So many that their debits do not fit on one page of the store.
const SUBSCRIBERS: usize = 400;

/// More reads than any of these requests needs.
const READS_MAX: usize = 500;

/// Many who have been charged for the day and have not paid.
fn owing() -> String {
    let mut csv = "username,package,router,service,expires_on,balance,debited\n".to_owned();
    for number in 1..=SUBSCRIBERS {
        writeln!(csv, "v{number:03},home-10,core,pppoe,2027-03-10,-1500.00,yes").unwrap();
    }
    csv
}

/// A disk with all of them; one of them has paid.
fn begun(house: &House) -> Vec<u8> {
    let disk = House::disk();
    let life = house.start(&disk, 1).unwrap();
    life.ask(import(&owing(), false)).unwrap();
    life.ask(pay("v399", "1500.00", "PAID")).unwrap();
    drop(life);
    disk.bytes()
}

fn is_told_as_a_fault_of_the_card(failure: &Failure, what: &str) {
    let told = failure.to_string();
    assert!(
        told.contains("the store cannot be read: ") || told.contains("the store cannot be written: "),
        "{what}: {told}"
    );
    assert!(failure.way_out.contains("check the card"), "{what}: {told}");
    assert!(failure.way_out.contains("try again"), "{what}: {told}");
    assert!(!told.contains("backup"), "{what}: {told}");
}

/// Asks on a disk of which so many reads work.
fn ask(life: &Life, disk: &Disk, request: Request, reads: usize) -> (Result<(), Failure>, usize) {
    disk.fail_reads_after(reads);
    let answer = life.ask(request).map(|_| ());
    (answer, disk.mend())
}

#[test]
fn whichever_read_of_a_request_fails_it_is_told_as_a_fault_of_the_card() {
    let house = House::new();
    let begun = begun(&house);
    let before = house.start(&Disk::holding(begun.clone()), 1).unwrap().ledger();
    let explain = |username: &str| {
        Request::SubscriberExplain(SubscriberExplain {
            username: username.to_owned(),
        })
    };
    for (what, request) in [
        ("a payment", pay("v001", "1500.00", "R1")),
        ("a reversal", reverse("PAID")),
        ("explain", explain("v001")),
        ("verify", Request::Verify(Verify)),
    ] {
        let mut failed = 0;
        for reads in 0..READS_MAX {
            let disk = Disk::holding(begun.clone());
            let life = house.start(&disk, 1).unwrap();
            let what = format!("{what} after {reads} reads");
            let (answer, failures) = ask(&life, &disk, request.clone(), reads);
            match answer {
                Ok(()) if failures == 0 => break,
                Ok(()) => {}
                Err(failure) => {
                    failed += 1;
                    is_told_as_a_fault_of_the_card(&failure, &what);
                    assert_eq!(life.ledger(), before, "{what}");
                    life.ask(request.clone()).unwrap();
                }
            }
        }
        assert!(failed > 2, "{what}: {failed} reads failed");
    }
}

#[test]
fn a_debit_that_is_not_handed_out_stops_the_settlement_and_says_why() {
    let house = House::new();
    let disk = Disk::holding(begun(&house));
    let life = house.start(&disk, 1).unwrap();
    let in_force = life.appliance.in_force();
    let now = life.appliance.recorded().unwrap();
    let refused = life
        .appliance
        .store
        .write(now.at, |tx| -> Result<(), Failure> {
            let mut subscriber = tx.subscriber_named("v001")?.unwrap();
            let due = subscriber.outstanding[0].due;
            subscriber.balance = Money::ZERO;
            // Written, and then taken back with the rest.
            tx.log(&LogRecord::new(tx.now(), LogKind::Service, "never kept"))?;
            disk.fail_reads_after(0);
            assert!(matches!(tx.debit(&subscriber, due), Err(ReadError::Io(_))));
            let mut wallet = Wallet::new(subscriber, tx.state().head, tx);
            let moment = in_force.terms.moment(now.at, "test");
            let error =
                settlement::settle(&mut wallet, &in_force.terms.policy, &moment, SettlementCause::Raised).unwrap_err();
            assert!(matches!(error, RuleError::Unread(ReadError::Io(_))), "{error:?}");
            assert!(matches!(StoreError::from(error.clone()), StoreError::Io { .. }));
            Err(error.into())
        })
        .unwrap_err();
    disk.mend();
    is_told_as_a_fault_of_the_card(&refused, "a settlement");
    life.verify();
    let reader = life.appliance.store.read().unwrap();
    let mut kept = 0;
    reader
        .each_log(Some(LogKind::Service), |record| -> Result<bool, StoreError> {
            kept += usize::from(record.message == "never kept");
            Ok(true)
        })
        .unwrap();
    assert_eq!(kept, 0);
}
