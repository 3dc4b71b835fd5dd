//! Which command answers which request?

use crate::commands::appliance::Appliance;
use crate::commands::request::Request;
use crate::commands::{
    Call, Handler, Progress, Reply, adjust, approve, clock, clock_confirm, config_show, explain, import_subscribers,
    jobs, jobs_history, jobs_pause, jobs_run, ledger, logs, metrics, outbox, outbox_test, pay, pay_file, plan, report,
    router, router_history, router_trust, stats, status, subscriber, subscriber_list, subscriber_set, tray, verify,
};
use crate::model::failure::Failure;

impl Handler for Appliance {
    fn handle(&self, call: &Call, progress: &mut dyn Progress) -> Result<Reply, Failure> {
        let span = tracing::info_span!("command", name = call.request.name(), actor = %call.actor);
        let _entered = span.enter();
        match &call.request {
            Request::Status => status::answer(self, call),
            Request::Verify => verify::answer(self, call, progress),
            Request::ConfigShow => config_show::answer(self, call),
            Request::JobsList => jobs::list(self, call),
            Request::JobsShow { name } => jobs::show(self, call, name),
            Request::JobsHistory { name, limit } => jobs_history::answer(self, call, name, *limit),
            Request::JobsRun { name, dry_run } => jobs_run::answer(self, call, name, *dry_run, progress),
            Request::JobsPause { name } => jobs_pause::pause(self, call, name),
            Request::JobsResume { name } => jobs_pause::resume(self, call, name),
            Request::Plan { days } => plan::answer(self, call, *days),
            Request::ImportSubscribers { file, dry_run } => {
                import_subscribers::answer(self, call, file, *dry_run, progress)
            }
            Request::SubscriberList => subscriber_list::answer(self, call),
            Request::SubscriberShow { username } => subscriber::show(self, call, username),
            Request::SubscriberAdd {
                username,
                fields,
                balance,
                debited,
            } => subscriber_set::add(self, call, username, fields, balance.as_deref(), debited.as_deref()),
            Request::SubscriberSet { username, fields } => subscriber_set::set(self, call, username, fields),
            Request::SubscriberExtend { username, until } => subscriber::extend(self, call, username, until),
            Request::SubscriberHold {
                username,
                access,
                comment,
            } => subscriber::hold(self, call, username, *access, comment.as_deref()),
            Request::SubscriberRelease { username } => subscriber::release(self, call, username),
            Request::SubscriberClose { username } => subscriber::close(self, call, username),
            Request::SubscriberReopen { username } => subscriber::reopen(self, call, username),
            Request::Pay {
                username,
                amount,
                reference,
                source,
                date,
            } => pay::pay(
                self,
                call,
                username,
                amount,
                reference,
                source.as_deref(),
                date.as_deref(),
            ),
            Request::PayFile { file } => pay_file::answer(self, call, file, progress),
            Request::PayUnmatched => tray::list(self, call),
            Request::PayAssign { reference, username } => tray::assign(self, call, reference, username),
            Request::PayReverse { reference } => pay::reverse(self, call, reference),
            Request::PayMove { reference, username } => pay::move_to(self, call, reference, username),
            Request::Adjust {
                username,
                amount,
                comment,
            } => adjust::answer(self, call, username, amount, comment),
            Request::Ledger { username } => ledger::answer(self, call, username),
            Request::Logs {
                kind,
                since,
                until,
                user,
                limit,
            } => {
                let question = logs::Question {
                    kind: kind.as_deref(),
                    since: since.as_deref(),
                    until: until.as_deref(),
                    user: user.as_deref(),
                    limit: *limit,
                };
                logs::answer(self, call, &question)
            }
            Request::ClockShow => clock::show(self, call),
            Request::ClockConfirm { yes, shown } => clock_confirm::answer(self, call, *yes, shown.as_ref()),
            Request::RouterList { name } => router::list(self, call, name.as_deref()),
            Request::RouterProbe { name } => router::probe(self, call, name.as_deref()),
            Request::RouterDiff { name } => router::diff(self, call, name.as_deref()),
            Request::RouterReconcile { name } => router::reconcile(self, call, name.as_deref()),
            Request::Approve { what, refuse, dry_run } => {
                approve::answer(self, call, what.as_deref(), refuse.as_deref(), *dry_run, progress)
            }
            Request::RouterHistory { name, since, until } => {
                router_history::answer(self, call, name.as_deref(), since.as_deref(), until.as_deref())
            }
            Request::RouterTrust { name } => router_trust::answer(self, call, name),
            Request::Outbox { state, limit } => outbox::list(self, call, state.as_deref(), *limit),
            Request::OutboxTest { to, gateway } => outbox_test::answer(self, call, to, gateway.as_deref()),
            Request::OutboxResend { id } => outbox::resend(self, call, *id),
            Request::Stats {
                username,
                package,
                since,
                until,
                csv,
            } => {
                let question = stats::Question {
                    username: username.as_deref(),
                    package: package.as_deref(),
                    since: since.as_deref(),
                    until: until.as_deref(),
                    csv: *csv,
                };
                stats::answer(self, call, &question)
            }
            Request::Report { month, email } => report::answer(self, call, month.as_deref(), *email),
            Request::SubscriberExplain { username } => explain::answer(self, call, username),
            Request::Metrics => metrics::answer(self, call),
        }
    }
}
