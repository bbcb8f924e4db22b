;; It drops a handle that it was never given.
;; ends: trap
(import "wasi:cli/stderr@0.2.3" "get-stderr" (func $stderr (result i32)))
(import "wasi:io/streams@0.2.3" "[resource-drop]output-stream" (func $drop (param i32)))
(func $handle (param $in i32) (result i32)
  (call $drop (i32.const 4711))
  (global.get $zeros))
