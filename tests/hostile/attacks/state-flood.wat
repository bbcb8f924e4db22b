;; It reads its state without end.
;; ends: limit
(import "tellify:plugin/state@{version}" "get" (func $get (param i32 i32 i32)))
(func $handle (param $in i32) (result i32)
  (loop $again (call $get (i32.const 128) (i32.const 1) (i32.const 60000)) (br $again))
  (unreachable))
