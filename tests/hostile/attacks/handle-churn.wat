;; It takes handles and drops them without end.
;; ends: timeout
(import "wasi:cli/stderr@0.2.3" "get-stderr" (func $stderr (result i32)))
(import "wasi:io/streams@0.2.3" "[resource-drop]output-stream" (func $drop (param i32)))
(func $handle (param $in i32) (result i32)
  (loop $again (call $drop (call $stderr)) (br $again))
  (unreachable))
