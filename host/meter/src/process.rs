//! What the kernel says of this process, under the names that every exporter uses.

use std::fs;

use rustix::param::{clock_ticks_per_second, page_size};

use crate::Page;

/// What stands in `/proc/self/stat`.
struct Stat {
    cpu_s: f64,
    /// Since the machine was started.
    started_s: f64,
    virtual_bytes: f64,
    resident_bytes: f64,
}

impl Page {
    /// Processor time, memory and files of this process. Where there is no `/proc`, nothing.
    pub fn process(&mut self) {
        let stat = fs::read_to_string("/proc/self/stat").ok().and_then(|text| stat(&text));
        let booted = fs::read_to_string("/proc/stat").ok().and_then(|text| number_after(&text, "btime"));
        if let Some(stat) = stat {
            self.rising("process_cpu_seconds_total", "Processor time of this process.", stat.cpu_s);
            self.gauge("process_resident_memory_bytes", "Memory that is really used.", stat.resident_bytes);
            self.gauge("process_virtual_memory_bytes", "Address space.", stat.virtual_bytes);
            if let Some(booted) = booted {
                let says = "When this process began, since 1970.";
                self.gauge("process_start_time_seconds", says, booted + stat.started_s);
            }
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            self.gauge("process_open_fds", "Open files and connections.", open.count() as f64);
        }
        let limits = fs::read_to_string("/proc/self/limits").ok();
        if let Some(most) = limits.and_then(|text| number_after(&text, "Max open files")) {
            self.gauge("process_max_fds", "As many of them may be open.", most);
        }
    }
}

/// By the numbers of proc(5); what stands before them is a name that may hold anything.
fn stat(text: &str) -> Option<Stat> {
    const UTIME: usize = 14;
    const STIME: usize = 15;
    const STARTTIME: usize = 22;
    const VSIZE: usize = 23;
    const RSS: usize = 24;
    /// The first one behind the name.
    const STATE: usize = 3;
    let (_, fields) = text.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let field = |number: usize| fields.get(number - STATE)?.parse::<f64>().ok();
    let ticks = clock_ticks_per_second() as f64;
    Some(Stat {
        cpu_s: (field(UTIME)? + field(STIME)?) / ticks,
        started_s: field(STARTTIME)? / ticks,
        virtual_bytes: field(VSIZE)?,
        resident_bytes: field(RSS)? * page_size() as f64,
    })
}

/// The first number on the line that begins with `name`.
fn number_after(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
