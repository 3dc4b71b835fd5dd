//! Tables of configurations, and what is found in them.

use std::path::Path;

use weir::config::gateways::GatewayKind;
use weir::config::read::{Config, read};
use weir::model::job::Job;
use weir::model::money::Money;
use weir::model::name::{PackageName, RouterName};
use weir::model::package::{Cycle, Rate};
use weir::model::router::work::StaticMethod;
use weir::model::statement_format::{DecimalSign, Delimiter, TextEncoding};
use weir::rules::trust::Mode;
use weir::rules::wallet::Resume;

const BASE: &str = "/etc/weir";

/// The least that is a configuration; seven lines.
const LEAST: &str = "[site]\nname = \"hilltop\"\ntime_zone = \"Africa/Nairobi\"\ncurrency = \"KES\"\n";

fn good(text: &str) -> Config {
    read(text, "site.toml", Path::new(BASE)).unwrap_or_else(|findings| panic!("{findings:#?}\n{text}"))
}

/// The findings as `line:column: message`.
fn bad(text: &str) -> Vec<String> {
    let findings = read(text, "site.toml", Path::new(BASE)).expect_err(text);
    findings
        .iter()
        .map(|finding| finding.to_string().replacen("site.toml:", "", 1))
        .collect()
}

/// A file with every key that scripts may rely on.
const WHOLE: &str = r##"
[retention]
days = 180
health = 90
archive = true

[alerts]
sms = ["+254700000001"]
email = ["owner@example.org"]
after_failures = 3

[site]
name = "hilltop"
time_zone = "Africa/Nairobi"
currency = "KES"                    # digits as ISO 4217 gives them
data = "data"
socket = "control.sock"

[[routers]]
name = "core"
host = "127.0.0.1"
port = 8728
username = "weir"
password_file = "secrets/core"
tls = false
ssh_port = 22
suspended_profile = "suspended"

[[packages]]
name = "home-10"
price = "1500.00"
cycle = "monthly"
profile = "home-10"
rate = "10M/10M"

[[packages]]
name = "day"
price = "50"
cycle = "1 day"

[jobs.billing]
schedule = "5 0 * * *"
enabled = true

[jobs.check-generator]
schedule = "0 10 1 * *"
purpose = "Run the generator for ten minutes"

[jobs.health]
enabled = false

[jobs.buy-fuel]
schedule = "0 9 * * 5"
purpose = "Buy fuel"

[billing]
credit_limit = "0.00"
resume = "from-payment"
payment_grace_days = 3

[access]
grace_days = 0
max_share = 20
static = "queue"

[clock]
trust = "either"
max_jump = "3 days"

[reminders]
days_before = [3]
text = "Dear {{name}}, your internet is paid until {{expiryDate}}. Account {{accountNumber}}."
quiet_hours = "20:00-08:00"

[[statements]]
name = "mpesa"
columns = { reference = "Receipt No.", date = "Completion Time", amount = "Paid In", account = "A/C No." }
date_format = "%d-%m-%Y %H:%M:%S"

[[gateways]]
name = "local"
kind = "http"
url = "http://127.0.0.1:8085/send"
method = "POST"
headers = { "Content-Type" = "application/json" }
body = '{"to":"{{to}}","message":"{{text}}"}'
success = { status = 200, body_contains = "queued" }
secret_file = "secrets/sms"
"##;

