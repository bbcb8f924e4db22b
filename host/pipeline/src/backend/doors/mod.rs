//! Doors: opened, found, listed, closed. What comes in by them: [`enter`].
//!
//! Some stand in the daemon's configuration, the others were added by command and are
//! in the journal. Where both lay claim to a name or a path, the configuration wins.

mod again;
mod enter;
mod keys;

use accounts::Secret;
use api::{Caller, CreatedDoor, DoorAt, DoorRoute, List, NewDoor, Problem};
use event::{Door, DoorPath, Expect, Name, PluginKind, Record, Scope};
use journal::View;

use super::plugins::check_config;
use super::{Answer, Backend, answer, authority, viewer};

impl Backend {
    /// The door that a path leads to: the nearest of its paths, and of two doors that
    /// have it the one of the configuration.
    pub(super) fn door_at(&self, at: DoorAt<'_>) -> Answer<Option<DoorRoute>> {
        let view = self.view()?;
        let named = |name: &str, below: &str| {
            // What is no name is the name of no door.
            let Ok(name) = Name::new(name) else { return Ok(None) };
            let door = self.known_door(&view, &name)?;
            Ok(door.map(|door| DoorRoute { name: door.name, below: below.to_owned() }))
        };
        let path = match at {
            DoorAt::Name { name, below } => return named(name, below),
            DoorAt::Path(path) => path,
        };
        if let Some((name, below)) = path.strip_prefix("/in/").and_then(|rest| rest.split_once('/')) {
            return named(name, below);
        }
        for (path, below) in DoorPath::leading_to(path) {
            if let Some(door) = self.door_with(&view, &path)? {
                return Ok(Some(DoorRoute { name: door.name, below: below.to_owned() }));
            }
        }
        Ok(None)
    }

    pub(super) fn doors(&self, caller: &Caller) -> Answer<List<api::Door>> {
        let authority = authority(caller);
        authority.need(Scope::Read).map_err(answer::denied)?;
        let viewer = viewer(caller);
        let mut doors = self.all_doors(&self.view()?)?;
        doors.retain(|door| door.realm.visible_to(&viewer));
        Ok(List::whole(doors.into_iter().map(|door| wire(door, authority.is_admin())).collect()))
    }

    /// Opens a door as soon as its plugin has taken its configuration.
    pub(super) async fn new_door(&self, caller: &Caller, new: NewDoor) -> Answer<CreatedDoor> {
        administrator(caller)?;
        let realm = self.known_realm(&new.realm)?;
        self.not_in_the_configuration(&new)?;
        let plugin_sha256 = Some(self.takes_door(&new).await?);
        let secret = if new.token { Some(Secret::mint().map_err(answer::internal)?) } else { None };
        let door = Door {
            name: new.name,
            plugin: new.plugin,
            plugin_sha256,
            paths: new.paths,
            token_hash: secret.as_ref().map(Secret::hash),
            config: new.config,
            realm,
            created: Some(self.clock.now()),
        };
        self.write(Record::Door { expect: Expect::New, value: door.clone() }).await?;
        let token = secret.map(|secret| secret.reveal().to_owned());
        Ok(CreatedDoor { paths: paths(&door), name: door.name, token })
    }

    pub(super) async fn end_door(&self, caller: &Caller, name: Name) -> Answer<()> {
        administrator(caller)?;
        let added = self.view()?.door(&name).map_err(answer::internal)?.is_some();
        if !added && self.configured_door(&name).is_some() {
            return Err(Problem::conflict(format!(
                "The door `{name}` belongs to the daemon's configuration, not to those that were added by \
                 command: change `[door.{name}]` in the configuration file."
            )));
        }
        self.write(Record::DoorRemoved { name }).await?;
        Ok(())
    }

    /// Tells which doors cannot be reached.
    pub(crate) fn warn_of_hidden_doors(&self) -> Answer<()> {
        for door in self.view()?.doors().map_err(answer::internal)? {
            if self.configured_door(&door.name).is_some() {
                tracing::warn!(door = %door.name, "the configuration has a door of this name, which hides the one that was added by command");
            }
            for path in door.paths.iter().filter(|path| self.configured_path(path.as_str()).is_some()) {
                tracing::warn!(door = %door.name, %path, "the configuration has a door at this path, which hides the one that was added by command");
            }
        }
        Ok(())
    }

