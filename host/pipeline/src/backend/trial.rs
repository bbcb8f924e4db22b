//! Trial messages: whether an address works, before something depends on it.

use api::{AddressTest, Caller};
use deliver::Trial;
use event::{Address, AttemptResult, Channel, Digest, DigestId, Forms, Name, Record, Severity, Timestamp};

use super::{Answer, Backend, answer};
use crate::parcel::Parcel;
use crate::{channel, payload};

impl Backend {
    /// Sends a trial message at once, past all styles; it is no digest and leaves no
    /// trace, but that an address which its receiver had called gone is used again when
    /// the message arrives.
    pub(super) async fn try_address(&self, caller: &Caller, user: Name, name: Name) -> Answer<AddressTest> {
        let person = self.owner(caller, &user)?;
        let (version, address) = self.legible_place(&person, &name)?;
        let begun = self.clock.now();
        let trial = trial(&address, DigestId(self.ids.mint(begun)), begun);
        let trial = match &address.channel {
            Channel::Plugin(plugin) => self.try_plugin(plugin, version.as_deref(), &address, trial).await?,
            _ => self.deliverer.try_out(&trial, &address, begun).await,
        };
        let took_ms = u64::try_from(self.clock.now().since(begun)).unwrap_or(0);
        let health = self.view()?.address_health(&person.name, &name).map_err(answer::internal)?;
        let was_gone = health.is_some_and(|health| health.gone.is_some());
        let delivered = trial.result.failure().is_none();
        if delivered && was_gone {
            self.write(Record::AddressRestored { person: person.name, name }).await?;
        }
        let advice = advice(&address, &trial.result);
        let detail = match trial.result {
            AttemptResult::Delivered { .. } if was_gone => "accepted, and the address is in use again".into(),
            AttemptResult::Delivered { reference } => reference.unwrap_or_else(|| "accepted".into()),
            AttemptResult::Transient { reason, .. }
            | AttemptResult::Permanent { reason }
            | AttemptResult::Gone { reason } => reason,
        };
        Ok(AddressTest { delivered, detail, said: trial.said, advice, took_ms })
    }

    /// By the plugin, as a first attempt.
    async fn try_plugin(
        &self,
        plugin: &Name,
        version: Option<&str>,
        address: &Address,
        trial: Digest,
    ) -> Answer<Trial> {
        let traits = channel::traits(&self.view()?, plugin, version).map_err(answer::internal)?;
        let parcel = Parcel::of_trial(&trial, traits);
        let message = parcel.message(&trial.id, &trial.person, trial.severity, None, 1);
        let delivery = self.channels.deliver(plugin, version, address, message, trial.sealed).await;
        if let Some(fault) = delivery.fault {
            self.write(fault).await?;
        }
        Ok(Trial { result: delivery.result, said: None })
    }
}

fn trial(address: &Address, id: DigestId, now: Timestamp) -> Digest {
    let Address { person, name, .. } = address;
    let sentence = format!("This is a trial message to the address {name} of {person}.");
    let mut trial = Digest {
        id,
        person: person.clone(),
        address: name.clone(),
        sealed: now,
        severity: Severity::Info,
        items: Vec::new(),
        forms: Forms {
            subject: "[tellify] Trial message".into(),
            line: sentence.clone(),
            html: format!("<p>{sentence}</p>"),
            text: format!("{sentence}\n"),
            json: None,
        },
    };
    if address.channel == Channel::Webhook {
        trial.forms.json = Some(payload::of_trial(&trial));
    }
    trial
}

/// What to do about a trial message that did not arrive.
fn advice(address: &Address, result: &AttemptResult) -> Option<String> {
    use AttemptResult::{Delivered, Gone, Permanent, Transient};
    let Address { person, name, .. } = address;
    let advice = match (&address.channel, result) {
        (_, Delivered { .. }) | (Channel::Inbox, _) => return None,
        (Channel::Mail, Transient { .. }) => {
            "Look after the mail server, or at [mail] in the server's configuration: `tellify config show`."
        }
        (Channel::Mail, Permanent { .. } | Gone { .. }) => {
            "Check the mailbox (`tellify address list --user NAME`), and [mail] in the server's configuration."
        }
        (Channel::Webhook, Transient { .. }) => {
            "Check that the receiver runs, and can be reached from the machine that Tellify runs on. Digests are \
             tried again for a day."
        }
        (Channel::Webhook, Permanent { .. }) => {
            "Check the URL and the receiver's own log. A digest that is answered so is not tried again."
        }
        (Channel::Webhook, Gone { .. }) => {
            "Nothing is sent to a URL that answers so. Remove the address, or try again once the receiver is back."
        }
        (Channel::Plugin(plugin), Transient { .. }) => {
            return Some(format!(
                "Check the service, and what `tellify plugin show {plugin}` says is missing. Digests are tried \
                 again for a day."
            ));
        }
        (Channel::Plugin(_), Permanent { .. }) => {
            "A digest that is answered so is not tried again. The service or the author of the plugin may know why."
        }
        (Channel::Plugin(_), Gone { .. }) => {
            return Some(format!(
                "A digest that is answered so switches the address off. Give it another configuration: `tellify \
                 address edit --user {person} {name} --config …`."
            ));
        }
    };
    Some(advice.to_owned())
}
