//! A person's addresses.

use api::{Address, Caller, List, NewAddress, Problem, RotateAddress, SavedAddress};
use event::{
    AddressRecord, Channel, Expect, Form, Name, Person, Record, Scope, SigningKey, SigningSecret, Timestamp,
};
use futures_util::future::OptionFuture;
use schedule::Duration;

use super::channels::Taken;
use super::{Answer, Backend, answer, authority};
use crate::people::{self, Place};

/// A URL, in bytes: more than any proxy takes.
const URL_MAX: usize = 2048;
/// How long an old secret signs too, unless somebody says otherwise.
const KEEP: Duration = Duration::from_s(24 * 3600);
const KEEP_MAX: Duration = Duration::from_s(30 * 24 * 3600);
/// Secrets of one address that sign at once: each is one more signature to send and to check.
const KEYS_MAX: usize = 4;

impl Backend {
    pub(super) async fn new_address(
        &self,
        caller: &Caller,
        user: Name,
        new: NewAddress,
    ) -> Answer<SavedAddress> {
        let person = self.owner(caller, &user)?;
        if people::implicit().contains(&new.name) {
            return Err(Problem::conflict(format!("the address `{}` always exists", new.name)));
        }
        self.check_target(&new)?;
        // No version of a plugin takes the place of another one meanwhile.
        let turn = new.channel.plugin().is_some().then(|| self.installing.clone().lock_owned());
        let _turn = OptionFuture::from(turn).await;
        let taken = match &new.channel {
            Channel::Plugin(plugin) => Some(self.taken_by(plugin, &person, new.config).await?),
            Channel::Inbox | Channel::Mail | Channel::Webhook => None,
        };
        let (keys, shown) = match new.channel {
            Channel::Webhook => {
                let (secret, shown) = signing_secret(new.secret)?;
                (vec![SigningKey { secret, until: None }], shown)
            }
            Channel::Inbox | Channel::Mail | Channel::Plugin(_) => (Vec::new(), None),
        };
        let (config, plugin_sha256) = taken.map(|Taken { config, sha256 }| (config, sha256)).unzip();
        let address = event::Address {
            person: person.name,
            name: new.name,
            channel: new.channel,
            to: new.to,
            config,
            form: new.form.unwrap_or(Form::Full),
            keys,
            created: self.clock.now(),
        };
        let old = self.view()?.address(&address.person, &address.name).map_err(answer::internal)?;
        // What nobody can read any more may be said again.
        let lost = old.is_some_and(|old| self.keys.read_address(&old).is_err());
        let expect = if lost { Expect::Present } else { Expect::New };
        let saved = self.saved_address(expect, &address, plugin_sha256.clone()).await?;
        self.write(saved).await?;
        let place = Place { plugin_sha256, ..address.into() };
        Ok(SavedAddress { address: self.shown(place)?, secret: shown })
    }

    /// A new secret for a webhook. What it had until now signs beside it for a while.
    pub(super) async fn rotate(
        &self,
        caller: &Caller,
        user: Name,
        name: Name,
        rotate: RotateAddress,
    ) -> Answer<SavedAddress> {
        let person = self.owner(caller, &user)?;
        let mut address = self.legible_address(&person, &name)?;
        if address.channel != Channel::Webhook {
            let message = format!("`{name}` is no webhook: only webhooks have a secret");
            return Err(Problem::conflict(message));
        }
        let keep = match &rotate.keep {
            Some(text) => text
                .parse::<Duration>()
                .map_err(|e| Problem::bad_request(e.to_string()).at_pointer("/keep"))?,
            None => KEEP,
        };
        if keep > KEEP_MAX {
            let message = format!("An old secret signs for {KEEP_MAX} at most.");
            return Err(Problem::bad_request(message).at_pointer("/keep"));
        }
        let (secret, shown) = signing_secret(rotate.secret)?;
        let now = self.clock.now();
        address.keys = rotated(address.keys, secret, now, now.plus_ms(keep.as_ms()))?;
        let saved = self.saved_address(Expect::Present, &address, None).await?;
        self.write(saved).await?;
        Ok(SavedAddress { address: self.shown(address.into())?, secret: shown })
    }

