//! The table of contents: each operation of the API and where it is done.

use accounts::Authority;
use api::{
    Address, AddressEdit, AddressTest, Alert, AlertsOf, BackupStream, Caller, Consent, CreatedDoor,
    CreatedToken, Credentials, Decision, Digest, DigestSummary, Door, DoorAt, DoorReply, DoorRequest,
    DoorRoute, Event, EventStream, Failure, GrantChange, Health, Holdings, InstallPlugin, List, Listing,
    NewAddress, NewDoor, NewSecret, NewSource, NewSubscription, NewToken, NewUser, Page, Plugin, PluginPlan,
    PreviewAt, PreviewLine, RawRequest, Readiness, Removed, RotateAddress, SavedAddress, SavedStyles, Secret,
    Service, Snapshot, Source, SourceAnswer, SourceKind, SourceQuestion, SourceTest, Style, StyleBody,
    Subscription, SubscriptionEdit, Taken, Token, User, UserEdit, Which, Who,
};
use async_trait::async_trait;
use event::{Name, Seq};

use super::events::Way;
use super::{Answer, Backend, answer};

#[async_trait]
impl Service for Backend {
    async fn authenticate(&self, credentials: Credentials) -> Answer<Caller> {
        let view = self.view()?;
        let find = |hash: &str| view.token_by_hash(hash);
        let authority =
            Authority::resolve(credentials.bearer.as_deref(), credentials.local, &self.admin, find)
                .map_err(answer::denied)?;
        let who = match authority {
            Authority::Admin => Who::Admin,
            Authority::Token(token) => Who::Token(token),
            Authority::Local => Who::Local,
        };
        Ok(Caller { peer: credentials.peer, who })
    }

    async fn health(&self) -> Health {
        self.insight.vitals.trouble().map_or(Health::Alive, Health::Stuck)
    }

    async fn metrics(&self, caller: &Caller) -> Answer<meter::Page> {
        self.metrics_page(caller).await
    }

    async fn ready(&self) -> Readiness {
        match self.journal.view() {
            Ok(_) => Readiness::Ready,
            Err(_) => Readiness::NotYet("the journal".into()),
        }
    }

    async fn take_events(&self, caller: &Caller, request: RawRequest) -> Answer<Taken> {
        self.take(caller, request, Way::NATIVE).await
    }

    async fn take_cloudevents(&self, caller: &Caller, request: RawRequest) -> Answer<Taken> {
        self.take(caller, request, Way::CLOUDEVENTS).await
    }

    fn find_door(&self, at: DoorAt<'_>) -> Answer<Option<DoorRoute>> {
        self.door_at(at)
    }

    async fn door(
        &self,
        route: DoorRoute,
        credentials: Credentials,
        request: DoorRequest,
    ) -> Answer<DoorReply> {
        self.enter(route, credentials, request).await
    }

    async fn list_doors(&self, caller: &Caller) -> Answer<List<Door>> {
        self.doors(caller)
    }

    async fn add_door(&self, caller: &Caller, door: NewDoor) -> Answer<CreatedDoor> {
        self.new_door(caller, door).await
    }

    async fn remove_door(&self, caller: &Caller, name: Name) -> Answer<()> {
        self.end_door(caller, name).await
    }

    async fn list_events(&self, caller: &Caller, listing: Listing) -> Answer<List<Event>> {
        self.events(caller, listing).await
    }

    async fn get_event(&self, caller: &Caller, seq: Seq) -> Answer<Event> {
        self.event(caller, seq).await
    }

    async fn follow_events(
        &self,
        caller: &Caller,
        q: Option<String>,
        after: Option<Seq>,
    ) -> Answer<EventStream> {
        self.follow(caller, q, after)
    }

    async fn create_token(&self, caller: &Caller, token: NewToken) -> Answer<CreatedToken> {
        self.mint_token(caller, token).await
    }

    async fn list_tokens(&self, caller: &Caller, user: Option<Name>, page: Page) -> Answer<List<Token>> {
        self.tokens(caller, user, page)
    }

    async fn revoke_token(&self, caller: &Caller, id_or_name: String) -> Answer<()> {
        self.end_token(caller, id_or_name).await
    }

