//! What ten thousand pending wake-ups cost while they wait: nothing, at rest and under load.

use std::path::Path;
use std::time::Duration;

use tests::machine::Cores;
use tokio::time::sleep;

use crate::client::Client;
use crate::load::Plan;
use crate::payload::EVENT_BYTES;
use crate::process::{Daemon, Home};
use crate::rounds::Rounds;
use crate::table::{Goal, Row, Table, mib, ms, per_s};
use crate::{CLIENTS, Failure};

const WAKES: usize = 10_000;

/// How long a daemon is watched at rest.
const WATCHED: Duration = Duration::from_secs(4);

/// With wake-ups waiting, as much as without: less by this share at most is noise.
const SHARE: f64 = 0.90;
/// CPU time at rest, in a second, that is not worth speaking of.
const IDLE_GOAL: Duration = Duration::from_millis(2);

/// Each subscription is woken once a moment after it was saved, to ask for its wake-up.
const FIRST_WAKE: Duration = Duration::from_secs(2);

struct Measured {
    /// CPU time in a second at rest.
    idle: Duration,
    resident: u64,
    rounds: Rounds,
}

pub(crate) async fn measure(
    home: &Home,
    cores: &Cores,
    folder: &Path,
    table: &mut Table,
) -> Result<(), Failure> {
    let daemon = home.start("waiting", &cores.server).await?;
    let without = watch(&daemon, folder).await?;
    subscribe(&daemon, &home.admin_token("waiting")?).await?;
    let with = watch(&daemon, folder).await?;
    daemon.stop().await?;

    table.row(Row {
        what: format!("CPU in a second at rest, {WAKES} wake-ups"),
        figure: ms(with.idle),
        beside: format!("{} goal, {} without", ms(IDLE_GOAL), ms(without.idle)),
        ratio: with.idle.as_secs_f64() / IDLE_GOAL.as_secs_f64(),
        goal: Goal::AtMost(1.0),
        trusted: true,
    });
    let rate = |measured: &Measured| measured.rounds.median(|round| round.events_per_s());
    table.row(Row {
        what: "  single events meanwhile".to_owned(),
        figure: per_s(rate(&with)),
        beside: format!("{} without", per_s(rate(&without))),
        ratio: rate(&with) / rate(&without),
        goal: Goal::AtLeast(SHARE),
        trusted: with.rounds.trusted && without.rounds.trusted,
    });
    table.row(Row {
        what: "  resident meanwhile".to_owned(),
        figure: mib(with.resident),
        beside: format!("{} without", mib(without.resident)),
        ratio: with.resident as f64 / without.resident as f64,
        goal: Goal::None,
        trusted: true,
    });
    table.note(with.rounds.note("with wake-ups pending", "L", "c"));
    Ok(())
}

async fn watch(daemon: &Daemon, folder: &Path) -> Result<Measured, Failure> {
    daemon.settle().await?;
    let (resident, before) = (daemon.resident()?, daemon.cpu()?);
    sleep(WATCHED).await;
    let idle = (daemon.cpu()? - before).div_f64(WATCHED.as_secs_f64());
    let plan = Plan { clients: CLIENTS, events: 1, lasts: Duration::from_millis(1000), rate: None };
    let rounds = Rounds::measure(daemon, folder, EVENT_BYTES, &plan).await?;
    Ok(Measured { idle, resident, rounds })
}

/// Subscriptions that wait until tomorrow for something that no event concerns.
async fn subscribe(daemon: &Daemon, token: &str) -> Result<(), Failure> {
    let mut client = Client::connect(daemon.address).await?;
    client.exchange(&request("POST", "/api/v1/users", token, r#"{"name":"bench"}"#), "201").await?;
    for n in 0..WAKES {
        let body = format!(
            r#"{{"name":"wait-{n}","handler":"absence","filter":"type:never.{n}","config":{{"key":"subject","after":"1d","expect":["x"]}}}}"#
        );
        client.exchange(&request("POST", "/api/v1/subscriptions?user=bench", token, &body), "201").await?;
    }
    sleep(FIRST_WAKE).await;
    daemon.settle().await?;
    let page = client.exchange(&request("GET", "/metrics", token, ""), "200").await?;
    let expected = [
        format!(r#"tellify_queue_depth{{queue="wakeups"}} {WAKES}"#),
        r#"tellify_queue_oldest_seconds{queue="wakeups"} 0"#.to_owned(),
    ];
    let page = String::from_utf8_lossy(page);
    match expected.iter().find(|line| !page.lines().any(|found| found == line.as_str())) {
        None => Ok(()),
        Some(line) => Err(format!("the wake-ups are not pending: no `{line}` among the metrics").into()),
    }
}

fn request(method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
