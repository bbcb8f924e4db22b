//! From what an upgrade changes to groups of the journal.

use event::Record;

/// All of it in one group, where one holds it: `most` bytes.
///
/// Otherwise what stays behind comes first, which is where it is anyway; then the version
/// serves; then comes what moves to it, which the version before goes on serving until its
/// turn. So whatever the last group is that is written, everything is with a version that
/// takes it.
pub(super) fn groups(version: Record, sha256: &str, records: Vec<Record>, most: usize) -> Vec<Vec<Record>> {
    if records.iter().map(bytes).sum::<usize>() <= most {
        // Last, so that what moves away from an old version has left it by then.
        return vec![records.into_iter().chain([version]).collect()];
    }
    let (moving, staying): (Vec<Record>, Vec<Record>) =
        records.into_iter().partition(|record| moves_to(record, sha256));
    let mut groups = filled(staying, most);
    groups.push(vec![version]);
    groups.extend(filled(moving, most));
    groups
}

/// Whether it is saved with this version.
fn moves_to(record: &Record, sha256: &str) -> bool {
    let with = match record {
        Record::Subscription { value, .. } => &value.handler_sha256,
        Record::Door { value, .. } => &value.plugin_sha256,
        Record::Source { value, .. } => &value.plugin_sha256,
        _ => return false,
    };
    with.as_deref() == Some(sha256)
}

/// As few groups as hold them in order.
pub(super) fn filled(records: Vec<Record>, most: usize) -> Vec<Vec<Record>> {
    let (mut groups, mut left): (Vec<Vec<Record>>, usize) = (Vec::new(), 0);
    for record in records {
        let bytes = bytes(&record);
        match groups.last_mut().filter(|_| bytes <= left) {
            Some(group) => group.push(record),
            None => {
                groups.push(vec![record]);
                left = most;
            }
        }
        left = left.saturating_sub(bytes);
    }
    groups
}

/// As the journal writes it.
fn bytes(record: &Record) -> usize {
    serde_json::to_vec(record).map_or(0, |body| body.len())
}

#[cfg(test)]
mod tests {
    use event::{Expect, Subscription};
    use serde_json::json;
    use testkit::records::{plugin_version, subscription};

    use super::*;

    fn saved(id: &str, sha256: &str) -> Record {
        subscription(id, "alice", id, Expect::Present, |s: &mut Subscription| {
            s.handler_sha256 = Some(sha256.to_owned());
            s.config = json!("x".repeat(1000));
        })
    }

    /// What is in the groups: the names of subscriptions, and `!` for the version.
    fn split(most: usize) -> Vec<String> {
        let records = vec![saved("a", "new"), saved("b", "old"), saved("c", "new"), saved("d", "new")];
        let version = plugin_version("watcher", "new", Expect::Present, |_| {});
        let named = |record: &Record| match record {
            Record::Subscription { value, .. } => value.name.to_string(),
            _ => "!".to_owned(),
        };
        let groups = groups(version, "new", records, most);
        groups.iter().map(|group| group.iter().map(named).collect()).collect()
    }

    #[test]
    fn what_moves_follows_the_version_where_one_group_is_too_small() {
        assert_eq!(split(1 << 20), ["abcd!"]);
        assert_eq!(split(4000), ["b", "!", "acd"]);
        assert_eq!(split(3000), ["b", "!", "ac", "d"]);
        // What no group holds is left to the journal to refuse.
        assert_eq!(split(1), ["b", "!", "a", "c", "d"]);
    }
}
