//! Generated from the interface, in three parts.
//!
//! The worlds of the interface share the exported interface `descriptor`, which one
//! crate can generate only once. So each part is a small world of its own, and a
//! component is made of those that it needs: the tool that wraps it joins them.
#![allow(clippy::all, missing_docs, unreachable_pub, unsafe_code, unused_qualifications, rust_2018_idioms)]

/// What every plugin has.
pub mod described {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package tellify:parts-described;
            world described {
                import tellify:plugin/log@0.1.0;
                export tellify:plugin/descriptor@0.1.0;
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
                import tellify:plugin/state@0.1.0;
                export tellify:plugin/handling@0.1.0;
            }
        ",
        with: { "tellify:plugin/types@0.1.0": super::described::tellify::plugin::types },
        generate_all,
        pub_export_macro: true,
        export_macro_name: "__export_handling",
        default_bindings_module: "tellify_plugin::guest::bindings::handling",
    });
}

/// What an ingest plugin has besides.
pub mod intake {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package tellify:parts-intake;
            world intake {
                export tellify:plugin/intake@0.1.0;
            }
        ",
        with: { "tellify:plugin/types@0.1.0": super::described::tellify::plugin::types },
        generate_all,
        pub_export_macro: true,
        export_macro_name: "__export_intake",
        default_bindings_module: "tellify_plugin::guest::bindings::intake",
    });
}
