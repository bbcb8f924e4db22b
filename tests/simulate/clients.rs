//! Those who send events and ask for things, and what they were answered. They outlive
//! every crash, and send again what was not acknowledged.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use api::{
    Caller, Decision, NewAddress, NewSubscription, NewUser, Problem, RawRequest, Service, StyleBody,
    SubscriptionEdit, Taken, Which, Who,
};
use bytes::Bytes;
use event::{Channel, Name, SigningSecret, Timestamp};
use pipeline::Backend;
use serde_json::Value;
use testkit::oracle::Acked;

use crate::daemon::Daemon;
use crate::oracle::content;
use crate::script::Ask;

/// How long whoever was refused waits, in seconds.
const PAUSE_S: i64 = 5;

#[derive(Default)]
pub(crate) struct Clients {
    requests: Vec<Request>,
    answers: Arc<Mutex<Vec<Answer>>>,
    asked: Arc<Mutex<BTreeMap<u16, u32>>>,
}

/// What the request of a number was answered.
type Answer = (usize, Result<Taken, Problem>);

/// Events that somebody wants stored.
struct Request {
    events: Vec<Value>,
    stands: Stands,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// To be sent at this moment.
    Due(Timestamp),
    Sent,
    Acknowledged,
}

impl Clients {
    /// Notes a request that is to be sent now.
    pub(crate) fn want(&mut self, events: Vec<Value>, now: Timestamp) {
        self.requests.push(Request { events, stands: Stands::Due(now) });
    }

    /// The same request as that of an earlier number.
    pub(crate) fn want_again(&mut self, number: usize, now: Timestamp) {
        if let Some(events) = self.requests.get(number).map(|request| request.events.clone()) {
            self.want(events, now);
        }
    }

    /// Sends what is due, in the order in which it was wanted.
    pub(crate) fn send(&mut self, daemon: &Daemon, now: Timestamp) {
        for (number, request) in self.requests.iter_mut().enumerate() {
            if !matches!(request.stands, Stands::Due(due) if due <= now) {
                continue;
            }
            request.stands = Stands::Sent;
            let (service, answers, body) = (daemon.service(), self.answers.clone(), body(&request.events));
            daemon.spawn(async move {
                let answer = service.take_events(&admin(), body).await;
                answers.lock().unwrap_or_else(PoisonError::into_inner).push((number, answer));
            });
        }
    }

    /// Hears what was answered meanwhile.
    ///
    /// # Errors
    /// An answer that nobody may be given, or that contradicts an earlier one.
    pub(crate) fn hear(&mut self, now: Timestamp) -> Result<Vec<Acked>, String> {
        let mut heard = Vec::new();
        for (number, answer) in self.answers.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let request = &mut self.requests[number];
            match answer {
                Ok(taken) => {
                    request.stands = Stands::Acknowledged;
                    let told = taken.events.into_iter().zip(&request.events);
                    heard.extend(told.map(|(taken, sent)| Acked {
                        identity: taken.id,
                        seq: taken.seq.0,
                        content: sent_content(sent),
                    }));
                }
                Err(problem) if matches!(problem.status, 429 | 503) => {
                    request.stands = Stands::Due(now.plus_s(PAUSE_S));
                }
                Err(problem) => return Err(format!("request {number} was answered {problem:?}")),
            }
        }
        match self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(&500) {
            Some(count) => Err(format!("{count} requests were answered 500")),
            None => Ok(heard),
        }
    }

    /// The daemon is gone: what was not answered is sent again.
    pub(crate) fn broken_off(&mut self, now: Timestamp) {
        for request in self.requests.iter_mut().filter(|request| request.stands == Stands::Sent) {
            request.stands = Stands::Due(now);
        }
    }

    /// When the next request is to be sent.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let due = self.requests.iter().filter_map(|request| match request.stands {
            Stands::Due(due) => Some(due),
            _ => None,
        });
        due.min()
    }

    pub(crate) fn are_done(&self) -> bool {
        self.requests.iter().all(|request| request.stands == Stands::Acknowledged)
    }

    pub(crate) fn ask(&self, daemon: &Daemon, ask: Ask) {
        let (service, asked) = (daemon.service(), self.asked.clone());
        daemon.spawn(async move {
            let status = done(&service, ask).await.err().map_or(200, |problem| problem.status);
            *asked.lock().unwrap_or_else(PoisonError::into_inner).entry(status).or_default() += 1;
        });
    }
}

async fn done(service: &Backend, ask: Ask) -> Result<(), Problem> {
    let caller = admin();
    let which = |name: String, person| Which { id_or_name: name, user: Some(name_of(person)) };
    match ask {
        Ask::Person(person) => {
            let email = Some(format!("{person}@example.org"));
            let user = NewUser { name: name_of(person), email, display_name: None, zone: None };
            service.add_user(&caller, user).await.map(drop)
        }
        Ask::Style { person, toml } => {
            service.add_styles(&caller, name_of(person), StyleBody::Toml(toml)).await.map(drop)
        }
        Ask::Webhook { person } => {
            let secret = SigningSecret::new("whsec_c2ltdWxhdGlvbi1zaW11bGF0aW9uLXNpbXVsYXRpb24=".to_owned());
            let address = NewAddress {
                name: name_of("hook"),
                channel: Channel::Webhook,
                config: None,
                to: Some(format!("https://{person}.example.org/hook")),
                form: None,
                secret: Some(secret),
            };
            service.add_address(&caller, name_of(person), address).await.map(drop)
        }
        Ask::Subscribe { person, name, handler, filter, config } => {
            let (handler, filter) = (name_of(handler), filter.to_owned());
            let new =
                NewSubscription { name: name_of(&name), handler, filter, config, style: None, publish: true };
            service.add_subscription(&caller, Some(name_of(person)), new).await.map(drop)
        }
        Ask::Edit { person, name, config } => {
            let edit = SubscriptionEdit { config: Some(config), ..SubscriptionEdit::default() };
            service.edit_subscription(&caller, which(name, person), edit).await.map(drop)
        }
        Ask::Switch { person, name, on } => {
            let edit = SubscriptionEdit { enabled: Some(on), ..SubscriptionEdit::default() };
            service.edit_subscription(&caller, which(name, person), edit).await.map(drop)
        }
        Ask::Unsubscribe { person, name } => service.remove_subscription(&caller, which(name, person)).await,
        Ask::Replay { plugin, failure } => {
            service.replay_failure(&caller, name_of(plugin), failure).await.map(drop)
        }
        Ask::Leave { person, to } => {
            let decision = to.map_or(Decision::End, |to| Decision::TransferTo(name_of(to)));
            service.remove_user(&caller, name_of(person), Some(decision)).await.map(drop)
        }
    }
}

/// Of an event as it is sent: what is no part of the envelope is its data.
fn sent_content(event: &Value) -> String {
    let mut data = event.clone();
    if let Some(fields) = data.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "id" | "source" | "type" | "subject" | "time"));
    }
    content(event["type"].as_str().unwrap_or_default(), &data)
}

fn name_of(text: &str) -> Name {
    Name::new(text).expect("it is a name")
}

fn admin() -> Caller {
    Caller { peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), who: Who::Admin }
}

fn body(events: &[Value]) -> RawRequest {
    RawRequest {
        content_type: Some("application/json".to_owned()),
        content_encoding: None,
        query: String::new(),
        headers: Vec::new(),
        body: Bytes::from(serde_json::to_vec(events).expect("events are JSON")),
    }
}
