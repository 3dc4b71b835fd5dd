//! `weir outbox` lists the messages, newest first.

use clap::builder::PossibleValuesParser;
use serde::{Deserialize, Serialize};

use crate::appliance::core::Appliance;
use crate::commands::archive_notes::{AskedTime, left_out};
use crate::commands::messages::answer::MessageAnswer;
use crate::commands::messages::answer::waits_for_service;
use crate::commands::reply::reply;
use crate::commands::table::{Column, Table};
use crate::commands::time_words::civil;
use crate::commands::{Asked, Caller, RECORDS, RECORDS_MAX, Reply, SiteCommand};
use crate::config::gateways::channels;
use crate::model::failure::Failure;
use crate::model::message::{Message, MessageState};
use crate::model::record::LogKind;
use crate::notices::recheck;
use crate::outbox::messages::choice;
use crate::rules::messages::delivery;
use crate::store::error::StoreError;

/// List messages, newest first, or send a test message
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(
    after_help = "Examples:\n  weir outbox --state unknown\n  weir outbox test +254700000001\n  weir outbox resend 17"
)]
pub struct Outbox {
    /// Only messages in this state
    #[arg(long, value_parser = PossibleValuesParser::new(MessageState::ALL.map(MessageState::as_str)))]
    pub state: Option<String>,
    /// The most messages to show
    #[arg(long, value_name = "N", default_value_t = RECORDS)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=RECORDS_MAX))]
    pub limit: u32,
}

impl SiteCommand for Outbox {
    fn answer(&self, site: &Appliance, asked: &mut Asked<'_>) -> Result<Reply, Failure> {
        list(site, asked.caller, self.state.as_deref(), self.limit)
    }

    fn has_long_answer(&self) -> bool {
        true
    }
}

/// Returns the messages, newest first.
pub(crate) fn list(appliance: &Appliance, call: &Caller, state: Option<&str>, limit: u32) -> Result<Reply, Failure> {
    let wanted = state.map(state_of).transpose()?;
    let in_force = appliance.in_force();
    let config = &in_force.config;
    let look = appliance.keeper.look()?;
    let reader = appliance.store.read()?;
    let carried = channels(&config.gateways);
    let counts = reader.messages_state()?;
    let ground = choice::ground(config, &carried, &counts, look.now, look.trust.is_trusted());
    let held = look.trust.is_trusted().then(|| delivery::held_until(&ground)).flatten();
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found: Vec<Message> = Vec::new();
    reader.each_message_back(|message| -> Result<bool, StoreError> {
        if wanted.is_none_or(|wanted| message.state == wanted) {
            found.push(message);
        }
        Ok(found.len() < most)
    })?;
    // What waits is shown as it would leave: to the number that its subscriber has now, with the text of now.
    let found = found
        .into_iter()
        .map(|message| recheck::as_it_leaves(&reader, config, message, look.now))
        .collect::<Result<Vec<Message>, StoreError>>()?;
    // Older ones than those that are shown may lie in the archive.
    let older = if found.len() < most {
        left_out(appliance, &reader, &[LogKind::Messages], AskedTime::EVER)?
    } else {
        None
    };
    drop(reader);
    let answers: Vec<MessageAnswer> = found
        .iter()
        .map(|message| MessageAnswer::of(message, held, config))
        .collect();
    let mut reply = reply(call, &answers, || {
        if found.is_empty() {
            return "no messages\n".to_owned();
        }
        let mut table = Table::new(&[
            Column::whole("ID"),
            Column::whole("WHEN"),
            Column::name("TO"),
            Column::whole("STATE"),
            Column::whole("TRIES"),
            Column::text("GATEWAY"),
            Column::text("TEXT"),
            Column::sentence("WHY"),
        ]);
        for message in &found {
            table.row([
                message.id.to_string().as_str(),
                civil(message.sent_at.unwrap_or(message.queued_at), &config.site.zone).as_str(),
                message.to.as_str(),
                message.state.as_str(),
                message.attempts.to_string().as_str(),
                message.gateway.as_deref().unwrap_or(""),
                message.text.as_str(),
                message.error.as_deref().unwrap_or(""),
            ]);
        }
        table.render(call.width)
    })?;
    reply.notes.extend(older);
    reply
        .notes
        .extend(waits_for_service(appliance, counts.count(MessageState::Queued)));
    Ok(reply)
}

pub(crate) fn state_of(text: &str) -> Result<MessageState, Failure> {
    MessageState::parse(text).ok_or_else(|| {
        let states: Vec<String> = MessageState::ALL
            .iter()
            .map(|state| format!("`{}`", state.as_str()))
            .collect();
        Failure::refused(
            format!("there is no message state `{text}`"),
            format!("the states are {}", states.join(", ")),
        )
    })
}
