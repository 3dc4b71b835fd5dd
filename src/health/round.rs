//! Probes all routers at once, and writes what has changed.
//!
//! All are probed at the same time, so that one that hangs delays no other. What has changed is written in one transaction:
//! incidents, alerts, what is remembered of each router, the log. Where nothing has changed nothing is written; the run waits
//! in memory. Must never decide what an incident is.

use std::path::PathBuf;

use tokio::time::Instant as Stopwatch;

use crate::config::read::Config;
use crate::config::routers::RouterConfig;
use crate::health::memory::{HealthMemory, RememberedRouter};
use crate::health::own_box::BoxFinding;
use crate::health::probe::{self, Probed, Tries};
use crate::model::alert::{AlertKind, Cause};
use crate::model::day::Instant;
use crate::model::job::{Counts, HealthCounts, Job, Outcome, Run, RunId};
use crate::model::name::RouterName;
use crate::model::record::{LogKind, LogRecord};
use crate::model::router::incident::KnownRouter;
use crate::model::router::readings::RouterState;
use crate::outbox::connections::connection::RouterContext;
use crate::routers::facts::RouterFacts;
use crate::rules::routers::incidents::{
    IncidentChange, IncidentNotice, ProbeMoment, RouterHealth, length_words, what_it_does,
};
use crate::store::error::StoreError;
use crate::store::write::alerts::Raised;
use crate::store::write::transaction::Transaction;

/// Why a round takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundOccasion {
    /// An occurrence has come.
    For(Instant),
    /// Somebody asked for it now.
    ByHand,
    /// A planned time by a clock that is not trusted: the history has no record of it.
    InDoubt,
}

/// What a round needs.
#[derive(Clone)]
pub struct Round {
    /// The routers and the store.
    pub site: RouterContext,
    /// What is known from round to round.
    pub memory: std::sync::Arc<HealthMemory>,
    /// How long tries take.
    pub tries: Tries,
    /// The folder that holds the site's data.
    pub data: PathBuf,
}

/// What there is to write about one router.
struct News {
    happened: Vec<IncidentChange>,
    told: Option<IncidentNotice>,
    known: Option<KnownRouter>,
    words: Vec<String>,
}

impl News {
    const fn is_empty(&self) -> bool {
        self.happened.is_empty() && self.told.is_none() && self.known.is_none() && self.words.is_empty()
    }
}

impl Round {
    /// Probes all routers and writes what has changed, with what was found about the box.
    ///
    /// # Errors
    /// When the store cannot be read or written; what was seen of the routers is noted all the same.
    pub async fn go(&self, planned: RoundOccasion, about_the_box: Vec<BoxFinding>) -> Result<Run, StoreError> {
        let _one_at_a_time = self.memory.round.lock().await;
        let (site, memory) = (&self.site, &self.memory);
        let config = (site.config)();
        let started = site.keeper.recorded()?;
        let looked_before: Vec<RouterState> = config
            .routers
            .iter()
            .map(|router| site.routers.of(&router.name).state)
            .collect();
        let probed = self.probe_all(&config).await?;
        let now = probe::moment(site)?;
        let mut counts = HealthCounts::default();
        let mut news: Vec<(RouterName, News)> = Vec::new();
        let mut kept: Vec<(RouterName, RememberedRouter)> = Vec::new();
        for ((router, probed), before) in probed.into_iter().zip(looked_before) {
            counts.probed = counts.probed.saturating_add(1);
            let is_up = probed.facts.is_some();
            let count = if is_up { &mut counts.up } else { &mut counts.down };
            *count = count.saturating_add(1);
            let (found, own) = self.news_of(&router, probed, before, now, &config)?;
            news.push((router.clone(), found));
            kept.push((router, own));
        }
        news.extend(self.gone(&config, now)?);
        news.retain(|(_, news)| !news.is_empty());
        let about_the_box = self.new_about_the_box(about_the_box)?;
        let finished = site.keeper.recorded()?;
        let mut run = Run {
            id: RunId(0),
            job: Job::Health,
            planned_for: match planned {
                RoundOccasion::For(at) => at,
                RoundOccasion::ByHand | RoundOccasion::InDoubt => started,
            },
            to: None,
            count: 1,
            started_at: Some(started),
            finished_at: Some(finished),
            outcome: Outcome::Done,
            counts: Counts::Health(counts),
            error: None,
            by_hand: planned == RoundOccasion::ByHand,
        };
        if let RoundOccasion::For(_) = planned {
            memory.wait_for_commit(run.clone());
        }
        if run.by_hand || !news.is_empty() || !about_the_box.is_empty() {
            run.id = self.write_down(&run, finished, &news, &about_the_box)?;
        }
        // Kept only now: what could not be written is found again by the next round.
        for (router, own) in kept {
            memory.keep(&router, own);
        }
        for (router, _) in &news {
            if config.router(router).is_none() {
                memory.forget(router);
            }
        }
        Ok(run)
    }

