//! The fields that can be stated about a subscriber.

use clap::builder::PossibleValuesParser;
use serde::{Deserialize, Serialize};

use crate::model::subscriber::Service;

// Not a doc comment: clap would show it as the text of each command that takes these fields. `None` leaves a field as it is,
// an empty text clears it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "clap would show the docs as the text of the commands")]
pub struct SubscriberFields {
    /// The customer's name
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// The phone number
    #[arg(long, value_name = "NUMBER")]
    pub phone: Option<String>,
    /// The account number that the customer states when paying
    #[arg(long, value_name = "TEXT")]
    pub account: Option<String>,
    /// The package
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,
    /// The router that serves the subscriber
    #[arg(long, value_name = "NAME")]
    pub router: Option<String>,
    /// The kind of connection
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(Service::ALL.map(Service::as_str)))]
    pub service: Option<String>,
    /// The fixed IP address
    #[arg(long, value_name = "IP")]
    pub address: Option<String>,
    /// The name on the router, if it differs from the username
    #[arg(long, value_name = "TEXT")]
    pub login: Option<String>,
    /// A rate of their own, for example 10M/10M
    #[arg(long, value_name = "RATE")]
    pub rate: Option<String>,
    /// A profile of their own on the router
    #[arg(long, value_name = "TEXT")]
    pub profile: Option<String>,
    /// The last day paid for
    #[arg(long, value_name = "DAY")]
    pub expires_on: Option<String>,
}
