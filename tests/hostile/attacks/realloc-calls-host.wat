;; It calls the host while the host calls it.
;; ends: trap
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(func $realloc (param i32 i32 i32 i32) (result i32) (call $log (i32.const 0) (i32.const 128) (i32.const 1)) (i32.const 65536))
