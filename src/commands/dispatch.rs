//! Maps each request to the command that answers it.

use std::ops::Deref;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::appliance::core::{Appliance, OpenedBy};
use crate::appliance::in_force::InForce;
use crate::appliance::site_file::SiteFile;
use crate::clock::Clock;
use crate::commands::request::Request;
use crate::commands::status::answer::StatusAnswer;
use crate::commands::{
    Call, Handler, Progress, Reply, approvals, clock, explain, imports, jobs, messages, payments, report, routers,
    statistics, status, subscribers, system,
};
use crate::jobs::context::{CompactionHook, SchedulerError};
use crate::model::day::Day;
use crate::model::failure::Failure;
use crate::model::job::Run;
use crate::store::open::Store;

/// Answers the commands of one site, in the service or in a command that opened the file itself.
pub struct Commands {
    appliance: Appliance,
    /// The state of the site when the store was last closed for compaction: nobody can read it while it is closed.
    kept_status: Mutex<Option<Arc<StatusAnswer>>>,
    /// No monthly report is due before this day while this configuration is in force.
    no_report_before: Mutex<Option<(Arc<InForce>, Day)>>,
}

impl Deref for Commands {
    type Target = Appliance;

    fn deref(&self) -> &Appliance {
        &self.appliance
    }
}

impl Commands {
    /// Creates the handler of an open site.
    #[must_use]
    pub fn new(appliance: Appliance) -> Self {
        Self {
            appliance,
            kept_status: Mutex::new(None),
            no_report_before: Mutex::new(None),
        }
    }

    /// Loads the site's file and answers for it; see [`Appliance::start`].
    ///
    /// # Errors
    /// When nothing is in force and the file is faulty, or when the store fails.
    pub fn start(
        store: Store,
        clock: Arc<dyn Clock>,
        file: &SiteFile,
        opened_by: OpenedBy,
        actor: &str,
    ) -> Result<Self, Failure> {
        Appliance::start(store, clock, file, opened_by, actor).map(Self::new)
    }

    /// Returns the same, whose runs commit in parts of so many subscribers: for tests that cut a run between parts.
    #[must_use]
    pub fn in_parts_of(self, subscribers: usize) -> Self {
        Self {
            appliance: self.appliance.in_parts_of(subscribers),
            ..self
        }
    }

    /// Runs every occurrence that has come, in order, then queues the report of the month where one has ended.
    ///
    /// # Errors
    /// When a run fails; it is tried again later.
    pub fn work_off(&self) -> Result<Vec<Run>, SchedulerError> {
        let ran = self.appliance.work_off(self)?;
        self.send_monthly_report();
        Ok(ran)
    }

    /// Queues the report of the month that has ended, after the jobs of its last night. Once looked up, this costs a
    /// comparison until the next month.
    fn send_monthly_report(&self) {
        let in_force = self.in_force();
        if !in_force.config.alerts.monthly_report {
            return;
        }
        let today = match self.recorded() {
            Ok(recorded) if recorded.trusted => recorded.today,
            Ok(_) | Err(_) => return,
        };
        let mut before = self.no_report_before.lock();
        let is_known = |(known, day): &(Arc<InForce>, Day)| Arc::ptr_eq(known, &in_force) && today < *day;
        if before.as_ref().is_some_and(is_known) {
            return;
        }
        *before = match report::mail::month_ended(self) {
            Ok(next) => next.map(|day| (in_force, day)),
            Err(error) => {
                tracing::warn!(%error, "the monthly report could not be queued; it will be tried again tomorrow");
                Some((in_force, today.plus_days(1)))
            }
        };
    }

    /// Returns the state of the site right before the store was closed for compaction, while it is closed.
    pub(crate) fn kept_status(&self) -> Option<Arc<StatusAnswer>> {
        let kept = self.store.is_compacting().then(|| self.kept_status.lock().clone());
        kept.flatten()
    }
}

impl CompactionHook for Commands {
    fn store_closes(&self) {
        match status::answer::gather(self) {
            Ok(answer) => *self.kept_status.lock() = Some(Arc::new(answer.kept())),
            Err(error) => {
                tracing::warn!(%error, "the site's status cannot be shown while the store is being compacted")
            }
        }
    }
}

