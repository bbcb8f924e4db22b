//! What follows from a person's records: all their addresses, and the style that
//! governs a subscription.

use accounts::Unreadable;
use digest::Rules;
use event::{Address, Channel, ChannelTraits, Form, Name, Person, Timestamp, Watch};
use journal::{StateError, View};
use schedule::Zone;

use crate::channel;
use crate::keys::Keys;

/// A person's place to be told: what it is called, and what it is as far as that can be read.
pub(crate) struct Place {
    pub(crate) person: Name,
    pub(crate) name: Name,
    pub(crate) channel: Channel,
    /// The version of the channel's plugin that took its configuration.
    pub(crate) plugin_sha256: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) address: Result<Address, Unreadable>,
}

impl From<Address> for Place {
    fn from(address: Address) -> Place {
        let Address { person, name, channel, created, .. } = address.clone();
        Place { person, name, channel, plugin_sha256: None, created, address: Ok(address) }
    }
}

/// What the addresses are called that exist without a record.
pub(crate) fn implicit() -> [Name; 2] {
    [Channel::Inbox, Channel::Mail].map(|channel| called(&channel))
}

fn called(channel: &Channel) -> Name {
    Name::new(channel.as_str()).expect("a channel's word is a name")
}

/// What all addresses of a person are called: `inbox`, `mail`, and those they added.
pub(crate) fn address_names(view: &View, person: &Name) -> Result<Vec<Name>, StateError> {
    let added = view.addresses(person)?.into_iter().map(|address| address.name);
    Ok(implicit().into_iter().chain(added).collect())
}

/// For whom a digest is made ready, besides the person who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    Nobody,
    Webhook,
    Plugin(ChannelTraits),
}

/// Who gets what is sealed for one of a person's addresses.
pub(crate) fn reader(view: &View, person: &Name, name: &Name) -> Result<Reader, StateError> {
    if implicit().contains(name) {
        return Ok(Reader::Nobody);
    }
    let Some(record) = view.address(person, name)? else { return Ok(Reader::Nobody) };
    Ok(match &record.channel {
        Channel::Inbox | Channel::Mail => Reader::Nobody,
        Channel::Webhook => Reader::Webhook,
        Channel::Plugin(plugin) => {
            Reader::Plugin(channel::traits(view, plugin, record.plugin_sha256.as_deref())?)
        }
    })
}

/// All addresses of a person.
pub(crate) fn places(view: &View, person: &Person, keys: &Keys) -> Result<Vec<Place>, StateError> {
    let implicit = |channel: Channel, to: Result<Option<String>, Unreadable>| Place {
        person: person.name.clone(),
        name: called(&channel),
        channel: channel.clone(),
        plugin_sha256: None,
        created: person.created,
        address: to.map(|to| Address {
            person: person.name.clone(),
            name: called(&channel),
            channel,
            to,
            config: None,
            form: Form::Full,
            keys: Vec::new(),
            created: person.created,
        }),
    };
    let profile = keys.read_profile(person);
    let mailbox = match profile.unreadable.filter(|_| person.email.is_some() && profile.email.is_none()) {
        Some(why) => Err(why),
        None => Ok(profile.email),
    };
    let mut all = vec![implicit(Channel::Inbox, Ok(None)), implicit(Channel::Mail, mailbox)];
    all.extend(view.addresses(&person.name)?.into_iter().map(|record| Place {
        address: keys.read_address(&record),
        person: record.person,
        name: record.name,
        channel: record.channel,
        plugin_sha256: record.plugin_sha256,
        created: record.created,
    }));
    Ok(all)
}

/// A style ready to be asked, under its name.
pub(crate) struct Governing {
    pub(crate) style: Name,
    pub(crate) rules: Rules,
}

/// The rules for alerts of one subscription: its own style, else its owner's
/// default, else the built-in one.
pub(crate) fn rules(
    view: &View,
    person: &Person,
    style: Option<&Name>,
    fallback: &Zone,
) -> Result<Governing, StateError> {
    if Watch::is(&person.name) {
        return Ok(Governing { style: called(&Channel::Inbox), rules: Rules::at_once() });
    }
    let own = match style {
        Some(name) => view.style(&person.name, name)?,
        None => view.default_style(&person.name)?,
    };
    let compiled = own.and_then(|style| match Rules::compile(&style, &zone(person, fallback)) {
        Ok(rules) => Some(Governing { style: style.name, rules }),
        // It was checked when it was saved, so a newer version wrote it: better the
        // built-in rules than silence.
        Err(problem) => {
            tracing::error!(person = %person.name, style = %style.name, %problem, "a stored style is not understood");
            None
        }
    });
    Ok(compiled.unwrap_or_else(|| Governing {
        style: Name::new("default").expect("it is a name"),
        rules: Rules::built_in(person.email.is_some()),
    }))
}

/// The zone in which a person's times are meant.
pub(crate) fn zone(person: &Person, fallback: &Zone) -> Zone {
    person.zone.as_deref().and_then(|zone| Zone::new(zone).ok()).unwrap_or_else(|| fallback.clone())
}
