//! The site of a test: configuration, storage and clock as the test says, opened as the program opens it, asked by what is typed.
//!
//! ```text
//! let site = Site::at("2027-03-01 12:00").also(HOME_10).alone().open();
//! site.ask("subscriber add amina --package home-10 --expires-on 2027-03-05");
//! site.live_until("2027-03-06");
//! assert_eq!(site.ask_json("subscriber show amina")["state"], "suspended");
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use redb::StorageBackend;
use serde_json::Value;
use tempfile::TempDir;
use weir::appliance::core::OpenedBy;
use weir::appliance::site_file::SiteFile;
use weir::clock::kernel::KernelSays;
use weir::clock::{Clock, ManualClock};
use weir::commands::dispatch::Commands;
use weir::commands::request::{Call, Handler};
use weir::commands::{Reply, Silent};
use weir::model::day::{Day, Instant};
use weir::model::failure::Failure;
use weir::model::job::Run;
use weir::store::error::StoreError;
use weir::store::open::{Create, Store};

use super::memory::Memory;
use super::moment::{Moment, at};
use super::typed::Asked;

/// How long a store that somebody else has open is waited for.
const LOCK_WAIT: Duration = Duration::from_secs(1);

/// What every site of the tests says first.
pub const HILLTOP: &str = r#"
[site]
name = "hilltop"
time_zone = "Africa/Nairobi"
currency = "KES"
data = "data"
socket = "control.sock"
"#;

/// A package of 1500.00 a month.
pub const HOME_10: &str = r#"
[[packages]]
name = "home-10"
price = "1500.00"
profile = "home-10"
"#;

type OpenStore = Arc<dyn Fn(&Path) -> Result<Store, StoreError>>;

/// What a site is to be like when it is opened.
#[derive(Clone)]
pub struct Setup {
    /// The text of `site.toml`; `None` leaves the file as it is.
    text: Option<String>,
    now: Instant,
    build_day: Option<Day>,
    kernel: Option<KernelSays>,
    clock: Option<Arc<ManualClock>>,
    seen_as: Option<Arc<dyn Clock>>,
    store: OpenStore,
    opened_by: OpenedBy,
    part: Option<usize>,
    is_verified: bool,
    folder: PathBuf,
    /// Goes with the last that needs it.
    _own: Option<Arc<TempDir>>,
}

impl Setup {
    /// Sets the whole text of `site.toml`.
    pub fn config(mut self, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self
    }

    /// Adds lines at the end of `site.toml`.
    pub fn also(mut self, lines: &str) -> Self {
        self.text.get_or_insert_default().push_str(lines);
        self
    }

    /// Adds a simulated router, and the password that it knows.
    #[cfg(feature = "sim")]
    pub fn router(self, name: &str, sim: &weir::sim::router::SimRouter) -> Self {
        let port = sim.addr().port();
        self.holding_secret("secrets/sim", "sim-password\n").also(&format!(
            "\n[[routers]]\nname = \"{name}\"\nhost = \"127.0.0.1\"\nport = {port}\nusername = \"weir\"\n\
             password_file = \"secrets/sim\"\n"
        ))
    }

