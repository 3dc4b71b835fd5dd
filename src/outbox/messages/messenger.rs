//! Sends messages when they are due, and writes down what is needed before and after.
//!
//! One thread reads the outbox once a second. Alerts become messages; messages for administrators go first, then those for
//! subscribers, in small batches: marked as being handed over in one commit, handed over, and what became of them is written in
//! the next, which marks the following batch, too. Whatever happens between the two commits leaves a message `unknown`, never
//! sent twice. An idle second writes nothing. Must never know: what a message says.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::clock::keeper::ClockReading;
use crate::config::read::Config;
use crate::model::message::{Lane, MessageId, MessageState};
use crate::notices::alerts::{self, AlertDelivery};
use crate::outbox::connections::connection::RouterContext;
use crate::outbox::messages::carrier::Carrier;
use crate::outbox::messages::choice::{self, BATCH_MAX, Choice, ChoiceContext};
use crate::outbox::messages::gateway_backoff::GatewaysSeen;
use crate::outbox::messages::handover::{self, Ways};
use crate::outbox::messages::outcomes::{self, Ended, GatewayNews, HandoverOutcome};
use crate::store::error::StoreError;

/// Milliseconds between two readings of the outbox while nothing leaves.
pub const LOOK_MS: u64 = 1_000;
/// Seconds to wait after the store failed.
const REST_S: u64 = 10;

/// The outcome of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundResult {
    /// Something was done; there may be more.
    Busy,
    /// Nothing may leave now.
    Idle,
}

/// Hands messages to their gateways.
pub struct Messenger {
    site: RouterContext,
    data: PathBuf,
    carrier: Arc<dyn Carrier>,
    stop: Arc<AtomicBool>,
    gateways: GatewaysSeen,
    delivery: AlertDelivery,
    /// What is still to be written down.
    pending: Vec<HandoverOutcome>,
    /// What the gateways did, still to be written into alerts.
    news: GatewayNews,
}

impl Messenger {
    /// Creates a messenger that ends soon after `stop` is set.
    #[must_use]
    pub fn new(site: RouterContext, data: PathBuf, carrier: Arc<dyn Carrier>, stop: Arc<AtomicBool>) -> Self {
        Self {
            site,
            data,
            carrier,
            stop,
            gateways: GatewaysSeen::default(),
            delivery: AlertDelivery::default(),
            pending: Vec::new(),
            news: GatewayNews::default(),
        }
    }

    /// Works until it is told to stop. A handover in progress is then finished and written down.
    pub fn run(mut self) {
        while !self.stop.load(Ordering::Acquire) {
            match self.look() {
                Ok(RoundResult::Busy) => {}
                Ok(RoundResult::Idle) => thread::park_timeout(Duration::from_millis(LOOK_MS)),
                Err(error) => {
                    tracing::warn!(%error, "the outbox of messages cannot be read or written");
                    thread::park_timeout(Duration::from_secs(REST_S));
                }
            }
        }
        if let Err(error) = self.write_down() {
            tracing::warn!(%error, "the outcome of the last messages could not be recorded; they count as unknown");
        }
    }

    /// Does what is due: at most one batch.
    ///
    /// # Errors
    /// When the store cannot be read or written; what is still to be written down is kept.
    pub fn look(&mut self) -> Result<RoundResult, StoreError> {
        let store = Arc::clone(&self.site.store);
        let state = store.read()?.messages_state()?;
        let elapsed = self.site.keeper.clock().elapsed();
        let announced = self.delivery.has_new(&state, elapsed);
        let quiet = state.count(MessageState::Queued) == 0 && !announced;
        if quiet && self.pending.is_empty() {
            return Ok(RoundResult::Idle);
        }
        let config = (self.site.config)();
        let look = self.site.keeper.look()?;
        if announced {
            let told = alerts::tell(&store, &config, &look, &mut self.delivery, elapsed)?;
            tracing::debug!(told, "alerts became messages");
        }
        if self.pending.len() > BATCH_MAX {
            // The last commit failed. What is known is written down before anything else is taken up: at most two batches wait
            // here, however long the store fails.
            self.set_out(&config, &look, &Choice::default())?;
        }
        let choice = self.choose(&config, &look)?;
        if choice.is_empty() && self.pending.is_empty() {
            return Ok(RoundResult::Idle);
        }
        // Read before anything is marked: nothing but the handover may come after that.
        let announced = store.read()?.messages_state()?.last_announcement;
        self.set_out(&config, &look, &choice)?;
        if !choice.departures.is_empty() {
            self.hand_over(&config, choice, announced);
        }
        Ok(RoundResult::Busy)
    }

