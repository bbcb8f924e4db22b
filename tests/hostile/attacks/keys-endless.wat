;; It asks for four thousand million keys at once.
;; ends: nothing
(import "tellify:plugin/state@{version}" "keys" (func $keys (param i32 i32 i32 i32 i32 i32 i32)))
(func $handle (param $in i32) (result i32)
  (call $keys (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 60000))
  (global.get $zeros))
