//! Every queue, buffer and cache has a bound, and what is taken of it stands in `/metrics`.
//!
//! The source is walked, so that nobody adds one without saying here what bounds it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use event::Timestamp;

use crate::metrics::page;
use crate::world::World;

/// What makes something that can grow, or that others wait for.
const MAKERS: [&str; 9] = [
    "mpsc::channel(",
    " channel()",
    "sync_channel(",
    "unbounded_channel(",
    "broadcast::channel(",
    "Semaphore::new(",
    "VecDeque",
    "Places::new(",
    "KNOWN_MAX:",
];

/// What bounds it.
enum Bound {
    /// The gauges of what is taken and of what there is, as they begin their lines.
    Gauges(&'static str, &'static str),
    /// Something smaller, whose size follows from what is said here.
    Small(&'static str),
}
use Bound::{Gauges, Small};

const fn pool(used: &'static str, size: &'static str) -> Bound {
    Gauges(used, size)
}

/// Files of the host that hold makers, and what bounds what they make.
const BOUNDS: &[(&str, Bound)] = &[
    (
        "accounts/src/keyring.rs",
        pool(r#"tellify_pool_used{pool="keys"}"#, r#"tellify_pool_size{pool="keys"}"#),
    ),
    (
        "deliver/src/mail.rs",
        pool(
            r#"tellify_pool_used{pool="mail-connections"}"#,
            r#"tellify_pool_size{pool="mail-connections"}"#,
        ),
    ),
    (
        "journal/src/queue.rs",
        pool(r#"tellify_pool_used{pool="journal-bytes"}"#, r#"tellify_pool_size{pool="journal-bytes"}"#),
    ),
    (
        "journal/src/segment/mod.rs",
        pool(r#"tellify_pool_used{pool="segments"}"#, r#"tellify_pool_size{pool="segments"}"#),
    ),
    ("journal/src/hand.rs", Small("tails that wait to be sealed, as for `journal/src/sealer.rs`")),
    ("journal/src/sealer.rs", Small("a tail is only begun when the one before is sealed: one waits at most")),
    (
        "pipeline/src/pools.rs",
        pool(r#"tellify_pool_used{pool="calls"}"#, r#"tellify_pool_size{pool="calls"}"#),
    ),
    (
        "pipeline/src/carry.rs",
        pool(r#"tellify_pool_used{pool="webhooks"}"#, r#"tellify_pool_size{pool="webhooks"}"#),
    ),
    (
        "pipeline/src/carry.rs",
        pool(r#"tellify_pool_used{pool="mails"}"#, r#"tellify_pool_size{pool="mails"}"#),
    ),
    (
        "pipeline/src/pools.rs",
        pool(r#"tellify_pool_used{pool="calls-lagging"}"#, r#"tellify_pool_size{pool="calls-lagging"}"#),
    ),
    ("pipeline/src/dispatch/walk.rs", Small("64 subscriptions that ask to be taken back; the others wait")),
    (
        "pipeline/src/backend/follow.rs",
        Small("one page for each stream, of which there are as many as connections"),
    ),
    ("pipeline/src/backend/keeping.rs", Small("a few pieces of one backup, of which there is one at a time")),
    ("egress/src/gate.rs", Small("a few requests at once of one plugin, whose calls are as many as `calls`")),
    ("plugins/src/compiler.rs", Small("what one child said at its end; four compile at the same time")),
    (
        "sources/src/sources.rs",
        Small("four questions at once of each source, and a line for each that is asked"),
    ),
    ("plugins/src/logs.rs", Small("`plugins.log_bytes` of one call, of which there are as many as `calls`")),
    ("server/src/places.rs", pool("tellify_http_connections", "tellify_http_connections_max")),
    ("server/src/shared.rs", pool("tellify_http_farewells", "tellify_http_farewells_max")),
    ("server/src/shared.rs", pool("tellify_http_event_requests", "tellify_http_event_requests_max")),
    ("server/src/shared.rs", pool("tellify_http_body_bytes", "tellify_http_body_bytes_max")),
];

#[test]
fn whatever_can_grow_has_a_bound_that_is_told() {
    let host = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../host"));
    let mut made = BTreeSet::new();
    for member in fs::read_dir(&host).unwrap() {
        let member = member.unwrap().path();
        // What ships, but the client, which is gone when it has its answer.
        if !member.ends_with("testkit") {
            walk(&member.join("src"), &mut |file, source| {
                let product = source.split("#[cfg(test)]").next().unwrap_or_default();
                let uses = product
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.starts_with("//") && !line.starts_with("use "));
                if uses.clone().any(|line| MAKERS.iter().any(|maker| line.contains(maker))) {
                    made.insert(file.strip_prefix(&host).unwrap().to_str().unwrap().to_owned());
                }
            });
        }
    }
    made.retain(|file| !file.starts_with("tellify/src/cli/"));
    let known: BTreeSet<String> = BOUNDS.iter().map(|(file, _)| (*file).to_owned()).collect();
    let told: Vec<_> = made.difference(&known).collect();
    assert!(told.is_empty(), "nobody says what bounds what is made in {told:?}");
    let gone: Vec<_> = known.difference(&made).collect();
    assert!(gone.is_empty(), "nothing is made any more in {gone:?}");
}

fn walk(folder: &Path, see: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, see);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            see(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bound_stands_on_the_page_and_nothing_is_beyond_it() {
    let world = World::start(Timestamp(1_795_000_000_000)).await;
    let page = page(&world).await;
    let gauge = |name: &str| {
        let value = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("no {name} in {page}")).parse::<f64>().unwrap()
    };
    for (file, bound) in BOUNDS {
        match bound {
            Gauges(used, size) => {
                let (used, size) = (gauge(used), gauge(size));
                assert!(size > 0.0 && used <= size, "{file}: {used} of {size}");
            }
            Small(why) => assert!(!why.is_empty(), "{file}"),
        }
    }
    world.stop().await;
}
