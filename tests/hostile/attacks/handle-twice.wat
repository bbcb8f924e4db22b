;; It drops a handle twice.
;; ends: trap
(import "wasi:cli/stderr@0.2.3" "get-stderr" (func $stderr (result i32)))
(import "wasi:io/streams@0.2.3" "[resource-drop]output-stream" (func $drop (param i32)))
(func $handle (param $in i32) (result i32)
  (local $h i32)
  (local.set $h (call $stderr))
  (call $drop (local.get $h))
  (call $drop (local.get $h))
  (global.get $zeros))
