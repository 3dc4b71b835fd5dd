//! Which command answers which request?

use crate::appliance::core::Appliance;
use crate::commands::request::Request;
use crate::commands::{
    Call, Handler, Progress, Reply, approvals, clock, explain, imports, jobs, messages, payments, report, routers,
    statistics, status, subscribers, system,
};
use crate::model::failure::Failure;

impl Handler for Appliance {
    fn handle(&self, call: &Call, progress: &mut dyn Progress) -> Result<Reply, Failure> {
        let span = tracing::info_span!("command", name = call.request.name(), actor = %call.actor);
        let _entered = span.enter();
        match &call.request {
            Request::Status => status::answer::answer(self, call),
            Request::Verify => system::verify::answer(self, call, progress),
            Request::ConfigShow => system::config_show::answer(self, call),
            Request::JobsList => jobs::list::list(self, call),
            Request::JobsShow { name } => jobs::list::show(self, call, name),
            Request::JobsHistory { name, limit } => jobs::history::answer(self, call, name, *limit),
            Request::JobsRun { name, dry_run } => jobs::run::answer(self, call, name, *dry_run, progress),
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
