//! Since when is somebody served, and how many days of service has nobody paid for?
//!
//! A day of service is one until whose 23:59 somebody was served. Service begins and ends with the access that the books
//! decide; [`follow`] keeps the stretches in line with it after each decision. Days are counted in the stretches themselves,
//! never between two ends: those of a cut, of a closed account or of a hold without service lie in none.

use crate::model::day::Day;
use crate::model::subscriber::{Access, PaidPeriod, ServiceStretch};
use crate::rules::wallet::{Moment, RuleError, Wallet};

/// Begins or ends a stretch of service where access has changed.
///
/// # Errors
/// When the stored stretches cannot be read.
pub fn follow(wallet: &mut Wallet<'_>, moment: &Moment<'_>) -> Result<(), RuleError> {
    match (wallet.subscriber.access(), wallet.subscriber.serving_since) {
        (Access::On, None) => wallet.subscriber.serving_since = Some(moment.first_day_of_service()),
        (Access::Off, Some(from)) => {
            let ended = ServiceStretch {
                from,
                through: moment.last_cut_day,
            };
            let mut served = wallet.served()?;
            served.add(ended);
            wallet.put_served(served);
            wallet.subscriber.serving_since = None;
        }
        (Access::On, Some(_)) | (Access::Off, None) => {}
    }
    Ok(())
}

/// Takes back an end of service that a wrong clock has recorded: the stretch goes on from where it began, but not from a day
/// that has not come.
///
/// # Errors
/// When the stored stretches cannot be read.
pub(crate) fn undo_end(wallet: &mut Wallet<'_>, moment: &Moment<'_>) -> Result<(), RuleError> {
    let first_day = moment.first_day_of_service();
    let mut served = wallet.served()?;
    let since = served
        .take_newest_after(moment.last_cut_day)
        .map_or(first_day, |ended| ended.from.min(first_day));
    wallet.put_served(served);
    wallet.subscriber.serving_since = Some(since);
    Ok(())
}

/// Leaves out the days that a wrong clock has recorded and that have not come. Of a service that ended on such a day, the days
/// through which it was paid for count.
///
/// # Errors
/// When the stored stretches cannot be read.
pub(crate) fn leave_out_days_to_come(wallet: &mut Wallet<'_>, moment: &Moment<'_>) -> Result<(), RuleError> {
    let first_day = moment.first_day_of_service();
    let subscriber = &mut wallet.subscriber;
    subscriber.serving_since = subscriber.serving_since.map(|since| since.min(first_day));
    let paid = subscriber.period.expires_on.unwrap_or(moment.last_cut_day);
    let mut served = wallet.served()?;
    if served.end_those_after(moment.last_cut_day, paid.min(moment.last_cut_day)) {
        wallet.put_served(served);
    }
    Ok(())
}

/// Returns how many days of service in ended stretches lie after a period and are not paid for.
///
/// # Errors
/// When the stored stretches cannot be read.
pub(crate) fn unpaid_days(wallet: &Wallet<'_>, period: &PaidPeriod) -> Result<i32, RuleError> {
    let Some(first) = first_unpaid_day(wallet, period) else {
        return Ok(period.unpaid_days.max(0));
    };
    let served = wallet.served()?.days_from(first);
    Ok(period.unpaid_days.max(0).saturating_add(served))
}

/// Counts anew from now on: what was served until now and is not paid for stays known as a number of days, which the days to
/// come do not change before the next call. For a time in which service costs nothing.
///
/// # Errors
/// When the stored stretches cannot be read.
pub(crate) fn pause_count(wallet: &mut Wallet<'_>, moment: &Moment<'_>) -> Result<(), RuleError> {
    let period = wallet.subscriber.period;
    let Some(first) = first_unpaid_day(wallet, &period) else {
        return Ok(());
    };
    let present = wallet.subscriber.serving_since.map_or(0, |since| {
        moment.last_cut_day.days_since(since.max(first).plus_days(-1)).max(0)
    });
    let ended = unpaid_days(wallet, &period)?;
    let unpaid = ended.saturating_add(present);
    if unpaid > 0 {
        wallet.subscriber.period.unpaid_days = unpaid;
        count_from_now(wallet, moment);
    }
    Ok(())
}

/// Leaves out the days of service until now; those that were known as a number stay.
pub(crate) fn count_from_now(wallet: &mut Wallet<'_>, moment: &Moment<'_>) {
    wallet.subscriber.period.unpaid_from = Some(moment.first_day_of_service());
}

/// Returns the day from which service counts as not paid for; of somebody who never had a period, the first day that was
/// charged.
fn first_unpaid_day(wallet: &Wallet<'_>, period: &PaidPeriod) -> Option<Day> {
    period
        .unpaid_from
        .or_else(|| period.expires_on.map(|end| end.plus_days(1)))
        .or_else(|| wallet.subscriber.outstanding.first().map(|debit| debit.due))
}
