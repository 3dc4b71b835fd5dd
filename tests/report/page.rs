//! One file that any browser shows: whole, escaped, without a way out of itself.

use weir::model::day::Day;
use weir::model::money::{Currency, Money};
use weir::report::figures::{
    DayMoney, JobMonth, LatePayer, LeftOut, MessageMonth, MonthBefore, Movements, Mover, ReportFigures, RouterMonth,
    SourceMoney,
};
use weir::report::page::page;
use weir::rules::open_charges::Aged;
use weir::rules::statistics::Tally;

pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn money(units: i64) -> Money {
    Money::from_minor(units * 100)
}

/// A month in which nothing happened.
fn empty() -> ReportFigures {
    ReportFigures {
        site: "hilltop".to_owned(),
        currency: Currency::from_code("KES").unwrap(),
        from: day("2027-02-01"),
        to: day("2027-02-28"),
        is_whole: true,
        written_at: "2027-03-01 00:06".to_owned(),
        grace_days: 3,
        tally: Tally::default(),
        by_source: Vec::new(),
        by_day: (0..28)
            .map(|ahead| DayMoney {
                day: day("2027-02-01").plus_days(ahead),
                billed: Money::ZERO,
                collected: Money::ZERO,
            })
            .collect(),
        ageing: [Aged::default(); 4],
        late: Vec::new(),
        movements: Movements::default(),
        before: MonthBefore {
            from: day("2027-01-01"),
            tally: Tally::default(),
            joined: 0,
            left: 0,
        },
        states: vec![("Active", 0), ("Suspended", 0), ("On hold", 0), ("Closed", 0)],
        routers: Vec::new(),
        jobs: Vec::new(),
        left_out: LeftOut::default(),
        messages: Vec::new(),
    }
}

fn mover(word: &str, at: i32) -> Mover {
    Mover {
        username: format!("{word}-{at:02}"),
        name: (at % 2 == 0).then(|| "Otieno Wafula".to_owned()),
        phone: Some(format!("07330000{at:02}")),
        day: day("2027-03-02").plus_days(at),
    }
}

/// A month of a provider with 400 subscribers.
pub fn busy() -> ReportFigures {
    let router = |name: &str, watched, down, incidents, longest| RouterMonth {
        name: name.to_owned(),
        minutes: 44_640,
        watched_minutes: watched,
        down_minutes: down,
        incidents,
        longest_minutes: longest,
        last_read: "2027-03-31 23:59: 400 objects, 0 otherwise than the books wanted".to_owned(),
    };
    let job = |name, done, caught_up, failed, not_run| JobMonth {
        name,
        done,
        caught_up,
        failed,
        not_run,
        waiting: 0,
        error: (failed > 0).then(|| "the gateway at sms.example.org did not answer within 30 seconds".to_owned()),
    };
    let message = |purpose, sent, failed, unknown, dropped| MessageMonth {
        purpose,
        sent,
        failed,
        unknown,
        dropped,
        waiting: 0,
        parts: sent,
        cost: Money::from_minor(i64::try_from(sent).unwrap() * 80),
    };
    ReportFigures {
        from: day("2027-03-01"),
        to: day("2027-03-31"),
        written_at: "2027-04-01 00:06".to_owned(),
        tally: Tally {
            billed: money(612_500),
            collected: money(587_350),
            covered: money(570_000),
            outstanding: money(84_650),
            on_time: 318,
            late: 57,
            delay_days: 790,
            time_over: 410,
            time_over_on_time: 312,
        },
        by_source: vec![
            ("M-Pesa", 341, 531_350),
            ("Cash", 28, 41_000),
            ("Bank transfer", 3, 15_000),
        ]
        .into_iter()
        .map(|(source, payments, amount)| SourceMoney {
            source: source.to_owned(),
            payments,
            amount: money(amount),
        })
        .collect(),
        by_day: (0..31)
            .map(|ahead| DayMoney {
                day: day("2027-03-01").plus_days(ahead),
                billed: money(if ahead % 7 == 6 {
                    0
                } else {
                    9_000 + i64::from((ahead * 7_919) % 23) * 1_500
                }),
                collected: money(7_000 + i64::from((ahead * 104_729) % 29) * 1_100),
            })
            .collect(),
        ageing: [(21, 38_150), (14, 27_000), (8, 13_500), (4, 6_000)].map(|(charges, amount)| Aged {
            charges,
            amount: money(amount),
        }),
        late: (0..12)
            .map(|at| LatePayer {
                username: format!("user-{:03}", 17 * at + 4),
                name: (at % 3 != 2).then(|| "Wanjiru Kamau-Achieng".to_owned()),
                phone: (at % 4 != 3).then(|| format!("+2547120000{at:02}")),
                owed: money(1_500 * i64::from(at % 4 + 1)),
                overdue: money(1_500 * i64::from(at % 4 + 1)),
                since: day("2027-03-31").plus_days(-(96 - at * 7)),
                days: 96 - at * 7,
            })
            .collect(),
        movements: Movements {
            joined: (0..9).map(|at| mover("new", at)).collect(),
            joined_count: 11,
            left: vec![mover("gone", 3)],
            left_count: 1,
            unread: Vec::new(),
        },
        before: MonthBefore {
            from: day("2027-02-01"),
            tally: Tally {
                billed: money(601_000),
                collected: money(590_500),
                outstanding: money(71_000),
                on_time: 340,
                late: 31,
                time_over: 371,
                time_over_on_time: 340,
                ..Tally::default()
            },
            joined: 4,
            left: 2,
        },
        states: vec![("Active", 371), ("Suspended", 24), ("On hold", 3), ("Closed", 19)],
        routers: vec![
            router("core", 44_500, 62, 3, 41),
            router("east-hill-school-roof-mast-2", 44_500, 1_890, 11, 1_204),
            router("west", 44_500, 0, 0, 0),
        ],
        jobs: vec![
            job("billing", 29, 2, 0, 0),
            job("disconnect", 29, 1, 0, 1),
            job("reminders", 29, 0, 1, 1),
            job("health", 2_905, 0, 0, 71),
            job("cleanup", 4, 0, 0, 0),
        ],
        messages: vec![
            message("Alerts", 14, 0, 0, 0),
            message("Payments received", 372, 1, 1, 0),
            message("Reminders", 398, 4, 2, 31),
            message("Suspensions", 61, 0, 0, 2),
        ],
        ..empty()
    }
}

