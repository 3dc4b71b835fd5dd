//! No refusal, warning or alert of the source is missing in the catalogue.

use std::fs;

use super::scan::{Text, texts};
use super::{PAGES, folder};

/// Texts that no page shows, and why.
const LEFT: &[(Left, &str)] = &[
    (Left::Of("import/column_words.rs"), "names of columns, not texts"),
    (
        Left::With("a payment by {source} needs its reference"),
        "the command line refuses it first: held by tests/commands/cash.rs",
    ),
    (
        Left::With("Weir gives a number to cash alone"),
        "the command line refuses it first: held by tests/commands/cash.rs",
    ),
    (
        Left::With("a dry run tries at most"),
        "needs a statement of 100,000 payments: held by tests/commands/cash.rs",
    ),
    (
        Left::With("split the file and try each part"),
        "needs a statement of 100,000 payments: held by tests/commands/cash.rs",
    ),
    (Left::With("an unknown time"), "a time in an answer, not a refusal"),
    (
        Left::With("an unexpected message came"),
        "said to a client that is not `weir`: held by tests/door/bad_lines.rs",
    ),
    (
        Left::Of("commands/approvals/preview.rs"),
        "what `approve --dry-run` answers, held by tests/commands/approvals.rs",
    ),
    (
        Left::Of("commands/clock/backlog.rs"),
        "what `clock` and `status` answer",
    ),
    (Left::Of("commands/jobs/show.rs"), "what `jobs show` answers"),
    (
        Left::With("Shows what it will change, then asks"),
        "the help of `clock confirm`",
    ),
    (
        Left::Of("control/server.rs"),
        "said to a client that is not `weir`, or at a limit: held by tests/door/bad_lines.rs and socket.rs",
    ),
    (
        Left::Of("control/peer.rs"),
        "needs another user than root: held by its own tests",
    ),
    (
        Left::Of("control/reach.rs"),
        "needs another user than root, or a socket that fails in a way of its own",
    ),
    (
        Left::Of("gateways/"),
        "said in the states of messages: held by tests/gateways",
    ),
    (
        Left::Of("health/round.rs"),
        "log records: held by tests/health/outages.rs",
    ),
    (
        Left::Of("jobs/period_corrections.rs"),
        "log records: held by tests/commands/doubt.rs",
    ),
    (
        Left::Of("jobs/cleanup.rs"),
        "needs a disk that fails: held by tests/cleanup",
    ),
    (
        Left::Of("jobs/guarded_run.rs"),
        "outcomes of runs: held by tests/commands/approvals.rs",
    ),
    (
        Left::Of("jobs/history.rs"),
        "errors of runs in `jobs history`: held by tests/nights",
    ),
    (
        Left::Of("outbox/router_work/held_cuts.rs"),
        "a reconcile that is held: held by tests/outbox/guard.rs",
    ),
    (
        Left::Of("outbox/messages/"),
        "messages leave while the service runs: held by tests/messages",
    ),
    (
        Left::Of("routers/sms.rs"),
        "said in the states of messages: held by tests/router/sms.rs",
    ),
    (
        Left::Of("routers/word.rs"),
        "bytes of a router that breaks the protocol: held by tests/router/word.rs",
    ),
    (
        Left::Of("archive/error.rs"),
        "needs an archive that was damaged: held by tests/cleanup/reading.rs",
    ),
    (
        Left::Of("store/codec.rs"),
        "needs a store with wrong bytes: held by tests/crash/codec.rs",
    ),
    (
        Left::Of("rules/routers/incidents.rs"),
        "pieces of alerts that another trouble of the router begins alike: held by tests/rules/routers/incidents.rs",
    ),
    (
        Left::Of("rules/wallet.rs"),
        "needs a store that contradicts itself, or wallets of 13 digits: held by tests/rules",
    ),
    (
        Left::Of("rules/chain.rs"),
        "needs wallets of 13 digits: held by tests/rules",
    ),
    (
        Left::With("has format {found}; this version of Weir knows"),
        "needs a store of a later version: held by tests/crash/older.rs",
    ),
    (
        Left::With("has format {found}; this version of Weir works"),
        "needs a store of an older version: held by tests/process/first_hour.rs",
    ),
    (
        Left::With("or any other command, migrates it"),
        "needs a store of an older version: held by tests/process/first_hour.rs",
    ),
    (
        Left::With("install the newer version"),
        "needs a store of a later version: held by tests/crash/older.rs",
    ),
    (
        Left::With("the store cannot be "),
        "needs a disk that fails: held by tests/crash/disk.rs",
    ),
    (
        Left::With("check the card and its free space"),
        "needs a disk that fails: held by tests/crash/disk.rs",
    ),
    (
        Left::With("the store contradicts itself"),
        "needs a store that is damaged in its middle: held by tests/crash/damage.rs",
    ),
    (
        Left::With("the store is being compacted"),
        "needs the moment of a compaction",
    ),
    (
        Left::With("run `weir verify`"),
        "needs a store that is damaged in its middle: held by tests/crash/damage.rs",
    ),
    (
        Left::With("the ledger failed verification"),
        "needs a ledger that was changed: held by tests/crash/damage.rs",
    ),
    (
        Left::With("the last change before the store was closed"),
        "needs a power cut: held by tests/process/damage.rs",
    ),
    (
        Left::With("the clock was not confirmed; nothing was changed"),
        "needs a terminal",
    ),
    (
        Left::With("if the clock is wrong, set it (`timedatectl`); if it"),
        "needs a terminal",
    ),
    (Left::With("Is it really {}?"), "needs a terminal"),
    (
        Left::With("run `weir clock confirm` again; nothing"),
        "needs two answers minutes apart: held by tests/commands_queries/clock_word.rs",
    ),
    (
        Left::With("the question was asked more than"),
        "needs two answers minutes apart: held by tests/commands_queries/clock_word.rs",
    ),
    (
        Left::With("is not a time that a clock shows"),
        "only another program than `weir` says that",
    ),
    (
        Left::With("the clock has jumped since the question"),
        "needs a terminal: held by tests/commands_queries/clock_word.rs",
    ),
    (
        Left::With("the routers are being asked for the time"),
        "lasts for moments after a start: held by tests/clock/start.rs",
    ),
    (
        Left::With("this ends by itself within seconds"),
        "lasts for moments after a start: held by tests/clock/start.rs",
    ),
    (Left::With("nothing is recorded yet"), "needs a store without a record"),
    (
        Left::With("the answer cannot be written"),
        "needs output that fails: held by tests/door/printed.rs",
    ),
    (
        Left::With("make room where the output goes"),
        "needs output that fails: held by tests/door/printed.rs",
    ),
    (
        Left::With("`demo` is not part of this build"),
        "is in builds without the simulated router alone",
    ),
    (
        Left::With("use a build with the feature `sim`"),
        "is in builds without the simulated router alone",
    ),
    (
        Left::With("`--dry-run` and `--refuse` cannot"),
        "the command line refuses it first",
    ),
    (
        Left::With("use `--dry-run` first, then decide"),
        "the command line refuses it first",
    ),
    (Left::With("a plan looks 1 to"), "the command line refuses it first"),
    (Left::With("`weir plan --days 7`"), "the command line refuses it first"),
    (Left::With("there is no log kind"), "the command line refuses it first"),
    (Left::With("the kinds are {}"), "the command line refuses it first"),
    (
        Left::With("there is no message state `"),
        "the command line refuses it first",
    ),
    (Left::With("the states are {}"), "the command line refuses it first"),
    (Left::With("leave out `--debited`"), "the command line refuses it first"),
    (
        Left::With("no longer waiting"),
        "needs two who decide at the same moment: held by tests/commands/approvals.rs",
    ),
    (
        Left::With("`weir status` shows what is waiting; nothing"),
        "needs two who decide at the same moment: held by tests/commands/held_imports.rs",
    ),
    (
        Left::With("see `weir jobs history disconnect`"),
        "needs two who decide at the same moment",
    ),
    (
        Left::With("see `weir status`, and"),
        "needs two who decide at the same moment",
    ),
    (
        Left::With("has changed since you looked at it"),
        "needs two who decide at the same moment",
    ),
    (
        Left::With("look again with `weir approve"),
        "needs two who decide at the same moment",
    ),
    (
        Left::With("is left as it is until `weir router reconcile"),
        "a reconcile that is held: held by tests/outbox/guard.rs",
    ),
    (
        Left::With("was approved by {} and is being carried out"),
        "needs a run that is approved and not done: held by tests/commands/approvals.rs",
    ),
    (
        Left::With("is put on hold or is extended before their turn"),
        "needs a run that is approved and not done: held by tests/commands/approvals.rs",
    ),
    (Left::With("imported: {} added"), "a log record"),
    (
        Left::With("its answer is no JSON"),
        "needs a service of another version",
    ),
    (Left::With("work on objects of removed routers"), "a log record"),
    (
        Left::With("is not scheduled until the clock is trusted"),
        "needs a job without a beginning",
    ),
    (
        Left::With("would fail: the reason is at the end"),
        "needs a text that one name makes too long: held by tests/reminders/shown.rs",
    ),
    (Left::With("more row"), "needs hundreds of rows"),
    (Left::With("later row"), "needs hundreds of rows"),
    (Left::With("not shown; ask for fewer days"), "needs hundreds of rows"),
    (
        Left::With("the schedules have too many occurrences"),
        "needs thousands of occurrences",
    ),
    (
        Left::With("job `{job}` did not run"),
        "cannot happen by the rules of the scheduler",
    ),
    (
        Left::With("see its state with `weir jobs show`"),
        "cannot happen by the rules of the scheduler",
    ),
    (
        Left::With("the system provides no event queue"),
        "needs a system without memory",
    ),
    (Left::With("free some memory or files"), "needs a system without memory"),
    (
        Left::With("how much memory the box has left"),
        "needs a system without memory",
    ),
    (
        Left::With("report this as a bug in Weir"),
        "cannot happen: an answer that cannot be written down",
    ),
    (
        Left::With("cannot be written as JSON"),
        "cannot happen: an answer that cannot be written down",
    ),
    (
        Left::With("the figures cannot be written"),
        "cannot happen: an answer that cannot be written down",
    ),
    (
        Left::With("the answer is not UTF-8"),
        "cannot happen: an answer that cannot be written down",
    ),
    (
        Left::With("is being handed over right now"),
        "lasts for moments: held by tests/messages",
    ),
    (
        Left::With("look again in a minute"),
        "lasts for moments: held by tests/messages",
    ),
    (
        Left::With("was accepted by its gateway, so it is not sent twice"),
        "messages leave while the service runs: held by tests/messages",
    ),
    (
        Left::With("ask the gateway's operator"),
        "messages leave while the service runs: held by tests/messages",
    ),
    (
        Left::With("message {id} expired at"),
        "messages leave while the service runs: held by tests/messages",
    ),
    (
        Left::With("it is too old to send"),
        "messages leave while the service runs: held by tests/messages",
    ),
    (
        Left::With("existed before it was queued"),
        "cannot happen: a number that is given twice",
    ),
    (
        Left::With("the gateway's answer could not be recorded"),
        "needs a disk that fails",
    ),
    (
        Left::With("`weir outbox` shows what is known"),
        "needs a disk that fails",
    ),
    (Left::With("use a smaller amount"), "needs wallets of 13 digits"),
    (
        Left::With("an unknown time"),
        "what was recorded before the clock was trusted: held by tests/commands_queries/status.rs",
    ),
    (
        Left::With("objects differ; the first"),
        "needs thousands of subscribers",
    ),
    (
        Left::With("`weir router list` lists them"),
        "needs a router that goes while it is asked",
    ),
    (
        Left::With("configuration cannot be used"),
        "cannot happen: findings without any",
    ),
    (
        Left::With("the file cannot be used"),
        "cannot happen: findings without any",
    ),
    (
        Left::With("is used for more than {CONFLICTS_MAX}"),
        "needs a hundred payments under one reference",
    ),
    (
        Left::With("no bank gives so many payments one number"),
        "needs a hundred payments under one reference",
    ),
    (
        Left::With("Dear {{name}}, your internet"),
        "the text of a reminder, not a refusal",
    ),
    (
        Left::With("username,name,phone,account,package,router"),
        "the list of a new site, not a refusal",
    ),
    (
        Left::With("make it readable by the user that runs weir"),
        "needs another user than root",
    ),
    (
        Left::With("the socket path `{path}` has"),
        "`weir check` refuses it first",
    ),
    (Left::With("set a shorter `socket`"), "`weir check` refuses it first"),
    (
        Left::With("the service accepts no more connections"),
        "needs hundreds of clients: held by tests/door/socket.rs",
    ),
    (
        Left::With("nobody is listening on the control socket"),
        "never shown: the file is opened instead",
    ),
    (
        Left::With("there is no control socket"),
        "never shown: the file is opened instead",
    ),
    (Left::With("this user may not connect"), "needs another user than root"),
    (
        Left::With("the service stopped answering"),
        "needs a silence of half a minute: held by tests/door/bad_lines.rs",
    ),
    (Left::With("rows; split it into several files"), "needs a million rows"),
    (
        Left::With("MiB; split it into several files"),
        "the command line refuses such a file first",
    ),
    (
        Left::With("is larger than {megabytes} MiB"),
        "the command line refuses such a file first",
    ),
    (
        Left::With("export a shorter period"),
        "the command line refuses such a file first",
    ),
    (
        Left::With("a run must wait until the clock is trusted"),
        "the error of a run that the service tries again",
    ),
    (
        Left::With("unmatched payments; assign those first"),
        "needs two hundred unmatched payments: held by tests/commands/payers.rs",
    ),
    (
        Left::With("the pinned serial number cannot be read"),
        "needs a store that is damaged in its middle",
    ),
    (
        Left::With("no answer to `{waiting_for}`"),
        "needs a wait of seconds: held by tests/router/conversation.rs",
    ),
    (
        Left::With("the stored schedule"),
        "needs a store with wrong bytes: held by tests/rules/catch_up.rs",
    ),
    (
        Left::Of("commands/imports/held.rs"),
        "decided by two at the same moment, or with a text of the owner: held by tests/commands/held_imports.rs",
    ),
];