    /// Returns what there is to write about a router that was probed, and what is kept of it.
    fn news_of(
        &self,
        router: &RouterName,
        mut probed: Probed,
        before: RouterState,
        now: ProbeMoment,
        config: &Config,
    ) -> Result<(News, RememberedRouter), StoreError> {
        let mut own = self.memory.router(router);
        let uptime_s = probed.facts.as_ref().and_then(|facts| facts.uptime_s);
        let rebooted = own.uptime.is_reboot(uptime_s, Stopwatch::now());
        let told = probed.standing.tell(now, &config.site.zone);
        let failed_before = match before {
            RouterState::Up | RouterState::Unknown => false,
            RouterState::Down | RouterState::LoginRefused | RouterState::RefusedIdentity => true,
        };
        if probed.facts.is_some() && (failed_before || rebooted) {
            self.site.routers.came_back(router);
        }
        let (known, words) = self.remembered(router, probed.facts.as_ref(), rebooted, now.at)?;
        own.standing = Some(probed.standing);
        let news = News {
            happened: probed.happened,
            told,
            known,
            words,
        };
        Ok((news, own))
    }

    /// Writes what has changed, and the run itself where somebody asked for it; returns the run's number.
    fn write_down(
        &self,
        run: &Run,
        finished: Instant,
        news: &[(RouterName, News)],
        about_the_box: &[BoxFinding],
    ) -> Result<RunId, StoreError> {
        self.site.store.write(finished, |tx| -> Result<RunId, StoreError> {
            for (router, news) in news {
                write(tx, router, news, run.planned_for)?;
            }
            for found in about_the_box {
                write_about_the_box(tx, found)?;
            }
            if !run.by_hand {
                return Ok(run.id);
            }
            let id = tx.next_run();
            tx.put_run(&Run { id, ..run.clone() })?;
            Ok(id)
        })
    }

    async fn probe_all(&self, config: &Config) -> Result<Vec<(RouterName, Probed)>, StoreError> {
        let after_failures = config.alerts.after_failures;
        let mut tasks = Vec::with_capacity(config.routers.len());
        for router in &config.routers {
            let standing = match self.memory.router(&router.name).standing {
                Some(standing) => standing,
                None => self.recorded(router)?,
            };
            let (site, router, tries) = (self.site.clone(), router.clone(), self.tries);
            let name = router.name.clone();
            let task =
                tokio::spawn(async move { probe::until_sure(&site, &router, standing, after_failures, tries).await });
            tasks.push((name, task));
        }
        let mut found = Vec::with_capacity(tasks.len());
        for (name, task) in tasks {
            match task.await {
                Ok(probed) => found.push((name, probed?)),
                Err(error) => tracing::error!(router = %name, %error, "a probe crashed"),
            }
        }
        Ok(found)
    }

    /// Returns a router's recorded health.
    fn recorded(&self, router: &RouterConfig) -> Result<RouterHealth, StoreError> {
        let now = probe::moment(&self.site)?;
        let reader = self.site.store.read()?;
        let newest = reader.newest_incident(&router.name)?;
        let alert = reader.alert(&cause(&router.name))?;
        Ok(RouterHealth::of_record(newest.as_ref(), alert.as_ref(), now))
    }

    /// Returns what to remember of a router that answered, where it differs from before, and what to report.
    fn remembered(
        &self,
        router: &RouterName,
        facts: Option<&RouterFacts>,
        rebooted: bool,
        now: Instant,
    ) -> Result<(Option<KnownRouter>, Vec<String>), StoreError> {
        let Some(facts) = facts else {
            return Ok((None, Vec::new()));
        };
        let before = self.site.store.read()?.known_router(router)?;
        let mut words = Vec::new();
        let mut known = before.clone().unwrap_or_default();
        if rebooted {
            known.rebooted_at = Some(now);
            let up = facts.uptime_s.unwrap_or_default().saturating_mul(1_000);
            let up = length_words(i64::try_from(up).unwrap_or(i64::MAX));
            words.push(format!("router `{router}` was restarted; it has been up for {up}"));
        }
        let texts = [
            ("RouterOS", &mut known.version, &facts.version),
            ("name", &mut known.identity, &facts.identity),
            ("board", &mut known.board, &facts.board),
        ];
        for (what, remembered, told) in texts {
            if let (Some(was), Some(told)) = (&remembered, told)
                && was != told
            {
                words.push(format!("router `{router}`: its {what} is now `{told}`; it was `{was}`"));
            }
            if told.is_some() {
                remembered.clone_from(told);
            }
        }
        known.first_seen = known.first_seen.or(Some(now));
        Ok(((before.as_ref() != Some(&known)).then_some(known), words))
    }

