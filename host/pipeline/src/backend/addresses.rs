//! A person's addresses.

use api::{Address, AddressTest, Caller, List, NewAddress, Problem};
use event::{
    AttemptResult, Channel, Digest, DigestId, Expect, Form, Forms, Name, Person, Record, Scope, Severity,
};

use super::{Answer, Backend, answer, authority};
use crate::{ids, people};

impl Backend {
    pub(super) async fn new_address(&self, caller: &Caller, user: Name, new: NewAddress) -> Answer<Address> {
        let person = self.owner(caller, &user)?;
        if people::implicit(&person).iter().any(|address| address.name == new.name) {
            return Err(Problem::conflict(format!("the address `{}` always exists", new.name)));
        }
        match (new.channel, &new.to) {
            (Channel::Mail, Some(to)) => {
                deliver::check_mailbox(to)
                    .map_err(|e| Problem::bad_request(e.to_string()).at_pointer("/to"))?;
            }
            (Channel::Mail, None) => {
                return Err(Problem::bad_request("A mail address needs `to`: the mailbox.").at_pointer("/to"));
            }
            (Channel::Inbox, Some(_)) => {
                return Err(Problem::bad_request("An inbox takes no `to`: it is here.").at_pointer("/to"));
            }
            (Channel::Inbox, None) => {}
        }
        let address = event::Address {
            person: person.name,
            name: new.name,
            channel: new.channel,
            to: new.to,
            form: new.form.unwrap_or(Form::Full),
            created: self.clock.now(),
        };
        self.write(Record::Address { expect: Expect::New, value: address.clone() }).await?;
        Ok(address.into())
    }

    pub(super) fn addresses(&self, caller: &Caller, user: Name) -> Answer<List<Address>> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let person = self.person(caller, Some(&user))?;
        let all = people::addresses(&self.view()?, &person).map_err(answer::internal)?;
        Ok(List::whole(all.into_iter().map(Address::from).collect()))
    }

    pub(super) fn address(&self, caller: &Caller, user: Name, name: Name) -> Answer<Address> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let person = self.person(caller, Some(&user))?;
        self.find_address(&person, &name).map(Address::from)
    }

    pub(super) async fn end_address(&self, caller: &Caller, user: Name, name: Name) -> Answer<()> {
        let person = self.owner(caller, &user)?;
        self.write(Record::AddressRemoved { person: person.name, name }).await?;
        Ok(())
    }

    /// Sends a trial message at once, past all styles; it is no digest and leaves no trace.
    pub(super) async fn try_address(&self, caller: &Caller, user: Name, name: Name) -> Answer<AddressTest> {
        let person = self.owner(caller, &user)?;
        let address = self.find_address(&person, &name)?;
        let now = self.clock.now();
        let sentence = format!("This is a trial message to the address {name} of {user}.");
        let digest = Digest {
            id: DigestId(ids::mint(now)),
            person: person.name,
            address: name,
            sealed: now,
            severity: Severity::Info,
            items: Vec::new(),
            forms: Forms {
                subject: "[tellify] Trial message".into(),
                line: sentence.clone(),
                html: format!("<p>{sentence}</p>"),
                text: format!("{sentence}\n"),
            },
        };
        Ok(match self.deliverer.deliver(&digest, &address).await {
            AttemptResult::Delivered { reference } => {
                AddressTest { delivered: true, detail: reference.unwrap_or_else(|| "accepted".into()) }
            }
            AttemptResult::Transient { reason } | AttemptResult::Permanent { reason } => {
                AddressTest { delivered: false, detail: reason }
            }
        })
    }

    fn find_address(&self, person: &Person, name: &Name) -> Answer<event::Address> {
        let all = people::addresses(&self.view()?, person).map_err(answer::internal)?;
        let found = all.into_iter().find(|address| address.name == *name);
        found.ok_or_else(|| Problem::not_found(format!("`{}` has no address `{name}`", person.name)))
    }

    /// The person whose things the caller is about to change.
    pub(super) fn owner(&self, caller: &Caller, user: &Name) -> Answer<Person> {
        authority(caller).need(Scope::Admin).map_err(answer::denied)?;
        self.person(caller, Some(user))
    }
}
