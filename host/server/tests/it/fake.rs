//! A service that does nothing but say which of its methods was called, and with what.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use api::*;
use async_trait::async_trait;
use bytes::Bytes;
use event::{Name, Seq};
use futures_util::stream::{self, StreamExt};
use tokio::sync::Semaphore;

#[derive(Default)]
pub(crate) struct Fake {
    /// While somebody waits in [`Service::ready`], one more is counted here.
    pub(crate) waiting: AtomicUsize,
    /// The most that ever waited at once.
    pub(crate) most_waiting: AtomicUsize,
    /// When there, [`Service::ready`] says so and ends when it is told to.
    pub(crate) gate: Option<Gate>,
    pub(crate) not_ready: bool,
    /// Names of doors that were added.
    pub(crate) opened: Mutex<Vec<String>>,
    pub(crate) stuck: bool,
}

/// Permits: one for each request that came, and one for each that may go on.
pub(crate) struct Gate {
    pub(crate) entered: Semaphore,
    pub(crate) open: Semaphore,
}

impl Default for Gate {
    fn default() -> Gate {
        Gate { entered: Semaphore::new(0), open: Semaphore::new(0) }
    }
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// Nothing that a real service would say: 418, with the method and its arguments.
macro_rules! says {
    ($method:literal $(, $argument:expr)*) => {
        Err(Problem::new(418, format!(concat!($method, $(says!(@hole $argument),)*) $(, $argument)*)))
    };
    (@hole $argument:expr) => { " {:?}" };
}

type Said<T> = Result<T, Problem>;

pub(crate) fn event(seq: u64) -> Event {
    let text = format!(
        r#"{{"id":"e{seq}","seq":{seq},"source":"s","type":"t","time":"2026-11-20T10:00:00.000Z","received":"2026-11-20T10:00:01.000Z"}}"#
    );
    serde_json::from_str(&text).unwrap()
}

#[async_trait]
impl Service for Fake {
    async fn authenticate(&self, credentials: Credentials) -> Said<Caller> {
        let who = match (credentials.bearer.as_deref(), credentials.local) {
            (Some("good"), _) => Who::Admin,
            (None, true) => Who::Local,
            _ => return Err(Problem::unauthorized("a token is needed")),
        };
        Ok(Caller { peer: credentials.peer, who })
    }

    async fn health(&self) -> Health {
        if self.stuck { Health::Stuck("the stage tell does not get on".into()) } else { Health::Alive }
    }

    async fn metrics(&self, _: &Caller) -> Said<meter::Page> {
        let mut page = meter::Page::new();
        page.gauge("fake", "A number of the service's.", 7.0);
        Ok(page)
    }

    async fn ready(&self) -> Readiness {
        let waiting = self.waiting.fetch_add(1, SeqCst) + 1;
        self.most_waiting.fetch_max(waiting, SeqCst);
        if let Some(gate) = &self.gate {
            gate.entered.add_permits(1);
            gate.open.acquire().await.unwrap().forget();
        }
        self.waiting.fetch_sub(1, SeqCst);
        if self.not_ready { Readiness::NotYet("plugins".into()) } else { Readiness::Ready }
    }

    /// `one`, `many` and `panic` are orders; anything else is told back.
    async fn take_events(&self, caller: &Caller, request: RawRequest) -> Said<Taken> {
        let taken = |n: u64| TakenEvent { id: format!("e{n}"), seq: Seq(n), duplicate: n == 2 };
        match &request.body[..] {
            b"one" => Ok(Taken { shape: TakenShape::One, events: vec![taken(1)] }),
            b"many" => Ok(Taken { shape: TakenShape::Many, events: vec![taken(2)] }),
            b"panic" => panic!("as ordered"),
            b"secret" => Err(Problem::internal("the password is hunter2")),
            b"busy" => Err(Problem::busy("later", 7)),
            b"wait" => {
                let gate = self.gate.as_ref().expect("the test has a gate");
                gate.entered.add_permits(1);
                gate.open.acquire().await.unwrap().forget();
                Ok(Taken { shape: TakenShape::One, events: vec![taken(1)] })
            }
            body => {
                let RawRequest { content_type, content_encoding, query, .. } = &request;
                says!("take_events", caller.who, content_type, content_encoding, query, body.len())
            }
        }
    }