    async fn add_user(&self, caller: &Caller, user: NewUser) -> Answer<User> {
        self.new_person(caller, user).await
    }

    async fn list_users(&self, caller: &Caller, page: Page) -> Answer<List<User>> {
        self.people(caller, page)
    }

    async fn get_user(&self, caller: &Caller, name: Name) -> Answer<User> {
        self.one_person(caller, name)
    }

    async fn edit_user(&self, caller: &Caller, name: Name, edit: UserEdit) -> Answer<User> {
        self.change_person(caller, name, edit).await
    }

    async fn get_holdings(&self, caller: &Caller, name: Name) -> Answer<Holdings> {
        self.holdings(caller, name)
    }

    async fn remove_user(&self, caller: &Caller, name: Name, decision: Option<Decision>) -> Answer<Removed> {
        self.end_person(caller, name, decision).await
    }

    async fn add_address(&self, caller: &Caller, user: Name, address: NewAddress) -> Answer<SavedAddress> {
        self.new_address(caller, user, address).await
    }

    async fn list_addresses(&self, caller: &Caller, user: Name) -> Answer<List<Address>> {
        self.addresses(caller, user)
    }

    async fn get_address(&self, caller: &Caller, user: Name, name: Name) -> Answer<Address> {
        self.address(caller, user, name)
    }

    async fn remove_address(&self, caller: &Caller, user: Name, name: Name) -> Answer<()> {
        self.end_address(caller, user, name).await
    }

    async fn edit_address(
        &self,
        caller: &Caller,
        user: Name,
        name: Name,
        edit: AddressEdit,
    ) -> Answer<SavedAddress> {
        self.change_address(caller, user, name, edit).await
    }

    async fn rotate_address(
        &self,
        caller: &Caller,
        user: Name,
        name: Name,
        rotate: RotateAddress,
    ) -> Answer<SavedAddress> {
        self.rotate(caller, user, name, rotate).await
    }

    async fn test_address(&self, caller: &Caller, user: Name, name: Name) -> Answer<AddressTest> {
        self.try_address(caller, user, name).await
    }

    async fn add_styles(&self, caller: &Caller, user: Name, body: StyleBody) -> Answer<SavedStyles> {
        self.new_styles(caller, user, body).await
    }

    async fn replace_style(
        &self,
        caller: &Caller,
        user: Name,
        name: Name,
        body: StyleBody,
    ) -> Answer<SavedStyles> {
        self.rewrite_style(caller, user, name, body).await
    }

    async fn list_styles(&self, caller: &Caller, user: Name) -> Answer<List<Style>> {
        self.styles(caller, user)
    }

    async fn get_style(&self, caller: &Caller, user: Name, name: Name) -> Answer<Style> {
        self.style(caller, user, name)
    }

    async fn remove_style(&self, caller: &Caller, user: Name, name: Name) -> Answer<()> {
        self.end_style(caller, user, name).await
    }

    async fn preview_style(
        &self,
        caller: &Caller,
        user: Name,
        name: Name,
        at: PreviewAt,
    ) -> Answer<List<PreviewLine>> {
        self.preview(caller, user, name, at)
    }

    async fn add_subscription(
        &self,
        caller: &Caller,
        user: Option<Name>,
        subscription: NewSubscription,
    ) -> Answer<Subscription> {
        self.new_subscription(caller, user, subscription).await
    }

    async fn list_subscriptions(
        &self,
        caller: &Caller,
        user: Option<Name>,
        page: Page,
    ) -> Answer<List<Subscription>> {
        self.subscriptions(caller, user, page)
    }

    async fn get_subscription(&self, caller: &Caller, which: Which) -> Answer<Subscription> {
        self.subscription(caller, which).await
    }

    async fn edit_subscription(
        &self,
        caller: &Caller,
        which: Which,
        edit: SubscriptionEdit,
    ) -> Answer<Subscription> {
        self.change_subscription(caller, which, edit).await
    }

    async fn remove_subscription(&self, caller: &Caller, which: Which) -> Answer<()> {
        self.end_subscription(caller, which).await
    }

    async fn resume_subscription(&self, caller: &Caller, which: Which) -> Answer<Subscription> {
        self.resume(caller, which).await
    }

