//! The journal as its users see it, on a disk in memory that can fail.

#![allow(clippy::unwrap_used)]

mod backup;
mod crash;
mod damage;
mod duplicates;
mod failing_disk;
mod fixture;
mod order;
mod query;
mod retention;
mod round_trip;
mod scrub;
mod sealing;
mod snapshots;
mod stepped;
mod verify;
