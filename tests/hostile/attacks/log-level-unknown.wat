;; It logs at a level that there is not.
;; ends: trap
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(func $handle (param $in i32) (result i32)
  (call $log (i32.const 99) (i32.const 128) (i32.const 1))
  (global.get $zeros))