/// Elements that have no end tag in HTML.
const VOID: [&str; 1] = ["meta"];

/// The tags of a page in order, each with its attributes; every one is closed where it must be, every `&` begins a reference.
fn elements(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("a document type");
    let mut open: Vec<String> = Vec::new();
    let mut found = Vec::new();
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        if open.last().is_none_or(|name| name != "style") {
            assert!(!text.contains('>'), "a bare > in `{text}`");
            for (at, _) in text.match_indices('&') {
                assert!(
                    text[at..].split_once(';').is_some_and(|(word, _)| word.len() < 8),
                    "a bare & in `{text}`"
                );
            }
        }
        let (inside, after) = tag[1..].split_once('>').expect("a tag that ends");
        rest = after;
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "closed in the wrong order");
            continue;
        }
        let (inside, is_closed) = inside
            .strip_suffix('/')
            .map_or((inside, false), |inside| (inside, true));
        let (name, mut attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
        let mut pairs = Vec::new();
        while let Some((key, value)) = attributes.trim_start().split_once("=\"") {
            let (value, after) = value.split_once('"').expect("a quoted attribute");
            pairs.push((key.to_owned(), value.to_owned()));
            attributes = after;
        }
        assert_eq!(attributes.trim(), "", "in <{inside}>");
        if !is_closed && !VOID.contains(&name) {
            open.push(name.to_owned());
        }
        found.push((name.to_owned(), pairs));
    }
    assert_eq!(open, Vec::<String>::new(), "left open");
    found
}

/// Everything that a page must hold, whatever it tells.
fn check(html: &str) {
    let elements = elements(html);
    let mut ids = Vec::new();
    for (name, attributes) in &elements {
        assert!(
            !["script", "link", "img", "iframe", "object", "a", "base", "form"].contains(&name.as_str()),
            "<{name}>"
        );
        for (key, value) in attributes {
            assert!(
                !key.starts_with("on") && key != "src" && key != "href" && !key.starts_with("xlink"),
                "{key}={value}"
            );
            if key == "id" {
                assert!(!ids.contains(value), "`{value}` stands twice");
                ids.push(value.clone());
            }
            if key == "font-family" {
                assert_eq!(value, "sans-serif");
            }
        }
    }
    for (_, attributes) in elements.iter().filter(|(name, _)| name == "svg") {
        let of = |wanted: &str| {
            attributes
                .iter()
                .find(|(key, _)| key == wanted)
                .map(|(_, value)| value.as_str())
        };
        assert_eq!(of("role"), Some("img"));
        for id in of("aria-labelledby").expect("a name").split(' ') {
            assert!(ids.iter().any(|known| known == id), "`{id}` is not there");
        }
    }
    assert!(
        elements
            .iter()
            .any(|(name, pairs)| name == "html" && pairs.contains(&("lang".into(), "en".into())))
    );
    for word in ["http://", "https://", "//cdn", "url(", "@import", "src="] {
        assert!(!html.contains(word), "`{word}` in the page");
    }
    for word in ["name=\"viewport\"", "@media print", "size:A4"] {
        assert!(html.contains(word), "`{word}` is missing");
    }
}

