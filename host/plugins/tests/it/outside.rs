//! What a plugin finds outside: what its caller hands in, within the call's time and limits.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use plugins::{
    CallError, HttpError, HttpRequest, HttpResponse, IngestRequest, MonitorValue, Nothing, Outside, Plugin,
    Secret, SecretError, SourceError, SourceRef, TimeLimit,
};
use serde_json::{Value, json};

use crate::support::{Committed, NOW, config, host, plugin};

/// With what JSON writes otherwise.
const LONG: &str = "a\"secret\\of 12345678";

/// Answers as it is told, and keeps what it was asked.
#[derive(Default)]
struct Scripted {
    http: Option<HttpError>,
    asked: Mutex<Vec<(String, Duration)>>,
    /// Answers long after whoever asks may wait: waiting for a processor is given back to the
    /// call, and the answer must come too late nevertheless.
    silent: bool,
}

impl Scripted {
    fn note(&self, what: String, within: Duration) {
        self.asked.lock().unwrap().push((what, within));
        if self.silent {
            let (_nobody, answer) = mpsc::channel::<()>();
            assert!(answer.recv_timeout(within * 4).is_err());
        }
    }
}

impl Outside for Scripted {
    fn http(&self, r: HttpRequest, within: Duration) -> Result<HttpResponse, HttpError> {
        self.note(format!("{} {} {:?}", r.method, r.url, r.headers), within);
        match &self.http {
            Some(error) => Err(error.clone()),
            None => Ok(HttpResponse {
                status: 404,
                headers: vec![("a".into(), "b".into())],
                body: b"none".to_vec(),
            }),
        }
    }

    fn secret(&self, name: &str) -> Result<Secret, SecretError> {
        match name {
            "key" => Ok(Secret::new("Jefe".into())),
            "long" => Ok(Secret::new(LONG.into())),
            "gone" => Err(SecretError::Missing("the secret `gone` is not set".into())),
            _ => Nothing.secret(name),
        }
    }

    fn sources(&self) -> Vec<SourceRef> {
        vec![SourceRef { name: "metrics".into(), kind: "prometheus".into() }]
    }

    fn ask_source(
        &self,
        source: &str,
        method: &str,
        arguments: Value,
        within: Duration,
    ) -> Result<Value, SourceError> {
        self.note(format!("{source} {method} {arguments}"), within);
        match source {
            "metrics" => Ok(json!({"value": 1.5})),
            "slow" => Err(SourceError::Timeout),
            other => Nothing.ask_source(other, method, arguments, within),
        }
    }
}

/// What a monitor of the guest `lookout` reports that does this.
fn found(lookout: &Plugin, data: Value, outside: Arc<Scripted>) -> String {
    lookout.check(&config(data), NOW, Committed::of(&[]), outside).answer.unwrap().message
}

