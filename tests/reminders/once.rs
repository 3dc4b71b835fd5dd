//! One reminder per subscriber, due day and rule, whatever is run again, restarted or cut in the middle.

use std::ops::ControlFlow;

use weir::jobs::reminders::Reminders;
use weir::jobs::run::{self, PlannedRun};
use weir::model::job::{Counts, Job, Occurrence, Outcome, RemindersCounts};
use weir::model::message::Purpose;

use super::{SAYS, dropped, import, leaves, messages, pay, say, site, texts};
use crate::commands_queries::site::{SITE, at, jobs_history, jobs_run, logs, saying};

const FOUR: &str = "amina,Amina,0700000001,home-10,core,pppoe,2027-03-10,0\n\
                    brian,,0700000002,home-10,core,pppoe,2027-03-10,1500\n\
                    chebet,,,home-10,core,pppoe,2027-03-10,0\n\
                    dan,Dan,0700000004,home-10,core,pppoe,2027-03-08,0\n";

fn counts(counts: Counts) -> RemindersCounts {
    match counts {
        Counts::Reminders(counts) => counts,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_rule_reminds_once_and_who_is_covered_or_has_no_phone_is_counted() {
    let site = site("2027-03-05 12:00");
    import(&site, FOUR);
    let ran: Vec<RemindersCounts> = site
        .live_through(at("2027-03-09 20:00"))
        .into_iter()
        .filter(|run| run.job == Job::Reminders)
        .map(|run| {
            assert_eq!(run.outcome, Outcome::Done);
            counts(run.counts)
        })
        .collect();
    // The 7th: three days before the 10th, and one before the 8th. The 9th: one day before the 10th.
    let told: Vec<(u64, u64, u64, u64)> = ran
        .iter()
        .map(|run| (run.queued, run.skipped, run.covered, run.without_phone))
        .collect();
    assert_eq!(told, [(0, 0, 0, 0), (2, 2, 1, 1), (0, 0, 0, 0), (1, 2, 1, 1)]);
    assert_eq!(
        texts(&site)[..3],
        [
            "Amina: 3 days until 2027-03-10, pay 1500.00",
            "Dan: 1 days until 2027-03-08, pay 1500.00",
            // He was cut off on the 8th, which is told, too.
            "Dan is off; pay 1500.00",
        ]
    );
    let log = site.ask_json(logs(Some("reminders")));
    assert_eq!(
        log[0]["message"],
        "reminders of 2027-03-09: 1 queued, 1 covered by their wallet, 1 without a phone number"
    );
    assert_eq!(log[1]["username"], "chebet");
    assert_eq!(log[1]["message"], "not reminded: no phone number");
    let history = site.ask_json(jobs_history("reminders"));
    assert_eq!(history[0]["counts"]["queued"], 1);
}

#[test]
fn a_run_by_hand_a_restart_and_the_scheduled_run_remind_nobody_twice() {
    let site = site("2027-03-07 07:00");
    import(&site, FOUR);
    let by_hand = site.ask_json(jobs_run("reminders", false));
    assert_eq!(by_hand["counts"]["queued"], 2);
    let site = site.closed().config(&format!("{SITE}{SAYS}")).open();
    site.live_through(at("2027-03-07 12:00"));
    let history = site.ask_json(jobs_history("reminders"));
    assert_eq!(history[0]["counts"]["queued"], 0, "{history}");
    assert_eq!(history[0]["counts"]["repeated"], 2);
    assert_eq!(messages(&site).len(), 2);
    let again = site.ask_json(jobs_run("reminders", false));
    assert_eq!(again["counts"]["repeated"], 2);
    assert_eq!(messages(&site).len(), 2);
}

#[test]
fn a_run_that_is_cut_between_its_parts_goes_on_and_reminds_each_once() {
    let rows: String = (0..9)
        .map(|at| format!("user{at},,070000000{at},home-10,core,pppoe,2027-03-10,0\n"))
        .collect();
    let whole = format!("{SITE}{SAYS}");
    for cut_after in 1..=5 {
        let site = saying(&whole, "2027-03-07 07:00").open();
        import(&site, &rows);
        site.live_through(at("2027-03-07 09:00"));
        site.set_clock("2027-03-07 09:05");
        // As the scheduler does it, and the power goes after so many parts of two.
        let in_force = site.appliance.in_force();
        let planned = PlannedRun {
            job: Job::Reminders,
            occurrence: Occurrence {
                civil: jiff::civil::date(2027, 3, 7).at(9, 5, 0, 0),
                at: at("2027-03-07 09:05"),
            },
            caught_up: false,
            by_hand: false,
        };
        let mut work = Reminders::new(&in_force.terms, planned.occurrence.day(), planned.occurrence.at);
        let mut parts = 0;
        let mut cut = |_, _| {
            parts += 1;
            if parts < cut_after {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let (store, keeper) = (&site.appliance.store, &site.appliance.keeper);
        let ran = run::carry_out(store, keeper, planned, 2, &mut work, &mut cut).unwrap();
        let queued = messages(&site).len();
        assert_eq!((queued, ran.is_some()), ((2 * cut_after).min(9), cut_after == 5));
        let site = site.closed().now("2027-03-07 09:06").open();
        site.work_off();
        assert_eq!(messages(&site).len(), 9, "cut after {cut_after}");
        let history = site.ask_json(jobs_history("reminders"));
        assert_eq!(history[0]["counts"]["queued"], 9, "{history}");
        assert_eq!(history[0]["counts"]["repeated"], 0, "{history}");
        assert_eq!(history.as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_missed_day_is_made_good_the_same_day_inside_the_hours_and_later_skipped_with_the_reason() {
    for (wakes, outcome, error) in [
        ("2027-03-07 19:30", "caught_up", None),
        (
            "2027-03-07 20:30",
            "skipped",
            Some("missed; the rest of the day is quiet hours"),
        ),
        ("2027-03-08 08:30", "skipped", Some("missed")),
    ] {
        let site = site("2027-03-06 12:00");
        import(&site, FOUR);
        site.set_clock(wakes);
        site.work_off();
        let history = site.ask_json(jobs_history("reminders"));
        assert_eq!(history[0]["outcome"], outcome, "{wakes}: {history}");
        assert_eq!(history[0]["error"].as_str(), error, "{wakes}");
        assert_eq!(history.as_array().unwrap().len(), 1);
        let reminded = messages(&site).iter().filter(|found| super::is_reminder(found)).count();
        assert_eq!(reminded, if error.is_none() { 2 } else { 0 }, "{wakes}");
    }
}

#[test]
fn a_reminder_is_judged_and_written_again_when_it_leaves() {
    let site = site("2027-03-07 07:00");
    import(&site, FOUR);
    site.live_through(at("2027-03-07 12:00"));
    let found = messages(&site);
    let amina = &found[0];
    assert_eq!(amina.to, "0700000001");
    assert_eq!(amina.expires, Some(at("2027-03-11 00:00").plus_millis(-1)));
    assert_eq!(leaves(&site, amina), say("Amina: 3 days until 2027-03-10, pay 1500.00"));
    // The uplink was down for a day.
    site.set_clock("2027-03-08 08:00");
    assert_eq!(leaves(&site, amina), say("Amina: 2 days until 2027-03-10, pay 1500.00"));
    pay(&site, "amina", "500.00", "R1");
    assert_eq!(leaves(&site, amina), say("Amina: 2 days until 2027-03-10, pay 1000.00"));
    // The reminder of the day before is about to be queued, or was.
    site.set_clock("2027-03-09 08:00");
    let stands_for_it = dropped("the reminder 1 days before the due day replaces it");
    assert_eq!(leaves(&site, amina), stands_for_it);
    site.live_through(at("2027-03-09 10:00"));
    let nearer = messages(&site)
        .into_iter()
        .rfind(|found| matches!(&found.purpose, Purpose::Reminder { days_before: 1, .. }));
    assert_eq!(
        leaves(&site, &nearer.unwrap()),
        say("Amina: 1 days until 2027-03-10, pay 1000.00")
    );
    site.set_clock("2027-03-10 08:00");
    assert_eq!(leaves(&site, amina), stands_for_it);
    pay(&site, "amina", "1000.00", "R2");
    assert_eq!(leaves(&site, amina), dropped("the wallet now covers it"));
    site.live_through(at("2027-03-11 08:00"));
    assert_eq!(leaves(&site, amina), dropped("now paid through 2027-04-10"));
}

#[test]
fn a_rule_that_is_taken_out_of_the_file_lets_its_reminders_go() {
    let site = site("2027-03-07 07:00");
    import(&site, FOUR);
    site.live_through(at("2027-03-07 12:00"));
    let site = site
        .closed()
        .config(&format!("{SITE}{SAYS}").replace("[1, 3]", "[1]"))
        .open();
    let amina = &messages(&site)[0];
    assert_eq!(
        leaves(&site, amina),
        dropped("`days_before` of [reminders] no longer has 3")
    );
}

#[test]
fn a_package_may_have_a_text_of_its_own() {
    let site = site("2027-03-07 07:00");
    import(&site, "amina,Amina,0700000001,day,core,pppoe,2027-03-08,0\n");
    site.live_through(at("2027-03-07 12:00"));
    assert_eq!(texts(&site), ["Amina renews daily"]);
}

#[test]
fn without_a_gateway_to_phones_nothing_piles_up_and_the_log_says_why() {
    let text = format!("{SITE}{SAYS}")
        .replace(
            "name = \"dear\"\nkind = \"http\"\nurl = \"http://127.0.0.1:9/send?to={{to}}&text={{text}}\"",
            "name = \"dear\"\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nfrom = \"a@example.org\"",
        )
        .replace("price_per_part = \"0.80\"\n", "");
    let site = saying(&text, "2027-03-07 07:00").open();
    import(&site, FOUR);
    let ran = site.live_through(at("2027-03-09 12:00"));
    let run = ran.iter().find(|run| run.job == Job::Reminders).unwrap();
    assert_eq!((counts(run.counts).queued, counts(run.counts).without_gateway), (0, 2));
    assert_eq!(messages(&site), [], "dan was cut off, and is told nothing either");
    let log = site.ask_json(logs(Some("reminders")));
    let words = "2 skipped: no gateway in site.toml carries messages to phones";
    assert!(log.to_string().contains(words), "{log}");
    // With one, a run on the same day queues them after all.
    let site = saying(&text, "2027-03-07 07:00").open();
    import(&site, FOUR);
    site.live_through(at("2027-03-07 12:00"));
    let site = site.closed().config(&format!("{SITE}{SAYS}")).open();
    assert_eq!(site.ask_json(jobs_run("reminders", false))["counts"]["queued"], 2);
}

#[test]
fn where_clocks_are_set_days_are_those_of_the_calendar_and_a_skipped_hour_reminds_once() {
    let text = format!("{SITE}{SAYS}\n[jobs.reminders]\nschedule = \"30 2 * * *\"\n")
        .replace("Africa/Nairobi", "Europe/Berlin")
        .replace("[reminders]", "[reminders]\nquiet_hours = \"none\"");
    // 02:30 is skipped on 28 March 2027.
    let site = saying(&text, "2027-03-27T12:00:00Z").open();
    import(&site, "amina,Amina,0700000001,home-10,core,pppoe,2027-03-31,0\n");
    site.live_through(at("2027-03-29T12:00:00Z"));
    assert_eq!(texts(&site), ["Amina: 3 days until 2027-03-31, pay 1500.00"]);
    assert_eq!(messages(&site)[0].queued_at, at("2027-03-28T01:00:00Z"));
    // 02:30 comes twice on 31 October 2027.
    let site = saying(&text, "2027-10-30T12:00:00Z").open();
    import(&site, "amina,Amina,0700000001,home-10,core,pppoe,2027-11-01,0\n");
    site.live_through(at("2027-10-31T22:00:00Z"));
    assert_eq!(texts(&site), ["Amina: 1 days until 2027-11-01, pay 1500.00"]);
    assert_eq!(
        messages(&site)[0].expires,
        Some(at("2027-11-01T23:00:00Z").plus_millis(-1))
    );
}

#[test]
fn under_a_clock_in_doubt_nobody_is_reminded_and_a_run_by_hand_is_refused() {
    let site = site("2027-03-07 07:00");
    import(&site, FOUR);
    site.clock.step(at("1970-01-01 12:00"));
    assert!(site.work_off().is_empty());
    let refused = site.tried(jobs_run("reminders", false)).unwrap_err();
    assert!(refused.what.starts_with("job `reminders`"), "{refused}");
    assert_eq!(messages(&site), []);
}
