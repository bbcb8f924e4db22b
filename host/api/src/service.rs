//! What stands behind the API.

use async_trait::async_trait;
use event::{Name, Seq};
use futures_util::stream::BoxStream;

use crate::{
    Address, AddressEdit, AddressTest, Alert, AlertsOf, BackupStream, Caller, Consent, CreatedDoor,
    CreatedToken, Credentials, Decision, Digest, DigestSummary, Door, DoorAt, DoorReply, DoorRequest,
    DoorRoute, Event, Failure, Gap, GrantChange, Health, Holdings, InstallPlugin, List, Listing, NewAddress,
    NewDoor, NewSecret, NewSource, NewSubscription, NewToken, NewUser, Page, Plugin, PluginPlan, PreviewAt,
    PreviewLine, Problem, RawRequest, Readiness, Removed, RotateAddress, SavedAddress, SavedStyles, Secret,
    Snapshot, Source, SourceAnswer, SourceKind, SourceQuestion, SourceTest, Style, StyleBody, Subscription,
    SubscriptionEdit, Taken, Token, User, UserEdit, Which,
};

type Answer<T> = Result<T, Problem>;

/// The service behind the API. The server calls [`Service::authenticate`] before it
/// reads a body, and hands the caller to everything else; each method decides for
/// itself what that caller may do, and sees to it that what is absent and what is
/// hidden are answered alike.
///
/// A method may be dropped half-way when its client goes away: whatever must be
/// whole is one group of the journal.
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// # Errors
    /// 401 when a token is unknown, or needed and missing.
    async fn authenticate(&self, credentials: Credentials) -> Answer<Caller>;

    /// Whether all work goes on, or only a new process would help.
    async fn health(&self) -> Health;
    async fn ready(&self) -> Readiness;
    /// The numbers that the service has counted; the server adds its own.
    async fn metrics(&self, caller: &Caller) -> Answer<meter::Page>;

    /// Answers after the sync. All of a request is taken, or nothing.
    async fn take_events(&self, caller: &Caller, request: RawRequest) -> Answer<Taken>;
    async fn take_cloudevents(&self, caller: &Caller, request: RawRequest) -> Answer<Taken>;

    /// Where a path leads to; none: there is no door. Asked before the body is read.
    fn find_door(&self, at: DoorAt<'_>) -> Answer<Option<DoorRoute>>;
    /// A door resolves its callers itself, since it may have a token of its own.
    async fn door(
        &self,
        route: DoorRoute,
        credentials: Credentials,
        request: DoorRequest,
    ) -> Answer<DoorReply>;
    async fn list_doors(&self, caller: &Caller) -> Answer<List<Door>>;
    /// Open from the answer on.
    async fn add_door(&self, caller: &Caller, door: NewDoor) -> Answer<CreatedDoor>;
    async fn remove_door(&self, caller: &Caller, name: Name) -> Answer<()>;

    async fn list_events(&self, caller: &Caller, listing: Listing) -> Answer<List<Event>>;
    async fn get_event(&self, caller: &Caller, seq: Seq) -> Answer<Event>;
    /// Every event after `after` that the caller may see and `q` lets through, in
    /// order, without end; from now on when `after` is none.
    async fn follow_events(
        &self,
        caller: &Caller,
        q: Option<String>,
        after: Option<Seq>,
    ) -> Answer<EventStream>;

    async fn create_token(&self, caller: &Caller, token: NewToken) -> Answer<CreatedToken>;
    async fn list_tokens(&self, caller: &Caller, user: Option<Name>, page: Page) -> Answer<List<Token>>;
    /// By its id or its name.
    async fn revoke_token(&self, caller: &Caller, id_or_name: String) -> Answer<()>;

    async fn add_user(&self, caller: &Caller, user: NewUser) -> Answer<User>;
    async fn list_users(&self, caller: &Caller, page: Page) -> Answer<List<User>>;
    async fn get_user(&self, caller: &Caller, name: Name) -> Answer<User>;
    async fn edit_user(&self, caller: &Caller, name: Name, edit: UserEdit) -> Answer<User>;
    /// What hangs on a person, for whoever is about to remove them.
    async fn get_holdings(&self, caller: &Caller, name: Name) -> Answer<Holdings>;
    /// Without a decision, nothing is done.
    async fn remove_user(&self, caller: &Caller, name: Name, decision: Option<Decision>) -> Answer<Removed>;

    async fn add_address(&self, caller: &Caller, user: Name, address: NewAddress) -> Answer<SavedAddress>;
    /// With `inbox` and `mail`, which exist without being added.
    async fn list_addresses(&self, caller: &Caller, user: Name) -> Answer<List<Address>>;
    async fn get_address(&self, caller: &Caller, user: Name, name: Name) -> Answer<Address>;
    /// Another configuration for an address of a plugin.
    async fn edit_address(
        &self,
        caller: &Caller,
        user: Name,
        name: Name,
        edit: AddressEdit,
    ) -> Answer<SavedAddress>;
    async fn remove_address(&self, caller: &Caller, user: Name, name: Name) -> Answer<()>;
    /// A new secret for a webhook; the old one signs for a while too.
    async fn rotate_address(
        &self,
        caller: &Caller,
        user: Name,
        name: Name,
        rotate: RotateAddress,
    ) -> Answer<SavedAddress>;
    async fn test_address(&self, caller: &Caller, user: Name, name: Name) -> Answer<AddressTest>;

    /// New styles; a name that is taken is a conflict.
    async fn add_styles(&self, caller: &Caller, user: Name, body: StyleBody) -> Answer<SavedStyles>;
    /// Replaces the rules of one style that exists.
    async fn replace_style(
        &self,
        caller: &Caller,
        user: Name,
        name: Name,
        body: StyleBody,
    ) -> Answer<SavedStyles>;
    async fn list_styles(&self, caller: &Caller, user: Name) -> Answer<List<Style>>;
    async fn get_style(&self, caller: &Caller, user: Name, name: Name) -> Answer<Style>;
    async fn remove_style(&self, caller: &Caller, user: Name, name: Name) -> Answer<()>;
    async fn preview_style(
        &self,
        caller: &Caller,
        user: Name,
        name: Name,
        at: PreviewAt,
    ) -> Answer<List<PreviewLine>>;

    async fn add_subscription(
        &self,
        caller: &Caller,
        user: Option<Name>,
        subscription: NewSubscription,
    ) -> Answer<Subscription>;
    async fn list_subscriptions(
        &self,
        caller: &Caller,
        user: Option<Name>,
        page: Page,
    ) -> Answer<List<Subscription>>;
    async fn get_subscription(&self, caller: &Caller, which: Which) -> Answer<Subscription>;
    async fn edit_subscription(
        &self,
        caller: &Caller,
        which: Which,
        edit: SubscriptionEdit,
    ) -> Answer<Subscription>;
    async fn remove_subscription(&self, caller: &Caller, which: Which) -> Answer<()>;
    /// Ends a quarantine: it goes on where it stopped.
    async fn resume_subscription(&self, caller: &Caller, which: Which) -> Answer<Subscription>;

    async fn install_plugin(&self, caller: &Caller, plugin: InstallPlugin) -> Answer<Plugin>;
    /// What installing it would do; nothing is done.
    async fn plan_plugin(&self, caller: &Caller, plugin: InstallPlugin) -> Answer<PluginPlan>;
    async fn list_plugins(&self, caller: &Caller) -> Answer<List<Plugin>>;
    async fn get_plugin(&self, caller: &Caller, name: Name) -> Answer<Plugin>;
    async fn remove_plugin(&self, caller: &Caller, name: Name) -> Answer<()>;
    async fn change_grants(&self, caller: &Caller, name: Name, change: GrantChange) -> Answer<Plugin>;
    /// Lets the version serve that waits.
    async fn consent_to_plugin(&self, caller: &Caller, name: Name, consent: Consent) -> Answer<Plugin>;
    /// Drops the version that waits.
    async fn decline_plugin(&self, caller: &Caller, name: Name) -> Answer<Plugin>;
    /// Whether everybody may use it, or only whoever installed it.
    async fn share_plugin(&self, caller: &Caller, name: Name, shared: bool) -> Answer<Plugin>;
    /// Lets the version serve again that served before.
    async fn roll_back_plugin(&self, caller: &Caller, name: Name) -> Answer<Plugin>;
    /// Newest first.
    async fn list_failures(&self, caller: &Caller, plugin: Name, page: Page) -> Answer<List<Failure>>;
    /// The call of a subscription is made in its turn, that of a door before the answer.
    async fn replay_failure(&self, caller: &Caller, plugin: Name, seq: Seq) -> Answer<Failure>;

    async fn list_source_kinds(&self, caller: &Caller) -> Answer<List<SourceKind>>;
    /// One of the same name gives way when it is replaced; otherwise it is a conflict.
    async fn add_source(&self, caller: &Caller, source: NewSource, replace: bool) -> Answer<Source>;
    async fn list_sources(&self, caller: &Caller) -> Answer<List<Source>>;
    async fn get_source(&self, caller: &Caller, name: Name) -> Answer<Source>;
    async fn remove_source(&self, caller: &Caller, name: Name) -> Answer<()>;
    /// Asks it something harmless.
    async fn test_source(&self, caller: &Caller, name: Name) -> Answer<SourceTest>;
    async fn call_source(
        &self,
        caller: &Caller,
        name: Name,
        question: SourceQuestion,
    ) -> Answer<SourceAnswer>;
    async fn list_secrets(&self, caller: &Caller) -> Answer<List<Secret>>;
    /// Takes the place of one of the same name, whose value is gone for good.
    async fn set_secret(&self, caller: &Caller, name: Name, secret: NewSecret) -> Answer<Secret>;
    async fn remove_secret(&self, caller: &Caller, name: Name) -> Answer<()>;

    /// Newest first.
    async fn list_alerts(&self, caller: &Caller, of: AlertsOf) -> Answer<List<Alert>>;
    async fn get_alert(&self, caller: &Caller, id: String) -> Answer<Alert>;

    /// What was sealed for one of a person's addresses, newest first; for `inbox`
    /// when none is named.
    async fn list_inbox(
        &self,
        caller: &Caller,
        user: Option<Name>,
        address: Option<Name>,
        page: Page,
    ) -> Answer<List<DigestSummary>>;
    async fn get_digest(&self, caller: &Caller, id: String) -> Answer<Digest>;

    /// Keeps the state as it stands, once every value of it is verified.
    async fn take_snapshot(&self, caller: &Caller) -> Answer<Snapshot>;
    /// All that is stored by now, as a tar file; with the keys to what is encrypted, if asked for.
    async fn backup(&self, caller: &Caller, with_keys: bool) -> Answer<BackupStream>;
}

/// Ends with its first error, or when the daemon stops.
pub type EventStream = BoxStream<'static, Result<Followed, Problem>>;

/// What a follower of events is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Followed {
    /// Where it begins: whoever comes back before the first event goes on behind this one.
    From(Seq),
    Event(Event),
    Gap(Gap),
}