#[test]
fn a_monitor_reaches_what_it_was_handed() {
    let lookout = plugin("lookout");
    let outside = Arc::new(Scripted::default());
    let request = json!({"do": "http", "what": "https://a.example/x", "ms": 50});
    let answer = found(&lookout, request, outside.clone());
    assert_eq!(answer, r#"Ok((404, [("a", "b")], "none"))"#);
    let asked = outside.asked.lock().unwrap()[0].clone();
    assert_eq!(asked, (r#"GET https://a.example/x [("x-a", "1")]"#.to_owned(), Duration::from_millis(50)));

    let found = |data| found(&lookout, data, outside.clone());
    let granted = r#"[Granted { name: "metrics", kind: "prometheus" }]"#;
    assert_eq!(found(json!({"do": "sources"})), granted);
    assert_eq!(found(json!({"do": "ask", "what": "metrics"})), r#"Ok(Object {"value": Number(1.5)})"#);
    assert_eq!(found(json!({"do": "ask", "what": "slow"})), "Err(Timeout)");
    assert_eq!(found(json!({"do": "secret", "what": "key"})), r#"Ok("Jefe")"#);
    assert_eq!(found(json!({"do": "equal", "what": "Jefe"})), "Ok(true)");
    assert_eq!(found(json!({"do": "equal", "what": "Jeff"})), "Ok(false)");
    assert_eq!(found(json!({"do": "hmac", "what": "wrong"})), "Ok(false)");
    let gone = r#"Err(Missing("the secret `gone` is not set"))"#;
    assert_eq!(found(json!({"do": "secret", "what": "gone"})), gone);
}

#[test]
fn every_error_of_a_request_has_its_word() {
    let cases = [
        (HttpError::Denied("no".into()), r#"Err(Denied("no"))"#),
        (HttpError::Invalid("bad".into()), r#"Err(Invalid("bad"))"#),
        (HttpError::Timeout, "Err(Timeout)"),
        (HttpError::TooBig, "Err(TooBig)"),
        (HttpError::Dns("gone".into()), r#"Err(Dns("gone"))"#),
        (HttpError::Tls("old".into()), r#"Err(Tls("old"))"#),
        (HttpError::Io("shut".into()), r#"Err(Io("shut"))"#),
    ];
    let lookout = plugin("lookout");
    for (error, expected) in cases {
        let outside = Arc::new(Scripted { http: Some(error), ..Scripted::default() });
        assert_eq!(found(&lookout, json!({"do": "http", "what": "https://a.example/"}), outside), expected);
    }
}

#[test]
fn what_is_refused_is_in_the_log_with_the_way_to_get_it() {
    let cases = [
        (json!({"do": "secret", "what": "other"}), "tellify plugin grant NAME --secret other"),
        (json!({"do": "equal", "what": "x"}), "tellify plugin grant NAME --secret key"),
        (json!({"do": "ask", "what": "db"}), "tellify plugin grant NAME --source db"),
        (
            json!({"do": "http", "what": "https://a.example/b?c=d"}),
            "tellify plugin grant NAME --http 'https://a.example/b'",
        ),
    ];
    let lookout = plugin("lookout");
    for (data, expected) in cases {
        let called = lookout.check(&config(data.clone()), NOW, Committed::of(&[]), Arc::new(Nothing));
        let (message, logs) = (called.answer.unwrap().message, called.logs.to_string());
        assert!(message.starts_with("Err(Denied("), "{message}");
        assert!(logs.contains(expected), "{data}: {logs}");
    }
}

#[test]
fn a_secret_is_not_seen_in_what_a_plugin_says() {
    let leak = config(json!({"do": "leak", "what": "key"}));
    let called = plugin("lookout").check(&leak, NOW, Committed::of(&[]), Arc::new(Scripted::default()));
    let error = called.answer.unwrap_err();
    let shown = format!("{error} {} {}", error.stack(), called.logs);
    assert!(shown.contains("cannot use [secret]") && shown.contains("it is [secret]"), "{shown}");
    assert!(!shown.contains("Jefe"), "{shown}");
}

#[test]
fn a_secret_is_not_seen_in_what_a_plugin_answers() {
    let lookout = plugin("lookout");
    let look = |told: &str, what: &str| {
        let told = config(json!({"do": told, "what": what}));
        lookout.check(&told, NOW, Committed::of(&[]), Arc::new(Scripted::default())).answer
    };
    let report = look("tell", "long").unwrap();
    assert_eq!(report.message, "no answer to ?key=[secret]");
    assert_eq!(report.value, MonitorValue::Text("[secret]".into()));
    assert_eq!(report.details, json!({"tried": ["[secret]"], "[secret]": 1}));
    let event = &report.events[0];
    assert_eq!((event.text.as_str(), event.tags[0].as_str()), ("[secret]", "[secret]"));
    assert_eq!(look("give up", "long").unwrap_err().to_string(), "[secret] is not let in");
    // A short one stands in many a word by chance.
    assert_eq!(look("tell", "key").unwrap().message, "no answer to ?key=Jefe");
}

#[test]
fn what_is_secret_of_a_configuration_is_not_seen_either() {
    let gauge = host().load(testkit::gauge("1", "room", "")).unwrap();
    let config = config(json!({"room": "cellar", "password": "hidden-from-all"}));
    let ask = |method: &str| {
        let (arguments, nothing) = (json!({}), Arc::new(Nothing));
        gauge.query(&config, NOW, method, &arguments, nothing, Duration::MAX).answer
    };
    assert_eq!(ask("fail").unwrap(), Err(SourceError::Failed("[secret] is not let in".into())));
    let broke = ask("break").unwrap_err();
    assert!(!format!("{broke} {}", broke.stack()).contains("hidden"), "{broke}");
    let problems =
        gauge.validate(&crate::support::alice(), &json!({"password": ["hidden-from-all"]})).unwrap();
    assert!(problems.len() == 2 && !format!("{problems:?}").contains("hidden"), "{problems:?}");
}

#[test]
fn waiting_outside_counts_against_the_call() {
    // The component's own manifest gives it a tenth of a second.
    let mut component = testkit::guest("lookout").to_vec();
    let manifest =
        "[plugin]\nname = \"lookout\"\nversion = \"1.0.0\"\nworld = \"monitor\"\n[limits]\nwall-ms = 100\n";
    event::append_manifest(&mut component, manifest);
    let lookout = host().load(component.into()).unwrap();
    assert_eq!(lookout.limits().wall, Duration::from_millis(100));
    let silent = Arc::new(Scripted { silent: true, ..Scripted::default() });
    let ask = config(json!({"do": "ask", "what": "metrics"}));
    let called = lookout.check(&ask, NOW, Committed::of(&[]), silent.clone());
    assert!(
        matches!(called.answer, Err(CallError::Timeout { which: TimeLimit::Wall(_), .. })),
        "{:?}",
        called.answer
    );
    // It was never given more than the call had left.
    assert!(silent.asked.lock().unwrap().iter().all(|(_, within)| *within <= Duration::from_millis(100)));
    assert_eq!(called.cost.host_calls, 2);
}

#[test]
fn a_plugin_of_0_1_finds_the_same_in_the_words_of_its_time() {
    let elder = plugin("elder");
    assert_eq!(elder.interface_version(), plugins::InterfaceVersion::V0_1);
    assert_eq!(elder.title(&config(json!({}))).unwrap(), "alice");
    let signature =
        [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7];
    let cases: [(&str, &str, &[u8], &str); 7] = [
        ("/http", "https://a.example/", b"", "Err(HttpError::Io(\"bad\"))"),
        ("/secret", "key", b"", "Ok(\"Jefe\")"),
        ("/secret", "gone", b"", "Err(SecretError::Missing)"),
        ("/secret", "other", b"", "Err(SecretError::NotGranted)"),
        ("/hmac", "sha512", &signature, "Ok(false)"),
        ("/equal", "Jefe", b"", "Ok(true)"),
        ("/equal", "", b"", "Ok(false)"),
    ];
    let ask = |path: &str, query: &str, body: &[u8]| {
        let request = IngestRequest {
            path: path.into(),
            query: query.into(),
            body: body.into(),
            ..IngestRequest::default()
        };
        let outside = Scripted { http: Some(HttpError::Invalid("bad".into())), ..Scripted::default() };
        elder.accept(&config(json!({})), NOW, request, Arc::new(outside)).answer
    };
    for (path, query, body, expected) in cases {
        let taken = ask(path, query, body).unwrap().unwrap();
        assert_eq!(taken.events[0].text, expected, "{path} {query}");
        assert_eq!(taken.reply.unwrap().body, b"well");
    }
    for (path, expected) in [("/malformed", "not this"), ("/ignored", "a ping"), ("/", "who is it")] {
        assert_eq!(ask(path, "", b"").unwrap().unwrap_err().to_string(), expected);
    }
    match ask("/hmac", "md5", b"") {
        Err(CallError::Limit { what, .. }) => {
            assert_eq!(what, "`md5` is no hash of a signature: use sha1, sha256 or sha512")
        }
        other => panic!("{other:?}"),
    }
}