#[test]
fn a_file_with_every_key_says_what_it_says() {
    let config = good(WHOLE);
    assert_eq!(config.site.name, "hilltop");
    assert_eq!(config.site.zone_name, "Africa/Nairobi");
    assert_eq!(config.site.currency.code(), "KES");
    assert_eq!(config.site.data, Path::new("/etc/weir/data"));
    assert_eq!(config.site.socket, Path::new("/etc/weir/control.sock"));
    let router = config.router(&RouterName::new("core").unwrap()).unwrap();
    assert_eq!(
        (router.host.as_str(), router.port, router.ssh_port),
        ("127.0.0.1", 8728, 22)
    );
    assert_eq!(router.password_file, Path::new("/etc/weir/secrets/core"));
    assert_eq!(router.line, 24);
    assert_eq!(router.suspended_profile.as_ref().unwrap().as_str(), "suspended");
    let package = config.package(&PackageName::new("home-10").unwrap()).unwrap();
    assert_eq!(
        (package.price, package.cycle, package.rate),
        (Money::from_minor(150_000), Cycle::Months(1), Rate::parse("10M/10M"))
    );
    assert_eq!(config.packages[1].cycle, Cycle::Days(1));
    let names: Vec<&str> = config.jobs.iter().map(|job| job.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "billing",
            "disconnect",
            "reminders",
            "health",
            "cleanup",
            "check-generator",
            "buy-fuel"
        ]
    );
    assert!(!config.job(Job::Health).unwrap().enabled);
    assert_eq!(config.job(Job::Cleanup).unwrap().schedule.text(), "5 3 * * 0");
    assert_eq!(config.jobs[5].purpose, "Run the generator for ten minutes");
    assert_eq!(config.access.static_method, StaticMethod::Queue);
    assert_eq!((config.clock.trust, config.clock.max_jump_s), (Mode::Either, 259_200));
    assert_eq!(config.reminders.quiet_hours.unwrap().from.hour(), 20);
    assert_eq!(config.statements[0].columns.account.as_deref(), Some("A/C No."));
    let GatewayKind::Http(http) = &config.gateways[0].kind else {
        panic!("{:?}", config.gateways)
    };
    assert_eq!(
        http.headers,
        [("Content-Type".to_owned(), "application/json".to_owned())]
    );
    assert_eq!(
        (http.success_status, http.success_body_contains.as_deref()),
        (Some(200), Some("queued"))
    );
    assert_eq!(
        (config.retention.days_of("health"), config.retention.days_of("billing")),
        (90, 180)
    );
    assert_eq!(config.policy().packages.len(), 2);
}

#[test]
fn the_least_file_has_all_defaults() {
    let config = good(LEAST);
    assert_eq!(config.site.data, Path::new("/var/lib/weir"));
    assert_eq!(config.site.socket, Path::new("/run/weir/control.sock"));
    assert_eq!(config.jobs.len(), 5);
    for job in Job::ALL {
        assert_eq!(config.job(job).unwrap().schedule.text(), job.default_schedule());
    }
    assert_eq!(
        (
            config.billing.credit_limit,
            config.billing.resume,
            config.billing.payment_grace_days
        ),
        (Money::ZERO, Resume::FromPayment, 3)
    );
    assert_eq!((config.access.grace_days, config.access.max_share), (0, 20));
    assert_eq!(config.reminders.days_before, [3]);
    assert_eq!(
        (
            config.alerts.after_failures,
            config.retention.days,
            config.retention.archive
        ),
        (3, 180, true)
    );
}

