//! Where a daemon under fire lives: its data, its configuration, its log.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::world::binary;

pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Home {
        Home { folder: tempfile::tempdir().unwrap() }
    }

    /// Mail goes to this port of this machine, and webhooks may go to any.
    pub(crate) fn configure(&self, mail_port: u16) {
        let configuration = format!(
            "[mail]\nhost = \"127.0.0.1\"\nport = {mail_port}\ntls = \"none\"\nfrom = \"alerts@example.org\"\n\n\
             [egress]\nallow = [\"127.0.0.1\"]\n\n[log]\nlevel = \"warn\"\n"
        );
        fs::write(self.configuration(), configuration).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.path("tellify.toml")
    }

    /// All lives write into one log.
    pub(crate) fn log(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap()
    }

    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// A copy of the data as it stands, while no daemon is on it.
    pub(crate) fn copy(&self, name: &str) -> PathBuf {
        let copy = self.path(name);
        copy_folder(&self.data(), &copy);
        copy
    }

    /// Runs commands that must succeed, one a line.
    pub(crate) fn commands(&self, url: &str, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let output = self.command(url, line);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "`{line}` failed with {}: {errors}", output.status);
        }
    }

    fn command(&self, url: &str, line: &str) -> Output {
        Command::new(binary())
            .args(&crate::world::words(line)[1..])
            .env("TELLIFY_URL", url)
            .env("TELLIFY_DATA", self.data())
            .output()
            .unwrap()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}
