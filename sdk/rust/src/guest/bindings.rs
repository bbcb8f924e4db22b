//! Generated from the interface, in parts.
//!
//! The worlds of the interface share the exported interface `descriptor`, which one
//! crate can generate only once. So each part is a small world of its own, and a
//! component is made of those that it needs: the tool that wraps it joins them.
#![allow(clippy::all, missing_docs, unreachable_pub, unsafe_code, unused_qualifications, rust_2018_idioms)]

/// What every plugin has, and all that a plugin may import: what one does not use is left
/// out when it is wrapped.
pub mod described {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package tellify:parts-described;
            world described {
                import tellify:plugin/log@0.2.0;
                import tellify:plugin/state@0.2.0;
                import tellify:plugin/http@0.2.0;
                import tellify:plugin/secrets@0.2.0;
                import tellify:plugin/sources@0.2.0;
                export tellify:plugin/descriptor@0.2.0;
            }
        ",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "__export_described",
        default_bindings_module: "tellify_plugin::guest::bindings::described",
    });
}

/// What a handler has besides.
pub mod handling {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package tellify:parts-handling;
            world handling {
                export tellify:plugin/handling@0.2.0;
            }
        ",
        with: { "tellify:plugin/types@0.2.0": super::described::tellify::plugin::types },
        generate_all,
        pub_export_macro: true,
        export_macro_name: "__export_handling",
        default_bindings_module: "tellify_plugin::guest::bindings::handling",
    });
}

/// What a monitor has besides.
pub mod checking {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package tellify:parts-checking;
            world checking {
                export tellify:plugin/checking@0.2.0;
            }
        ",
        with: { "tellify:plugin/types@0.2.0": super::described::tellify::plugin::types },
        generate_all,
        pub_export_macro: true,
        export_macro_name: "__export_checking",
        default_bindings_module: "tellify_plugin::guest::bindings::checking",
    });
}

/// What a source has besides.
pub mod querying {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package tellify:parts-querying;
            world querying {
                export tellify:plugin/querying@0.2.0;
            }
        ",
        with: { "tellify:plugin/types@0.2.0": super::described::tellify::plugin::types },
        generate_all,
        pub_export_macro: true,
        export_macro_name: "__export_querying",
        default_bindings_module: "tellify_plugin::guest::bindings::querying",
    });
}

/// What a channel has besides.
pub mod delivering {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package tellify:parts-delivering;
            world delivering {
                export tellify:plugin/delivering@0.2.0;
            }
        ",
        with: { "tellify:plugin/types@0.2.0": super::described::tellify::plugin::types },
        generate_all,
        pub_export_macro: true,
        export_macro_name: "__export_delivering",
        default_bindings_module: "tellify_plugin::guest::bindings::delivering",
    });
}

/// What an ingest plugin has besides.
pub mod intake {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package tellify:parts-intake;
            world intake {
                export tellify:plugin/intake@0.2.0;
            }
        ",
        with: { "tellify:plugin/types@0.2.0": super::described::tellify::plugin::types },
        generate_all,
        pub_export_macro: true,
        export_macro_name: "__export_intake",
        default_bindings_module: "tellify_plugin::guest::bindings::intake",
    });
}
