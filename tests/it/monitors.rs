//! `tellify monitor run`: a monitor runs where its author is, without a daemon.

use std::path::Path;

use serde_json::{Value, json};
use testkit::{HttpSink, guest};
use tokio::process::Command;

use crate::world::{World, binary};

/// Runs `lookout` with this configuration; answers exit code, what was printed as JSON, and
/// what was said.
async fn look(folder: &Path, config: &Value, more: &[&str]) -> (i32, Value, String) {
    let ended = Command::new(binary())
        .args(["monitor", "run", "lookout.wasm", "-o", "json", "--config", &config.to_string()])
        .args(more)
        .current_dir(folder)
        // Compiled once for all runs, and nothing of the person who runs the tests is used.
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("TELLIFY_URL", "http://127.0.0.1:1")
        .output()
        .await
        .unwrap();
    let printed = serde_json::from_slice(&ended.stdout).unwrap_or(Value::Null);
    (ended.status.code().unwrap(), printed, String::from_utf8(ended.stderr).unwrap())
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lookout.wasm"), guest("lookout")).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_shown_and_its_exit_code_tells_how_it_went() {
    let folder = folder();
    let look = async |config: Value, more: &[&str]| look(folder.path(), &config, more).await;

    let (code, seen, said) = look(json!({"do": "count"}), &[]).await;
    assert_eq!(
        (code, seen["status"].as_str(), seen["message"].as_str()),
        (0, Some("ok"), Some("1")),
        "{said}"
    );
    assert_eq!(seen["state"], json!({"runs": 1}));
    assert!(seen["log"][0].as_str().unwrap().starts_with("info: count at "));
    assert!(seen["cost"]["memory_bytes"].as_u64().unwrap() > 0);

    let (code, seen, said) = look(json!({"do": "alarm"}), &[]).await;
    assert_eq!((code, said.as_str()), (1, "tellify: ALARM: far\ntoo high\n"));
    assert_eq!((seen["status"].as_str(), seen["value"].as_f64()), (Some("alarm"), Some(97.5)));
    assert_eq!(seen["events"][0]["type"], "lookout.seen");

    let (code, seen, said) = look(json!({"do": "fail"}), &[]).await;
    assert_eq!((code, said.as_str()), (1, "tellify: ERROR: cannot look\n"));
    assert_eq!(seen["status"], "error");

    let (code, _, said) = look(json!({"do": 1}), &[]).await;
    assert_eq!(code, 1);
    assert!(said.contains("does not take this configuration:\n  /do: "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_reaches_what_is_named_and_nothing_else() {
    let folder = folder();
    let look = async |config: Value, more: &[&str]| look(folder.path(), &config, more).await;
    let message = |(code, seen, said): (i32, Value, String)| {
        assert_eq!(code, 0, "{said}");
        seen["message"].as_str().unwrap().to_owned()
    };
    let sink = HttpSink::start(None).await.unwrap();
    let url = sink.url();
    let ask = json!({"do": "http", "what": url});

    let denied = message(look(ask.clone(), &[]).await);
    assert!(denied.contains(&format!("add --allow-http '{url}'")), "{denied}");
    assert_eq!(sink.posts(), []);
    let pattern = url.replace("/hook", "/*");
    let answered = message(look(ask, &["--allow-http", &pattern]).await);
    assert!(answered.starts_with("Ok((204, "), "{answered}");
    assert_eq!(sink.posts()[0].header("x-a"), Some("1"));

    std::fs::write(folder.path().join("key.txt"), "Jefe\n").unwrap();
    let key = ["--secret", "key=@key.txt"];
    assert_eq!(message(look(json!({"do": "equal", "what": "Jefe"}), &key).await), "Ok(true)");
    let missing = message(look(json!({"do": "secret", "what": "key"}), &[]).await);
    assert!(missing.contains("add --secret key=@FILE"), "{missing}");

    let (code, _, said) = look(json!({"do": "sources"}), &["--source", "metrics"]).await;
    assert_eq!(code, 5);
    assert!(said.contains("Sources are the daemon's"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_names_component_and_configuration() {
    let folder = folder();
    std::fs::write(
        folder.path().join("text.toml"),
        "component = \"lookout.wasm\"\n[config]\ndo = \"text\"\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("door.wasm"), guest("door")).unwrap();
    let run = async |file: &str| {
        let mut command = Command::new(binary());
        command.args(["monitor", "run", file]).current_dir(folder.path());
        let ended = command.env("XDG_CACHE_HOME", folder.path().join("cache")).output().await.unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        (ended.status.code().unwrap(), String::from_utf8(ended.stdout).unwrap(), said)
    };
    let (code, printed, said) = run("text.toml").await;
    assert_eq!(code, 0, "{said}");
    assert!(printed.contains("one two"), "{printed}");
    let (code, _, said) = run("door.wasm").await;
    assert_eq!(code, 1);
    assert!(said.contains("of the kind ingest, and `monitor run` runs a monitor"), "{said}");
    assert_eq!(run("nowhere.wasm").await.0, 2);
}

/// A run at a daemon, with a source of each conduct; answers code, message, and what was said.
async fn ask(world: &World, folder: &Path, source: &str, more: &str) -> (i32, String, String) {
    let file = folder.join("lookout.wasm");
    let line = format!(
        "tellify monitor run {} --config '{{\"do\":\"ask\",\"what\":\"{source}\"}}' {more} -o json",
        file.display()
    );
    let ended = world.command(&line).env("XDG_CACHE_HOME", folder.join("cache")).output().await.unwrap();
    let seen: Value = serde_json::from_slice(&ended.stdout).unwrap_or(Value::Null);
    let message = seen["message"].as_str().unwrap_or_default().to_owned();
    (ended.status.code().unwrap(), message, String::from_utf8(ended.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_asks_the_sources_of_a_daemon_as_whoever_runs_it_may() {
    let (world, folder) = (World::start("2026-11-22T00:00:00Z".parse().unwrap()).await, folder());
    let gauge = folder.path().join("gauge.wasm");
    std::fs::write(&gauge, testkit::gauge("1", "room", "")).unwrap();
    world.ok(&format!("tellify plugin install {}", gauge.display())).await;
    world.ok("tellify source add cellar --kind gauge --config '{\"room\":\"cellar\"}'").await;
    world.ok("tellify source add far --kind http --config '{\"url\":\"https://x.invalid\"}'").await;
    let ask = async |source: &str, more: &str| ask(&world, folder.path(), source, more).await;

    let (code, message, said) = ask("cellar", "--source cellar").await;
    assert_eq!((code, message.as_str()), (0, r#"Ok(Object {"asked": String("up")})"#), "{said}");
    let (_, message, _) = ask("far", "--source cellar").await;
    assert!(message.contains("Denied") && message.contains("add --source far"), "{message}");
    // A kind of sources that has no such method.
    let (_, message, _) = ask("far", "--source far").await;
    assert!(message.contains("Unknown(") && message.contains("has no method `query`"), "{message}");
    let (code, _, said) = ask("attic", "--source attic").await;
    assert!(code == 3 && said.contains("there is no source `attic`"), "{said}");

    // Whoever may only read sees that there is a source, and cannot ask it.
    let token = world.ok("tellify token create --name eyes --scope read -o json").await;
    let token: Value = serde_json::from_str(&token).unwrap();
    let eyes = folder.path().join("eyes.token");
    std::fs::write(&eyes, token["token"].as_str().unwrap()).unwrap();
    let (_, message, said) = ask("cellar", &format!("--source cellar --token-file {}", eyes.display())).await;
    assert!(message.starts_with("Err(Denied("), "{message} {said}");
    world.stop().await;
}
