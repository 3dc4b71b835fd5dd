//! The numbers and words that stand in keys. A row whose key is spelled in another way is a row that nobody finds again.

use weir::model::alert::AlertKind;
use weir::model::day::{Day, Instant};
use weir::model::job::{Job, RunId};
use weir::model::name::{Phone, Reference, RouterName};
use weir::model::pending_approval::PendingWork;
use weir::model::record::LogKind;
use weir::model::subscriber::Service;
use weir::store::keys::{account_key, job_number, log_number, reference_key};
use weir::store::migrate::FORMAT;
use weir::store::tables::{
    META_CONFIG, META_CONFIRMED, META_FORMAT, META_MESSAGES, META_RECEIPTS, META_STATE, NAMES, service_number,
    service_of,
};

/// The number of a job, by this page alone.
pub(super) const fn number_of_job(job: Job) -> u8 {
    match job {
        Job::Billing => 1,
        Job::Disconnect => 2,
        Job::Reminders => 3,
        Job::Health => 4,
        Job::Cleanup => 5,
    }
}

/// The number of a log stream, by this page alone.
pub(super) const fn number_of_log(kind: LogKind) -> u8 {
    match kind {
        LogKind::Billing => 1,
        LogKind::Disconnect => 2,
        LogKind::Access => 3,
        LogKind::Payment => 4,
        LogKind::Subscriber => 5,
        LogKind::Config => 6,
        LogKind::Jobs => 7,
        LogKind::Service => 8,
        LogKind::Alert => 9,
        LogKind::Reminders => 10,
        LogKind::Health => 11,
        LogKind::Cleanup => 12,
        LogKind::Messages => 13,
    }
}

/// The number of a service, by this page alone.
pub(super) const fn number_of_service(service: Service) -> u8 {
    match service {
        Service::Pppoe => 1,
        Service::Hotspot => 2,
        Service::Static => 3,
        Service::Dhcp => 4,
    }
}

/// The word of a kind of alert, by this page alone.
pub(super) const fn word_of_alert(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Clock => "clock",
        AlertKind::Guard => "guard",
        AlertKind::Config => "config",
        AlertKind::Store => "store",
        AlertKind::Drift => "drift",
        AlertKind::Absent => "absent",
        AlertKind::Router => "router",
        AlertKind::Box => "box",
        AlertKind::Overdue => "overdue",
        AlertKind::Gateway => "gateway",
    }
}

/// The word of what is held, by this page alone.
pub(super) fn word_of_held(work: &PendingWork) -> String {
    match work {
        PendingWork::Disconnect { .. } => "disconnect".to_owned(),
        PendingWork::Reconcile { router } => format!("reconcile/{router}"),
        PendingWork::Import { .. } => "import".to_owned(),
    }
}

#[test]
fn numbers_in_keys() {
    for job in Job::ALL {
        assert_eq!(job_number(job), number_of_job(job), "{job}");
    }
    for kind in LogKind::ALL {
        assert_eq!(log_number(kind), number_of_log(kind), "{kind}");
    }
    for service in Service::ALL {
        assert_eq!(service_number(service), number_of_service(service), "{service}");
        assert_eq!(service_of(number_of_service(service)), Some(service));
    }
    assert_eq!(service_of(0), None);
}

#[test]
fn words_in_keys() {
    // A kind that is not listed does not compile here.
    macro_rules! every {
        ($($kind:ident)+) => {{
            const _: fn(AlertKind) = |kind| match kind { $(AlertKind::$kind)|+ => () };
            [$(AlertKind::$kind),+]
        }};
    }
    for kind in every!(Clock Guard Config Store Drift Absent Router Box Overdue Gateway) {
        assert_eq!(kind.as_str(), word_of_alert(kind));
    }
    let disconnect = PendingWork::Disconnect {
        run: RunId(1),
        planned_for: Instant::from_millis(1),
        last_cut_day: Day::from_number(1),
        earlier: Vec::new(),
    };
    let reconcile = PendingWork::Reconcile {
        router: RouterName::new("core").unwrap(),
    };
    let import = PendingWork::Import {
        file: "list.csv".to_owned(),
    };
    for work in [disconnect, reconcile, import] {
        assert_eq!(work.word(), word_of_held(&work));
    }
    let reference = |text| reference_key(&Reference::new(text).unwrap());
    assert_eq!(reference("QK-7 ÉX"), "qk-7 éx");
    assert_eq!(account_key("Ac 10-É7/b"), "ac10é7b");
    assert_eq!(reference("QK7\u{200e} E\u{301}X"), "qk7 éx");
    assert_eq!(account_key("AC\u{200b}10 E\u{301}"), "ac10é");
    let phone = |text| Phone::new(text).unwrap().ending().to_owned();
    assert_eq!(phone("+254 700 000-001"), "000001");
    assert_eq!(phone("0700000001"), "000001");
    assert_eq!(phone("7000001"), "000001");
}

#[test]
fn tables_and_facts() {
    assert_eq!(
        [
            META_FORMAT,
            META_STATE,
            META_CONFIG,
            META_MESSAGES,
            META_RECEIPTS,
            META_CONFIRMED
        ],
        ["format", "state", "config", "messages", "receipts", "confirmed"]
    );
    let of_format = |format| NAMES.iter().filter(move |(_, of)| *of == format).map(|(name, _)| *name);
    let names = |format| of_format(format).collect::<Vec<_>>().join(" ");
    assert_eq!(
        names(1),
        "meta subscribers usernames accounts phones objects ledger debits references unmatched taken_rows jobs runs \
         router_work healed log"
    );
    assert_eq!(names(2), "alerts held held_cuts held_files anew");
    assert_eq!(
        names(3),
        "messages messages_due messages_once announcements incidents known_routers"
    );
    assert_eq!(
        names(4),
        "served reference_origins unmatched_words readings router_readings"
    );
    assert_eq!(
        FORMAT, 4,
        "a new format has tables to name here, and a file in `files/`"
    );
}
