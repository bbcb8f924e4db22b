;; It logs a text beyond its memory.
;; ends: trap
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(func $handle (param $in i32) (result i32)
  (call $log (i32.const 2) (i32.const -8) (i32.const 64))
  (global.get $zeros))
