//! A Puppet report of ten thousand resources, on the bundled component.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use event::{Name, Timestamp};
use plugins::{Config, Host, HostOptions, IngestRequest, Limits, Nothing};
use serde_json::json;

/// As Puppet writes it: one in a thousand failed, one in a thousand was changed back.
fn report(resources: usize) -> String {
    let mut text = String::from(
        "--- !ruby/object:Puppet::Transaction::Report\nhost: web3.example.org\nstatus: failed\n\
         transaction_uuid: 01f56e36-52b9-4c61-a17c-96974b36c9b8\nlogs: []\nmetrics: {}\nresource_statuses:\n",
    );
    for i in 0..resources {
        let (failed, corrective) = (i % 1000 == 1, i % 1000 == 2);
        let name = format!("File[/srv/app/conf.d/{i:05}.conf]");
        write!(
            text,
            "  {name}:\n    title: \"/srv/app/conf.d/{i:05}.conf\"\n    file: \"/etc/puppet/code/app.pp\"\n    line: {i}\n    \
             resource: {name}\n    resource_type: File\n    provider_used: posix\n    containment_path:\n    - Stage[main]\n    \
             - App::Config\n    - {name}\n    evaluation_time: 0.000250623\n    tags:\n    - file\n    - class\n    - app\n    \
             time: '2026-11-20T11:13:58.639614997+00:00'\n    failed: {failed}\n    failed_to_restart: false\n    changed: {corrective}\n    \
             out_of_sync: {failed}\n    skipped: false\n    change_count: 0\n    out_of_sync_count: 0\n    events: []\n    \
             corrective_change: {corrective}\n"
        )
        .unwrap();
    }
    text
}

#[test]
fn a_report_of_ten_thousand_resources_is_read_within_the_usual_limits() {
    // On a busy machine the wall says nothing of the plugin; its processor time does.
    let limits = Limits { wall: Duration::from_secs(60), ..Limits::default() };
    let host = Host::new(HostOptions { limits, ..HostOptions::default() }).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let component = std::fs::read(target.join("plugins/puppet.wasm")).unwrap();
    let puppet = host.load(component.into()).unwrap();
    let config =
        Config { id: "test".into(), revision: 1, owner: Name::new("test").unwrap(), data: json!({}) };
    let body = report(10_000).into_bytes();
    assert!((6 << 20..8 << 20).contains(&body.len()), "{} bytes: as much as a request may bring", body.len());
    let request = IngestRequest { method: "POST".into(), body, ..IngestRequest::default() };
    let now: Timestamp = "2026-11-20T11:14:00Z".parse().unwrap();
    let accepted = puppet.accept(&config, now, request, Arc::new(Nothing)).answer.unwrap().unwrap();
    let of = |status: &str| accepted.events.iter().filter(|event| event.data["status"] == status).count();
    assert_eq!((accepted.events[0].kind.as_str(), accepted.events.len()), ("puppet.report", 21));
    assert_eq!((of("corrective"), accepted.events[1].data["status"].as_str()), (10, Some("failed")));
}
