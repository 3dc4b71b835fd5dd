//! What is handed to a gateway?

/// A message as a gateway needs it.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'a> {
    /// A phone number with `+`, or an address of e-mail.
    pub to: &'a str,
    /// What to say.
    pub text: &'a str,
    /// The subject of an e-mail.
    pub subject: &'a str,
    /// A file that goes with an e-mail.
    pub attachment: Option<Attachment<'a>>,
}

/// A file that goes with an e-mail.
#[derive(Debug, Clone, Copy)]
pub struct Attachment<'a> {
    /// What the file is called.
    pub name: &'a str,
    /// Its media type, such as `text/html`.
    pub media_type: &'a str,
    /// What stands in it.
    pub bytes: &'a [u8],
}