    pub(super) fn addresses(&self, caller: &Caller, user: Name) -> Answer<List<Address>> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let person = self.person(caller, Some(&user))?;
        let all = people::places(&self.view()?, &person, &self.keys).map_err(answer::internal)?;
        Ok(List::whole(all.into_iter().map(|place| self.shown(place)).collect::<Answer<_>>()?))
    }

    pub(super) fn address(&self, caller: &Caller, user: Name, name: Name) -> Answer<Address> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let person = self.person(caller, Some(&user))?;
        self.shown(self.find_address(&person, &name)?)
    }

    pub(super) async fn end_address(&self, caller: &Caller, user: Name, name: Name) -> Answer<()> {
        let person = self.owner(caller, &user)?;
        self.write(Record::AddressRemoved { person: person.name, name }).await?;
        Ok(())
    }

    fn find_address(&self, person: &Person, name: &Name) -> Answer<Place> {
        let all = people::places(&self.view()?, person, &self.keys).map_err(answer::internal)?;
        let found = all.into_iter().find(|place| place.name == *name);
        found.ok_or_else(|| Problem::not_found(format!("`{}` has no address `{name}`", person.name)))
    }

    /// One that is to be used, so it must be known what it is.
    pub(super) fn legible_address(&self, person: &Person, name: &Name) -> Answer<event::Address> {
        self.legible_place(person, name).map(|(_, address)| address)
    }

    /// The same, with the version of its plugin that took its configuration.
    pub(super) fn legible_place(
        &self,
        person: &Person,
        name: &Name,
    ) -> Answer<(Option<String>, event::Address)> {
        let Place { address, plugin_sha256, .. } = self.find_address(person, name)?;
        let legible = address.map_err(|why| {
            let user = &person.name;
            let again = match name.as_str() {
                "mail" => format!("`tellify user edit {user} --email …` sets it again"),
                _ => "add it again".to_owned(),
            };
            Problem::conflict(format!("The address `{name}` is unreadable: {why}; {again}."))
        });
        legible.map(|address| (plugin_sha256, address))
    }

    /// The record of an address; `plugin_sha256` is the version that took its configuration.
    pub(super) async fn saved_address(
        &self,
        expect: Expect,
        address: &event::Address,
        plugin_sha256: Option<String>,
    ) -> Answer<Record> {
        let clear = address.clone();
        let value = self.encrypted(&address.person, move |keys, key| keys.address(key, &clear)).await?;
        Ok(Record::Address { expect, value: AddressRecord { plugin_sha256, ..value } })
    }

    /// As it stands, without its secrets.
    pub(super) fn shown(&self, place: Place) -> Answer<Address> {
        let health = self.view()?.address_health(&place.person, &place.name).map_err(answer::internal)?;
        let Place { person, name, channel, plugin_sha256, created, address } = place;
        match address {
            Ok(mut address) => {
                if let (Some(plugin), Some(config)) = (channel.plugin(), &address.config) {
                    address.config = Some(self.shown_config(plugin, plugin_sha256.as_deref(), config)?);
                }
                Ok(Address::new(address, health, self.clock.now()))
            }
            Err(why) => Ok(Address::unreadable(person, name, channel, created, &why.to_string())),
        }
    }

    /// Whether the channel could send there at all, and was given nothing that it has no use for.
    fn check_target(&self, new: &NewAddress) -> Answer<()> {
        let bad = |pointer: &str, message: String| Err(Problem::bad_request(message).at_pointer(pointer));
        if new.secret.is_some() && new.channel != Channel::Webhook {
            return bad("/secret", "Only a webhook has a secret.".to_owned());
        }
        if new.config.is_some() && new.channel.plugin().is_none() {
            let message = "Only a plugin has a configuration: name one as `channel`.";
            return bad("/config", message.to_owned());
        }
        match (&new.channel, &new.to) {
            (Channel::Mail, Some(to)) => {
                deliver::check_mailbox(to).or_else(|error| bad("/to", error.to_string()))
            }
            (Channel::Mail, None) => bad("/to", "A mail address needs `to`: the mailbox.".to_owned()),
            (Channel::Webhook, Some(to)) if to.len() > URL_MAX => {
                bad("/to", format!("The URL is longer than {URL_MAX} bytes."))
            }
            (Channel::Webhook, Some(_)) if new.form == Some(Form::Line) => {
                bad("/form", "A webhook gets JSON, which holds the line too: leave `form` out.".to_owned())
            }
            (Channel::Webhook, Some(to)) => {
                self.deliverer.check_url(to).or_else(|error| bad("/to", error.to_string()))
            }
            (Channel::Webhook, None) => bad("/to", "A webhook needs `to`: its URL.".to_owned()),
            (Channel::Plugin(_), Some(_)) => {
                bad("/to", "A plugin takes no `to`: where it sends to is in its `config`.".to_owned())
            }
            (Channel::Plugin(_), None) if new.form.is_some() => {
                bad("/form", "How much a plugin takes it says itself: leave `form` out.".to_owned())
            }
            (Channel::Inbox, Some(_)) => bad("/to", "An inbox takes no `to`: it is here.".to_owned()),
            (Channel::Inbox | Channel::Plugin(_), None) => Ok(()),
        }
    }

    /// The person whose things the caller is about to change.
    pub(super) fn owner(&self, caller: &Caller, user: &Name) -> Answer<Person> {
        authority(caller).need(Scope::Admin).map_err(answer::denied)?;
        self.person(caller, Some(user))
    }
}

/// The given secret, or a new one, which is to be shown this once.
fn signing_secret(given: Option<SigningSecret>) -> Answer<(SigningSecret, Option<SigningSecret>)> {
    match given {
        Some(given) => {
            let bad = |e: deliver::BadSecret| Problem::bad_request(e.to_string()).at_pointer("/secret");
            Ok((deliver::read_secret(given.reveal()).map_err(bad)?, None))
        }
        None => {
            let minted = deliver::mint_secret().map_err(answer::internal)?;
            Ok((minted.clone(), Some(minted)))
        }
    }
}

/// The new secret, and those that go on until `end`, or until the earlier end that they have.
fn rotated(
    old: Vec<SigningKey>,
    secret: SigningSecret,
    now: Timestamp,
    end: Timestamp,
) -> Answer<Vec<SigningKey>> {
    if old.iter().any(|key| key.secret == secret) {
        let problem = Problem::bad_request("This is a secret that the address has already.");
        return Err(problem.at_pointer("/secret"));
    }
    let ending =
        |key: SigningKey| SigningKey { until: Some(key.until.map_or(end, |own| own.min(end))), ..key };
    let going_on = old.into_iter().map(ending).filter(|key| key.until.is_some_and(|until| until > now));
    let keys: Vec<SigningKey> = std::iter::once(SigningKey { secret, until: None }).chain(going_on).collect();
    if keys.len() > KEYS_MAX {
        let message =
            format!("{KEYS_MAX} secrets are in use: wait until the oldest ends, or end them with `keep` 0s");
        return Err(Problem::conflict(message));
    }
    Ok(keys)
}
