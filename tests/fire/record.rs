//! Takes what is delivered, as a webhook's receiver and as a mail server. An address is the
//! end of the webhook's path, or what stands before the @ of the mailbox.
//!
//! It says `hook URL` and `mail PORT` first, then `received N` and `refused N` as it goes.
//! It is told `mark`, `refuse` and `accept`. Its log has a line of JSON for each arrival,
//! and `mark` where all is in that was sent before the mark was asked for.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use testkit::{Act, Dice, HttpSink, Receive, SmtpOptions, SmtpServer};

use crate::{Failure, Log, Options, orders, say};

struct Recorder {
    log: Log,
    dice: Mutex<Dice>,
    /// One reply in so many is dropped; zero: none.
    drops: u64,
    refusing: AtomicBool,
    received: AtomicU64,
    refused: AtomicU64,
}

/// What became of a delivery.
enum Taken {
    Yes,
    /// It arrived, and its sender is not told.
    InSilence,
    Refused,
}

pub(crate) async fn run(options: &Options) -> Result<(), Failure> {
    let recorder = Arc::new(Recorder {
        log: Log::create(options.text("log")?)?,
        dice: Mutex::new(Dice::new(options.number("seed")?)),
        drops: options.number("drops")?,
        refusing: AtomicBool::new(false),
        received: AtomicU64::new(0),
        refused: AtomicU64::new(0),
    });
    let of_hook = recorder.clone();
    let hook = HttpSink::start_with(None, move |post| {
        let address = post.path.rsplit('/').next().unwrap_or_default();
        let id = post.header("webhook-id").unwrap_or_default();
        match of_hook.take(address, id, &post.body, alerts(&post.body)) {
            Taken::Yes => Receive::Reply(204, Vec::new(), String::new()),
            Taken::InSilence => Receive::HangUp,
            Taken::Refused => Receive::Reply(503, Vec::new(), String::new()),
        }
    });
    let hook = hook.await?;
    let of_mail = recorder.clone();
    let mail = SmtpServer::start_with(SmtpOptions::default(), move |letter| {
        let id = message_id(&letter.data);
        let to = letter.to.first().and_then(|to| to.split('@').next()).unwrap_or_default();
        match of_mail.take(to, &id, &letter.data, Value::Null) {
            Taken::Yes => None,
            Taken::InSilence => Some(Act::HangUp),
            Taken::Refused => Some(Act::Reply("451 4.3.0 not now".to_owned())),
        }
    });
    let mail = mail.await?;
    say(format_args!("hook {}", hook.url()));
    say(format_args!("mail {}", mail.port()));
    let mut orders = orders();
    while let Some(order) = orders.next_line().await? {
        match order.as_str() {
            "mark" => {
                hook.quiet().await?;
                mail.quiet().await?;
                recorder.log.add("mark\n")?;
                say(format_args!("marked"));
            }
            order => recorder.refusing.store(order == "refuse", Ordering::Relaxed),
        }
    }
    Ok(())
}

impl Recorder {
    /// Notes an arrival before anybody is told of it.
    fn take(&self, address: &str, id: &str, bytes: &[u8], alerts: Value) -> Taken {
        if self.refusing.load(Ordering::Relaxed) {
            let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
            say(format_args!("refused {refused}"));
            return Taken::Refused;
        }
        let lost =
            self.drops > 0 && self.dice.lock().unwrap_or_else(PoisonError::into_inner).once_in(self.drops);
        let mut hash = DefaultHasher::new();
        bytes.hash(&mut hash);
        let arrival = json!({
            "address": address, "id": id, "bytes": format!("{:016x}", hash.finish()), "alerts": alerts, "lost": lost,
        });
        if self.log.add(&format!("{arrival}\n")).is_err() {
            // What is not noted has not arrived.
            return Taken::Refused;
        }
        let received = self.received.fetch_add(1, Ordering::Relaxed) + 1;
        say(format_args!("received {received}"));
        if lost { Taken::InSilence } else { Taken::Yes }
    }
}

/// The alerts that a webhook's body tells; null where it leaves some out.
fn alerts(body: &[u8]) -> Value {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return Value::Null };
    let data = &body["data"];
    match data["items"].as_array() {
        Some(items) if data["more"] == 0 || data["more"].is_null() => {
            items.iter().map(|item| item["id"].clone()).collect()
        }
        _ => Value::Null,
    }
}

/// What stands before the @ in a mail's Message-ID, which is its digest's id.
fn message_id(letter: &[u8]) -> String {
    let head = String::from_utf8_lossy(letter);
    let line =
        head.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix("Message-ID: <"));
    line.and_then(|line| line.split('@').next()).unwrap_or_default().to_owned()
}