    /// By its name.
    fn known_door(&self, view: &View, name: &Name) -> Answer<Option<Door>> {
        match self.configured_door(name) {
            Some(door) => Ok(Some(door)),
            None => view.door(name).map_err(answer::internal),
        }
    }

    /// By exactly this path of its own.
    fn door_with(&self, view: &View, path: &str) -> Answer<Option<Door>> {
        if let Some(door) = self.configured_path(path) {
            return Ok(Some(door));
        }
        let added = view.door_at(path).map_err(answer::internal)?;
        Ok(added.filter(|door| self.configured_door(&door.name).is_none()))
    }

    /// All that can be reached, those of the configuration first, with the paths at
    /// which they can.
    pub(super) fn all_doors(&self, view: &View) -> Answer<Vec<Door>> {
        let mut added = view.doors().map_err(answer::internal)?;
        added.retain(|door| self.configured_door(&door.name).is_none());
        for door in &mut added {
            door.paths.retain(|path| self.configured_path(path.as_str()).is_none());
        }
        Ok(self.options().doors.iter().cloned().chain(added).collect())
    }

    fn configured_door(&self, name: &Name) -> Option<Door> {
        self.options().doors.iter().find(|door| door.name == *name).cloned()
    }

    fn configured_path(&self, path: &str) -> Option<Door> {
        let options = self.options();
        options.doors.iter().find(|door| door.paths.iter().any(|own| own.as_str() == path)).cloned()
    }

    /// Among themselves, the doors of the journal are kept apart by the journal.
    fn not_in_the_configuration(&self, new: &NewDoor) -> Answer<()> {
        let wins = "which stands in the daemon's configuration";
        if self.configured_door(&new.name).is_some() {
            let detail = format!("There is a door `{}` already, {wins}: choose another name.", new.name);
            return Err(Problem::conflict(detail).at_pointer("/name"));
        }
        for (index, path) in new.paths.iter().enumerate() {
            let at = |problem: Problem| problem.at_pointer(format!("/paths/{index}"));
            if let Some(door) = self.configured_path(path.as_str()) {
                let detail = format!("`{path}` is a path of door `{}`, {wins}.", door.name);
                return Err(at(Problem::conflict(detail)));
            }
            if new.paths[..index].contains(path) {
                return Err(at(Problem::bad_request(format!("`{path}` is given twice"))));
            }
        }
        Ok(())
    }

    /// Lets the plugin check the configuration; answers which version of it has taken it.
    async fn takes_door(&self, new: &NewDoor) -> Answer<String> {
        let name = &new.plugin;
        let known = self.view()?.plugin(name).map_err(answer::internal)?;
        let wrong = |detail: String| Err(Problem::bad_request(detail).at_pointer("/plugin"));
        match known.map(|plugin| plugin.kind) {
            Some(PluginKind::Ingest) => {}
            Some(kind) => {
                return wrong(format!(
                    "the plugin `{name}` is of the kind {kind}, and a door needs one of the kind ingest"
                ));
            }
            None => return wrong(format!("there is no plugin `{name}`: see `tellify plugin list`")),
        }
        let plugin = self.registry.ready(name, None).await;
        let plugin = plugin.map_err(|e| Problem::unavailable(e.to_string(), 1))?;
        check_config(plugin.clone(), new.name.clone(), new.config.clone()).await?;
        Ok(plugin.sha256().to_owned())
    }
}

fn administrator(caller: &Caller) -> Answer<()> {
    let authority = authority(caller);
    authority.need(Scope::Admin).map_err(answer::denied)?;
    if authority.is_admin() {
        return Ok(());
    }
    Err(Problem::forbidden("Doors are for an administrator to open and close."))
}

fn paths(door: &Door) -> Vec<String> {
    let own = door.paths.iter().map(DoorPath::to_string);
    std::iter::once(format!("/in/{}", door.name)).chain(own).collect()
}

fn wire(door: Door, with_config: bool) -> api::Door {
    api::Door {
        paths: paths(&door),
        name: door.name,
        plugin: door.plugin,
        token: door.token_hash.is_some(),
        realm: door.realm.as_str().to_owned(),
        config: with_config.then_some(door.config),
        created: door.created.map(Into::into),
    }
}