    /// Puts a file into the site's folder.
    #[cfg(feature = "sim")]
    pub fn holding(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    /// Puts a file that its owner alone may read into the site's folder.
    #[cfg(feature = "sim")]
    pub fn holding_secret(self, name: &str, text: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let site = self.holding(name, text);
        std::fs::set_permissions(site.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
        site
    }

    /// Has it opened by a command that stands alone; without this, by the service.
    pub fn alone(self) -> Self {
        self.opened_by(OpenedBy::Alone)
    }

    pub fn opened_by(mut self, opened_by: OpenedBy) -> Self {
        self.opened_by = opened_by;
        self
    }

    /// Has the store lie on this storage; without this, on one of its own in memory.
    pub fn on<B: StorageBackend + Clone + Sync>(mut self, storage: &B) -> Self {
        let storage = storage.clone();
        self.store = Arc::new(move |_| {
            let storage = storage.clone();
            Store::on_storage(move || storage.clone())
        });
        self
    }

    /// Has the store be a file in the site's folder.
    pub fn in_folder(mut self) -> Self {
        self.store = Arc::new(|data| Store::open(data, Create::IfMissing, "test", LOCK_WAIT));
        self
    }

    /// Has runs commit in parts of so many subscribers.
    pub fn in_parts_of(mut self, subscribers: usize) -> Self {
        self.part = Some(subscribers);
        self
    }

    /// Sets what the clock shows.
    pub fn now(mut self, now: impl Moment) -> Self {
        self.now = now.instant();
        self
    }

    /// Sets the day on which the binary was built.
    pub fn built_on(mut self, day: &str) -> Self {
        self.build_day = Some(Day::parse(day).unwrap());
        self
    }

    /// Has the kernel say this about the clock; without this, that it is right.
    pub fn kernel(mut self, says: Option<KernelSays>) -> Self {
        self.kernel = says;
        self
    }

    /// Lets the site live by a clock that others know, too.
    pub fn by(mut self, clock: &Arc<ManualClock>) -> Self {
        self.clock = Some(Arc::clone(clock));
        self
    }

    /// Has the site see another clock than the one that the test moves.
    pub fn seeing(mut self, clock: Arc<dyn Clock>) -> Self {
        self.seen_as = Some(clock);
        self
    }

    /// Has every law verified after each request.
    pub fn verified(mut self) -> Self {
        self.is_verified = true;
        self
    }

    /// Returns the path of a file in the site's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Opens the store alone.
    ///
    /// # Errors
    /// The store's own.
    pub fn store(&self) -> Result<Store, StoreError> {
        (self.store)(&self.path("data"))
    }

    /// Opens the site.
    pub fn open(self) -> Site {
        self.try_open().unwrap()
    }

    /// Opens the site where that may fail.
    ///
    /// # Errors
    /// What whoever starts the program is told.
    pub fn try_open(self) -> Result<Site, Failure> {
        let path = self.path("site.toml");
        if let Some(text) = &self.text {
            std::fs::write(&path, text).unwrap();
        }
        let clock = self.clock.clone().unwrap_or_else(|| {
            let clock = match self.build_day {
                Some(day) => ManualClock::with_build_day(self.now, day),
                None => ManualClock::at(self.now),
            };
            clock.have_kernel_say(self.kernel.clone());
            Arc::new(clock)
        });
        let seen: Arc<dyn Clock> = self.seen_as.clone().unwrap_or_else(|| clock.clone());
        let mut appliance = Commands::start(self.store()?, seen, &SiteFile::read(&path)?, self.opened_by, "test")?;
        if let Some(part) = self.part {
            appliance = appliance.in_parts_of(part);
        }
        Ok(Site {
            clock,
            appliance: Arc::new(appliance),
            setup: self,
        })
    }
}

/// A site that is open.
pub struct Site {
    pub clock: Arc<ManualClock>,
    pub appliance: Arc<Commands>,
    setup: Setup,
}

impl Site {
    /// Begins a site whose clock shows this moment; it says [`HILLTOP`] and has its store in memory.
    pub fn at(now: impl Moment) -> Setup {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let path = folder.path().to_owned();
        Setup {
            text: Some(HILLTOP.to_owned()),
            _own: Some(Arc::new(folder)),
            ..Self::within(&path, now)
        }
    }

    /// Begins a site in a folder that is there, whose `site.toml` stays as it is; its store lies in memory unless told otherwise.
    pub fn within(folder: &Path, now: impl Moment) -> Setup {
        Setup {
            text: None,
            now: now.instant(),
            build_day: None,
            kernel: None,
            clock: None,
            seen_as: None,
            store: Arc::new(|_| unreachable!("the storage is set below")),
            opened_by: OpenedBy::Service,
            part: None,
            is_verified: false,
            folder: folder.to_owned(),
            _own: None,
        }
        .on(&Memory::default())
    }

    /// Closes the site; what it was opened with can be opened again.
    pub fn closed(self) -> Setup {
        let Self {
            clock,
            appliance,
            mut setup,
        } = self;
        assert!(
            Arc::into_inner(appliance).is_some(),
            "two handles on one storage would write over each other"
        );
        setup.now = clock.now();
        setup
    }

    /// Closes the site and opens it again, as a restart does.
    pub fn reopened(self) -> Self {
        self.closed().open()
    }

    /// The same site, whose runs commit in parts of so many subscribers from now on.
    pub fn in_parts_of(mut self, subscribers: usize) -> Self {
        let appliance = Arc::into_inner(self.appliance).unwrap().in_parts_of(subscribers);
        self.appliance = Arc::new(appliance);
        self.setup = self.setup.in_parts_of(subscribers);
        self
    }

    /// Returns the path of a file in the site's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.setup.path(name)
    }

    /// Rewrites `site.toml`; it is taken in by a reload or the next start.
    pub fn rewrite(&mut self, text: &str) {
        self.setup.text = Some(text.to_owned());
        std::fs::write(self.path("site.toml"), text).unwrap();
    }

    /// Asks as `amina` does at a terminal of 80 columns, or for JSON.
    fn answer(&self, asked: impl Asked, json: bool) -> Result<Reply, Failure> {
        let call = Call {
            request: asked.request(),
            actor: "amina".to_owned(),
            json,
            width: 80,
        };
        let reply = self.appliance.handle(&call, &mut Silent);
        if self.setup.is_verified {
            self.verify();
        }
        reply
    }

    /// Asks for something that is done; the answer is for people.
    pub fn ask(&self, asked: impl Asked) -> Reply {
        self.tried(asked).unwrap()
    }

    /// Asks for text where that may be refused.
    ///
    /// # Errors
    /// The refusal.
    pub fn tried(&self, asked: impl Asked) -> Result<Reply, Failure> {
        self.answer(asked, false)
    }

    /// Returns the JSON of an answer.
    pub fn ask_json(&self, asked: impl Asked) -> Value {
        serde_json::from_str(&self.try_json(asked).unwrap().payload).unwrap()
    }

    /// Asks for JSON where that may be refused.
    ///
    /// # Errors
    /// The refusal.
    pub fn try_json(&self, asked: impl Asked) -> Result<Reply, Failure> {
        self.answer(asked, true)
    }

    /// Returns the answer as text, every line of which must fit 80 columns.
    pub fn text(&self, asked: impl Asked) -> String {
        let text = self.ask(asked).payload;
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
        }
        text
    }