    /// Returns the news about routers that the site no longer has.
    fn gone(&self, config: &Config, now: ProbeMoment) -> Result<Vec<(RouterName, News)>, StoreError> {
        /// How many alerts are looked through; a site has fewer.
        const ALERTS_MAX: usize = 1_000;
        let (alerts, _) = self.site.store.read()?.alerts(ALERTS_MAX)?;
        let mut found = Vec::new();
        for alert in alerts.iter().filter(|alert| alert.cause.kind == AlertKind::Router) {
            let Ok(name) = RouterName::new(&alert.cause.subject) else {
                continue;
            };
            if config.router(&name).is_some() {
                continue;
            }
            let newest = self.site.store.read()?.newest_incident(&name)?;
            let mut standing = RouterHealth::of_record(newest.as_ref(), Some(alert), now);
            let happened: Vec<IncidentChange> = standing.leaves(now).into_iter().collect();
            found.push((
                name.clone(),
                News {
                    happened,
                    told: Some(IncidentNotice::End(format!(
                        "router `{name}` is no longer part of the site"
                    ))),
                    known: None,
                    words: Vec::new(),
                },
            ));
        }
        Ok(found)
    }

    /// Returns those findings about the box that are new.
    fn new_about_the_box(&self, found: Vec<BoxFinding>) -> Result<Vec<BoxFinding>, StoreError> {
        let reader = self.site.store.read()?;
        let mut new = Vec::new();
        for found in found {
            let stands = reader.alert(&found.cause)?.is_some();
            if found.is_so.is_some_and(|is_so| is_so != stands) {
                new.push(found);
            }
        }
        Ok(new)
    }
}

fn cause(router: &RouterName) -> Cause {
    Cause::of(AlertKind::Router, router.as_str())
}

fn write(tx: &mut Transaction<'_>, router: &RouterName, news: &News, planned_for: Instant) -> Result<(), StoreError> {
    for happened in &news.happened {
        let incident = happened.incident();
        tx.put_incident(incident)?;
        let (message, event) = match happened {
            IncidentChange::Opened(incident) => (
                format!(
                    "router `{router}` {}: {}",
                    what_it_does(incident.trouble),
                    incident.reason
                ),
                "began",
            ),
            IncidentChange::Changed(incident) => (
                format!("router `{router}` now fails in another way: {}", incident.reason),
                "changed",
            ),
            IncidentChange::Closed(_, length_ms) => (
                format!("router `{router}` is working again, after {}", length_words(*length_ms)),
                "ended",
            ),
        };
        let fields = vec![
            ("router".to_owned(), router.to_string()),
            ("incident".to_owned(), event.to_owned()),
            ("trouble".to_owned(), incident.trouble.as_str().to_owned()),
            ("since".to_owned(), incident.since.rfc3339()),
        ];
        log(tx, planned_for, message, fields)?;
    }
    for words in &news.words {
        log(
            tx,
            planned_for,
            words.clone(),
            vec![("router".to_owned(), router.to_string())],
        )?;
    }
    match &news.told {
        Some(IncidentNotice::Raise(text) | IncidentNotice::Reword(text)) => {
            tx.raise(&Raised::new(cause(router), text.clone()))?;
        }
        Some(IncidentNotice::End(text)) => {
            tx.end_alert(&cause(router), text)?;
        }
        None => {}
    }
    if let Some(known) = &news.known {
        tx.put_known_router(router, known)?;
    }
    Ok(())
}

fn write_about_the_box(tx: &mut Transaction<'_>, found: &BoxFinding) -> Result<(), StoreError> {
    if found.is_so == Some(true) {
        tx.raise(&Raised::new(found.cause.clone(), found.text.clone()))?;
    } else {
        tx.end_alert(&found.cause, &found.over)?;
    }
    Ok(())
}

fn log(
    tx: &mut Transaction<'_>,
    planned_for: Instant,
    message: String,
    fields: Vec<(String, String)>,
) -> Result<(), StoreError> {
    tx.log(
        &LogRecord::new(tx.now(), LogKind::Health, message)
            .planned_for(planned_for)
            .fields(fields),
    )
}