    async fn take_cloudevents(&self, _: &Caller, request: RawRequest) -> Said<Taken> {
        let ce: Vec<_> = request.headers.iter().filter(|(name, _)| name.starts_with("ce-")).collect();
        says!("take_cloudevents", ce)
    }

    /// There is `puppet`, also at `/reports/upload`, and whatever else was opened.
    fn find_door(&self, at: DoorAt<'_>) -> Said<Option<DoorRoute>> {
        let opened = self.opened.lock().unwrap();
        let known = |name: &str| name == "puppet" || opened.iter().any(|open| open == name);
        Ok(match at {
            DoorAt::Name { name: door, below } if known(door) => {
                Some(DoorRoute { name: name(door), below: below.into() })
            }
            DoorAt::Path("/reports/upload") => Some(DoorRoute { name: name("puppet"), below: String::new() }),
            DoorAt::Name { .. } | DoorAt::Path(_) => None,
        })
    }

    /// `reply` and `strange` are orders; anything else is told back.
    async fn door(
        &self,
        route: DoorRoute,
        credentials: Credentials,
        request: DoorRequest,
    ) -> Said<DoorReply> {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        match &request.request.body[..] {
            b"reply" => Ok(DoorReply {
                status: 201,
                headers: vec![
                    header("content-type", "text/x"),
                    header("x-ours", "1"),
                    header("set-cookie", "a=b"),
                    header("content-length", "99"),
                    header("connection", "upgrade"),
                    header("x-content-type-options", "sniff"),
                    header("x-broken", "a\r\nb: c"),
                ],
                body: Bytes::from_static(b"hello"),
            }),
            b"strange" => Ok(DoorReply { status: 7, headers: vec![], body: Bytes::new() }),
            body => {
                let DoorRequest { method, request, .. } = &request;
                let (bearer, local) = (credentials.bearer, credentials.local);
                let DoorRoute { name, below } = &route;
                says!("door", name.as_str(), below, bearer, local, method, request.query, body.len())
            }
        }
    }

    async fn list_doors(&self, _: &Caller) -> Said<List<Door>> {
        says!("list_doors")
    }
    async fn add_door(&self, _: &Caller, door: NewDoor) -> Said<CreatedDoor> {
        self.opened.lock().unwrap().push(door.name.to_string());
        says!("add_door", door)
    }
    async fn remove_door(&self, _: &Caller, name: Name) -> Said<()> {
        self.opened.lock().unwrap().retain(|open| *open != name.as_str());
        says!("remove_door", name)
    }

    async fn list_events(&self, _: &Caller, listing: Listing) -> Said<List<Event>> {
        if listing.q.as_deref() == Some("none") {
            return Ok(List::whole(vec![]));
        }
        says!("list_events", listing.q, listing.order, listing.page)
    }

    async fn get_event(&self, _: &Caller, seq: Seq) -> Said<Event> {
        says!("get_event", seq.0)
    }

    /// `q=ends` ends in a problem; otherwise an event and a gap come, and then nothing.
    async fn follow_events(&self, _: &Caller, q: Option<String>, after: Option<Seq>) -> Said<EventStream> {
        let next = after.map_or(1, |after| after.0 + 1);
        let gap = Gap { from: Seq(next + 1), upto: Seq(next + 4), reason: "aged out".into() };
        let from = Followed::From(Seq(next - 1));
        let items = vec![Ok(from), Ok(Followed::Event(event(next))), Ok(Followed::Gap(gap))];
        match q.as_deref() {
            Some("ends") => {
                let after = vec![Err(Problem::internal("hunter2")), Ok(Followed::Event(event(99)))];
                Ok(stream::iter(items.into_iter().chain(after)).boxed())
            }
            Some(_) => says!("follow_events", q, after),
            None => Ok(stream::iter(items).chain(stream::pending()).boxed()),
        }
    }

    async fn create_token(&self, _: &Caller, token: NewToken) -> Said<CreatedToken> {
        if token.name.as_str() == "made" {
            return Ok(CreatedToken { id: "1".into(), name: token.name, token: "tfy_x".into() });
        }
        says!("create_token", token)
    }
    async fn list_tokens(&self, _: &Caller, user: Option<Name>, page: Page) -> Said<List<Token>> {
        says!("list_tokens", user, page)
    }
    async fn revoke_token(&self, _: &Caller, id_or_name: String) -> Said<()> {
        if id_or_name == "gone" { Ok(()) } else { says!("revoke_token", id_or_name) }
    }

