//! Explains a subscriber's present state, and the reason for it.

use crate::commands::explain::answer::{Case, TimelineEvent};
use crate::commands::routers::last_read::{LastReadings, OnRouter, RouterAccess};
use crate::model::failure::Failure;
use crate::model::router::readings::RouterState;
use crate::model::router::work::{ObjectKey, RouterWork, WorkState};
use crate::model::subscriber::{Access, Hold, State};
use crate::outbox::router_work::targets::{access_words, is_needed};
use crate::rules::wallet::Wallet;
use crate::rules::{access, settlement};

/// Among how many alerts theirs are looked for.
const ALERTS_READ_MAX: usize = 1_000;

/// What the books want on their router, and what was read there.
pub(crate) struct OnTheirRouter {
    /// How the two stood to each other when the router was last read.
    pub(crate) known: OnRouter,
    sentences: Vec<String>,
}

/// Returns what the books want on their router and, apart from it, what was last read there.
pub(crate) fn router(case: &Case<'_>) -> Result<OnTheirRouter, Failure> {
    let known = LastReadings::open(case.appliance, case.reader)?.of(case.subscriber)?;
    let Some(key) = &known.key else {
        return Ok(OnTheirRouter {
            known,
            sentences: vec!["They are not on a router, so there is nothing to switch.".to_owned()],
        });
    };
    let (name, wanted) = (&key.router, access_words(case.subscriber.access()));
    let mut sentences = vec![format!("By the books they are to be {wanted} on router `{name}`.")];
    if known.standing == RouterAccess::NotManaged {
        sentences.push(format!(
            "This version of Weir does not manage the service `{}`: it reads and changes nothing there, so `{}` is \
            switched by hand.",
            key.service, key.object
        ));
    } else {
        sentences.push(match &known.read {
            Some((at, found)) => format!("`{}` was last read there on {}: {found}.", key.object, case.civil(*at)),
            None => format!("`{}` was not read there yet.", key.object),
        });
        sentences.extend(known.work.as_ref().and_then(|work| open_work(case, key, work)));
    }
    sentences.extend(state_of(case, name)?);
    Ok(OnTheirRouter { known, sentences })
}

/// Returns what becomes of work that is not closed.
fn open_work(case: &Case<'_>, key: &ObjectKey, work: &RouterWork) -> Option<String> {
    let wanted = access_words(work.access);
    let said = work
        .last_error
        .as_ref()
        .map_or_else(String::new, |error| format!(" It said: {error}."));
    match work.state {
        WorkState::Pending => Some(format!(
            "Router `{}` has not yet confirmed that they are {wanted}; decided {}, and Weir retries until it does.{said}",
            key.router,
            case.civil(work.decided_at)
        )),
        WorkState::Absent if is_needed(key, Some(case.subscriber)) => {
            Some(format!("They cannot be {wanted} there.{said}"))
        }
        WorkState::Absent => Some("Nobody needs it any more, so that is right.".to_owned()),
        WorkState::NotManaged => None,
    }
}

/// Returns the state of the router itself, where that is known and matters.
fn state_of(case: &Case<'_>, name: &crate::model::name::RouterName) -> Result<Option<String>, Failure> {
    let seen = case.appliance.routers.of(name);
    let since = seen
        .since
        .map_or_else(String::new, |at| format!(" since {}", case.civil(at)));
    let error = seen.error.map_or_else(String::new, |error| format!(": {error}"));
    Ok(match seen.state {
        RouterState::Up => Some(format!("The router answers{since}.")),
        RouterState::Unknown => case
            .reader
            .newest_incident(name)?
            .filter(|incident| incident.until.is_none())
            .map(|incident| {
                format!(
                    "The router has been in trouble since {}: {}.",
                    case.civil(incident.since),
                    incident.reason
                )
            }),
        RouterState::LoginRefused => Some(format!("The router refuses Weir's login{since}{error}.")),
        RouterState::Down | RouterState::RefusedIdentity => Some(format!("The router is down{since}{error}.")),
    })
}

