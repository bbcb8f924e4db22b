//! The scrub: all of history is read again, a segment at a time, so that damage is found
//! while a backup still has what was there.
//!
//! How far it has come lies in a small file, so that a daemon which is often started
//! anew gets round as well.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use event::{Seq, Timestamp};
use serde::{Deserialize, Serialize};

use super::Keeper;
use crate::segment::{Segment, Shelf};
use crate::{Damage, ReadError, names, store};

/// One round takes about this long.
const ROUND_MS: i64 = 7 * 24 * 3600 * 1000;
/// However many there are, segments do not come closer than this.
const PAUSE_MS_MIN: i64 = 10_000;

/// How far the scrub has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// The last record of the segment that was looked through last.
    upto: Seq,
    /// When that was.
    at: Option<Timestamp>,
    /// Damage that is known: the file, and what is wrong with it.
    damaged: BTreeMap<String, String>,
    /// Of these files nobody has said that somebody was told.
    untold: BTreeSet<String>,
}

/// What a look through one segment brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scrubbed {
    /// The segment, if one was due.
    pub segment: Option<String>,
    /// Damage that somebody must hear of, with the first and last record that may be hit.
    /// It comes again until [`Keeper::damage_told`].
    pub damage: Vec<(Damage, Seq, Seq)>,
    /// When the next one is due; none while there is nothing to look through.
    pub next: Option<Timestamp>,
}

impl Keeper {
    /// Looks through the next segment, if it is due.
    ///
    /// # Errors
    /// When nothing could be read or remembered, which says nothing of what is stored.
    pub fn scrub(&self, now: Timestamp) -> Result<Scrubbed, ReadError> {
        let segments = self.history.runs().segments;
        let mut progress = self.progress()?;
        let Some(pause) = pause_ms(segments.len()) else {
            return Ok(Scrubbed { segment: None, damage: Vec::new(), next: None });
        };
        let due = progress.at.unwrap_or(now).plus_ms(pause);
        if progress.at.is_some() && now < due {
            return Ok(Scrubbed { segment: None, damage: progress.untold(&segments), next: Some(due) });
        }
        let segment = next_of(&segments, progress.upto);
        // Opened anew: what redb keeps in memory says nothing of what is on the disk.
        let shelf = Shelf::new(Arc::clone(&self.store));
        match Segment::new(&shelf, segment.first, segment.last).verify() {
            Ok(_) => {
                progress.damaged.remove(&segment.name);
            }
            Err(ReadError::Damaged(damage)) => {
                if progress.damaged.insert(segment.name.clone(), damage.problem).is_none() {
                    progress.untold.insert(segment.name.clone());
                }
            }
            Err(error) => return Err(error),
        }
        // Of what has aged out or was merged nobody needs to know any more.
        progress.damaged.retain(|name, _| segments.iter().any(|segment| segment.name == *name));
        progress.untold.retain(|name| progress.damaged.contains_key(name));
        (progress.upto, progress.at) = (segment.last, Some(now));
        self.remember(&progress)?;
        let damage = progress.untold(&segments);
        Ok(Scrubbed { segment: Some(segment.name.clone()), damage, next: Some(now.plus_ms(pause)) })
    }

    /// Somebody was told that this file is damaged, in a way that lasts: it is not said again.
    ///
    /// # Errors
    /// Then it is.
    pub fn damage_told(&self, file: &str) -> Result<(), ReadError> {
        let mut progress = self.progress()?;
        progress.untold.remove(file);
        self.remember(&progress)
    }

    /// What cannot be read is begun anew: it is a convenience, no record.
    fn progress(&self) -> Result<Progress, ReadError> {
        match store::read_whole(&*self.store, names::SCRUB) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Progress::default()),
            Err(error) => Err(error.into()),
        }
    }

    fn remember(&self, progress: &Progress) -> Result<(), ReadError> {
        let text = serde_json::to_vec(progress).expect("it is plain data");
        let _alone = self.history.about();
        Ok(store::replace(&*self.store, names::SCRUB, &text)?)
    }
}

impl Progress {
    fn untold(&self, segments: &[Arc<Segment>]) -> Vec<(Damage, Seq, Seq)> {
        let untold = segments.iter().filter(|segment| self.untold.contains(&segment.name));
        let damage = untold.filter_map(|segment| {
            let (file, problem) = self.damaged.get_key_value(&segment.name)?;
            Some((Damage { file: file.clone(), problem: problem.clone() }, segment.first, segment.last))
        });
        damage.collect()
    }
}

fn pause_ms(segments: usize) -> Option<i64> {
    (segments > 0).then(|| (ROUND_MS / segments as i64).max(PAUSE_MS_MIN))
}

/// The one behind the last, or the first of the next round.
fn next_of(segments: &[Arc<Segment>], upto: Seq) -> &Arc<Segment> {
    let at = segments.partition_point(|segment| segment.last <= upto);
    segments.get(at).unwrap_or(&segments[0])
}
