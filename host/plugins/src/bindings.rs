//! What `wasmtime` makes of the plugin interface.
//!
//! A world is generated for each exported interface instead of each kind of
//! plugin: what all kinds export has one type, and a kind is the sum of its parts.

/// What the host offers: the traits that [`crate::guest::Guest`] implements.
pub(crate) mod offered {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package tellify:host;
            world offered {
                import tellify:plugin/log@0.1.0;
                import tellify:plugin/state@0.1.0;
                import tellify:plugin/http@0.1.0;
                import tellify:plugin/secrets@0.1.0;
            }
        ",
        world: "tellify:host/offered",
        imports: { default: trappable },
    });

    pub(crate) use tellify::plugin::{http, log, secrets, state, types};
}

pub(crate) mod describing {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package tellify:host; world describing { export tellify:plugin/descriptor@0.1.0; }",
        world: "tellify:host/describing",
        with: { "tellify:plugin/types": super::offered::tellify::plugin::types },
    });

    pub(crate) use exports::tellify::plugin::descriptor;
}

pub(crate) mod handling {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package tellify:host; world handling { export tellify:plugin/handling@0.1.0; }",
        world: "tellify:host/handling",
        with: { "tellify:plugin/types": super::offered::tellify::plugin::types },
    });

    pub(crate) use exports::tellify::plugin::handling;
}

pub(crate) mod taking {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package tellify:host; world taking { export tellify:plugin/intake@0.1.0; }",
        world: "tellify:host/taking",
        with: { "tellify:plugin/types": super::offered::tellify::plugin::types },
    });

    pub(crate) use exports::tellify::plugin::intake;
}
