//! What follows from a person's records: all their addresses, and the style that
//! governs a subscription.

use digest::Rules;
use event::{Address, Channel, Form, Name, Person};
use journal::{StateError, View};
use schedule::Zone;

/// The addresses that exist without a record.
pub(crate) fn implicit(person: &Person) -> [Address; 2] {
    let address = |channel: Channel, to: Option<String>| Address {
        person: person.name.clone(),
        name: Name::new(channel.as_str()).expect("a channel's word is a name"),
        channel,
        to,
        form: Form::Full,
        keys: Vec::new(),
        created: person.created,
    };
    [address(Channel::Inbox, None), address(Channel::Mail, person.email.clone())]
}

/// All addresses of a person: `inbox`, `mail`, and those they added.
pub(crate) fn addresses(view: &View, person: &Person) -> Result<Vec<Address>, StateError> {
    let mut all: Vec<Address> = implicit(person).into();
    all.extend(view.addresses(&person.name)?);
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
