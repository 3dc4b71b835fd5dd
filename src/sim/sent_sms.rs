//! What has the simulated router's modem sent?

/// A message that went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentSms {
    /// By which port.
    pub port: String,
    /// To which number.
    pub to: String,
    /// What it says.
    pub message: String,
}
