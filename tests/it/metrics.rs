//! The page of numbers: what its paper says, and what Prometheus' own tool thinks of it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use event::Timestamp;

use crate::world::World;

/// Some work of each kind, so that numbers with labels have some.
async fn busy() -> World {
    let world = World::start(Timestamp(1_795_000_000_000)).await;
    for line in [
        "tellify user add alice --email alice@example.org",
        "tellify style add --user alice --name soon --default --channel inbox --channel mail --wait 1s",
        "tellify subscription add --user alice --name fails --handler match --filter status:fail",
        "tellify event send --type build status=fail",
    ] {
        world.ok(line).await;
    }
    world.until(Timestamp(1_795_000_010_000)).await;
    world
}

pub(crate) async fn page(world: &World) -> String {
    let token = fs::read_to_string(world.folder().join("admin-token")).unwrap();
    let output = Command::new("curl")
        .args(["-fsS", "-H", &format!("authorization: Bearer {}", token.trim())])
        .arg(format!("{}/metrics", world.url()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_number_is_told_of_in_the_paper_and_the_other_way_round() {
    let world = busy().await;
    let page = page(&world).await;
    let told: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let paper = fs::read_to_string(repository().join("docs/operations.md")).unwrap();
    let named: BTreeSet<&str> = paper
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.starts_with("tellify_") || word.starts_with("process_"))
        .collect();
    assert_eq!(told, named);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_follow_the_work() {
    let world = busy().await;
    let page = page(&world).await;
    for line in [
        r#"tellify_events_total{way="native"} 1"#,
        r#"tellify_matches_total 1"#,
        r#"tellify_plugin_calls_total{plugin="match",outcome="ok"} 3"#,
        r#"tellify_planned_total{change="noted",verdict="told"} 1"#,
        r#"tellify_sealed_digests_total 2"#,
        r#"tellify_attempts_total{channel="inbox",outcome="delivered"} 1"#,
        r#"tellify_attempts_total{channel="mail",outcome="delivered"} 1"#,
        r#"tellify_queue_depth{queue="carry"} 0"#,
        r#"tellify_queue_depth{queue="dispatch"} 0"#,
        r#"tellify_stuck 0"#,
    ] {
        assert!(page.lines().any(|found| found == line), "`{line}` is not in\n{page}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_own_tool_finds_nothing_to_complain_of() {
    let Some(promtool) = promtool() else {
        return eprintln!("skipped: there is no promtool; `scripts/setup --tests` fetches it");
    };
    let world = busy().await;
    let page = page(&world).await;
    let mut check = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    check.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let said = check.wait_with_output().unwrap();
    assert!(said.status.success(), "{}\n{page}", String::from_utf8_lossy(&said.stderr));
    world.stop().await;
}

fn promtool() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&path).chain([repository().join("target/tools")]);
    folders.map(|folder| folder.join("promtool")).find(|file| file.exists())
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