#[test]
fn other_choices_are_taken_as_well() {
    let config = good(&format!(
        "{LEAST}[billing]\nresume = \"from-due\"\ncredit_limit = \"100\"\n[access]\nstatic = \"address-list\"\n\
         address_list = \"off\"\n[clock]\ntrust = \"floor\"\nmax_jump = \"36 hours\"\n[reminders]\nquiet_hours = \"none\"\n\
         days_before = [7, 1, 3, 1]\n[[statements]]\nname = \"bank\"\ncolumns = {{ reference = \"Ref\", date = \"Date\", \
         amount = \"Credit\" }}\ndate_format = [\"%d.%m.%Y\", \"%Y.%m.%d\"]\naccount_after = {{ column = \"Text\", text = \
         \"Acc. \" }}\naccept = {{ column = \"S\", values = [\"Completed\"] }}\nignore = {{ column = \"K\", values = \
         [\"Own\"] }}\nreverses = \"Linked\"\ndecimal = \",\"\ndelimiter = \"tab\"\nencoding = \"utf-16le\"\n"
    ));
    assert_eq!(
        (config.billing.resume, config.billing.credit_limit),
        (Resume::FromDue, Money::from_minor(10_000))
    );
    assert_eq!(config.access.static_method, StaticMethod::AddressList("off".to_owned()));
    assert_eq!((config.clock.trust, config.clock.max_jump_s), (Mode::Floor, 129_600));
    assert_eq!(
        (config.reminders.quiet_hours, config.reminders.days_before),
        (None, vec![1, 3, 7])
    );
    let bank = &config.statements[0];
    assert_eq!(bank.date_formats, ["%d.%m.%Y", "%Y.%m.%d"]);
    assert_eq!(bank.account_after.as_ref().unwrap().text, "Acc. ");
    assert_eq!(bank.accept.as_ref().unwrap().values, ["Completed"]);
    assert_eq!(bank.reverses.as_deref(), Some("Linked"));
    assert_eq!(
        (bank.decimal, bank.delimiter, bank.encoding),
        (DecimalSign::Comma, Delimiter::Tab, TextEncoding::Utf16Le)
    );
}

#[test]
fn everything_wrong_is_found_at_once_in_order_of_its_place() {
    let text = "[site]\nname = \"\"\ntime_zone = \"Africa/Nairobbi\"\ncurrency = \"kes\"\ncolour = 1\n\n[[routers]]\nname = \
                \"core\"\nhost = \"10.0.0.1:8728\"\nport = 70000\n\n[jobs.billing]\nschedule = \"5 24 * * *\"\n\n\
                [acess]\nmax_share = 0\n";
    assert_eq!(
        bad(text),
        [
            "2:8: `name` is empty; fill it in, for example `name = \"hilltop\"`",
            "3:13: time zone `Africa/Nairobbi` is not known; did you mean `Africa/Nairobi`?",
            "4:12: currency `kes` is not known; did you mean `KES`?",
            "5:1: unknown key `colour` in [site]; the keys here are `name`, `time_zone`, `currency`, `data`, `socket`",
            "7:1: [[routers]] has no `password_file`; add one, for example `password_file = \"secrets/core\"`",
            "7:1: [[routers]] has no `username`; add one, for example `username = \"weir\"`",
            "9:8: host `10.0.0.1:8728` contains a port; write `host = \"10.0.0.1\"` and `port = 8728`",
            "10:8: `port` is 70000; it must be 1 to 65535",
            "13:15: hour `24` is outside 0-23",
            "15:2: unknown key `acess` in the file; did you mean `access`?",
        ]
    );
}

#[test]
fn a_port_is_seen_in_a_host_only_where_one_stands_and_four_numbers_must_be_an_address() {
    for (host, expected) in [
        (
            "10.0.0.1:8728",
            "contains a port; write `host = \"10.0.0.1\"` and `port = 8728`",
        ),
        ("http://10.0.0.1/", "is neither an IP address nor a host name"),
        ("[fe80::1]", "is neither an IP address nor a host name"),
        ("fe80::1%eth0", "is neither an IP address nor a host name"),
        ("10.0.0.999", "is not an IP address; write four numbers from 0 to 255"),
        ("10.0.0", "is not an IP address; write four numbers from 0 to 255"),
    ] {
        let found = bad(&format!(
            "{LEAST}[[routers]]\nname = \"core\"\nhost = \"{host}\"\nusername = \"weir\"\npassword_file = \"p\"\n"
        ));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with(&format!("7:8: host `{host}` {expected}")),
            "{found:?}"
        );
    }
}

