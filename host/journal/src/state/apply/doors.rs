//! Doors that were added by command. Those of the configuration file are not known here.

use event::{Door, Expect, Name, Realm};

use super::{Deny, Turn, Verdict, meet, missing};
use crate::state::key::one;
use crate::state::tables::{DOOR_PATHS, DOORS, PLUGINS};

impl Turn<'_> {
    pub(super) fn door(&mut self, expect: Expect, door: &Door) -> Verdict {
        let plugin = self.rows().holds(PLUGINS, &one(door.plugin.as_str()))?;
        meet(Expect::Present, plugin, || format!("plugin `{}`", door.plugin))?;
        let old = self.view.door(&door.name)?;
        meet(expect, old.is_some(), || format!("door `{}`", door.name))?;
        if let Some(old) = old {
            self.forget_door(&old);
        }
        for path in &door.paths {
            let key = one(path.as_str());
            if let Some(other) = self.view.rows.get(DOOR_PATHS, &key)? {
                return Err(Deny::Conflict(format!("`{path}` is a path of door `{other}` already")));
            }
            self.rows().put(DOOR_PATHS, &key, &door.name);
        }
        self.rows().put(DOORS, &one(door.name.as_str()), door);
        Ok(())
    }

    pub(super) fn door_removed(&mut self, name: &Name) -> Verdict {
        let door = self.view.door(name)?.ok_or_else(|| missing(format!("door `{name}`")))?;
        self.forget_door(&door);
        Ok(())
    }

    /// What came in there would be in a realm that is nobody's, and in that of whoever
    /// takes the name later.
    pub(super) fn forget_doors_into(&mut self, realm: &Realm) -> Verdict {
        for door in self.view.doors()? {
            if door.realm == *realm {
                self.forget_door(&door);
            }
        }
        Ok(())
    }

    fn forget_door(&mut self, door: &Door) {
        for path in &door.paths {
            self.rows().remove(DOOR_PATHS, &one(path.as_str()));
        }
        self.rows().remove(DOORS, &one(door.name.as_str()));
    }
}
