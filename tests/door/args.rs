//! Which words are understood, which are refused with exit 2, and what they ask for.

use std::ffi::OsString;
use std::path::PathBuf;

use weir::cli::args::{Parsed, Typed, TypedStep, parse};
use weir::cli::words::Local;
use weir::commands::approvals::approve::Approve;
use weir::commands::clock::confirm::ClockConfirm;
use weir::commands::clock::show::ClockShow;
use weir::commands::file_body::FileBody;
use weir::commands::imports::subscribers::ImportSubscribers;
use weir::commands::jobs::history::JobsHistory;
use weir::commands::jobs::list::JobsList;
use weir::commands::jobs::pause::JobsPause;
use weir::commands::jobs::plan::Plan;
use weir::commands::jobs::resume::JobsResume;
use weir::commands::jobs::run::JobsRun;
use weir::commands::jobs::show::JobsShow;
use weir::commands::payments::adjust::Adjust;
use weir::commands::payments::assign::PayAssign;
use weir::commands::payments::ledger::Ledger;
use weir::commands::payments::move_payment::PayMove;
use weir::commands::payments::pay::Pay;
use weir::commands::payments::receipt::Receipt;
use weir::commands::payments::reverse::PayReverse;
use weir::commands::payments::statement::PayFile;
use weir::commands::payments::unmatched::PayUnmatched;
use weir::commands::request::Request;
use weir::commands::routers::diff::RouterDiff;
use weir::commands::routers::list::RouterList;
use weir::commands::routers::probe::RouterProbe;
use weir::commands::routers::reconcile::RouterReconcile;
use weir::commands::status::answer::Status;
use weir::commands::subscribers::add::SubscriberAdd;
use weir::commands::subscribers::close::SubscriberClose;
use weir::commands::subscribers::extend::SubscriberExtend;
use weir::commands::subscribers::fields::SubscriberFields;
use weir::commands::subscribers::hold::SubscriberHold;
use weir::commands::subscribers::list::SubscriberList;
use weir::commands::subscribers::release::SubscriberRelease;
use weir::commands::subscribers::reopen::SubscriberReopen;
use weir::commands::subscribers::set::SubscriberSet;
use weir::commands::subscribers::show::SubscriberShow;
use weir::commands::system::config_show::ConfigShow;
use weir::commands::system::logs::Logs;
use weir::commands::system::verify::Verify;

fn words(line: &str) -> Vec<OsString> {
    // `''` stands for an empty word, as in a shell; `~` for a blank inside a word.
    std::iter::once("weir")
        .chain(line.split_whitespace())
        .map(|word| {
            if word == "''" {
                OsString::new()
            } else {
                word.replace('~', " ").into()
            }
        })
        .collect()
}

fn typed(line: &str) -> Typed {
    match parse(words(line)) {
        Parsed::Typed(typed) => *typed,
        Parsed::Text { text, exit } => panic!("`weir {line}` ended with {exit}: {text}"),
    }
}

fn asked(line: &str) -> Request {
    match typed(line).step {
        TypedStep::Ask(request) => *request,
        other => panic!("`weir {line}` is {other:?}"),
    }
}

