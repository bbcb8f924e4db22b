//! People: added with what makes them reachable, listed, removed.

use api::{Caller, List, NewUser, Page, Problem, User};
use event::{
    Band, Expect, Name, Person, Record, Role, Scope, Style, Subscription, SubscriptionId, SubscriptionStatus,
    Timestamp,
};
use schedule::Zone;
use serde_json::json;

use super::{Answer, Backend, answer, authority};
use crate::ids;

/// The handler that tells a new person of their own subscriptions' trouble.
const NOTICES_HANDLER: &str = "match";

impl Backend {
    /// A new person has a style, so that no alert is without an address, and hears of
    /// what goes wrong with their own things. Both are theirs to change.
    pub(super) async fn new_person(&self, caller: &Caller, new: NewUser) -> Answer<User> {
        self.need_admin(caller)?;
        check_zone(new.zone.as_deref())?;
        if let Some(email) = &new.email {
            deliver::check_mailbox(email)
                .map_err(|e| Problem::bad_request(e.to_string()).at_pointer("/email"))?;
        }
        let now = self.clock.now();
        let person =
            Person { name: new.name, email: new.email, zone: new.zone, role: Role::Member, created: now };
        let notices = self.notices(&person.name, now).await?;
        self.write_group(vec![
            Record::Person { expect: Expect::New, value: person.clone() },
            Record::Style { expect: Expect::New, value: first_style(&person) },
            Record::Subscription { expect: Expect::New, value: notices },
        ])
        .await?;
        Ok(person.into())
    }

    pub(super) fn people(&self, caller: &Caller, page: Page) -> Answer<List<User>> {
        self.need_admin(caller)?;
        let people = self.view()?.persons().map_err(answer::internal)?;
        Ok(answer::page(people.into_iter().map(User::from).collect(), &page, |user| user.name.as_str()))
    }

    pub(super) fn one_person(&self, caller: &Caller, name: Name) -> Answer<User> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        self.person(caller, Some(&name)).map(User::from)
    }

    pub(super) async fn end_person(&self, caller: &Caller, name: Name) -> Answer<()> {
        self.need_admin(caller)?;
        self.write(Record::PersonRemoved { name }).await?;
        Ok(())
    }

    pub(super) fn need_admin(&self, caller: &Caller) -> Answer<()> {
        let authority = authority(caller);
        authority.need(Scope::Admin).map_err(answer::denied)?;
        if authority.is_admin() {
            Ok(())
        } else {
            Err(Problem::forbidden("Only an administrator may do this."))
        }
    }

    /// The subscription that tells a person when one of their own things fails.
    async fn notices(&self, owner: &Name, now: Timestamp) -> Answer<Subscription> {
        let subscription = Subscription {
            id: SubscriptionId(ids::mint(now)),
            owner: owner.clone(),
            name: Name::new("tellify").expect("it is a name"),
            handler: Name::new(NOTICES_HANDLER).expect("it is a name"),
            filter: "type:tellify.*".into(),
            config: json!({}),
            requirements: Vec::new(),
            style: None,
            publish: false,
            status: SubscriptionStatus::Active,
            revision: 1,
            created: now,
        };
        self.with_requirements(subscription).await
    }
}

fn first_style(person: &Person) -> Style {
    let mail = person.email.as_ref().map(|_| "mail".to_owned());
    let band = Band {
        channels: std::iter::once("inbox".to_owned()).chain(mail).collect(),
        wait: Some("1m".into()),
        ..Band::default()
    };
    Style {
        person: person.name.clone(),
        name: Name::new("default").expect("it is a name"),
        default: true,
        zone: None,
        windows: Default::default(),
        bands: vec![band],
    }
}

fn check_zone(zone: Option<&str>) -> Answer<()> {
    let Some(zone) = zone else { return Ok(()) };
    Zone::new(zone).map(drop).map_err(|e| Problem::bad_request(e.to_string()).at_pointer("/zone"))
}
