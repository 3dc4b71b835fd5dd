//! Everything of a site that a wrong clock could harm, to be compared with what it was.

use jiff::Timestamp;
use serde_json::Value;

use super::site::Site;
use weir::sim::rows::RowView;

/// What ran of both jobs, in the order in which it began: job, planned time, outcome.
pub fn ran(site: &Site) -> Vec<(String, String, String)> {
    let word = |run: &Value, field: &str| run[field].as_str().unwrap_or_default().to_owned();
    let mut runs = Vec::new();
    for job in ["billing", "disconnect"] {
        for run in site.asked(&["jobs", "history", job]).as_array().unwrap() {
            if run["outcome"] != "waiting" && !run["started_at"].is_null() {
                runs.push((
                    word(run, "started_at").parse::<Timestamp>().unwrap(),
                    // Two that began within one millisecond are told in the order of their nights.
                    word(run, "planned_for"),
                    word(run, "job"),
                    word(run, "outcome"),
                ));
            }
        }
    }
    runs.sort();
    let told = |(_, planned_for, job, outcome)| (job, planned_for, outcome);
    runs.into_iter().map(told).collect()
}

pub fn newest(site: &Site) -> Value {
    site.asked(&["status"])["database"]["newest"].clone()
}

/// Everything that a wrong clock could harm.
pub struct Whole {
    entries: u64,
    newest: Value,
    subscribers: Vec<Value>,
    ledger: Vec<Value>,
    ran: Vec<(String, String, String)>,
    /// Of each secret whether it is disabled, and how often commands have changed it.
    secrets: Vec<(String, bool, u32)>,
    sessions: usize,
}

impl Whole {
    pub fn of(site: &Site) -> Self {
        let rows = site.router.rows("/ppp/secret").unwrap();
        let secret = |row: &RowView| {
            let name = row.value("name").unwrap().to_owned();
            (name, row.is("disabled"), row.changes)
        };
        Self {
            entries: site.verified(),
            newest: newest(site),
            subscribers: site.subscribers(),
            ledger: site.ledger(),
            ran: ran(site),
            secrets: rows.iter().map(secret).collect(),
            sessions: site.router.session_count(),
        }
    }

    pub fn still_is(&self, site: &Site) {
        let now = Self::of(site);
        assert_eq!(
            (now.entries, &now.newest),
            (self.entries, &self.newest),
            "{}",
            site.log()
        );
        assert_eq!(now.ran, self.ran, "{}", site.log());
        assert_eq!(
            (&now.secrets, now.sessions),
            (&self.secrets, self.sessions),
            "{}",
            site.log()
        );
        assert_eq!(now.subscribers, self.subscribers, "{}", site.log());
        assert_eq!(now.ledger, self.ledger, "{}", site.log());
    }
}