/// Returns the present state in sentences: the state and its reason, the router, and what else is open.
pub(crate) fn sentences(
    case: &Case<'_>,
    router: OnTheirRouter,
    events: &[TimelineEvent],
) -> Result<Vec<String>, Failure> {
    let mut all = vec![state(case, events)?];
    all.extend(money(case)?);
    all.extend(router.sentences);
    let (alerts, _) = case.reader.alerts(ALERTS_READ_MAX)?;
    all.extend(
        alerts
            .iter()
            .filter(|alert| alert.username.as_ref() == Some(&case.subscriber.username))
            .map(|alert| {
                format!(
                    "An alert has been open since {}: {}.",
                    case.civil(alert.since),
                    alert.text
                )
            }),
    );
    if case.reader.has_uncertain_period(case.subscriber.id)? {
        all.push(
            "They paid while the clock was not trusted; their paid-through date is recalculated once it is.".to_owned(),
        );
    }
    Ok(all)
}

fn state(case: &Case<'_>, events: &[TimelineEvent]) -> Result<String, Failure> {
    let subscriber = case.subscriber;
    if subscriber.state == State::Closed {
        return Ok("Closed: the account has ended; only its balance remains.".to_owned());
    }
    if let Some(hold) = &subscriber.hold {
        return Ok(held(hold));
    }
    match subscriber.state {
        State::Active => Ok(active(case)),
        State::Suspended | State::Closed => suspended(case, events),
    }
}

fn held(hold: &Hold) -> String {
    let access = match hold.access {
        Access::On => "with service",
        Access::Off => "without service",
    };
    format!(
        "On hold since {}, {access}: no job and no payment changes that until the hold is released.",
        hold.since
    )
}

fn active(case: &Case<'_>) -> String {
    let subscriber = case.subscriber;
    let terms = &case.in_force.terms;
    let today = case.recorded.today;
    let Some(package) = terms.policy.package(subscriber.profile.package.as_ref()) else {
        return "Active without a package: neither charged nor cut off.".to_owned();
    };
    let paid = subscriber.period.expires_on.map_or_else(
        || "paid through no day yet".to_owned(),
        |end| format!("paid through {end}"),
    );
    if let Some(until) = subscriber
        .extended_to
        .filter(|until| access::cut_off_day(subscriber, terms.grace_days) == Some(*until))
    {
        return format!("Active on a promise to pay: {paid}, served until the end of {until}.");
    }
    if package.price.is_zero() {
        return format!("Active: package `{}` costs nothing.", package.name);
    }
    let last_day = access::cut_off_day(subscriber, terms.grace_days);
    match last_day {
        Some(last) if last < today && access::is_covered(subscriber, &terms.policy, today) => {
            let payer = if access::package_price(subscriber, &terms.policy) > subscriber.balance {
                "the credit limit allows"
            } else {
                "the wallet covers"
            };
            format!("Active: {paid}, and {payer} what billing has not charged yet.")
        }
        Some(last) if last < today => {
            format!("Active although their time is over: {paid}, and no run of `disconnect` has cut them off since.")
        }
        _ => format!("Active: {paid}."),
    }
}

fn suspended(case: &Case<'_>, events: &[TimelineEvent]) -> Result<String, Failure> {
    let subscriber = case.subscriber;
    let since = events
        .iter()
        .rev()
        .find(|event| event.access == Some(Access::Off))
        .map_or_else(String::new, |event| format!(" since {}", case.civil(event.at)));
    let why = if let Some(debit) = subscriber.outstanding.first() {
        format!(
            "the charge of {} for {} is outstanding",
            case.amount(debit.amount),
            debit.due
        )
    } else {
        match subscriber.period.expires_on {
            Some(end) => format!("the paid period ended on {end}, and no payment for a new one has come since"),
            None => "no period has been paid yet".to_owned(),
        }
    };
    Ok(format!("Suspended{since}: {why}."))
}

/// Returns the balance, and what is missing.
fn money(case: &Case<'_>) -> Result<Option<String>, Failure> {
    let subscriber = case.subscriber;
    let balance = case.amount(subscriber.balance);
    let wallet = Wallet::new(subscriber.clone(), case.reader.state()?.head, case.reader);
    let missing = settlement::missing(&wallet, &case.in_force.terms.policy)?;
    let open: Vec<String> = subscriber
        .outstanding
        .iter()
        .map(|debit| format!("{} for {}", case.amount(debit.amount), debit.due))
        .collect();
    let open = if open.is_empty() || subscriber.state == State::Suspended && open.len() == 1 {
        String::new()
    } else {
        format!("; charged and outstanding: {}", open.join(", "))
    };
    Ok(Some(if missing.is_positive() {
        format!("The balance is {balance}{open}; {} is missing.", case.amount(missing))
    } else {
        format!("The balance is {balance}{open}.")
    }))
}