#[test]
fn broken_syntax_is_reported_alone() {
    assert_eq!(
        bad("[site]\nname = = 1\ncolour = 2\n"),
        ["2:8: this is not valid TOML: extra `=`, expected nothing"]
    );
    assert_eq!(
        bad("[site]\nname = \"a\"\nname = \"b\"\n"),
        ["3:1: `name` appears twice; remove one of the two"]
    );
    assert_eq!(
        bad(&format!("{LEAST}[site]\n")),
        ["5:2: `site` appears twice; remove one of the two"]
    );
}

#[test]
fn each_fault_has_its_place_and_its_way_out() {
    // Behind the four lines of `[site]`, so the first line here is line 5.
    let table: &[(&str, &[&str])] = &[
        (
            "routers = 5",
            &[
                "5:1: unknown key `routers` in [site]; the keys here are `name`, `time_zone`, `currency`, `data`, `socket`",
            ],
        ),
        (
            "data = 7",
            &["5:8: `data` is a whole number; write it in quotes, `data = \"7\"`"],
        ),
        (
            "[routers]\nname = \"core\"",
            &["5:1: `routers` is a table; write [[routers]] above each"],
        ),
        (
            "[[routers]]\nname = \"a\"\nhost = \"h\"\nusername = \"u\"\npassword_file = \"p\"\ntls = true",
            &["10:7: this version supports only the plain API; set `tls = false` and `port = 8728`"],
        ),
        (
            "[[routers]]\nname = \"a\"\nhost = \"a b\"\nusername = \"u\"\npassword_file = \"p\"\ntls = \"no\"",
            &[
                "7:8: host `a b` is neither an IP address nor a host name; write it like `192.168.88.1`",
                "10:7: `tls` is a text; write `true` or `false`, without quotes",
            ],
        ),
        (
            "[[packages]]\nname = \"p\"\nprice = \"12.345\"",
            &[
                "7:9: price `12.345` is unclear: it may be 12.345, which has too many digits, or 12345.00; write 12345.00 if that is meant",
            ],
        ),
        (
            "[[packages]]\nname = \"p\"\nprice = 1500",
            &["7:9: `price` is a whole number; write it in quotes, `price = \"1500\"`"],
        ),
        (
            "[[packages]]\nname = \"p\"\nprice = \"-1\"",
            &["7:9: price `-1` is below zero; write zero or more"],
        ),
        (
            "[[packages]]\nname = \"p\"",
            &["5:1: [[packages]] has no `price`; add one, for example `price = \"1500.00\"`"],
        ),
        (
            "[[packages]]\nname = \"p\"\nprice = \"1\"\n[[packages]]\nname = \"p\"\nprice = \"2\"",
            &["9:8: package `p` is already defined on line 6; give each its own name"],
        ),
        (
            "[[packages]]\nname = \"p\"\nprice = \"1\"\ncycle = \"weekly\"\nrate = \"10\"\nprofil = \"x\"",
            &[
                "8:9: cycle `weekly` is not known; write `monthly`, `quarterly`, `annual`, or a number of days (1 to 3660) such as `30 days`",
                "9:8: rate `10` is not known; write upload/download, such as `10M/10M` or `512k/2M`",
                "10:1: unknown key `profil` in [[packages]]; did you mean `profile`?",
            ],
        ),
        (
            "[jobs.biling]\nschedule = \"5 0 * * *\"",
            &["5:7: there is no job `biling`, and a planned job needs a `purpose`; did you mean `billing`?"],
        ),
        (
            "[jobs.Fuel_Up]\nschedule = \"5 0 * * *\"\npurpose = \"x\"",
            &["5:7: `Fuel_Up` cannot be the name of a job; use at most 64 small letters, digits and dashes"],
        ),
        (
            "[jobs.fuel]\npurpose = \"x\"",
            &["5:1: [jobs.…] has no `schedule`; add one, for example `schedule = \"0 10 1 * *\"`"],
        ),
        (
            "[jobs.billing]\nschedule = '5 0 31 2 *'",
            &[
                "6:17: day of month `31` never occurs in month `2`, so this schedule would never run; write a day \
                that the month has",
            ],
        ),
        (
            "[jobs.billing]\nschedule = \"5 \\u0030 * * 9\"",
            &["6:12: day of week `9` is outside 0-7"],
        ),
        (
            "[jobs.billing]\nschedule = \"5 0 * *\"\nenabled = 1",
            &[
                "6:12: a schedule has five fields (minute, hour, day of month, month, day of week), but here are 4; \
                for example `5 0 * * *`",
                "7:11: `enabled` is a whole number; write `true` or `false`, without quotes",
            ],
        ),
        (
            "[billing]\ncredit_limit = \"-5\"\nresume = \"from-dew\"\npayment_grace_days = -1",
            &[
                "6:16: credit_limit `-5` is below zero; write zero or more",
                "7:10: resume `from-dew` is not known; write `from-payment` or `from-due`; did you mean `from-due`?",
                "8:22: `payment_grace_days` is -1; it must be 0 to 365",
            ],
        ),
        (
            "[access]\nmax_share = 101\nstatic = \"address-list\"",
            &[
                "6:13: `max_share` is 101; it must be 1 to 100",
                "7:10: `static = \"address-list\"` needs the name of the list; add `address_list = \"weir-suspended\"`",
            ],
        ),
        (
            "[clock]\ntrust = \"gps\"\nmax_jump = \"3d\"",
            &[
                "6:9: trust `gps` is not known; write `ntp`, `router`, `either` or `floor`",
                "7:12: max_jump `3d` is not a duration; write a number and a unit, such as `3 days` or `12 hours`",
            ],
        ),
        (
            "[clock]\nmax_jump = \"0 days\"",
            &["6:12: max_jump `0 days` is out of range; write 1 minute to 3650 days"],
        ),
        (
            "[reminders]\ntext = \"é {{nmae}} {{name\"\nquiet_hours = \"20-8\"\ndays_before = [3, \"4\", 61]",
            &[
                "6:11: placeholder `{{nmae}}` is not known; did you mean `{{name}}`?",
                "6:20: `{{` is not closed; add `}}` after the name of the placeholder",
                "7:15: quiet_hours `20-8` cannot be read; write them like `20:00-08:00`, or `none`",
                "8:19: `days_before` is a text; write a whole number 0 to 60, without quotes",
                "8:24: `days_before` is 61; it must be 0 to 60",
            ],
        ),
        (
            "[[statements]]\nname = \"m\"\ncolumns = { reference = \"R\", date = \"D\", sum = \"S\" }\ndate_format = \"%d-%m\"\ndecimal = \"'\"\nencoding = \"latin\"",
            &[
                "7:11: `columns` has no `amount`; add one, for example `amount = \"Receipt No.\"`",
                "7:42: unknown key `sum` in `columns`; the keys here are `reference`, `date`, `amount`, `account`, `phone`, `source`, `payer`, `details`",
                "8:15: `%d-%m` lacks the year, the month or the day; write it like `%d-%m-%Y %H:%M:%S`",
                "9:11: decimal `'` is not known; write `.` or `,`",
                "10:12: encoding `latin` is not known; write `auto`, `utf-8`, `utf-16le`, `utf-16be` or `windows-1252`",
            ],
        ),
        (
            "[[statements]]\nname = \"m\"\ncolumns = { reference = \"R\", date = \"D\", amount = \"S\" }\ndate_format = \"%F\"\nunique = [\"date\", \"payer\"]",
            &[
                "9:10: `unique` lacks `reference`, by which a payment is known first; write `unique = [\"reference\", \"date\", \"amount\"]`, or leave it out",
                "9:19: `unique` knows no `payer`; write `unique = [\"reference\", \"date\", \"amount\"]`, or leave it out",
            ],
        ),
        (
            "[[statements]]\nname = \"m\"\ncolumns = { reference = \"R\", date = \"D\", amount = \"S\" }\ndate_format = \"%F\"\nunique = [\"reference\", \"date\"]\nreverses = \"Of\"",
            &[
                "10:12: `reverses` names a payment by its number, and `unique` says that numbers repeat; leave one of them out",
            ],
        ),
        (
            "[messages]\ntrunk_prefix = \"+0\"",
            &[
                "6:16: `+0` is not what is dialled before a number inside a country; write its digits, such as `0` or `06`, or `\"\"` for none",
            ],
        ),
        (
            "[messages]\ntrunk_prefix = \"\"",
            &["6:16: `trunk_prefix` says nothing without `country_code`; add `country_code`, such as `\"254\"`"],
        ),
        (
            "[[gateways]]\nname = \"g\"\nkind = \"htp\"",
            &[
                "7:8: kind `htp` is not known; write `http`, `africastalking`, `twilio`, `modem` or `smtp`; did you mean `http`?",
            ],
        ),
        (
            "[[gateways]]\nname = \"g\"\nkind = \"http\"\nurl = \"ftp://x\"\nheaders = { \"X Y\" = \"{{secret}}\" }\nfrom = \"x\"",
            &[
                "8:7: `ftp://x` is not a URL; write it like `http://127.0.0.1:8085/send`, without spaces",
                "9:13: `X Y` is not a header name; use letters, digits, dashes and underscores only",
                "9:21: `{{secret}}` needs a `secret_file`; add `secret_file = \"secrets/sms\"`",
                "10:1: unknown key `from` in [[gateways]]; the keys here are `name`, `kind`, `timeout_seconds`, `url`, `method`, `headers`, `body`, `success`, `secret_file`, `price_per_part`, `ca_file`",
            ],
        ),
        (
            "[[gateways]]\nname = \"g\"\nkind = \"http\"\nurl = \"http://{{to}}/x\"\nmethod = \"GET\"\nbody = \"x\"",
            &[
                "8:7: the host in `url` must not contain a placeholder; write the host in full",
                "8:7: the request does not contain `{{text}}`; add it to `url`, `body` or a header",
                "10:8: a GET request has no body; put the placeholders into `url`, or set `method = \"POST\"`",
            ],
        ),
        (
            "[[gateways]]\nname = \"g\"\nkind = \"smtp\"\nhost = \"mail.example.org\"\nfrom = \"w@example.org\"\nsecret_file = \"s\"",
            &["10:15: `secret_file` needs a `username`; add `username`, or remove `secret_file`"],
        ),
        (
            "[[gateways]]\nname = \"g\"\nkind = \"smtp\"\nhost = \"mail.example.org\"\nfrom = \"w@example.org\"\nusername = \"w\"\nsecurity = \"none\"",
            &[
                "10:12: `username` needs a password; add `secret_file = \"secrets/mail\"`",
                "11:12: Weir sends no password unencrypted to another machine; set `security = \"starttls\"`",
            ],
        ),
        (
            "[[gateways]]\nname = \"g\"\nkind = \"modem\"\nrouter = \"core\"",
            &["8:10: there is no router `core`; use the name of one of [[routers]]"],
        ),
        (
            "[alerts]\nsms = [\"12\"]\nemail = [\"owner\"]\nafter_failures = 0",
            &[
                "6:8: `12` is not a phone number; write 7 to 15 digits, such as `+254700000001`",
                "7:10: `owner` is not an e-mail address; write it like `owner@example.org`",
                "8:18: `after_failures` is 0; it must be 1 to 100",
            ],
        ),
        (
            "[retention]\ndays = 0\nhelth = 9\narchive = \"yes\"",
            &[
                "6:8: `days` is 0; it must be 1 to 36500",
                "7:1: unknown key `helth` in [retention]; did you mean `health`?",
                "8:11: `archive` is a text; write `true` or `false`, without quotes",
            ],
        ),
    ];
    for (text, findings) in table {
        assert_eq!(bad(&format!("{LEAST}{text}\n")), *findings, "{text}");
    }
}

