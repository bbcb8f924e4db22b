//! The exports of the world `channel`.

use super::bindings::delivering::exports::tellify::plugin::delivering;
use super::bindings::described::exports::tellify::plugin::descriptor;
use super::bindings::described::tellify::plugin::types;
use super::{convert, parsed, report_panics};
use crate::{Channel, Error, Item, Message};

component!(
    /// A channel as a component.
    ChannelComponent of Channel
);

impl<C: Channel> delivering::Guest for ChannelComponent<C> {
    fn deliver(
        c: types::Config,
        now: f64,
        m: delivering::Message,
    ) -> Result<delivering::Receipt, types::Error> {
        report_panics();
        let config = parsed(&c).map_err(types::Error::BadConfig)?;
        let receipt = C::deliver(&config, convert::time(now), &message(m)?)?;
        Ok(delivering::Receipt { reference: receipt.reference })
    }
}

fn message(m: delivering::Message) -> Result<Message, Error> {
    Ok(Message {
        id: m.id,
        recipient: m.recipient,
        severity: m.severity.into(),
        subject: m.subject,
        text: m.text,
        ascii: m.ascii,
        html: m.html,
        items: m.items.into_iter().map(item).collect::<Result<_, _>>()?,
        links: m.links.into_iter().map(|link| (link.key, link.value)).collect(),
        previous: m.previous,
        attempt: m.attempt,
    })
}

fn item(item: delivering::Item) -> Result<Item, Error> {
    Ok(Item {
        id: item.id,
        key: item.key,
        state: item.state.into(),
        severity: item.severity.into(),
        title: item.title,
        data: serde_json::from_slice(item.data.as_bytes())?,
        count: item.count,
        first: convert::time(item.first),
        last: convert::time(item.last),
        link: item.link,
    })
}