fn refused(line: &str) -> String {
    match parse(words(line)) {
        Parsed::Text { text, exit: 2 } => {
            assert!(text.starts_with("weir: ") || text.contains("Usage:"), "{text}");
            text
        }
        other => panic!("`weir {line}` was not refused: {other:?}"),
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn approve(what: Option<String>, refuse: Option<String>, dry_run: bool) -> Request {
    Request::Approve(Approve { what, refuse, dry_run })
}

fn file(name: &str) -> FileBody {
    FileBody {
        name: name.to_owned(),
        bytes: Vec::new(),
    }
}

#[test]
fn every_command_of_the_issue_is_understood() {
    let u = || "amina".to_owned();
    let job = || "billing".to_owned();
    let r = || "QK4".to_owned();
    let cases: Vec<(&str, Request)> = vec![
        ("status", Request::Status(Status)),
        ("verify", Request::Verify(Verify)),
        ("clock", Request::ClockShow(ClockShow)),
        (
            "clock confirm",
            Request::ClockConfirm(ClockConfirm {
                yes: false,
                shown: None,
            }),
        ),
        (
            "clock confirm --yes",
            Request::ClockConfirm(ClockConfirm { yes: true, shown: None }),
        ),
        ("config show", Request::ConfigShow(ConfigShow)),
        ("jobs", Request::JobsList(JobsList)),
        ("jobs show billing", Request::JobsShow(JobsShow { name: job() })),
        (
            "jobs history billing",
            Request::JobsHistory(JobsHistory {
                name: job(),
                limit: 1000,
            }),
        ),
        (
            "jobs history billing --limit 5",
            Request::JobsHistory(JobsHistory { name: job(), limit: 5 }),
        ),
        (
            "jobs run billing",
            Request::JobsRun(JobsRun {
                name: job(),
                dry_run: false,
            }),
        ),
        (
            "jobs run billing --dry-run",
            Request::JobsRun(JobsRun {
                name: job(),
                dry_run: true,
            }),
        ),
        (
            "jobs run --dry-run billing",
            Request::JobsRun(JobsRun {
                name: job(),
                dry_run: true,
            }),
        ),
        ("jobs pause billing", Request::JobsPause(JobsPause { name: job() })),
        ("jobs resume billing", Request::JobsResume(JobsResume { name: job() })),
        ("approve", approve(None, None, false)),
        ("approve disconnect", approve(some("disconnect"), None, false)),
        ("approve --dry-run", approve(None, None, true)),
        ("approve reconcile/core", approve(some("reconcile/core"), None, false)),
        ("approve reconcile core", approve(some("reconcile/core"), None, false)),
        (
            "approve import --refuse the~wrong~list",
            approve(some("import"), some("the wrong list"), false),
        ),
        ("plan", Request::Plan(Plan { days: 7 })),
        ("plan --days 31", Request::Plan(Plan { days: 31 })),
        (
            "import subscribers a.csv",
            Request::ImportSubscribers(ImportSubscribers {
                file: file("a.csv"),
                dry_run: false,
            }),
        ),
        (
            "import subscribers a.csv --dry-run",
            Request::ImportSubscribers(ImportSubscribers {
                file: file("a.csv"),
                dry_run: true,
            }),
        ),
        ("subscriber list", Request::SubscriberList(SubscriberList::default())),
        (
            "subscriber show amina",
            Request::SubscriberShow(SubscriberShow { username: u() }),
        ),
        (
            "subscriber extend amina --until 2027-03-01",
            Request::SubscriberExtend(SubscriberExtend {
                username: u(),
                until: "2027-03-01".into(),
            }),
        ),
        (
            "subscriber hold amina",
            Request::SubscriberHold(SubscriberHold {
                username: u(),
                on: false,
                off: false,
                comment: None,
            }),
        ),
        (
            "subscriber hold amina --on",
            Request::SubscriberHold(SubscriberHold {
                username: u(),
                on: true,
                off: false,
                comment: None,
            }),
        ),
        (
            "subscriber hold amina --off --comment travels",
            Request::SubscriberHold(SubscriberHold {
                username: u(),
                on: false,
                off: true,
                comment: some("travels"),
            }),
        ),
        (
            "subscriber release amina",
            Request::SubscriberRelease(SubscriberRelease { username: u() }),
        ),
        (
            "subscriber close amina",
            Request::SubscriberClose(SubscriberClose { username: u() }),
        ),
        (
            "subscriber reopen amina",
            Request::SubscriberReopen(SubscriberReopen { username: u() }),
        ),
        (
            "pay amina 1500.00 --ref QK4",
            Request::Pay(Pay {
                username: u(),
                amount: "1500.00".into(),
                reference: Some(r()),
                source: None,
                date: None,
                again: false,
                yes: false,
            }),
        ),
        (
            "pay --ref QK4 amina 5 --source M-Pesa --date 2027-03-01",
            Request::Pay(Pay {
                username: u(),
                amount: "5".into(),
                reference: Some(r()),
                source: some("M-Pesa"),
                date: some("2027-03-01"),
                again: false,
                yes: false,
            }),
        ),
        (
            "pay --file s.csv",
            Request::PayFile(PayFile {
                file: file("s.csv"),
                dry_run: false,
            }),
        ),
        (
            "pay --file s.csv --dry-run",
            Request::PayFile(PayFile {
                file: file("s.csv"),
                dry_run: true,
            }),
        ),
        (
            "pay amina 5 --again --yes",
            Request::Pay(Pay {
                username: u(),
                amount: "5".into(),
                reference: None,
                source: None,
                date: None,
                again: true,
                yes: true,
            }),
        ),
        ("pay --unmatched", Request::PayUnmatched(PayUnmatched)),
        (
            "pay assign QK4 amina",
            Request::PayAssign(PayAssign {
                reference: r(),
                username: u(),
                yes: false,
            }),
        ),
        ("pay reverse QK4", Request::PayReverse(PayReverse { reference: r() })),
        (
            "pay move QK4 amina",
            Request::PayMove(PayMove {
                reference: r(),
                username: u(),
                yes: false,
            }),
        ),
        (
            "receipt QK4 --sms",
            Request::Receipt(Receipt {
                reference: r(),
                html: false,
                sms: true,
            }),
        ),
        (
            "adjust amina 50.00 --comment sorry",
            Request::Adjust(Adjust {
                username: u(),
                amount: "50.00".into(),
                comment: "sorry".into(),
            }),
        ),
        (
            "adjust amina -50.00 --comment sorry",
            Request::Adjust(Adjust {
                username: u(),
                amount: "-50.00".into(),
                comment: "sorry".into(),
            }),
        ),
        (
            "adjust --comment two~words amina -50.00",
            Request::Adjust(Adjust {
                username: u(),
                amount: "-50.00".into(),
                comment: "two words".into(),
            }),
        ),
        ("ledger amina", Request::Ledger(Ledger { username: u() })),
        (
            "logs",
            Request::Logs(Logs {
                kind: None,
                since: None,
                until: None,
                user: None,
                limit: 1000,
            }),
        ),
        (
            "logs disconnect --since 2027-03-01 --until 2027-03-02 --user amina --limit 3",
            Request::Logs(Logs {
                kind: some("disconnect"),
                since: some("2027-03-01"),
                until: some("2027-03-02"),
                user: some("amina"),
                limit: 3,
            }),
        ),
        ("router list", Request::RouterList(RouterList { name: None })),
        ("router probe", Request::RouterProbe(RouterProbe { name: None })),
        (
            "router probe core",
            Request::RouterProbe(RouterProbe { name: some("core") }),
        ),
        (
            "router diff core",
            Request::RouterDiff(RouterDiff { name: some("core") }),
        ),
        (
            "router reconcile",
            Request::RouterReconcile(RouterReconcile { name: None }),
        ),
    ];
    for (line, request) in cases {
        assert_eq!(asked(line), request, "weir {line}");
    }
}

#[test]
fn local_commands_ask_no_site() {
    assert_eq!(
        typed("init hilltop").step,
        TypedStep::Local(Local::Init {
            folder: "hilltop".into()
        })
    );
    assert_eq!(typed("run").step, TypedStep::Local(Local::Run));
    assert_eq!(typed("check").step, TypedStep::Local(Local::Check));
    assert_eq!(typed("demo").step, TypedStep::Local(Local::Demo));
    assert!(matches!(
        typed("completions bash").step,
        TypedStep::Local(Local::Completions { .. })
    ));
}

#[test]
fn json_and_config_stand_before_or_after_the_command() {
    for line in [
        "--json --config a.toml pay assign R bob",
        "pay --json --config a.toml assign R bob",
        "pay assign --json R --config a.toml bob",
        "pay assign R bob --config a.toml --json",
        "--config=a.toml pay assign R bob --json",
        "--json pay assign R bob --config a.toml",
    ] {
        let typed = typed(line);
        assert!(typed.json, "weir {line}");
        assert_eq!(typed.config, PathBuf::from("a.toml"), "weir {line}");
        assert!(
            matches!(typed.step, TypedStep::Ask(request) if matches!(*request, Request::PayAssign(PayAssign { .. })))
        );
    }
    for line in [
        "--json jobs history billing",
        "jobs --json history billing",
        "jobs history billing --json",
    ] {
        assert!(typed(line).json, "weir {line}");
    }
    assert!(!typed("status").json);
}

#[test]
fn set_takes_every_field_and_an_empty_text_clears() {
    let line = "subscriber set amina --package p --expires-on 2027-03-01 --name N --phone 0712345678 --account A \
                --router r --service static --address 10.0.0.2 --login l --rate 5M/5M --profile ''";
    let fields = SubscriberFields {
        name: some("N"),
        phone: some("0712345678"),
        account: some("A"),
        package: some("p"),
        router: some("r"),
        service: some("static"),
        address: some("10.0.0.2"),
        login: some("l"),
        rate: some("5M/5M"),
        profile: some(""),
        expires_on: some("2027-03-01"),
    };
    assert_eq!(
        asked(line),
        Request::SubscriberSet(SubscriberSet {
            username: "amina".into(),
            fields: fields.clone()
        })
    );
    let add = line.replace(" set ", " add ") + " --balance -1500.00 --debited yes";
    assert_eq!(
        asked(&add),
        Request::SubscriberAdd(SubscriberAdd {
            username: "amina".into(),
            fields,
            balance: some("-1500.00"),
            debited: some("yes")
        })
    );
    assert!(matches!(
        asked("subscriber add amina"),
        Request::SubscriberAdd(SubscriberAdd { .. })
    ));
}

#[test]
fn usernames_may_be_odd() {
    for (line, username) in [
        ("pay 4711 100 --ref R", "4711"),
        ("pay --ref R -- -odd 100", "-odd"),
        ("pay --ref R -- --json 100", "--json"),
        ("pay help 100 --ref R", "help"),
        ("pay 00:1A:2B:3C:4D:5E 100 --ref R", "00:1A:2B:3C:4D:5E"),
        ("pay amina@home 100 --ref assign", "amina@home"),
        ("pay ämïna~z 100 --ref R", "ämïna z"),
    ] {
        assert!(
            matches!(asked(line), Request::Pay(Pay { username: ref got, .. }) if got == username),
            "weir {line}"
        );
    }
    for line in ["ledger -- -odd", "subscriber show -- -odd"] {
        assert!(
            matches!(asked(line), Request::Ledger(Ledger { username }) | Request::SubscriberShow(SubscriberShow { username }) if username == "-odd")
        );
    }
    assert!(
        matches!(asked("adjust --comment c -- -odd -5"), Request::Adjust(Adjust { username, amount, .. }) if username == "-odd" && amount == "-5")
    );
}

#[test]
fn an_amount_below_zero_reaches_the_command_that_refuses_it() {
    assert!(matches!(asked("pay amina -5 --ref R"), Request::Pay(Pay { amount, .. }) if amount == "-5"));
}

#[test]
fn what_is_typed_wrongly_is_refused_with_exit_2() {
    for line in [
        "",
        "--json",
        "nonsense",
        "status nonsense",
        "status --nonsense",
        "--json status --nonsense",
        "subscriber",
        "subscriber set amina",
        "subscriber set --package p",
        "subscriber set amina --service wifi",
        "subscriber extend amina",
        "subscriber hold amina --on --off",
        "subscriber add amina --debited maybe",
        "jobs run",
        "jobs nonsense",
        "plan --days 0",
        "approve disconnect --refuse",
        "approve --refuse x --dry-run",
        "approve reconcile core more",
        "approve disconect",
        "approve disconnect import",
        "approve reconcile",
        "approve reconcile/",
        "plan --days x",
        "plan --days 367",
        "import",
        "import subscribers",
        "pay",
        "pay --json",
        "pay amina",
        "pay amina 100 --source M-Pesa",
        "pay amina 100 --ref R --again",
        "pay amina 100 --dry-run",
        "pay --file s.csv --yes",
        "receipt",
        "receipt R --html --sms",
        "pay amina --ref R",
        "pay --file s.csv amina 100 --ref R",
        "pay --file s.csv --unmatched",
        "pay --unmatched --ref R",
        "pay assign R",
        "pay reverse",
        "pay --ref R assign R2 bob",
        "pay amina assign R bob",
        "pay --unmatched assign R bob",
        "adjust amina 5",
        "adjust amina --comment c",
        "logs nonsense",
        "logs --limit 0",
        "router",
        "config",
        "completions nonsense",
        "init",
        "status --json=yes",
    ] {
        refused(line);
    }
}

#[test]
fn a_usage_error_names_the_usage() {
    let text = refused("pay amina assign R bob");
    assert!(text.contains("`assign` comes right after `pay`"), "{text}");
    assert!(text.contains("weir pay --file <STATEMENT.csv>"), "{text}");
    let text = refused("subscriber set amina");
    assert!(text.contains("say what to set"), "{text}");
    assert!(text.contains("Usage: weir subscriber set"), "{text}");
    let text = refused("approve disconect --dry-run");
    assert!(text.contains("`disconect`"), "{text}");
    assert!(text.contains("`disconnect`, `import` or `reconcile/ROUTER`"), "{text}");
}

#[test]
fn help_ends_well_and_fits_80_columns() {
    for line in [
        "--help",
        "-h",
        "help",
        "help pay",
        "pay --help",
        "jobs --help",
        "jobs run --help",
        "subscriber --help",
        "subscriber add --help",
        "subscriber set --help",
        "logs --help",
        "router --help",
        "import subscribers --help",
        "status --json --help",
        "--version",
    ] {
        match parse(words(line)) {
            Parsed::Text { text, exit: 0 } => {
                for row in text.lines() {
                    assert!(row.chars().count() <= 80, "weir {line}: {row}");
                }
            }
            other => panic!("`weir {line}`: {other:?}"),
        }
    }
}

#[test]
fn completions_know_the_commands() {
    let TypedStep::Local(Local::Completions { shell }) = typed("completions bash").step else {
        panic!("no shell");
    };
    let script = weir::cli::args::completions(shell);
    for word in ["subscriber", "reconcile", "--dry-run"] {
        assert!(script.contains(word), "{word}");
    }
}
