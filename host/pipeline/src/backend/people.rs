//! People: added with what makes them reachable, changed, listed.

use api::{Caller, List, NewUser, Page, Problem, User, UserEdit};
use event::{Band, Expect, Name, Person, Record, Role, Scope, Style, Subscription, Timestamp, Watch};
use schedule::Zone;

use super::{Answer, Backend, answer, authority};
use crate::keys::Profile;

/// The handler that tells a new person of their own subscriptions' trouble.
const NOTICES_HANDLER: &str = "match";
const DISPLAY_NAME_MAX: usize = 200;

impl Backend {
    /// A new person has a style, so that no alert is without an address, and hears of
    /// what goes wrong with their own things. Both are theirs to change.
    pub(super) async fn new_person(&self, caller: &Caller, new: NewUser) -> Answer<User> {
        self.need_admin(caller)?;
        let NewUser { name, email, display_name, zone } = new;
        self.refuse_watch(&name)?;
        check_zone(zone.as_deref())?;
        check_email(email.as_deref())?;
        check_display_name(display_name.as_deref())?;
        if self.view()?.person(&name).map_err(answer::internal)?.is_some() {
            return Err(Problem::conflict(format!("there is a user `{name}` already")));
        }
        let now = self.clock.now();
        let person = Person { name, email: None, display_name: None, zone, role: Role::Member, created: now };
        let person = self.told_of(person, Some(email), Some(display_name)).await?;
        let notices = self.notices(&person.name, now).await?;
        self.write_group(vec![
            Record::Person { expect: Expect::New, value: person.clone() },
            Record::Style { expect: Expect::New, value: first_style(&person) },
            Record::Subscription { expect: Expect::New, value: notices },
        ])
        .await?;
        Ok(self.user(person))
    }

    pub(super) async fn change_person(&self, caller: &Caller, name: Name, edit: UserEdit) -> Answer<User> {
        let old = self.owner(caller, &name)?;
        let UserEdit { email, display_name, zone } = edit;
        let zone = zone.unwrap_or_else(|| old.zone.clone());
        check_zone(zone.as_deref())?;
        check_email(email.as_ref().and_then(Option::as_deref))?;
        check_display_name(display_name.as_ref().and_then(Option::as_deref))?;
        let person = self.told_of(Person { zone, ..old }, email, display_name).await?;
        self.write(Record::Person { expect: Expect::Present, value: person.clone() }).await?;
        Ok(self.user(person))
    }

    pub(super) fn people(&self, caller: &Caller, page: Page) -> Answer<List<User>> {
        self.need_admin(caller)?;
        let people = self.view()?.persons().map_err(answer::internal)?;
        let users = people
            .into_iter()
            .filter(|person| !Watch::is(&person.name))
            .map(|person| self.user(person))
            .collect();
        Ok(answer::page(users, &page, |user: &User| user.name.as_str()))
    }

    pub(super) fn one_person(&self, caller: &Caller, name: Name) -> Answer<User> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        self.person(caller, Some(&name)).map(|person| self.user(person))
    }

    /// The person with what was said of them, encrypted; what is none stays as it is.
    async fn told_of(
        &self,
        person: Person,
        email: Option<Option<String>>,
        display_name: Option<Option<String>>,
    ) -> Answer<Person> {
        let said = |value: &Option<Option<String>>| matches!(value, Some(Some(_)));
        if !said(&email) && !said(&display_name) {
            let email = if email.is_some() { None } else { person.email };
            let display_name = if display_name.is_some() { None } else { person.display_name };
            return Ok(Person { email, display_name, ..person });
        }
        let name = person.name.clone();
        self.encrypted(&name, move |keys, key| {
            let mut person = person;
            if let Some(email) = email {
                person.email = email.map(|email| keys.email(key, &person.name, &email)).transpose()?;
            }
            if let Some(text) = display_name {
                person.display_name =
                    text.map(|text| keys.display_name(key, &person.name, &text)).transpose()?;
            }
            Ok(person)
        })
        .await
    }

    /// A person as those may see them who have the right to.
    fn user(&self, person: Person) -> User {
        let Profile { email, display_name, unreadable } = self.keys.read_profile(&person);
        let Person { name, zone, role, created, .. } = person;
        let unreadable = unreadable.map(|why| why.to_string());
        User { name, email, display_name, zone, role, created: created.into(), unreadable }
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
        self.made(owner, "tellify", NOTICES_HANDLER, "type:tellify.*", now).await
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

fn check_email(email: Option<&str>) -> Answer<()> {
    let Some(email) = email else { return Ok(()) };
    deliver::check_mailbox(email).map_err(|e| Problem::bad_request(e.to_string()).at_pointer("/email"))
}

/// It stands in lists and, one day, in headers.
fn check_display_name(text: Option<&str>) -> Answer<()> {
    let Some(text) = text else { return Ok(()) };
    let fits =
        !text.trim().is_empty() && text.len() <= DISPLAY_NAME_MAX && !text.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    let wanted = format!("A display name is one line of 1 to {DISPLAY_NAME_MAX} bytes.");
    Err(Problem::bad_request(wanted).at_pointer("/display_name"))
}
