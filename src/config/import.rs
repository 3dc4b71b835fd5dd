//! How are the lists of subscribers written that this site imports?
//!
//! Must never know: a list.

use crate::config::notes::Notes;
use crate::config::statements::date_formats;
use crate::config::walk::Section;

/// `[import]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportConfig {
    /// How days may be written beside `YYYY-MM-DD`, in strftime's signs; tried in order.
    pub date_formats: Vec<String>,
}

/// Reads `[import]`, and notes what is wrong in it.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>) -> ImportConfig {
    let mut config = ImportConfig::default();
    let Some(section) = root.section(notes, "import", "[import]") else {
        return config;
    };
    section.only(notes, &["date_format"]);
    if !section.is_absent("date_format") {
        config.date_formats = date_formats(notes, section).unwrap_or_default();
    }
    config
}
