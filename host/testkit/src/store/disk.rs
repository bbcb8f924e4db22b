//! The disk itself: what the running process sees, and all that was done to it.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use super::contents::Contents;
use super::crash::{Image, rename};

#[derive(Default)]
pub(super) struct Disk {
    /// As the running process sees them.
    pub(super) names: BTreeMap<String, usize>,
    pub(super) files: Vec<Contents>,
    pub(super) operations: Vec<Operation>,
    /// What was on the disk before the first operation.
    pub(super) beginning: Image,
    pub(super) syncs: u64,
    pub(super) fault: Option<Fault>,
    pub(super) capacity: Option<u64>,
    pub(super) ignores_sync: bool,
    pub(super) removes_nothing: bool,
}

/// What is asked of a disk, and can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    List,
    Open,
    Create,
    Rename,
    Remove,
    Read,
    Write,
    Resize,
    Sync,
    SyncNames,
}

impl Call {
    /// Whether a full disk can be the reason why it fails.
    fn takes_room(self) -> bool {
        matches!(self, Call::Create | Call::Write | Call::Resize | Call::Sync)
    }
}

pub(super) struct Fault {
    /// Calls that it could hit, and that still succeed.
    pub(super) after: u64,
    pub(super) kind: ErrorKind,
    pub(super) lasting: bool,
    /// None: any call.
    pub(super) only: Option<Call>,
    pub(super) struck: bool,
}

impl Fault {
    fn hits(&self, call: Call) -> bool {
        let concerned = self.only.is_none_or(|only| only == call);
        concerned && (self.kind != ErrorKind::StorageFull || call.takes_room())
    }
}

pub(super) enum Operation {
    Create {
        name: String,
        file: usize,
    },
    Rename {
        from: String,
        to: String,
    },
    Remove {
        name: String,
    },
    Write {
        file: usize,
        offset: u64,
        data: Arc<[u8]>,
    },
    Resize {
        file: usize,
        size: u64,
    },
    Sync {
        file: usize,
    },
    /// A sync failed, and the kernel dropped what it should have written.
    Lost {
        file: usize,
    },
    SyncNames,
}

impl Disk {
    pub(super) fn of(beginning: Image, ignores_sync: bool) -> Disk {
        let Image { names, files } = beginning.clone();
        Disk { names, files, beginning, ignores_sync, ..Disk::default() }
    }

    pub(super) fn used_bytes(&self) -> u64 {
        self.names.values().map(|file| self.files[*file].size()).sum()
    }

    /// Fails when it is this call's turn.
    pub(super) fn call(&mut self, call: Call) -> io::Result<()> {
        let Some(fault) = &mut self.fault else { return Ok(()) };
        if !fault.hits(call) || (fault.struck && !fault.lasting) {
            return Ok(());
        }
        if fault.after > 0 {
            fault.after -= 1;
            return Ok(());
        }
        fault.struck = true;
        Err(fault.kind.into())
    }

    pub(super) fn file(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }

    pub(super) fn create(&mut self, name: &str) -> io::Result<usize> {
        self.call(Call::Create)?;
        let file = self.files.len();
        self.files.push(Contents::default());
        self.names.insert(name.to_owned(), file);
        self.operations.push(Operation::Create { name: name.to_owned(), file });
        Ok(file)
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.call(Call::Rename)?;
        self.file(from)?;
        let operation = Operation::Rename { from: from.to_owned(), to: to.to_owned() };
        rename(&mut self.names, &operation);
        self.operations.push(operation);
        Ok(())
    }

    pub(super) fn remove(&mut self, name: &str) -> io::Result<()> {
        self.call(Call::Remove)?;
        if self.removes_nothing {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.names.remove(name).ok_or(ErrorKind::NotFound)?;
        self.operations.push(Operation::Remove { name: name.to_owned() });
        Ok(())
    }

    pub(super) fn sync_names(&mut self) -> io::Result<()> {
        self.call(Call::SyncNames)?;
        self.operations.push(Operation::SyncNames);
        Ok(())
    }

    pub(super) fn read(&mut self, file: usize, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.call(Call::Read)?;
        self.files[file].read(offset, out).ok_or_else(|| ErrorKind::UnexpectedEof.into())
    }

    pub(super) fn write(&mut self, file: usize, offset: u64, data: &[u8]) -> io::Result<()> {
        let end = offset + data.len() as u64;
        let failed = self.call(Call::Write);
        let fits = match &failed {
            Ok(()) => self.room(file, end).saturating_sub(offset).min(data.len() as u64) as usize,
            // A write that fails leaves any part of itself behind.
            Err(_) => data.len() / 2,
        };
        let data: Arc<[u8]> = data[..fits].into();
        self.files[file].lay(offset, &data);
        self.operations.push(Operation::Write { file, offset, data });
        failed?;
        if offset + (fits as u64) < end { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    pub(super) fn resize(&mut self, file: usize, size: u64) -> io::Result<()> {
        self.call(Call::Resize)?;
        if self.room(file, size) < size {
            return Err(ErrorKind::StorageFull.into());
        }
        self.files[file].resize(size);
        self.operations.push(Operation::Resize { file, size });
        Ok(())
    }

    pub(super) fn sync(&mut self, file: usize) -> io::Result<()> {
        self.syncs += 1;
        if let Err(error) = self.call(Call::Sync) {
            if error.kind() != ErrorKind::StorageFull {
                self.operations.push(Operation::Lost { file });
            }
            return Err(error);
        }
        if !self.ignores_sync {
            self.operations.push(Operation::Sync { file });
        }
        Ok(())
    }

    /// Room for a file to grow to `size`; answers how far it can.
    fn room(&self, file: usize, size: u64) -> u64 {
        let grow = size.saturating_sub(self.files[file].size());
        let free = self.capacity.map_or(u64::MAX, |c| c.saturating_sub(self.used_bytes()));
        size - grow.saturating_sub(free)
    }
}
