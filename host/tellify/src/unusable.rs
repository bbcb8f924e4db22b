//! Why something of the machine cannot be used, and what to do about it.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::Path;

/// A folder of ours that cannot be made or written to.
pub(crate) fn folder(folder: &Path, error: &io::Error) -> String {
    let advice = match error.kind() {
        ErrorKind::PermissionDenied => {
            "give the user that runs `tellify serve` the right to write there, or choose another folder with --data"
        }
        ErrorKind::ReadOnlyFilesystem => {
            "make it writable (a unit of systemd lists such folders in ReadWritePaths), or choose another folder with --data"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "make room there, or choose a folder on another disk with --data"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "a file is in its way: remove it, or choose another folder with --data"
        }
        _ => "choose another folder with --data",
    };
    format!("the folder {} cannot be used: {error}\n  What to do: {advice}.", folder.display())
}

/// A folder of data that holds only a part of a backup.
pub(crate) fn half_restored(data: &Path) -> String {
    format!(
        "a restore into {} broke off\n  Remove that folder, and restore the backup again.",
        data.display()
    )
}

/// An address that cannot be listened on.
pub(crate) fn address(address: SocketAddr, error: &io::Error) -> String {
    let advice = match error.kind() {
        ErrorKind::AddrInUse => {
            "another program listens there already: stop it, or choose another address with --listen"
        }
        ErrorKind::AddrNotAvailable => {
            "this machine has no such address: choose one of its own with --listen, or 0.0.0.0 for all of them"
        }
        ErrorKind::PermissionDenied => {
            "ports below 1024 are kept for root: choose a higher one with --listen, or grant CAP_NET_BIND_SERVICE"
        }
        _ => "choose another address with --listen",
    };
    format!("cannot listen on {address}: {error}\n  What to do: {advice}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_own_advice() {
        let folders = [
            (ErrorKind::PermissionDenied, "the right to write"),
            (ErrorKind::ReadOnlyFilesystem, "ReadWritePaths"),
            (ErrorKind::StorageFull, "make room"),
            (ErrorKind::QuotaExceeded, "make room"),
            (ErrorKind::NotADirectory, "a file is in its way"),
            (ErrorKind::Other, "another folder"),
        ];
        for (kind, advice) in folders {
            let said = folder(Path::new("/srv/t"), &kind.into());
            assert!(said.starts_with("the folder /srv/t cannot be used: "), "{said}");
            assert!(said.contains(advice) && said.contains("--data"), "{kind:?}: {said}");
        }
        let addresses = [
            (ErrorKind::AddrInUse, "another program listens there"),
            (ErrorKind::AddrNotAvailable, "no such address"),
            (ErrorKind::PermissionDenied, "below 1024"),
            (ErrorKind::Other, "another address"),
        ];
        for (kind, advice) in addresses {
            let said = address(([127, 0, 0, 1], 80).into(), &kind.into());
            assert!(said.starts_with("cannot listen on 127.0.0.1:80: "), "{said}");
            assert!(said.contains(advice) && said.contains("--listen"), "{kind:?}: {said}");
        }
    }
}
