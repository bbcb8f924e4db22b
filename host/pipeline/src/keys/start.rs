//! What a start has to do about keys, before anything else reads or writes.

use std::collections::BTreeSet;

use event::{AddressRecord, Draft, Expect, Forgettable, KeyId, Name, Person, Record};
use journal::{Journal, View};

use super::{KeyError, Keys};
use crate::blocking::aside;

/// What does not lie under a key yet, and whose keys are not there.
#[derive(Default)]
struct Survey {
    clear: Vec<Draft>,
    locked: BTreeSet<Name>,
    people: usize,
}

/// Encrypts the profiles and addresses that an earlier release wrote in the clear, and
/// says when there are people whose keys are missing.
///
/// # Errors
/// A sentence: without a key for somebody, their things cannot be kept.
pub(crate) async fn settle(journal: &Journal, keys: &Keys) -> Result<(), String> {
    let (reading, using) = (journal.clone(), keys.clone());
    let survey = aside(move || survey(&reading.view()?, &using));
    let survey = survey.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    for draft in survey.clear {
        journal.submit(draft).await.map_err(|refusal| refusal.to_string())?;
    }
    if !survey.locked.is_empty() {
        tracing::warn!(
            people = survey.locked.len(),
            of = survey.people,
            "the keys of some people are missing: what is theirs cannot be read until the folder `keys` is \
             restored, or their profiles and addresses are set again"
        );
    }
    Ok(())
}

fn survey(view: &View, keys: &Keys) -> Result<Survey, KeyError> {
    let mut survey = Survey::default();
    for person in view.persons()? {
        survey.people += 1;
        let addresses = view.addresses(&person.name)?;
        let used = person.forgettable().filter_map(Forgettable::key);
        let used: BTreeSet<&KeyId> = used.chain(addresses.iter().filter_map(AddressRecord::key)).collect();
        if used.iter().any(|key| !keys.keyring.holds(key)) {
            survey.locked.insert(person.name.clone());
        }
        let open = person.forgettable().any(Forgettable::is_clear)
            || addresses.iter().any(|address| address.whole.is_clear());
        if open {
            survey.clear.push(encrypted(view, keys, person, addresses)?);
        }
    }
    Ok(survey)
}

/// The same person and addresses, nothing of them in the clear.
fn encrypted(
    view: &View,
    keys: &Keys,
    mut person: Person,
    addresses: Vec<AddressRecord>,
) -> Result<Draft, KeyError> {
    let key = keys.of(view, &person.name)?;
    if let Some(Forgettable::Clear(email)) = &person.email {
        person.email = Some(keys.email(&key, &person.name, email)?);
    }
    if let Some(Forgettable::Clear(display_name)) = &person.display_name {
        person.display_name = Some(keys.display_name(&key, &person.name, display_name)?);
    }
    let mut records = vec![Record::Person { expect: Expect::Present, value: person }];
    for address in addresses {
        if let Forgettable::Clear(address) = &address.whole {
            let value = keys.address(&key, address)?;
            records.push(Record::Address { expect: Expect::Present, value });
        }
    }
    Ok(Draft { records })
}
