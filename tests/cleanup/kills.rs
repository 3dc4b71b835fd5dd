//! A real process is killed at many moments of a cleanup; the real tools read what it leaves.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant as Stopwatch, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use weir::model::day::Instant;
use weir::model::record::{LogKind, LogRecord};
use weir::store::error::StoreError;
use weir::store::open::{Create, Store};

/// Records of the site.
const RECORDS: u32 = 60_000;

/// How often the process is killed.
const KILLS: u32 = 12;

fn weir(folder: &std::path::Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command
        .arg("--config")
        .arg(folder.join("site.toml"))
        .args(words)
        .env_remove("WEIR_CONFIG")
        .stdin(Stdio::null());
    command
}

fn fill(folder: &std::path::Path) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let now = Instant::from_millis(i64::try_from(now).unwrap());
    let store = Store::open(&folder.join("data"), Create::IfMissing, "test", Duration::from_secs(1)).unwrap();
    store
        .write(now, |tx| -> Result<(), StoreError> {
            for number in 0..RECORDS {
                tx.log(&LogRecord {
                    // One every ten minutes, the last one of now.
                    at: now.plus_millis(-600_000 * i64::from(RECORDS - number - 1)),
                    kind: LogKind::ALL[number as usize % LogKind::ALL.len()],
                    planned_for: None,
                    username: None,
                    message: format!("made {number}"),
                    fields: Vec::new(),
                })?;
            }
            Ok(())
        })
        .unwrap();
}

/// The numbers that `weir logs` tells, newest first.
fn told(folder: &std::path::Path) -> Vec<u32> {
    let output = weir(folder, &["logs", "--json", "--limit", "1000000"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let all: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    all.iter()
        .filter_map(|record| record["message"].as_str().unwrap().strip_prefix("made ")?.parse().ok())
        .collect()
}

fn has(tool: &str) -> bool {
    Command::new(tool)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[test]
fn a_process_killed_at_any_moment_of_a_cleanup_loses_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("hill");
    let made = weir(&folder, &["init", folder.to_str().unwrap()]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::create_dir_all(folder.join("data")).unwrap();
    fill(&folder);
    let all: Vec<u32> = (0..RECORDS).rev().collect();
    let mut ended = 0;
    for kill in 0..KILLS {
        let mut child = weir(&folder, &["jobs", "run", "cleanup"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Sooner and later than the first batch takes.
        let wait = Duration::from_millis(30 + u64::from(kill) * 70);
        let began = Stopwatch::now();
        while began.elapsed() < wait && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        ended += u32::from(child.try_wait().unwrap().is_some());
        child.kill().ok();
        child.wait().unwrap();
        if kill % 4 == 3 {
            assert!(told(&folder) == all, "after kill {kill}");
        }
    }
    assert!(ended < KILLS, "it was never killed on the way");
    let done = weir(&folder, &["jobs", "run", "cleanup"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(told(&folder) == all, "at the end");
    if has("zstd") && has("jq") {
        let script = "for f in \"$1\"/*.zst; do zstd -q -d < \"$f\"; done | jq -r 'select(.table == \"log\") | .seq' | \
            sort -un | wc -l";
        let output = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(folder.join("data/archive"))
            .output()
            .unwrap();
        let counted: u32 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
        // All but some 180 days of a record every ten minutes.
        assert!(
            (RECORDS - 181 * 144..=RECORDS - 179 * 144).contains(&counted),
            "{counted}"
        );
    }
}
