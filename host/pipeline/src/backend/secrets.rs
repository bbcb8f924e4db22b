//! Secrets: kept as ciphertext, each value under a key of its own, shown to nobody.

use api::{Caller, List, NewSecret, Problem, Secret, Who};
use event::{Name, Record, SecretRecord};

use super::{Answer, Backend, answer};
use crate::notice;

impl Backend {
    pub(super) fn secrets(&self, caller: &Caller) -> Answer<List<Secret>> {
        self.need_admin(caller)?;
        let secrets = self.view()?.secrets().map_err(answer::internal)?;
        let shown: Answer<Vec<Secret>> =
            secrets.into_iter().map(|secret| self.shown_secret(secret)).collect();
        Ok(List::whole(shown?))
    }

    pub(super) async fn keep_secret(&self, caller: &Caller, name: Name, new: NewSecret) -> Answer<Secret> {
        self.need_admin(caller)?;
        let wrong = |detail: String| Err(Problem::bad_request(detail).at_pointer("/value"));
        if new.value.is_empty() {
            return wrong("A secret is not empty; `tellify secret remove` removes one.".to_owned());
        }
        if new.value.len() > SecretRecord::BYTES_MAX {
            return wrong(format!("A secret has at most {} bytes.", SecretRecord::BYTES_MAX));
        }
        let (keys, of) = (self.keys.clone(), name.clone());
        let whole = answer::blocking(move || keys.secret(&of, &new.value).map_err(answer::internal)).await?;
        let set_by = match &caller.who {
            Who::Token(token) => token.user.clone(),
            Who::Admin | Who::Local => None,
        };
        let value = SecretRecord { name, set: self.clock.now(), set_by, whole };
        let mut group = self.admins_told(|admin| notice::secret_set(&value.name, admin, value.set))?;
        group.insert(0, Record::Secret { value: value.clone() });
        if let Err(problem) = self.write_group(group).await {
            // Nothing lies under its key.
            let (keyring, key) = (self.keys.keyring.clone(), value.key().clone());
            answer::blocking(move || keyring.destroy(&key).map(drop).map_err(answer::internal)).await?;
            return Err(problem);
        }
        self.shown_secret(value)
    }

    /// The stage `forget` then destroys its key.
    pub(super) async fn end_secret(&self, caller: &Caller, name: Name) -> Answer<()> {
        self.need_admin(caller)?;
        if self.view()?.secret(&name).map_err(answer::internal)?.is_none() {
            return Err(Problem::not_found(format!("there is no secret `{name}`")));
        }
        let now = self.clock.now();
        let mut group = self.admins_told(|admin| notice::secret_removed(&name, admin, now))?;
        group.insert(0, Record::SecretRemoved { name });
        self.write_group(group).await.map(drop)
    }

    fn shown_secret(&self, secret: SecretRecord) -> Answer<Secret> {
        let plugins = self.view()?.plugins().map_err(answer::internal)?;
        let granted = plugins.into_iter().filter(|plugin| plugin.granted.secrets.contains(&secret.name));
        Ok(Secret {
            granted_to: granted.map(|plugin| plugin.name).collect(),
            unreadable: self.keys.read_secret(&secret).err().map(|why| why.to_string()),
            name: secret.name,
            set: secret.set.into(),
            set_by: secret.set_by,
        })
    }
}
