//! A monitor that does what its configuration tells it to, and reports what came of it.

use schemars::JsonSchema;
use serde::Deserialize;
use tellify_plugin::http::Request;
use tellify_plugin::secrets::{self, Hash};
use tellify_plugin::{
    Error, Measured, Monitor, NewEvent, Report, Timestamp, Value, json, log, monitor, sources, state,
};

#[derive(Deserialize, JsonSchema)]
struct Config {
    /// What to do.
    r#do: String,
    /// To whom or what.
    #[serde(default)]
    what: String,
    /// For how long, in milliseconds.
    #[serde(default)]
    ms: Option<u32>,
}

struct Lookout;

impl Monitor for Lookout {
    type Config = Config;
    const NAME: &'static str = "lookout";
    const VERSION: &'static str = "1.0.0";
    const TITLE: &'static str = "Lookout";
    const DESCRIPTION: &'static str = "Does what it is told.";

    fn check(config: &Config, now: Timestamp) -> Result<Report, Error> {
        let what = config.what.as_str();
        log::info(&format!("{} at {}", config.r#do, now.0));
        let found = match config.r#do.as_str() {
            "http" => {
                let request = Request { timeout_ms: config.ms, ..Request::get(what) };
                format!(
                    "{:?}",
                    request.header("x-a", "1").send().map(|r| (r.status, r.headers.clone(), r.text()))
                )
            }
            "secret" => format!("{:?}", secrets::get(what)),
            "hmac" => format!("{:?}", secrets::verify_hmac("key", Hash::Sha256, b"data", what.as_bytes())),
            "equal" => format!("{:?}", secrets::verify_equal("key", what)),
            "sources" => format!("{:?}", sources::granted()),
            "ask" => format!("{:?}", sources::call(what, "query", &json!({"q": "up"}))),
            "count" => state::increment("runs", 1.0)?.to_string(),
            "alarm" => {
                let event = NewEvent { kind: "lookout.seen".to_owned(), ..NewEvent::default() };
                return Ok(Report::alarm("far\r\ntoo high\u{7}")
                    .value(97.5)
                    .details(json!({"a": [1]}))
                    .emit(event));
            }
            "nan" => return Ok(Report::ok("").value(f64::NAN)),
            "text" => return Ok(Report::ok("").value("one\ntwo")),
            "spin" => loop {
                std::hint::black_box(0);
            },
            "leak" => {
                let secret = secrets::get(what)?;
                log::warn(&format!("it is {secret}"));
                panic!("cannot use {secret}");
            }
            "tell" => {
                let secret = secrets::get(what)?;
                let tags = vec![secret.clone()];
                let event =
                    NewEvent { text: secret.clone(), tags, ..NewEvent::new("lookout.seen") };
                return Ok(Report::alarm(format!("no answer to ?key={secret}"))
                    .value(secret.as_str())
                    .details(json!({"tried": [secret.clone()], secret.clone(): 1}))
                    .emit(event));
            }
            "give up" => return Err(Error::failed(format!("{} is not let in", secrets::get(what)?))),
            "fail" => return Err(Error::failed("cannot look")),
            "reserved" => return Ok(Report::ok("").emit(NewEvent::new("tellify.mine"))),
            other => return Err(Error::BadConfig(format!("cannot do `{other}`"))),
        };
        Ok(Report { value: Measured::None, details: Value::Null, ..Report::ok(found) })
    }
}

monitor!(Lookout);