#[test]
fn a_site_needs_its_three_keys() {
    assert_eq!(
        bad(""),
        ["1:1: [site] is missing; add `[site]` with `name`, `time_zone` and `currency`"]
    );
    assert_eq!(bad("[site]\n").len(), 3);
    assert_eq!(
        bad("site = 3\n"),
        ["1:8: `site` is a whole number; write it as a table, [site]"]
    );
    let nairobi = LEAST.replace("Africa/Nairobi", "Nairobi");
    assert_eq!(
        bad(&nairobi),
        ["3:13: time zone `Nairobi` is not known; did you mean `Africa/Nairobi`?"]
    );
    let nowhere = LEAST.replace("Africa/Nairobi", "Xyzzyx");
    assert_eq!(
        bad(&nowhere),
        ["3:13: time zone `Xyzzyx` is not known; write continent and city, such as `Africa/Nairobi`"]
    );
}

#[test]
fn a_socket_path_that_cannot_be_bound_is_refused() {
    let with = |bytes: usize| {
        let name = "s".repeat(bytes - "/etc/weir/".len());
        read(&format!("{LEAST}socket = \"{name}\"\n"), "site.toml", Path::new(BASE)).map(|_| ())
    };
    assert!(with(107).is_ok());
    let findings = with(108).unwrap_err();
    assert_eq!((findings[0].line, findings[0].column), (5, 10));
    assert!(
        findings[0]
            .message
            .starts_with("the path of the socket has 108 bytes with its folder, and at most 107 are allowed; use"),
        "{findings:?}"
    );
    // A default path does not depend on the folder; a long folder makes a short name too long.
    let deep = format!("/{}", "d".repeat(107));
    assert!(read(LEAST, "site.toml", Path::new(&deep)).is_ok());
    assert!(read(&format!("{LEAST}socket = \"s\"\n"), "site.toml", Path::new(&deep)).is_err());
}

