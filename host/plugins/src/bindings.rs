//! What `wasmtime` makes of the words of the plugin interface.
//!
//! Only its types are taken from here, those of exported interfaces as well: a type that
//! has not changed between versions is one and the same for all of them. Which functions
//! there are is told by [`crate::exports`] and [`crate::imports`], for all versions.

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package tellify:host;
        world words {
            import tellify:plugin/descriptor@0.2.0;
            import tellify:plugin/handling@0.2.0;
            import tellify:plugin/checking@0.2.0;
            import tellify:plugin/querying@0.2.0;
            import tellify:plugin/delivering@0.2.0;
            import tellify:plugin/intake@0.2.0;
            import tellify:plugin/log@0.2.0;
            import tellify:plugin/state@0.2.0;
            import tellify:plugin/http@0.2.0;
            import tellify:plugin/secrets@0.2.0;
            import tellify:plugin/sources@0.2.0;
        }
    ",
    world: "tellify:host/words",
});

pub(crate) use tellify::plugin::{
    checking, delivering, descriptor, handling, http, intake, log, querying, secrets, sources, state, types,
};

/// The words of 0.1 that are others now.
pub(crate) mod v0_1 {
    wasmtime::component::bindgen!({
        path: "../../wit/0.1.0",
        inline: "
            package tellify:host;
            world words {
                import tellify:plugin/intake@0.1.0;
                import tellify:plugin/http@0.1.0;
                import tellify:plugin/secrets@0.1.0;
            }
        ",
        world: "tellify:host/words",
        with: { "tellify:plugin/types@0.1.0": super::tellify::plugin::types },
    });

    pub(crate) use tellify::plugin::{http, intake, secrets};
}