/// Which texts are left out.
enum Left {
    /// All of a folder or file, by its path below `src/`.
    Of(&'static str),
    /// Those that hold this piece.
    With(&'static str),
}

impl Left {
    fn means(&self, text: &Text) -> bool {
        match self {
            Self::Of(path) => text.place.strip_prefix("src/").unwrap().starts_with(path),
            Self::With(piece) => text.literal.contains(piece),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Of(name) | Self::With(name) => name,
        }
    }
}

/// All that the pages say, as one text for each case.
fn shown() -> Vec<String> {
    PAGES
        .iter()
        .flat_map(|page| {
            let text = fs::read_to_string(folder().join(page)).unwrap();
            text.split("\n## ").map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

fn missing() -> Vec<Text> {
    let shown = shown();
    texts()
        .into_iter()
        .filter(|text| !shown.iter().any(|shown| text.is_in(shown)))
        .collect()
}

#[test]
fn no_text_of_the_source_is_missing() {
    let told: Vec<String> = missing()
        .iter()
        .filter(|text| !LEFT.iter().any(|(left, _)| left.means(text)))
        .map(|text| format!("{}: {}", text.place, text.literal))
        .collect();
    assert!(
        told.is_empty(),
        "{} texts are in no page of tests/refusals; add a case for each:\n{}",
        told.len(),
        told.join("\n")
    );
}

#[test]
fn what_is_left_out_is_there_and_is_not_shown() {
    let missing = missing();
    let stale: Vec<&str> = LEFT
        .iter()
        .filter(|(left, _)| !missing.iter().any(|text| left.means(text)))
        .map(|(left, _)| left.name())
        .collect();
    assert!(
        stale.is_empty(),
        "left out of the catalogue, but nothing of it is missing there any more:\n{}",
        stale.join("\n")
    );
}