    /// Returns what leaves next: of the administrators' lane, where there is anything.
    fn choose(&self, config: &Config, look: &ClockReading) -> Result<Choice, StoreError> {
        let elapsed = self.site.keeper.clock().elapsed();
        let resting: Vec<usize> = config
            .gateways
            .iter()
            .enumerate()
            .filter_map(|(at, gateway)| self.gateways.rests(&gateway.name, elapsed).then_some(at))
            .collect();
        let except: Vec<MessageId> = self
            .pending
            .iter()
            .map(|outcome| outcome.departure.message.id)
            .collect();
        let moment = ChoiceContext {
            shows: look.now,
            trusted: look.trust.is_trusted(),
            except: &except,
            resting: &resting,
        };
        let reader = self.site.store.read()?;
        let first = choice::choose(&reader, config, Lane::Administrators, moment)?;
        if !first.is_empty() {
            return Ok(first);
        }
        choice::choose(&reader, config, Lane::Subscribers, moment)
    }

    /// Writes in one commit what became of the last batch, what ends without leaving, and what leaves now.
    fn set_out(&mut self, config: &Config, look: &ClockReading, choice: &Choice) -> Result<(), StoreError> {
        let trusted = look.trust.is_trusted();
        let written = self.site.store.write(look.recorded(), |tx| -> Result<(), StoreError> {
            outcomes::write(tx, config, &self.pending, look.now, trusted)?;
            outcomes::tell_gateways(tx, &self.news)?;
            outcomes::write_ends(tx, config, &choice.ends)?;
            outcomes::mark(tx, &choice.departures)
        });
        match written {
            Ok(()) => {
                self.pending.clear();
                self.news = GatewayNews::default();
                Ok(())
            }
            Err(error) => {
                // They may be marked, and none was handed over.
                let put_back = choice.departures.iter().map(|departure| HandoverOutcome {
                    departure: departure.clone(),
                    refusals: Vec::new(),
                    ended: Ended::PutBack,
                });
                self.pending.extend(put_back);
                Err(error)
            }
        }
    }

    fn hand_over(&mut self, config: &Config, choice: Choice, announced: u64) {
        let for_subscribers = choice.departures.iter().any(|departure| departure.counts_on.is_some());
        let waits = || self.stop.load(Ordering::Acquire) || (for_subscribers && self.is_urgent(announced));
        let go_on = || !waits();
        let ways = Ways {
            config,
            data: &self.data,
            carrier: self.carrier.as_ref(),
            go_on: &go_on,
        };
        let outcomes = handover::hand_over(ways, choice.departures);
        let elapsed = self.site.keeper.clock().elapsed();
        let news = outcomes::behaved(&outcomes, &mut self.gateways, elapsed);
        self.news.add(news);
        self.pending.extend(outcomes);
    }

    /// Returns whether an alert has come up since: it does not wait for the rest of a batch.
    fn is_urgent(&self, announced: u64) -> bool {
        let now = self.site.store.read().and_then(|reader| reader.messages_state());
        now.is_ok_and(|state| state.last_announcement > announced)
    }

    /// Writes down what is still to be written.
    fn write_down(&mut self) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let config = (self.site.config)();
        let look = self.site.keeper.look()?;
        self.set_out(&config, &look, &Choice::default())
    }
}
