//! Who carries a message to a gateway, and what does each kind of gateway carry?
//!
//! Must never know: which message it is, or when to try again.

use crate::config::gateways::{GatewayConfig, GatewayKind};
use crate::gateways::{Parcel, Verdict};
use crate::model::message::Channel;

/// Hands messages over; blocks until something is known, within the gateway's limits.
pub trait Carrier: Send + Sync {
    /// Hands one message to one gateway. A gateway that cannot be used as it is configured refuses.
    fn hand_over(&self, gateway: &GatewayConfig, parcel: &Parcel<'_>) -> Verdict;
}

/// What a gateway can carry.
#[must_use]
pub const fn channel_of(kind: &GatewayKind) -> Channel {
    match kind {
        GatewayKind::Http(_)
        | GatewayKind::AfricasTalking { .. }
        | GatewayKind::Twilio { .. }
        | GatewayKind::Modem { .. } => Channel::Sms,
        GatewayKind::Smtp { .. } => Channel::Email,
    }
}

/// What each of the gateways can carry, in their order.
#[must_use]
pub fn channels(gateways: &[GatewayConfig]) -> Vec<Channel> {
    gateways.iter().map(|gateway| channel_of(&gateway.kind)).collect()
}