#[test]
fn a_finding_names_its_file() {
    let findings = read("x", "/etc/weir/site.toml", Path::new(BASE)).unwrap_err();
    assert!(
        findings[0].to_string().starts_with("/etc/weir/site.toml:1:"),
        "{findings:?}"
    );
}

#[test]
fn a_file_that_is_too_large_or_too_deep_is_refused() {
    assert_eq!(
        bad(&"#\n".repeat(600_000)),
        ["1:1: the file has 1200000 bytes; at most 1048576 are allowed"]
    );
    assert!(!bad(&format!("{LEAST}data = {}\n", "[".repeat(50_000))).is_empty());
    assert!(bad(&(0..100_000).map(|at| format!("k{at}=1\n")).collect::<String>()).len() <= 200);
}

#[test]
fn a_text_that_goes_in_too_many_parts_is_found_with_what_makes_it_long() {
    let long = "x".repeat(150);
    let of = |parts: u8, text: &str| {
        format!("{LEAST}[messages]\nmax_parts = {parts}\non_payment = \"{text}\"\n[reminders]\ntext = \"{text}\"")
    };
    good(&of(1, &long));
    // The name makes it longer than one message.
    let text = format!("{long} {{{{name}}}}");
    good(&of(2, &text));
    let rest = "takes 2 SMS parts with a name and an account of usual length, and `max_parts` in [messages] allows 1; shorten \
                the text, or allow more parts";
    assert_eq!(
        bad(&of(1, &text)),
        [format!("7:14: `on_payment` {rest}"), format!("9:8: `text` {rest}")]
    );
    let found = bad(&of(2, &format!("{long}’")));
    let why = "9:8: `text` takes 3 SMS parts with a name and an account of usual length (the SMS alphabet lacks `’`, so a \
               part holds 67 characters instead of 153), and";
    assert!(found[1].starts_with(why), "{found:?}");
}
