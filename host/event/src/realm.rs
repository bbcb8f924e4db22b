//! Who may see a thing.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Name;

/// Everyone signed in (empty), the members of a project (its name), or one person
/// (`~name`). Stamped by the daemon, never taken from a body.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Realm(String);

/// On whose behalf something is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The administrator: sees everything.
    All,
    /// A person sees what is everyone's, their own, and their projects'.
    Person { name: Name, projects: Vec<Name> },
    /// A token that belongs to nobody sees what is everyone's and what is in its own realm.
    Realm(Realm),
}

impl Realm {
    pub fn everyone() -> Realm {
        Realm::default()
    }

    pub fn person(name: &Name) -> Realm {
        Realm(format!("~{name}"))
    }

    pub fn project(name: &Name) -> Realm {
        Realm(name.to_string())
    }

    /// Reads what `--realm` takes: nothing, a project's name, or `~person`.
    ///
    /// # Errors
    /// When what stands there is no name.
    pub fn parse(text: &str) -> Result<Realm, crate::NameError> {
        match text.strip_prefix('~') {
            _ if text.is_empty() => Ok(Realm::everyone()),
            Some(person) => Name::new(person).map(|n| Realm::person(&n)),
            None => Name::new(text).map(|n| Realm::project(&n)),
        }
    }

    pub fn is_everyone(&self) -> bool {
        self.0.is_empty()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn visible_to(&self, viewer: &Viewer) -> bool {
        if self.is_everyone() {
            return true;
        }
        match viewer {
            Viewer::All => true,
            Viewer::Realm(own) => own == self,
            Viewer::Person { name, projects } => match self.0.strip_prefix('~') {
                Some(person) => person == name.as_str(),
                None => projects.iter().any(|p| p.as_str() == self.0),
            },
        }
    }
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "everyone" } else { &self.0 })
    }
}