    async fn add_user(&self, _: &Caller, user: NewUser) -> Said<User> {
        says!("add_user", user)
    }
    async fn list_users(&self, _: &Caller, page: Page) -> Said<List<User>> {
        says!("list_users", page)
    }
    async fn get_user(&self, _: &Caller, name: Name) -> Said<User> {
        says!("get_user", name)
    }
    async fn edit_user(&self, _: &Caller, name: Name, edit: UserEdit) -> Said<User> {
        says!("edit_user", name, edit.email, edit.display_name, edit.zone)
    }
    async fn get_holdings(&self, _: &Caller, name: Name) -> Said<Holdings> {
        says!("get_holdings", name)
    }
    async fn remove_user(&self, _: &Caller, name: Name, decision: Option<Decision>) -> Said<Removed> {
        says!("remove_user", name, decision)
    }

    async fn add_address(&self, _: &Caller, user: Name, address: NewAddress) -> Said<SavedAddress> {
        says!("add_address", user, address)
    }
    async fn list_addresses(&self, _: &Caller, user: Name) -> Said<List<Address>> {
        says!("list_addresses", user)
    }
    async fn get_address(&self, _: &Caller, user: Name, name: Name) -> Said<Address> {
        says!("get_address", user, name)
    }
    async fn remove_address(&self, _: &Caller, user: Name, name: Name) -> Said<()> {
        says!("remove_address", user, name)
    }
    async fn edit_address(
        &self,
        _: &Caller,
        user: Name,
        name: Name,
        edit: AddressEdit,
    ) -> Said<SavedAddress> {
        says!("edit_address", user, name, edit)
    }
    async fn rotate_address(
        &self,
        _: &Caller,
        user: Name,
        name: Name,
        rotate: RotateAddress,
    ) -> Said<SavedAddress> {
        says!("rotate_address", user, name, rotate)
    }
    async fn test_address(&self, _: &Caller, user: Name, name: Name) -> Said<AddressTest> {
        says!("test_address", user, name)
    }

    async fn add_styles(&self, _: &Caller, user: Name, body: StyleBody) -> Said<SavedStyles> {
        says!("add_styles", user, body)
    }
    async fn replace_style(&self, _: &Caller, user: Name, name: Name, body: StyleBody) -> Said<SavedStyles> {
        says!("replace_style", user, name, body)
    }
    async fn list_styles(&self, _: &Caller, user: Name) -> Said<List<Style>> {
        says!("list_styles", user)
    }
    async fn get_style(&self, _: &Caller, user: Name, name: Name) -> Said<Style> {
        says!("get_style", user, name)
    }
    async fn remove_style(&self, _: &Caller, user: Name, name: Name) -> Said<()> {
        says!("remove_style", user, name)
    }
    async fn preview_style(
        &self,
        _: &Caller,
        user: Name,
        name: Name,
        at: PreviewAt,
    ) -> Said<List<PreviewLine>> {
        says!("preview_style", user, name, at)
    }

    async fn add_subscription(
        &self,
        _: &Caller,
        user: Option<Name>,
        subscription: NewSubscription,
    ) -> Said<Subscription> {
        says!("add_subscription", user, subscription.name, subscription.config.to_string())
    }
    async fn list_subscriptions(
        &self,
        _: &Caller,
        user: Option<Name>,
        page: Page,
    ) -> Said<List<Subscription>> {
        says!("list_subscriptions", user, page)
    }
    async fn get_subscription(&self, _: &Caller, which: Which) -> Said<Subscription> {
        says!("get_subscription", which)
    }
    async fn edit_subscription(
        &self,
        _: &Caller,
        which: Which,
        edit: SubscriptionEdit,
    ) -> Said<Subscription> {
        says!("edit_subscription", which, edit.style, edit.filter)
    }
    async fn remove_subscription(&self, _: &Caller, which: Which) -> Said<()> {
        says!("remove_subscription", which)
    }
    async fn resume_subscription(&self, _: &Caller, which: Which) -> Said<Subscription> {
        says!("resume_subscription", which)
    }

