//! Addresses to which a plugin carries: their configuration, checked as the plugin wants it.

use api::{AddressEdit, Caller, Problem, SavedAddress};
use event::{Channel, Expect, Name, Person, PluginKind, Record};
use serde_json::{Value, json};

use super::plugins::check_config;
use super::{Answer, Backend, answer, redact};
use crate::people::Place;

/// A configuration, in bytes of its text: more than any form has fields for, and little
/// enough for each record of the address.
const CONFIG_MAX: usize = 64 << 10;

/// A configuration that a version of a plugin took.
pub(super) struct Taken {
    pub(super) config: Value,
    pub(super) sha256: String,
}

impl Backend {
    /// Lets the channel plugin that serves under this name check a configuration.
    pub(super) async fn taken_by(
        &self,
        plugin: &Name,
        person: &Person,
        config: Option<Value>,
    ) -> Answer<Taken> {
        let config = config.unwrap_or_else(|| json!({}));
        let bad = |message: String| Err(Problem::bad_request(message).at_pointer("/config"));
        if config.to_string().len() > CONFIG_MAX {
            return bad(format!("The configuration is longer than {CONFIG_MAX} bytes."));
        }
        if redact::is_redacted(&config) {
            return bad(format!(
                "Where the configuration says `{}`, a secret was left out when it was shown: give the secret itself.",
                redact::OMITTED
            ));
        }
        let ready = self.channel(plugin, &person.name).await?;
        check_config(ready.clone(), person.name.clone(), config.clone()).await?;
        Ok(Taken { config, sha256: ready.sha256().to_owned() })
    }

    async fn channel(&self, name: &Name, person: &Name) -> Answer<plugins::Plugin> {
        let known = self.view()?.plugin(name).map_err(answer::internal)?;
        let known = known.filter(|plugin| plugin.is_open_to(Some(person)));
        let bad = |message: String| Err(Problem::bad_request(message).at_pointer("/channel"));
        match known.map(|plugin| plugin.kind) {
            Some(PluginKind::Channel) => {}
            Some(kind) => return bad(format!("The plugin `{name}` is no channel, but of the kind {kind}.")),
            None => {
                let known = self.channel_words(person)?.join(", ");
                return bad(format!("There is no channel `{name}`: use one of {known}."));
            }
        }
        self.registry.ready(name, None).await.map_err(|e| Problem::unavailable(e.to_string(), 1))
    }

    /// All that somebody may give as a channel.
    fn channel_words(&self, person: &Name) -> Answer<Vec<String>> {
        let mut plugins = self.view()?.plugins().map_err(answer::internal)?;
        plugins.retain(|plugin| plugin.kind == PluginKind::Channel && plugin.is_open_to(Some(person)));
        let built_in = Channel::BUILT_IN.iter().map(Channel::to_string);
        Ok(built_in.chain(plugins.into_iter().map(|plugin| plugin.name.to_string())).collect())
    }

    /// Another configuration for an address of a plugin, checked by the version that serves
    /// now. It is a new chance for an address that was switched off.
    pub(super) async fn change_address(
        &self,
        caller: &Caller,
        user: Name,
        name: Name,
        edit: AddressEdit,
    ) -> Answer<SavedAddress> {
        let person = self.owner(caller, &user)?;
        // No version takes the place of another one meanwhile.
        let _turn = self.installing.lock().await;
        let mut address = self.legible_address(&person, &name)?;
        let Channel::Plugin(plugin) = &address.channel else {
            return Err(Problem::conflict(format!(
                "`{name}` has no configuration, since no plugin carries to it: remove it, and add it anew."
            )));
        };
        let Taken { config, sha256 } = self.taken_by(plugin, &person, Some(edit.config)).await?;
        address.config = Some(config);
        let restored = Record::AddressRestored { person: person.name.clone(), name: name.clone() };
        let health = self.view()?.address_health(&person.name, &name).map_err(answer::internal)?;
        let was_off = health.is_some_and(|health| health.gone.is_some());
        let saved = self.saved_address(Expect::Present, &address, Some(sha256.clone())).await?;
        self.write_group(std::iter::once(saved).chain(was_off.then_some(restored)).collect()).await?;
        let place = Place { plugin_sha256: Some(sha256), ..address.into() };
        Ok(SavedAddress { address: self.shown(place)?, secret: None })
    }

    /// A configuration without its secrets, as the version says which these are that it was
    /// saved with.
    pub(super) fn shown_config(&self, plugin: &Name, version: Option<&str>, config: &Value) -> Answer<Value> {
        let view = self.view()?;
        let serving = view.plugin(plugin).map_err(answer::internal)?;
        let kept = view.plugin_versions(plugin).map_err(answer::internal)?;
        let named = kept.into_iter().chain(serving.clone()).find(|p| Some(p.sha256.as_str()) == version);
        let schema = named.or(serving).map_or(Value::Bool(true), |plugin| plugin.config_schema);
        Ok(redact::config(config, &schema))
    }
}
