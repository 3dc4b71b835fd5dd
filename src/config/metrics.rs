//! Where is the file of metrics kept?
//!
//! Must never know: which figures there are.

use std::path::{Path, PathBuf};

use crate::config::notes::Notes;
use crate::config::site::file;
use crate::config::walk::Section;

/// `[metrics]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetricsConfig {
    /// The file that the service keeps, for the textfile collector of node_exporter; none where it is not given.
    pub file: Option<PathBuf>,
}

/// Reads `[metrics]`, and notes what is wrong in it.
pub(crate) fn read(notes: &mut Notes<'_>, root: Section<'_>, base: &Path) -> MetricsConfig {
    let mut config = MetricsConfig::default();
    let Some(section) = root.section(notes, "metrics", "[metrics]") else {
        return config;
    };
    section.only(notes, &["file"]);
    if let Some(text) = section.text(notes, "file") {
        config.file = file(notes, text, "file", base);
        // *Source:* node_exporter reads the files of its folder whose names end so.
        if config
            .file
            .as_ref()
            .is_some_and(|path| path.extension().is_none_or(|end| end != "prom"))
        {
            notes.note(
                text.at,
                format!(
                    "the collector reads only files that end in `.prom`; name the file `{}.prom`",
                    text.text
                ),
            );
        }
    }
    config
}
