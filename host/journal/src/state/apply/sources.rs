//! Sources, and the keys to what is secret of them.

use event::{Expect, Forgettable, KeyId, Name, Source};

use super::{Deny, Turn, Verdict, meet, missing};
use crate::state::key::one;
use crate::state::tables::{DESTROYED_KEYS, PLUGINS, SOURCES};

impl Turn<'_> {
    pub(super) fn source(&mut self, expect: Expect, source: &Source) -> Verdict {
        if let Some(key) = source.secrets.as_ref().and_then(Forgettable::key)
            && self.rows().holds(DESTROYED_KEYS, &one(key.as_str()))?
        {
            let message = format!("the key that the secrets of source `{}` lie under is gone", source.name);
            return Err(Deny::Stale(message));
        }
        if let Some(plugin) = source.plugin() {
            let is_there = self.rows().holds(PLUGINS, &one(plugin.as_str()))?;
            meet(Expect::Present, is_there, || format!("plugin `{plugin}`"))?;
        }
        let old = self.view.source(&source.name)?;
        meet(expect, old.is_some(), || format!("source `{}`", source.name))?;
        if let Some(old) = old {
            self.forget_source_key(&old, source.secrets.as_ref().and_then(Forgettable::key));
        }
        self.rows().put(SOURCES, &one(source.name.as_str()), source);
        Ok(())
    }

    pub(super) fn source_removed(&mut self, name: &Name) -> Verdict {
        let source = self.view.source(name)?.ok_or_else(|| missing(format!("source `{name}`")))?;
        self.forget_source_key(&source, None);
        self.rows().remove(SOURCES, &one(name.as_str()));
        Ok(())
    }

    /// What a source was given once is not to be read any more, unless its key goes on.
    fn forget_source_key(&mut self, source: &Source, goes_on: Option<&KeyId>) {
        if let Some(key) = source.secrets.as_ref().and_then(Forgettable::key)
            && goes_on != Some(key)
        {
            self.destroy_key(key);
        }
    }
}
