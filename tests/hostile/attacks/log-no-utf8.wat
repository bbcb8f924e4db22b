;; It logs bytes that are no text.
;; ends: trap
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(data (i32.const 61000) "\ff\ff")
(func $handle (param $in i32) (result i32)
  (call $log (i32.const 2) (i32.const 61000) (i32.const 2))
  (global.get $zeros))
