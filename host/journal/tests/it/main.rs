//! The journal as its users see it, on a disk in memory that can fail.

#![allow(clippy::unwrap_used)]

mod crash;
mod damage;
mod duplicates;
mod failing_disk;
mod fixture;
mod order;
mod query;
mod round_trip;
mod sealing;
