//! Wakes the scheduler after a command that may have changed its plans.
//!
//! The command is the same as without a service; here the scheduler is woken where its plans may have changed.

use std::sync::Arc;

use crate::commands::clock::confirm::ClockConfirm;
use crate::commands::dispatch::Commands;
use crate::commands::jobs::pause::JobsPause;
use crate::commands::jobs::resume::JobsResume;
use crate::commands::jobs::run::JobsRun;
use crate::commands::request::Request;
use crate::commands::request::{Call, Handler};
use crate::commands::{Progress, Reply};
use crate::model::failure::Failure;
use crate::service::wake_ups::Waker;

/// The site behind the control socket.
pub(crate) struct Answering {
    pub(crate) commands: Arc<Commands>,
    pub(crate) waker: Arc<Waker>,
}

impl Handler for Answering {
    fn handle(&self, call: &Call, progress: &mut dyn Progress) -> Result<Reply, Failure> {
        let ended = self.commands.handle(call, progress);
        if matches!(
            call.request,
            Request::JobsPause(JobsPause { .. })
                | Request::JobsResume(JobsResume { .. })
                | Request::JobsRun(JobsRun { .. })
                | Request::ClockConfirm(ClockConfirm { yes: true, .. })
        ) {
            self.waker.ring();
        }
        ended
    }
}
