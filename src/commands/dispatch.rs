//! Answers calls, and does by itself what no command asks for: the runs that are due and the report of a month.

use std::ops::Deref;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::appliance::core::{Appliance, OpenedBy};
use crate::appliance::in_force::InForce;
use crate::appliance::site_file::SiteFile;
use crate::clock::Clock;
use crate::commands::request::{Call, Handler, Request};
use crate::commands::status::answer::{Status, StatusAnswer};
use crate::commands::subscribers::whom;
use crate::commands::{Asked, Progress, Reply, report, status};
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

    /// Returns the request about the subscriber whom an account or a phone names, and who that is; `None` where the request is
    /// about nobody, or names them by username.
    fn with_username(&self, request: &Request) -> Result<Option<(Request, String)>, Failure> {
        // A request that carries a file is about nobody, and its bytes are not copied.
        if request.file().is_some() {
            return Ok(None);
        }
        let mut request = request.clone();
        let Some(typed) = request.whom_mut() else {
            return Ok(None);
        };
        let Some(named) = whom::named_otherwise(self, typed)? else {
            return Ok(None);
        };
        *typed = named.username;
        Ok(Some((request, named.note)))
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
        let caller = call.caller();
        if call.request == Request::Status(Status)
            && let Some(kept) = self.kept_status()
        {
            return status::answer::kept_reply(self, &caller, &kept);
        }
        let mut asked = Asked {
            caller: &caller,
            progress,
            hook: self,
        };
        let reply = match self.with_username(&call.request)? {
            None => call.request.answer(self, &mut asked),
            Some((request, note)) => match request.answer(self, &mut asked) {
                Ok(mut reply) => {
                    reply.notes.insert(0, note);
                    Ok(reply)
                }
                Err(mut failure) => {
                    failure.what = format!("{}\n({note})", failure.what);
                    Err(failure)
                }
            },
        };
        self.appliance.keep_what_was_seen();
        reply
    }
}
