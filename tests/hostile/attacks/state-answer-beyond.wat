;; It has the host write an answer beyond its memory.
;; ends: trap
(import "tellify:plugin/state@{version}" "get" (func $get (param i32 i32 i32)))
(func $handle (param $in i32) (result i32)
  (call $get (i32.const 128) (i32.const 1) (i32.const -16))
  (global.get $zeros))