    async fn install_plugin(&self, _: &Caller, plugin: InstallPlugin) -> Said<Plugin> {
        let InstallPlugin { component, replace, side_by_side, grant_all } = plugin;
        says!("install_plugin", component.len(), replace, side_by_side, grant_all)
    }
    async fn plan_plugin(&self, _: &Caller, plugin: InstallPlugin) -> Said<PluginPlan> {
        says!("plan_plugin", plugin.component.len())
    }
    async fn list_plugins(&self, _: &Caller) -> Said<List<Plugin>> {
        says!("list_plugins")
    }
    async fn get_plugin(&self, _: &Caller, name: Name) -> Said<Plugin> {
        says!("get_plugin", name)
    }
    async fn remove_plugin(&self, _: &Caller, name: Name) -> Said<()> {
        says!("remove_plugin", name)
    }
    async fn change_grants(&self, _: &Caller, name: Name, change: GrantChange) -> Said<Plugin> {
        says!("change_grants", name, change)
    }
    async fn consent_to_plugin(&self, _: &Caller, name: Name, consent: Consent) -> Said<Plugin> {
        says!("consent_to_plugin", name, consent)
    }
    async fn decline_plugin(&self, _: &Caller, name: Name) -> Said<Plugin> {
        says!("decline_plugin", name)
    }
    async fn share_plugin(&self, _: &Caller, name: Name, shared: bool) -> Said<Plugin> {
        says!("share_plugin", name, shared)
    }
    async fn roll_back_plugin(&self, _: &Caller, name: Name) -> Said<Plugin> {
        says!("roll_back_plugin", name)
    }
    async fn list_secrets(&self, _: &Caller) -> Said<List<Secret>> {
        says!("list_secrets")
    }
    async fn set_secret(&self, _: &Caller, name: Name, secret: NewSecret) -> Said<Secret> {
        says!("set_secret", name, secret.value)
    }
    async fn remove_secret(&self, _: &Caller, name: Name) -> Said<()> {
        says!("remove_secret", name)
    }
    async fn list_failures(&self, _: &Caller, plugin: Name, page: Page) -> Said<List<Failure>> {
        says!("list_failures", plugin, page)
    }

    async fn replay_failure(&self, _: &Caller, plugin: Name, seq: Seq) -> Said<Failure> {
        says!("replay_failure", plugin, seq)
    }
    async fn list_source_kinds(&self, _: &Caller) -> Said<List<SourceKind>> {
        says!("list_source_kinds")
    }
    async fn add_source(&self, _: &Caller, source: NewSource, replace: bool) -> Said<Source> {
        says!("add_source", source, replace)
    }
    async fn list_sources(&self, _: &Caller) -> Said<List<Source>> {
        says!("list_sources")
    }
    async fn get_source(&self, _: &Caller, name: Name) -> Said<Source> {
        says!("get_source", name)
    }
    async fn remove_source(&self, _: &Caller, name: Name) -> Said<()> {
        says!("remove_source", name)
    }
    async fn test_source(&self, _: &Caller, name: Name) -> Said<SourceTest> {
        says!("test_source", name)
    }
    async fn call_source(&self, _: &Caller, name: Name, question: SourceQuestion) -> Said<SourceAnswer> {
        says!("call_source", name, question)
    }

    async fn list_alerts(&self, _: &Caller, of: AlertsOf) -> Said<List<Alert>> {
        says!("list_alerts", of)
    }
    async fn get_alert(&self, _: &Caller, id: String) -> Said<Alert> {
        says!("get_alert", id)
    }

    async fn list_inbox(
        &self,
        _: &Caller,
        user: Option<Name>,
        address: Option<Name>,
        page: Page,
    ) -> Said<List<DigestSummary>> {
        says!("list_inbox", user, address, page)
    }
    async fn get_digest(&self, _: &Caller, id: String) -> Said<Digest> {
        says!("get_digest", id)
    }

    async fn take_snapshot(&self, _: &Caller) -> Said<Snapshot> {
        says!("take_snapshot")
    }
    async fn backup(&self, _: &Caller, with_keys: bool) -> Said<BackupStream> {
        if with_keys {
            return says!("backup", with_keys);
        }
        let parts = [Ok(Bytes::from_static(b"half")), Err(Problem::internal("hunter2"))];
        Ok(BackupStream { bytes: 4, parts: stream::iter(parts).boxed() })
    }
}

pub(crate) fn fake() -> Arc<Fake> {
    Arc::new(Fake::default())
}