impl Handler for Commands {
    fn handle(&self, call: &Call, progress: &mut dyn Progress) -> Result<Reply, Failure> {
        let span = tracing::info_span!("command", name = call.request.name(), actor = %call.actor);
        let _entered = span.enter();
        match &call.request {
            Request::Status => match self.kept_status() {
                Some(kept) => status::answer::kept_reply(self, call, &kept),
                None => status::answer::answer(self, call),
            },
            Request::Verify => system::verify::answer(self, call, progress),
            Request::ConfigShow => system::config_show::answer(self, call),
            Request::JobsList => jobs::list::list(self, call),
            Request::JobsShow { name } => jobs::list::show(self, call, name),
            Request::JobsHistory { name, limit } => jobs::history::answer(self, call, name, *limit),
            Request::JobsRun { name, dry_run } => jobs::run::answer(self, call, name, *dry_run, self, progress),
            Request::JobsPause { name } => jobs::pause::pause(self, call, name),
            Request::JobsResume { name } => jobs::pause::resume(self, call, name),
            Request::Plan { days } => jobs::plan::answer(self, call, *days),
            Request::ImportSubscribers { file, dry_run } => {
                imports::subscribers::answer(self, call, file, *dry_run, progress)
            }
            Request::SubscriberList => subscribers::list::answer(self, call),
            Request::SubscriberShow { username } => subscribers::subscriber::show(self, call, username),
            Request::SubscriberAdd {
                username,
                fields,
                balance,
                debited,
            } => subscribers::set::add(self, call, username, fields, balance.as_deref(), debited.as_deref()),
            Request::SubscriberSet { username, fields } => subscribers::set::set(self, call, username, fields),
            Request::SubscriberExtend { username, until } => {
                subscribers::subscriber::extend(self, call, username, until)
            }
            Request::SubscriberHold {
                username,
                access,
                comment,
            } => subscribers::subscriber::hold(self, call, username, *access, comment.as_deref()),
            Request::SubscriberRelease { username } => subscribers::subscriber::release(self, call, username),
            Request::SubscriberClose { username } => subscribers::subscriber::close(self, call, username),
            Request::SubscriberReopen { username } => subscribers::subscriber::reopen(self, call, username),
            Request::Pay {
                username,
                amount,
                reference,
                source,
                date,
            } => payments::pay::pay(
                self,
                call,
                username,
                amount,
                reference,
                source.as_deref(),
                date.as_deref(),
            ),
            Request::PayFile { file } => payments::statement::answer(self, call, file, progress),
            Request::PayUnmatched => payments::unmatched::list(self, call),
            Request::PayAssign { reference, username } => payments::unmatched::assign(self, call, reference, username),
            Request::PayReverse { reference } => payments::pay::reverse(self, call, reference),
            Request::PayMove { reference, username } => payments::pay::move_to(self, call, reference, username),
            Request::Adjust {
                username,
                amount,
                comment,
            } => payments::adjust::answer(self, call, username, amount, comment),
            Request::Ledger { username } => payments::ledger::answer(self, call, username),
            Request::Logs {
                kind,
                since,
                until,
                user,
                limit,
            } => {
                let question = system::logs::Question {
                    kind: kind.as_deref(),
                    since: since.as_deref(),
                    until: until.as_deref(),
                    user: user.as_deref(),
                    limit: *limit,
                };
                system::logs::answer(self, call, &question)
            }
            Request::ClockShow => clock::show::show(self, call),
            Request::ClockConfirm { yes, shown } => clock::confirm::answer(self, call, *yes, shown.as_ref()),
            Request::RouterList { name } => routers::router::list(self, call, name.as_deref()),
            Request::RouterProbe { name } => routers::router::probe(self, call, name.as_deref()),
            Request::RouterDiff { name } => routers::router::diff(self, call, name.as_deref()),
            Request::RouterReconcile { name } => routers::router::reconcile(self, call, name.as_deref()),
            Request::Approve { what, refuse, dry_run } => {
                approvals::approve::answer(self, call, what.as_deref(), refuse.as_deref(), *dry_run, progress)
            }
            Request::RouterHistory { name, since, until } => {
                routers::history::answer(self, call, name.as_deref(), since.as_deref(), until.as_deref())
            }
            Request::RouterTrust { name } => routers::trust::answer(self, call, name),
            Request::Outbox { state, limit } => messages::outbox::list(self, call, state.as_deref(), *limit),
            Request::OutboxTest { to, gateway } => messages::test::answer(self, call, to, gateway.as_deref()),
            Request::OutboxResend { id } => messages::outbox::resend(self, call, *id),
            Request::Stats {
                username,
                package,
                since,
                until,
                csv,
            } => {
                let question = statistics::stats::Question {
                    username: username.as_deref(),
                    package: package.as_deref(),
                    since: since.as_deref(),
                    until: until.as_deref(),
                    csv: *csv,
                };
                statistics::stats::answer(self, call, &question)
            }
            Request::Report { month, email } => report::month::answer(self, call, month.as_deref(), *email),
            Request::SubscriberExplain { username } => explain::answer::answer(self, call, username),
            Request::Metrics => status::metrics::answer(self, call),
        }
    }
}
