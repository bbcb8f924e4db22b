;; It logs a text of 32 MiB.
;; ends: limit
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(memory $memory 600)
(func $handle (param $in i32) (result i32)
  (call $log (i32.const 2) (i32.const 65536) (i32.const 33554432))
  (global.get $zeros))