    async fn install_plugin(&self, caller: &Caller, plugin: InstallPlugin) -> Answer<Plugin> {
        self.install(caller, plugin).await
    }

    async fn plan_plugin(&self, caller: &Caller, plugin: InstallPlugin) -> Answer<PluginPlan> {
        self.plan(caller, plugin).await
    }

    async fn list_plugins(&self, caller: &Caller) -> Answer<List<Plugin>> {
        self.plugins(caller)
    }

    async fn get_plugin(&self, caller: &Caller, name: Name) -> Answer<Plugin> {
        self.plugin(caller, name)
    }

    async fn remove_plugin(&self, caller: &Caller, name: Name) -> Answer<()> {
        self.end_plugin(caller, name).await
    }

    async fn change_grants(&self, caller: &Caller, name: Name, change: GrantChange) -> Answer<Plugin> {
        self.regrant(caller, name, change).await
    }

    async fn consent_to_plugin(&self, caller: &Caller, name: Name, consent: Consent) -> Answer<Plugin> {
        self.consent(caller, name, consent).await
    }

    async fn decline_plugin(&self, caller: &Caller, name: Name) -> Answer<Plugin> {
        self.decline(caller, name).await
    }

    async fn share_plugin(&self, caller: &Caller, name: Name, shared: bool) -> Answer<Plugin> {
        self.share(caller, name, shared).await
    }

    async fn roll_back_plugin(&self, caller: &Caller, name: Name) -> Answer<Plugin> {
        self.roll_back(caller, name).await
    }

    async fn list_failures(&self, caller: &Caller, plugin: Name, page: Page) -> Answer<List<Failure>> {
        self.failures(caller, plugin, page)
    }

    async fn replay_failure(&self, caller: &Caller, plugin: Name, seq: Seq) -> Answer<Failure> {
        self.replay(caller, plugin, seq).await
    }

    async fn list_source_kinds(&self, caller: &Caller) -> Answer<List<SourceKind>> {
        self.source_kinds(caller).await
    }

    async fn add_source(&self, caller: &Caller, source: NewSource, replace: bool) -> Answer<Source> {
        self.new_source(caller, source, replace).await
    }

    async fn list_sources(&self, caller: &Caller) -> Answer<List<Source>> {
        self.sources(caller)
    }

    async fn get_source(&self, caller: &Caller, name: Name) -> Answer<Source> {
        self.source(caller, name)
    }

    async fn remove_source(&self, caller: &Caller, name: Name) -> Answer<()> {
        self.end_source(caller, name).await
    }

    async fn test_source(&self, caller: &Caller, name: Name) -> Answer<SourceTest> {
        self.try_source(caller, name).await
    }

    async fn call_source(
        &self,
        caller: &Caller,
        name: Name,
        question: SourceQuestion,
    ) -> Answer<SourceAnswer> {
        self.ask_source(caller, name, question).await
    }

    async fn list_secrets(&self, caller: &Caller) -> Answer<List<Secret>> {
        self.secrets(caller)
    }

    async fn set_secret(&self, caller: &Caller, name: Name, secret: NewSecret) -> Answer<Secret> {
        self.keep_secret(caller, name, secret).await
    }

    async fn remove_secret(&self, caller: &Caller, name: Name) -> Answer<()> {
        self.end_secret(caller, name).await
    }

    async fn list_alerts(&self, caller: &Caller, of: AlertsOf) -> Answer<List<Alert>> {
        self.alerts(caller, of)
    }

    async fn get_alert(&self, caller: &Caller, id: String) -> Answer<Alert> {
        self.alert(caller, id)
    }

    async fn list_inbox(
        &self,
        caller: &Caller,
        user: Option<Name>,
        address: Option<Name>,
        page: Page,
    ) -> Answer<List<DigestSummary>> {
        self.inbox(caller, user, address, page).await
    }

    async fn get_digest(&self, caller: &Caller, id: String) -> Answer<Digest> {
        self.digest(caller, id).await
    }

    async fn take_snapshot(&self, caller: &Caller) -> Answer<Snapshot> {
        self.snapshot(caller).await
    }

    async fn backup(&self, caller: &Caller, with_keys: bool) -> Answer<BackupStream> {
        self.make_backup(caller, with_keys).await
    }
}
