//! What a figure depends on besides the programs.

use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::Result;

/// The conditions under which a table was measured.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Conditions {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    pub(crate) postgresql: String,
    pub(crate) revision: String,
    /// Of all processes of the machine, at the begin and at the end.
    pub(crate) load: Vec<f64>,
}

impl Conditions {
    pub(crate) fn now() -> Self {
        Self {
            processor: processor(),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            kernel: said("uname", &["-sr"]),
            rustc: said("rustc", &["--version"]),
            postgresql: postgresql(),
            revision: said("git", &["describe", "--always", "--dirty", "--exclude=*"]),
            load: vec![load()],
        }
    }
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("model name"));
    line.map_or("unknown", |line| line.trim_start_matches(['\t', ' ', ':'])).into()
}

fn postgresql() -> String {
    let folder = local_postgres::find_binaries().ok();
    folder.map_or_else(String::new, |folder| {
        said(&folder.join("postgres").to_string_lossy(), &["--version"])
    })
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(
        |_| "unknown".into(),
        |output| String::from_utf8_lossy(&output.stdout).trim().into(),
    )
}

/// How many processes wanted to run in the last minute.
pub(crate) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default()
}

/// The highest resident memory that a process has had, in KiB.
pub(crate) fn peak(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The user and system time that a process and its children which it has waited for, or all processes
/// whose parent it is, have used so far.
pub(crate) fn time_of_children(parent: u32) -> Duration {
    // The kernel's unit in `/proc/PID/stat`, which Linux has fixed for programs; see proc(5).
    const TICK: Duration = Duration::from_millis(10);
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let stats = processes.filter_map(|it| fs::read_to_string(it.path().join("stat")).ok());
    let ticks: u32 = stats.filter_map(|stat| ticks_of_child(&stat, parent)).sum();
    TICK * ticks
}

fn ticks_of_child(stat: &str, parent: u32) -> Option<u32> {
    // The name, which stands in parentheses, can hold spaces.
    let fields: Vec<_> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let number = |index: usize| fields.get(index)?.parse::<u32>().ok();
    (number(1)? == parent).then_some(number(11)? + number(12)?)
}

/// Since 1970; what the contestants tell, too.
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