#[test]
fn the_page_is_well_formed_and_reaches_out_to_nobody() {
    let html = page(&busy());
    check(&html);
    assert_eq!(
        html.matches("<svg").count(),
        6,
        "three charts, each for a phone and for a desk"
    );
    for word in [
        "March 2027",
        "612,500.00",
        "587,350.00",
        "84,650.00",
        "76.0 %",
        "312 of 410",
        "99.86 %",
        "user-004",
        "+254712000000",
        "February 2027",
        "601,000.00",
        "91.6 %",
        "new-03",
        "0733000003",
        "gone-03",
        "These are the first 9; 2 more are not listed.",
    ] {
        assert!(html.contains(word), "`{word}` is missing");
    }
}

#[test]
fn a_month_without_anything_is_told_in_sentences() {
    let html = page(&empty());
    check(&html);
    assert!(
        !html.contains("<svg") && !html.contains("<table"),
        "an empty chart or table"
    );
    for word in [
        "Nothing was billed",
        "nobody owed anything",
        "Nobody was late",
        "Neither month has anything to compare",
        "Nobody joined and nobody left",
        "no subscribers yet",
        "has no routers",
        "No job",
        "No messages were sent",
    ] {
        assert!(html.contains(word), "`{word}` is missing");
    }
}

#[test]
fn names_are_text_and_nothing_else() {
    let hostile = "</title><script>alert('x')</script><img src=x onerror=\"y\">&";
    let mut figures = busy();
    figures.site = hostile.to_owned();
    figures.by_source[0].source = hostile.to_owned();
    figures.late[0].name = Some(hostile.to_owned());
    figures.routers[0].name = hostile.to_owned();
    figures.jobs[2].error = Some(hostile.to_owned());
    let html = page(&figures);
    for tag in ["<script", "<img", "</title><script"] {
        assert!(!html.contains(tag), "`{tag}` in the page");
    }
    // As text it may stand there.
    check(&html.replace("src=x", ""));
}

#[test]
fn a_router_that_nobody_watched_is_told_as_such() {
    let mut figures = busy();
    for router in &mut figures.routers {
        (router.watched_minutes, router.incidents) = (0, 0);
    }
    assert!(page(&figures).contains("No router was watched"));
    // An incident is known all the same.
    figures.routers[0].incidents = 2;
    let html = page(&figures);
    check(&html);
    assert!(
        !html.contains("No router was watched"),
        "an incident is something that is known"
    );
    assert!(html.contains("No planned probe of this month is on record"));
    assert!(html.contains(&figures.routers[0].name));
    figures.routers[0].watched_minutes = 100;
    let html = page(&figures);
    check(&html);
    assert!(html.contains("30 d 22 h"), "how long it was not watched");
}

#[test]
fn a_month_that_has_not_ended_says_so() {
    let mut figures = busy();
    figures.is_whole = false;
    figures.to = day("2027-03-15");
    assert!(page(&figures).contains("those through 15 March"));
}

#[test]
fn a_part_whose_records_are_in_the_archive_says_so_and_never_that_nothing_was() {
    let mut figures = empty();
    let words = "records from 2027-02-01 to 2027-02-28 lie in the archive and are not part of this".to_owned();
    assert!(page(&figures).contains("No messages were sent."));
    figures.left_out = LeftOut {
        routers: Some(words.clone()),
        jobs: Some(words.clone()),
        messages: Some(words.clone()),
    };
    figures.routers = busy().routers;
    for router in &mut figures.routers {
        (router.watched_minutes, router.incidents) = (0, 0);
    }
    let html = page(&figures);
    check(&html);
    assert_eq!(html.matches("This part is not whole").count(), 3);
    for untrue in [
        "No messages were sent.",
        "No job had anything to do",
        "No router was watched",
    ] {
        assert!(!html.contains(untrue), "{untrue}");
    }
}
