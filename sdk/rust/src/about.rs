//! What plugins of all kinds say of themselves.

/// The items that the traits of monitors, sources and channels have in common.
macro_rules! about {
    () => {
        /// What is configured. Its schema is drawn as a form.
        type Config: serde::de::DeserializeOwned + schemars::JsonSchema + 'static;

        /// What people call it; unique among the installed plugins.
        const NAME: &'static str;
        /// Usually `env!("CARGO_PKG_VERSION")`.
        const VERSION: &'static str;
        /// One line for lists.
        const TITLE: &'static str;
        /// One paragraph for whoever configures it.
        const DESCRIPTION: &'static str;

        /// Extra form hints, keyed by JSON pointer.
        fn ui_hints() -> serde_json::Value {
            serde_json::json!({})
        }

        /// Checks beyond the schema, before `username` may save; empty: accepted.
        fn validate(username: &str, config: &Self::Config) -> Vec<$crate::Problem> {
            let _ = (username, config);
            Vec::new()
        }

        /// One line for this saved configuration.
        fn title(config: &Self::Config) -> String {
            let _ = config;
            Self::TITLE.to_owned()
        }

        /// One paragraph for this saved configuration.
        fn summary(config: &Self::Config) -> String {
            let _ = config;
            Self::DESCRIPTION.to_owned()
        }
    };
}

pub(crate) use about;