    /// Returns the refusal of a request, which must have left everything as it was.
    pub fn refused(&self, asked: impl Asked) -> Failure {
        let before = self.content();
        let failure = self.try_json(asked).unwrap_err();
        assert_eq!(self.content(), before, "a refusal changed the store");
        assert!(!failure.what.ends_with('.'), "{failure}");
        assert!(!failure.way_out.is_empty(), "no way out: {failure}");
        failure
    }

    /// Moves the clock, without any job.
    pub fn set_clock(&self, now: impl Moment) {
        self.clock.set(now.instant());
    }

    /// Moves the clock to noon of a day, without any job.
    pub fn noon(&self, day: &str) {
        self.set_clock(at(&format!("{day} 12:00")));
    }

    /// Works off what has come, as the service does each second.
    pub fn work_off(&self) -> Vec<Run> {
        self.appliance.work_off().unwrap()
    }

    /// Moves the clock to half past midnight of a day, and does what has come.
    pub fn night(&self, day: &str) -> Vec<Run> {
        self.set_clock(at(&format!("{day} 00:30")));
        self.work_off()
    }

    /// Lives through every night until noon of a day, with three looks a day.
    pub fn live_until(&self, day: &str) {
        let end = at(&format!("{day} 12:00"));
        let mut day = self.clock.now().day_in(&self.appliance.in_force().terms.zone);
        loop {
            // After each planned time of the night, and on time for the last one.
            for time in ["00:30", "12:00", "23:59"] {
                let then = at(&format!("{day} {time}"));
                if then > end {
                    return;
                }
                if then >= self.clock.now() {
                    self.clock.set(then);
                    self.work_off();
                }
            }
            day = day.plus_days(1);
        }
    }

    /// Moves the clock to every moment at which something is due, through `until`, and works it off.
    pub fn live_through(&self, until: Instant) -> Vec<Run> {
        let mut ran = self.work_off();
        while let Some(next) = self.appliance.next_due().unwrap() {
            if next > until {
                break;
            }
            self.clock.set(next.max(self.clock.now()));
            ran.extend(self.work_off());
        }
        self.clock.set(until);
        ran
    }
}
